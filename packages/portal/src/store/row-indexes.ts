import type {
  AccountId,
  AlarmId,
  ApiKeyId,
  AppGrantId,
  AppId,
  CredentialId,
  DeskId,
  DeviceId,
  EntranceId,
  GatewayId,
  GuestId,
  IntegrationId,
  InvitationId,
  KeyCardId,
  KeyId,
  MailId,
  MemberId,
  OrganizationId,
  PropertyId,
  ReservationId,
  ReviewId,
  RevocationId,
  ScimGroupId,
  SessionId,
  SyncRunId,
  WebhookEndpointId,
} from '@latchwork/core';
import type { Watches } from './read-watch.js';
import { createRowIndex, type RowIndex, type RowIndexKeys } from './row-index.js';
import type { AlarmCause, AlarmSubject } from './schema/alarms.js';
import type { PushedUserId } from './schema/scim.js';
import type { SignerUse } from './schema/tenancy.js';
import type { ProjectedTable, Row } from './store.js';

/** The committed rows of all projected tables, found as decisions look for them. */
export interface RowLookups {
  readonly organizations: RowIndex<'organization', OrganizationId>;
  readonly properties: RowIndex<'property', PropertyId>;
  readonly signers: RowIndex<'propertySigner', `${PropertyId}/${SignerUse}`>;
  readonly members: RowIndex<'member', MemberId>;
  readonly assignments: RowIndex<'assignment', `${MemberId}/${PropertyId}`>;
  readonly desks: RowIndex<'desk', DeskId>;
  readonly invitations: RowIndex<'invitation', InvitationId>;
  readonly reservations: RowIndex<'reservation', ReservationId>;
  readonly accounts: RowIndex<'account', AccountId>;
  readonly identities: RowIndex<'accountIdentity', string>;
  /** Found by the hash of their state, and by that of their code. */
  readonly ssoHandovers: RowIndex<'ssoHandover', string>;
  readonly setupLinks: RowIndex<'setupLink', string>;
  readonly sessions: RowIndex<'session', SessionId>;
  readonly apiKeys: RowIndex<'apiKey', ApiKeyId>;
  readonly apps: RowIndex<'app', AppId>;
  readonly appGrants: RowIndex<'appGrant', AppGrantId>;
  readonly appTokens: RowIndex<'appToken', string>;
  readonly oauthSecrets: RowIndex<'oauthSecret', string>;
  readonly entrances: RowIndex<'entrance', EntranceId>;
  readonly devices: RowIndex<'device', DeviceId>;
  readonly gateways: RowIndex<'gateway', GatewayId>;
  /** By their gateway; found by the hash of the code, too. */
  readonly gatewayEnrollments: RowIndex<'gatewayEnrollment', GatewayId>;
  /** By serial number, in groups by gateway; they stay when it is removed, for the revocation list. */
  readonly gatewayCertificates: RowIndex<'gatewayCertificate', string>;
  readonly brokerAuthorities: RowIndex<'brokerAuthority', string>;
  readonly accessKeys: RowIndex<'accessKey', KeyId>;
  /** In the group `open` those that are not ended. */
  readonly mails: RowIndex<'mail', MailId>;
  readonly webhookEndpoints: RowIndex<'webhookEndpoint', WebhookEndpointId>;
  /** Found by the hash of the token that a directory pushes with, too. */
  readonly directoryIntegrations: RowIndex<'directoryIntegration', IntegrationId>;
  /** In groups by integration and by member. */
  readonly directoryLinks: RowIndex<'directoryLink', string>;
  readonly directoryReviews: RowIndex<'directoryReview', ReviewId>;
  /** In the group `open` those that have not ended. */
  readonly syncRuns: RowIndex<'syncRun', SyncRunId>;
  /** Found by {@link scimName} of the `userName`, too; in groups by integration, and by address and external id. */
  readonly scimUsers: RowIndex<'scimUser', PushedUserId>;
  /** Found by {@link scimName} of the `displayName`, too; in groups by integration, and by external id. */
  readonly scimGroups: RowIndex<'scimGroup', ScimGroupId>;
  /** In groups by group, and by {@link scimMemberName}. */
  readonly scimMemberships: RowIndex<'scimMembership', `${ScimGroupId}/${PushedUserId | ScimGroupId}`>;
  readonly guests: RowIndex<'guest', GuestId>;
  /** Found by {@link keyCardName}, too. */
  readonly keyCards: RowIndex<'keyCard', KeyCardId>;
  readonly cardMasters: RowIndex<'cardMaster', PropertyId>;
  /** In groups by property, Key and card. */
  readonly credentials: RowIndex<'credential', CredentialId>;
  readonly lockDesired: RowIndex<'lockDesired', DeviceId>;
  /** Found by the hash of the code, too. */
  readonly phones: RowIndex<'phone', CredentialId>;
  /** In groups by credential, and by lock. */
  readonly phoneGrants: RowIndex<'phoneGrant', string>;
  /** In groups by property. */
  readonly lockReaders: RowIndex<'lockReader', DeviceId>;
  /** In groups by property. */
  readonly lockConditions: RowIndex<'lockCondition', DeviceId>;
  /** In groups by property, and in the group `open` those that a lock has not proven yet. */
  readonly revocations: RowIndex<'revocation', RevocationId>;
  /** One that goes on is found by {@link alarmName}; in groups by property, and by subject those that go on. */
  readonly alarms: RowIndex<'alarm', AlarmId>;
}

