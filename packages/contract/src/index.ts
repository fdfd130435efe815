export { ContractError, type ContractErrorInfo, type SchemaIssue } from './contract-error.js';
export { eventStreamHeartbeatMs } from './event-stream.js';
export {
  type DesiredMessage,
  desiredMessage,
  type ErrandFailureCode,
  errandFailureCodes,
  type LockRevision,
  lockRevision,
  type ReportedMessage,
  reportedMessage,
  type TimeMessage,
  type TimeTokenRefusal,
  type TimeTokenReply,
  timeMessage,
  timeTokenRefusal,
  timeTokenReply,
} from './gateway-lock-messages.js';
export {
  type LogMessage,
  logMessage,
  mostLogPages,
  mostPassGrants,
  type PassMessage,
  passMessage,
  type ReadMessage,
  readMessage,
} from './gateway-log-messages.js';
export {
  type AckMessage,
  ackMessage,
  type ChallengeMessage,
  type CommandMessage,
  challengeMessage,
  commandMessage,
  encodeGatewayMessage,
  type GatewayMessage,
  type GatewayMessageInput,
  type GatewayMessageKind,
  type GatewayResultCode,
  gatewayMessageMaxChars,
  gatewayMessageSchemas,
  gatewayResultCodes,
  type LockEventMessage,
  lockEventMessage,
  mostHeardLocks,
  parseGatewayMessage,
  type StatusMessage,
  statusMessage,
  type TokenRefusal,
  type TokenReply,
  tokenRefusal,
  tokenReply,
  type UnlockCommand,
  type UnlockResultMessage,
  unlockCommand,
  unlockResultMessage,
} from './gateway-messages.js';
export {
  type GatewayAddress,
  type GatewayReportKind,
  type GatewayStateKind,
  type GatewayTopic,
  type GatewayTopicKind,
  type GatewayTopicLeaf,
  type GatewayTopicTraits,
  gatewayTopic,
  gatewayTopicFilter,
  gatewayTopicKinds,
  gatewayTopicPrefix,
  gatewayTopicTraits,
  type LockTopicKind,
  parseGatewayTopic,
  portalSubscriptions,
} from './gateway-topics.js';
export {
  callerFrame,
  linkMtu,
  lockInfoBytes,
  mostFramesAtOnce,
  mostTunnelFrames,
  type TunnelCloseCode,
  type TunnelCloseCommand,
  type TunnelFramesCommand,
  type TunnelMessage,
  type TunnelOpenCommand,
  tunnelCloseCodes,
  tunnelCloseCommand,
  tunnelFrame,
  tunnelFramesCommand,
  tunnelMessage,
  tunnelOpenCommand,
} from './gateway-tunnel-messages.js';
export {
  alarmId,
  apiKeyId,
  appGrantId,
  appId,
  attemptId,
  credentialId,
  deskId,
  deviceId,
  entranceId,
  eventId,
  gatewayId,
  guestId,
  type IdentifierSchema,
  integrationId,
  keyCardId,
  keyHolderId,
  keyId,
  memberId,
  organizationId,
  propertyId,
  reservationId,
  reviewId,
  revocationId,
  sessionId,
  syncRunId,
  webhookDeliveryId,
  webhookEndpointId,
} from './identifiers.js';
export { accessSchedule, keyEditInput, keyInput, unlockInput } from './inputs/access.js';
export { alarmQuery } from './inputs/alarms.js';
export { apiKeyInput, apiKeyRotationInput } from './inputs/api-keys.js';
export { appInput, isRedirectUri } from './inputs/apps.js';
export {
  cardAnswerInput,
  cardAtLockInput,
  cardEncodingInput,
  credentialInput,
  keyCardInput,
} from './inputs/credentials.js';
export {
  automaticSyncInput,
  directoryCredentials,
  directoryIntegrationEdit,
  directoryIntegrationInput,
  reviewRowQuery,
  syncInput,
  syncPlanInput,
} from './inputs/directory.js';
export { gatewayEnrollmentInput, gatewayRenewalInput } from './inputs/enrollment.js';
export { guestEditInput, guestInput } from './inputs/guests.js';
export { idempotencyKey, ifMatch, maxWaitSeconds, readIfMatch, readPreferredWait } from './inputs/headers.js';
export { deviceInput, entranceInput, gatewayInput } from './inputs/installation.js';
export { phoneActivationInput, phoneReceiptsInput, phoneRenewalInput } from './inputs/phones.js';
export { removalInput } from './inputs/removal.js';
export { revocationQuery } from './inputs/revocations.js';
export {
  accountSetupInput,
  passwordChangeInput,
  passwordInput,
  passwordResetInput,
  sessionInput,
  setupTokenInput,
  ssoSessionInput,
  ssoStartInput,
} from './inputs/sign-in.js';
export {
  assignmentInput,
  assignmentsInput,
  leaveInput,
  memberEditInput,
  propertyInvitationsInput,
  replacementInput,
  reviewQuery,
  suggestionInput,
  teamImportInput,
  teamInvitationsInput,
} from './inputs/team.js';
export { organizationEditInput, organizationInput, propertyEditInput, propertyInput } from './inputs/tenancy.js';
export { tunnelEndInput, tunnelFramesInput, tunnelInput } from './inputs/tunnels.js';
export { cursor, emailInput, nameInput, pageQuery, timestampInput } from './inputs/values.js';
export {
  deliveryQuery,
  replayInput,
  secretRotationInput,
  webhookEndpointEdit,
  webhookEndpointInput,
} from './inputs/webhooks.js';
export {
  deskInput,
  deskQuery,
  insightsQuery,
  reactivationInput,
  reservationEditInput,
  reservationInput,
  reservationQuery,
  subscriptionEditInput,
  userEditInput,
  userInvitationsInput,
} from './inputs/workplace.js';
export {
  type LanAddress,
  type LanRefusalCode,
  type LanTunnel,
  type LanTunnelInput,
  lanAddress,
  lanChallenge,
  lanChallengeInput,
  lanRefusal,
  lanRefusalCodes,
  lanTunnel,
  lanTunnelInput,
} from './lan.js';
export { type Json, type JsonObject, type OpenApiDocument, openApiDocument } from './openapi.js';
export { type Operation, operationPath } from './operation.js';
export { operations } from './operations.js';
export {
  type Problem,
  type ProblemBase,
  type ProblemCode,
  type ProblemDetails,
  type ProblemExtras,
  type ProblemOf,
  problemExtras,
  problemSchema,
  problemType,
  type RequestIssue,
  type RowProblem,
  readProblem,
  requestIssue,
  rowProblem,
} from './problem.js';
export type { ProblemRow } from './problem-row.js';
export { createProblem, problemTable } from './problem-table.js';
export type { ReadonlyData } from './readonly-data.js';
export {
  type ActionAttempt,
  actionAttempt,
  unlockRefusal,
  unlockRefusals,
} from './resources/action-attempt.js';
export {
  type Alarm,
  type AlarmKind,
  alarm,
  alarmKinds,
  alarmStates,
  certificateUses,
  lockResetSigns,
} from './resources/alarm.js';
export { type ApiKey, apiKey, apiScope } from './resources/api-key.js';
export {
  type App,
  type AppGrant,
  app,
  appGrant,
  appKind,
  appScope,
  type IntegratedApp,
  integratedApp,
} from './resources/app.js';
export {
  type AttemptEndState,
  type AttemptState,
  attemptEndStates,
  attemptStates,
  defaultDeadlineMs,
  isEndState,
} from './resources/attempt-state.js';
export { type CardEncoding, cardEncoding, cardEncodingFaults } from './resources/card-encoding.js';
export type { PhoneParcel, PhoneParcels, PhoneReceiptsTaken } from './resources/courier.js';
export { phoneParcel, phoneParcels, phoneReceiptsTaken, receiptReadings } from './resources/courier.js';
export {
  type Credential,
  credential,
  credentialKinds,
  doorStates,
  type KeyCard,
  keyCard,
  keyCardChips,
  keyCardEncodings,
  keyCardStates,
  keyCardTechnologies,
  type RevealedCode,
  revealedCode,
} from './resources/credential.js';
export {
  type DirectoryIntegration,
  type DirectoryReview,
  type DirectoryReviewRow,
  directoryFaults,
  directoryIntegration,
  directoryReview,
  directoryReviewRow,
  heldReason,
  integrationHealths,
  integrationStates,
  type SyncReceipt,
  type SyncRun,
  type SyncSummary,
  syncCounts,
  syncReceipt,
  syncRun,
  syncSummary,
} from './resources/directory.js';
export { type DoorVisit, doorVisit, doorVisitParts, doorVisitReasons } from './resources/door-visit.js';
export {
  type EnrollmentCode,
  enrollmentCode,
  type GatewayCertificate,
  type GatewayEnrollment,
  gatewayCertificate,
  gatewayEnrollment,
} from './resources/enrollment.js';
export { type EntranceAccess, entranceAccess } from './resources/entrance-access.js';
export {
  type Event,
  type EventSchema,
  type EventType,
  event,
  eventTypes,
  membershipFields,
  placeEnds,
} from './resources/event.js';
export { type Guest, guest } from './resources/guest.js';
export {
  bolt,
  type Device,
  device,
  type Entrance,
  entrance,
  type Gateway,
  gateway,
} from './resources/hardware.js';
export { type Key, key } from './resources/key.js';
export {
  driverGuarantees,
  type LockDriverName,
  type LockGuarantees,
  lockDriverName,
  lockDriverNames,
  lockGuarantees,
} from './resources/lock-driver.js';
export {
  type LockLogEntry,
  lockClockQualities,
  lockLogEntry,
  lockLogFaults,
  lockLogTypes,
  logRange,
  unattributedReasons,
} from './resources/lock-log.js';
export {
  type Actor,
  actor,
  channel,
  type Invitation,
  invitation,
  type Member,
  mailStates,
  member,
  propertyAssignment,
  type Session,
  session,
  sessionChannel,
} from './resources/member.js';
export {
  type Organization,
  organization,
  type Property,
  property,
  propertySettings,
} from './resources/organization.js';
export { type PeopleWarning, peopleWarning } from './resources/people-warning.js';
export {
  type ActivatedPhone,
  activatedPhone,
  type PhoneCode,
  type PhoneGrant,
  type PhoneGrants,
  type PhoneLock,
  phoneCode,
  phoneGrant,
  phoneGrants,
  phoneLock,
} from './resources/phone.js';
export {
  lockRevocationStates,
  type Revocation,
  revocation,
  revocationCause,
  revocationStates,
} from './resources/revocation.js';
export {
  type AccountSetup,
  accountSetup,
  type SsoProvider,
  signInMethod,
  ssoProvider,
} from './resources/sign-in.js';
export {
  type AuditEntry,
  accessFinding,
  auditEntry,
  type ReviewedMember,
  type RoleSuggestion,
  reviewedMember,
  roleSuggestion,
  type TeamInvitation,
  type TeamInvitations,
  teamInvitation,
  teamInvitations,
} from './resources/team.js';
export { type Tunnel, type TunnelFrames, tunnel, tunnelFrames } from './resources/tunnel.js';
export {
  type WebhookDelivery,
  type WebhookEndpoint,
  webhookDelivery,
  webhookDeliveryStates,
  webhookDisablings,
  webhookEndpoint,
} from './resources/webhook.js';
export {
  type Colleague,
  colleague,
  type Desk,
  desk,
  type Insights,
  insights,
  type Reservation,
  reservation,
  type Subscription,
  subscription,
  subscriptionWarning,
  type User,
  user,
  userInvitations,
} from './resources/workplace.js';
export {
  problemCodesOf,
  type Route,
  type RouteAuth,
  type RouteInput,
  type RoutePart,
  type RouteReply,
  type RouteReplyInput,
  type RouteRequest,
  type RouteRules,
  route,
} from './route.js';
export { parseRouteReply, type RouteReplyResult } from './route-reply.js';
export { parseRouteRequest, type RawRequest, type RouteRequestResult } from './route-request.js';
export {
  createKey,
  getAttempt,
  getKey,
  listEntranceAttempts,
  listEvents,
  listKeys,
  revokeKey,
  streamEvents,
  unlockEntrance,
  updateKey,
} from './routes/access.js';
export { listAlarms } from './routes/alarms.js';
export { createApiKey, listApiKeys, revokeApiKey, rotateApiKey } from './routes/api-keys.js';
export {
  allowIntegratedApp,
  createApp,
  forbidIntegratedApp,
  getApp,
  listApps,
  listIntegratedApps,
  listMyAppGrants,
  removeApp,
  revokeMyAppGrant,
} from './routes/apps.js';
export {
  answerCardEncoding,
  beginCardEncoding,
  createCredential,
  enrollKeyCard,
  enrollKeyCardAtLock,
  getCredential,
  getKeyCard,
  listCredentials,
  listKeyCards,
  removeCredential,
  reportKeyCardLost,
  retireKeyCard,
  returnKeyCard,
  revealCredential,
} from './routes/credentials.js';
export {
  applyDirectorySync,
  authorizeDirectoryIntegration,
  changeAutomaticSync,
  createDirectoryIntegration,
  endDirectoryReview,
  getDirectoryIntegration,
  getDirectoryReview,
  getSyncRun,
  listDirectoryIntegrations,
  listDirectoryReviewRows,
  listSyncReceipts,
  listSyncRuns,
  planDirectorySync,
  removeDirectoryIntegration,
  rotateScimToken,
  startDirectoryReview,
  startSyncRun,
  updateDirectoryIntegration,
} from './routes/directory.js';
export { listDoorVisits } from './routes/door-visits.js';
export { createEnrollmentCode, enrollGateway, renewGatewayCertificate } from './routes/enrollment.js';
export { createGuest, getGuest, listGuests, removeGuest, updateGuest } from './routes/guests.js';
export {
  createDevice,
  createEntrance,
  createGateway,
  getDevice,
  getEntrance,
  getGateway,
  listDevices,
  listEntrances,
  listGateways,
  removeDevice,
  removeGateway,
} from './routes/installation.js';
export { listDeviceLog } from './routes/lock-log.js';
export {
  activatePhone,
  bringPhoneReceipts,
  createPhoneCode,
  renewPhoneGrants,
  takePhoneParcels,
} from './routes/phones.js';
export { getEntranceAccess, getRevocation, listRevocations } from './routes/revocations.js';
export {
  changePassword,
  completeAccountSetup,
  completeSso,
  createSession,
  deleteCurrentSession,
  endSession,
  getMe,
  listMyKeys,
  listMySessions,
  previewAccountSetup,
  requestPasswordReset,
  startSso,
} from './routes/sign-in.js';
export {
  getInvitation,
  getMember,
  importTeam,
  inviteTeam,
  inviteToProperty,
  leave,
  listAccessReview,
  listInvitations,
  listMembers,
  listOrganizationMembers,
  listPropertyAccessReview,
  removeInvitation,
  removeMember,
  removeMemberFromProperty,
  replaceInvitation,
  setAssignment,
  suggestRole,
  updateMember,
} from './routes/team.js';
export {
  createOrganization,
  createProperty,
  getOrganization,
  getProperty,
  listAudit,
  listOrganizationEvents,
  listOrganizations,
  listProperties,
  removeProperty,
  setUpOrganization,
  streamOrganizationEvents,
  updateOrganization,
  updateProperty,
} from './routes/tenancy.js';
export { endTunnel, exchangeTunnelFrames, openTunnel } from './routes/tunnels.js';
export {
  createWebhookEndpoint,
  getWebhookEndpoint,
  listWebhookDeliveries,
  listWebhookEndpoints,
  redriveWebhookDelivery,
  redriveWebhooks,
  removeWebhookEndpoint,
  replayWebhooks,
  rotateWebhookSecret,
  sendTestWebhook,
  updateWebhookEndpoint,
} from './routes/webhooks.js';
export {
  cancelReservation,
  createDesk,
  createReservation,
  deactivateUser,
  getInsights,
  getReservation,
  getSubscription,
  getUser,
  inviteUsers,
  listColleagues,
  listDesks,
  listReservations,
  listUsers,
  reactivateUser,
  removeDesk,
  removeUser,
  updateReservation,
  updateSubscription,
  updateUser,
} from './routes/workplace.js';
export { type OperationId, type Routes, routes } from './routes.js';
export { type ApiScope, type AppScope, apiScopes, appScopes, operationScopes } from './scopes.js';
export { type Page, type PageSchema, page, timestamp } from './wire-values.js';
