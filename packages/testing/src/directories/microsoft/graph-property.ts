/** The properties of a user in Microsoft's own model of Graph v1.0; a test holds them against it. */
export const graphUserProperties = `
  aboutMe accountEnabled ageGroup assignedLicenses assignedPlans authorizationInfo birthday businessPhones city
  companyName consentProvidedForMinor country createdDateTime creationType customSecurityAttributes deletedDateTime
  department deviceEnrollmentLimit displayName emailAddress employeeHireDate employeeId employeeLeaveDateTime
  employeeOrgData employeeType externalUserState externalUserStateChangeDateTime faxNumber givenName hireDate id
  identities identityParentId imAddresses interests isManagementRestricted isResourceAccount jobTitle
  lastPasswordChangeDateTime legalAgeGroupClassification licenseAssignmentStates mail mailNickname mailboxSettings
  mobilePhone mySite officeLocation onPremisesDistinguishedName onPremisesDomainName onPremisesExtensionAttributes
  onPremisesImmutableId onPremisesLastSyncDateTime onPremisesProvisioningErrors onPremisesSamAccountName
  onPremisesSecurityIdentifier onPremisesSyncEnabled onPremisesUserPrincipalName otherMails passwordPolicies
  passwordProfile pastProjects postalCode preferredDataLocation preferredLanguage preferredName print provisionedPlans
  proxyAddresses responsibilities schools securityIdentifier serviceProvisioningErrors showInAddressList signInActivity
  signInSessionsValidFromDateTime skills state streetAddress surname usageLocation userPrincipalName userType
`
  .trim()
  .split(/\s+/);

/** The properties of a group in the same model. */
export const graphGroupProperties = `
  accessType allowExternalSenders assignedLabels assignedLicenses autoSubscribeNewMembers classification
  createdDateTime deletedDateTime description displayName expirationDateTime groupTypes hasMembersWithLicenseErrors
  hideFromAddressLists hideFromOutlookClients id infoCatalogs isArchived isAssignableToRole isFavorite
  isManagementRestricted isSubscribedByMail licenseProcessingState mail mailEnabled mailNickname membershipRule
  membershipRuleProcessingState onPremisesDomainName onPremisesExtensionAttributes onPremisesLastSyncDateTime
  onPremisesNetBiosName onPremisesProvisioningErrors onPremisesSamAccountName onPremisesSecurityIdentifier
  onPremisesSyncEnabled organizationId parentSiteId preferredDataLocation preferredLanguage proxyAddresses
  renewedDateTime resourceBehaviorOptions resourceProvisioningOptions scope securityEnabled securityIdentifier
  serviceProvisioningErrors theme uniqueName unseenConversationsCount unseenCount unseenMessagesCount visibility
  welcomeMessageEnabled
`
  .trim()
  .split(/\s+/);

/** What a list of users says of each without `$select`. */
export const defaultUserProperties = [
  'businessPhones',
  'displayName',
  'givenName',
  'jobTitle',
  'mail',
  'mobilePhone',
  'officeLocation',
  'preferredLanguage',
  'surname',
  'userPrincipalName',
  'id',
] as const;

/** What only a single user can be asked for; in a list it is 501 (user-list, "Optional query parameters"). */
export const singleUserProperties: ReadonlySet<string> = new Set([
  'aboutMe',
  'birthday',
  'hireDate',
  'interests',
  'mailboxSettings',
  'mySite',
  'pastProjects',
  'preferredName',
  'responsibilities',
  'schools',
  'skills',
]);