/** The one other name of a device: its tag within its property. A tag says nothing beyond the property (G10). */
export function deviceName({ propertyId, tag }: Pick<Row<'device'>, 'propertyId' | 'tag'>): string {
  return `${propertyId}/${tag}`;
}

/** The one other name of a member who is not removed: the address within the organization (G14). */
export function memberName({ organizationId, emailKey }: Pick<Row<'member'>, 'organizationId' | 'emailKey'>): string {
  return `${organizationId}/${emailKey}`;
}

/** How what a directory has pushed is found by a text that it sent: the attribute keeps texts of several kinds apart. */
export function scimName(
  integrationId: IntegrationId,
  attribute: 'userName' | 'displayName' | 'externalId' | 'email' | 'manyEmails',
  text: string,
): string {
  return `${integrationId}/${attribute}/${text}`;
}

/** How the memberships of a pushed user or group are found; a group has members, too. */
export function scimMemberName({ memberId }: Pick<Row<'scimMembership'>, 'memberId'>): string {
  return `member/${memberId}`;
}

/** By how many of its addresses a pushed user is found at once; whoever has more is looked at one by one. */
const indexedEmails = 3;

/** How an identity provider's account is found: by issuer and subject. A line feed is in neither. */
export function identityName({ issuer, subject }: Pick<Row<'accountIdentity'>, 'issuer' | 'subject'>): string {
  return `${issuer}\n${subject}`;
}

/** How a link is found: by integration and the directory's own id of the user. No id of ours has a slash in it. */
export function linkName({ integrationId, directoryId }: Pick<Row<'directoryLink'>, 'integrationId' | 'directoryId'>) {
  return `${integrationId}/${directoryId}`;
}

function externalName({ integrationId, externalId }: Pick<Row<'scimUser'>, 'integrationId' | 'externalId'>) {
  return externalId === null ? undefined : scimName(integrationId, 'externalId', externalId);
}

/** The one other name of a key card: what it says of itself, within its property. */
export function keyCardName({ propertyId, identity }: Pick<Row<'keyCard'>, 'propertyId' | 'identity'>): string {
  return `${propertyId}/${identity}`;
}

/** How an alarm that goes on is found: by what it is about and its kind. */
export function alarmName(subject: AlarmSubject, kind: AlarmCause['kind']): string {
  return `${subject}/${kind}`;
}

/** The index of each projected table, empty. */
export type RowIndexes = ReturnType<typeof createRowIndexes>;

/** Creates them; what is read of them is told to the watches. */
export function createRowIndexes(watches: Watches) {
  const rowsOf = <Table extends ProjectedTable, Id extends string>(keys: RowIndexKeys<Table, Id>) =>
    createRowIndex<Table, Id>(keys, watches);
  return {
    organization: rowsOf<'organization', OrganizationId>({ id: (row) => row.id }),
    property: rowsOf<'property', PropertyId>({ id: (row) => row.id, groups: [(row) => row.organizationId] }),
    propertySigner: rowsOf<'propertySigner', `${PropertyId}/${SignerUse}`>({
      id: (row) => `${row.propertyId}/${row.use}`,
    }),
    member: rowsOf<'member', MemberId>({
      id: (row) => row.id,
      unique: (row) => (row.state === 'removed' ? undefined : memberName(row)),
      groups: [(row) => row.organizationId, (row) => row.accountId ?? undefined],
    }),
    desk: rowsOf<'desk', DeskId>({ id: (row) => row.id, groups: [(row) => row.organizationId] }),
    invitation: rowsOf<'invitation', InvitationId>({
      id: (row) => row.id,
      groups: [(row) => row.organizationId, (row) => row.memberId],
    }),
    reservation: rowsOf<'reservation', ReservationId>({
      id: (row) => row.id,
      groups: [(row) => row.organizationId, (row) => row.deskId, (row) => row.memberId],
    }),
    account: rowsOf<'account', AccountId>({ id: (row) => row.id, unique: (row) => row.emailKey }),
    accountIdentity: rowsOf<'accountIdentity', string>({
      id: identityName,
      groups: [(row) => row.accountId],
    }),
    assignment: rowsOf<'assignment', `${MemberId}/${PropertyId}`>({
      id: (row) => `${row.memberId}/${row.propertyId}`,
      groups: [(row) => row.memberId, (row) => row.propertyId],
    }),
    ssoHandover: rowsOf<'ssoHandover', string>({ id: (row) => row.stateHash, unique: (row) => row.codeHash }),
    setupLink: rowsOf<'setupLink', string>({
      id: (row) => row.tokenHash,
      groups: [(row) => row.memberId],
    }),
    session: rowsOf<'session', SessionId>({
      id: (row) => row.id,
      unique: (row) => row.tokenHash,
      groups: [(row) => row.memberId],
    }),
    apiKey: rowsOf<'apiKey', ApiKeyId>({
      id: (row) => row.id,
      unique: (row) => row.tokenHash,
      groups: [(row) => row.organizationId, (row) => row.creatorId],
    }),
    app: rowsOf<'app', AppId>({ id: (row) => row.id, groups: [(row) => row.organizationId] }),
    appGrant: rowsOf<'appGrant', AppGrantId>({
      id: (row) => row.id,
      groups: [(row) => row.appId, (row) => row.memberId],
    }),
    appToken: rowsOf<'appToken', string>({ id: (row) => row.id, groups: [(row) => row.grantId] }),
    oauthSecret: rowsOf<'oauthSecret', string>({ id: (row) => String(row.generation).padStart(9, '0') }),
    entrance: rowsOf<'entrance', EntranceId>({ id: (row) => row.id, groups: [(row) => row.propertyId] }),
    device: rowsOf<'device', DeviceId>({
      id: (row) => row.id,
      unique: deviceName,
      groups: [(row) => row.propertyId, (row) => row.entranceId],
    }),
    gateway: rowsOf<'gateway', GatewayId>({ id: (row) => row.id, groups: [(row) => row.propertyId] }),
    gatewayEnrollment: rowsOf<'gatewayEnrollment', GatewayId>({
      id: (row) => row.gatewayId,
      unique: (row) => row.codeHash,
    }),
    gatewayCertificate: rowsOf<'gatewayCertificate', string>({
      id: (row) => row.serial,
      groups: [(row) => row.gatewayId],
    }),
    brokerAuthority: rowsOf<'brokerAuthority', string>({ id: (row) => row.id }),
    accessKey: rowsOf<'accessKey', KeyId>({
      id: (row) => row.id,
      groups: [(row) => row.propertyId, (row) => row.holderId],
    }),
    mail: rowsOf<'mail', MailId>({
      id: (row) => row.id,
      groups: [
        (row) => (row.endedAt === null ? 'open' : undefined),
        (row) => row.invitationId ?? undefined,
        (row) => row.memberId,
      ],
    }),
    webhookEndpoint: rowsOf<'webhookEndpoint', WebhookEndpointId>({
      id: (row) => row.id,
      groups: [(row) => row.organizationId],
    }),
    directoryIntegration: rowsOf<'directoryIntegration', IntegrationId>({
      id: (row) => row.id,
      unique: (row) => row.scimTokenHash ?? undefined,
      groups: [(row) => row.organizationId],
    }),
    directoryLink: rowsOf<'directoryLink', string>({
      id: linkName,
      groups: [(row) => row.integrationId, (row) => row.memberId],
    }),
    directoryReview: rowsOf<'directoryReview', ReviewId>({
      id: (row) => row.id,
      groups: [(row) => row.integrationId],
    }),
    syncRun: rowsOf<'syncRun', SyncRunId>({
      id: (row) => row.id,
      groups: [(row) => row.integrationId, (row) => (row.endedAt === null ? 'open' : undefined)],
    }),
    scimUser: rowsOf<'scimUser', PushedUserId>({
      id: (row) => row.id,
      unique: (row) => scimName(row.integrationId, 'userName', row.userNameKey),
      groups: [
        (row) => row.integrationId,
        externalName,
        ...Array.from({ length: indexedEmails }, (_, at) => (row: Row<'scimUser'>) => {
          const email = row.emailKeys[at];
          return email === undefined ? undefined : scimName(row.integrationId, 'email', email);
        }),
        (row) => (row.emailKeys.length > indexedEmails ? scimName(row.integrationId, 'manyEmails', '') : undefined),
      ],
    }),
    scimGroup: rowsOf<'scimGroup', ScimGroupId>({
      id: (row) => row.id,
      unique: (row) => scimName(row.integrationId, 'displayName', row.displayNameKey),
      groups: [(row) => row.integrationId, externalName],
    }),
    scimMembership: rowsOf<'scimMembership', `${ScimGroupId}/${PushedUserId | ScimGroupId}`>({
      id: (row) => `${row.groupId}/${row.memberId}`,
      groups: [(row) => row.groupId, scimMemberName],
    }),
    guest: rowsOf<'guest', GuestId>({ id: (row) => row.id, groups: [(row) => row.propertyId] }),
    keyCard: rowsOf<'keyCard', KeyCardId>({
      id: (row) => row.id,
      unique: keyCardName,
      groups: [(row) => row.propertyId],
    }),
    cardMaster: rowsOf<'cardMaster', PropertyId>({ id: (row) => row.propertyId }),
    credential: rowsOf<'credential', CredentialId>({
      id: (row) => row.id,
      groups: [(row) => row.propertyId, (row) => row.keyId, (row) => row.cardId ?? undefined],
    }),
    phone: rowsOf<'phone', CredentialId>({ id: (row) => row.credentialId, unique: (row) => row.codeHash ?? undefined }),
    phoneGrant: rowsOf<'phoneGrant', string>({
      id: (row) => row.id,
      groups: [(row) => row.credentialId, (row) => row.deviceId],
    }),
    lockDesired: rowsOf<'lockDesired', DeviceId>({ id: (row) => row.deviceId, groups: [(row) => row.propertyId] }),
    lockReader: rowsOf<'lockReader', DeviceId>({ id: (row) => row.deviceId, groups: [(row) => row.propertyId] }),
    lockCondition: rowsOf<'lockCondition', DeviceId>({ id: (row) => row.deviceId, groups: [(row) => row.propertyId] }),
    revocation: rowsOf<'revocation', RevocationId>({
      id: (row) => row.id,
      groups: [(row) => row.propertyId, (row) => (row.endedAt === null ? 'open' : undefined)],
    }),
    alarm: rowsOf<'alarm', AlarmId>({
      id: (row) => row.id,
      unique: (row) => (row.clearedAt === null ? alarmName(row.subject, row.cause.kind) : undefined),
      groups: [(row) => row.propertyId, (row) => (row.clearedAt === null ? row.subject : undefined)],
    }),
  } satisfies { readonly [Table in ProjectedTable]: RowIndex<Table, string> };
}

/** The same indexes by the names that decisions use. */
export function rowLookups(indexes: RowIndexes): RowLookups {
  return {
    organizations: indexes.organization,
    properties: indexes.property,
    signers: indexes.propertySigner,
    members: indexes.member,
    assignments: indexes.assignment,
    desks: indexes.desk,
    invitations: indexes.invitation,
    reservations: indexes.reservation,
    accounts: indexes.account,
    identities: indexes.accountIdentity,
    ssoHandovers: indexes.ssoHandover,
    setupLinks: indexes.setupLink,
    sessions: indexes.session,
    apiKeys: indexes.apiKey,
    apps: indexes.app,
    appGrants: indexes.appGrant,
    appTokens: indexes.appToken,
    oauthSecrets: indexes.oauthSecret,
    entrances: indexes.entrance,
    devices: indexes.device,
    gateways: indexes.gateway,
    gatewayEnrollments: indexes.gatewayEnrollment,
    gatewayCertificates: indexes.gatewayCertificate,
    brokerAuthorities: indexes.brokerAuthority,
    accessKeys: indexes.accessKey,
    mails: indexes.mail,
    webhookEndpoints: indexes.webhookEndpoint,
    directoryIntegrations: indexes.directoryIntegration,
    directoryLinks: indexes.directoryLink,
    directoryReviews: indexes.directoryReview,
    syncRuns: indexes.syncRun,
    scimUsers: indexes.scimUser,
    scimGroups: indexes.scimGroup,
    scimMemberships: indexes.scimMembership,
    guests: indexes.guest,
    keyCards: indexes.keyCard,
    cardMasters: indexes.cardMaster,
    credentials: indexes.credential,
    phones: indexes.phone,
    phoneGrants: indexes.phoneGrant,
    lockDesired: indexes.lockDesired,
    lockReaders: indexes.lockReader,
    lockConditions: indexes.lockCondition,
    revocations: indexes.revocation,
    alarms: indexes.alarm,
  };
}
