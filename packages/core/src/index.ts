export {
  type AccessSchedule,
  type AccessWindow,
  isWithinSchedule,
  nextClosing,
  nextOpening,
  parseAccessSchedule,
} from './access-schedule.js';
export { type Channel, channels } from './channel.js';
export { CoreError, type CoreErrorInfo } from './core-error.js';
export type { DecisionTable } from './decision-tables.js';
export { type HospitalityAction, hospitalityMatrix, organizationActions } from './hospitality-matrix.js';
export {
  type AccountId,
  type AlarmId,
  type ApiKeyId,
  type AppGrantId,
  type AppId,
  type AttemptId,
  type CredentialId,
  type DeskId,
  type DeviceId,
  type EntranceId,
  type EventId,
  encodeId,
  type GatewayId,
  type GuestId,
  type IdKind,
  type IdOf,
  type IntegrationId,
  type InvitationId,
  idPrefixes,
  isId,
  type KeyCardId,
  type KeyId,
  type MailId,
  type MemberId,
  type OrganizationId,
  type PropertyId,
  parseId,
  type ReservationId,
  type ReviewId,
  type RevocationId,
  type ScimGroupId,
  type ScimUserId,
  type SessionId,
  type SyncRunId,
  type WebhookDeliveryId,
  type WebhookEndpointId,
} from './identifiers.js';
export { endOfTime, type Instant, toInstant } from './instant.js';
export type { Key, KeyHolderId } from './key.js';
export { formatLocal, isTimeZone } from './local-time.js';
export type { Cell, CellWord, Condition, Scope } from './matrix-cell.js';
export {
  type Membership,
  type MembershipState,
  membershipStates,
  type PropertyAssignment,
  type PropertyPlace,
} from './membership.js';
export type { InvitationEnd } from './people/people-decision.js';
export {
  type Grantor,
  type OrganizationKind,
  organizationKinds,
  type Plan,
  plans,
  type SignInMethod,
  signInMethods,
} from './people/people-state.js';
export type { Action, ActorRole, PermissionDecision, PermissionDenial } from './permission-decision.js';
export {
  applyMembership,
  applyProperty,
  createPermissionModel,
  decidePermission,
  type PermissionEntry,
  type PermissionModel,
  type PermissionQuery,
  removeProperty,
} from './permission-model.js';
export {
  type HospitalityRole,
  type HospitalityStanding,
  hospitalityRoles,
  hospitalityStandings,
  type RoleScheme,
  type WorkplaceRole,
  workplaceRoles,
} from './role.js';
export { decideUnlock } from './unlock.js';
export {
  type ChannelFault,
  type LockMode,
  lockModes,
  type UnlockCommand,
  type UnlockDecision,
  type UnlockDenial,
  type UnlockHolder,
  type UnlockPlace,
  type UnlockRefusal,
  type UnlockState,
} from './unlock-decision.js';
export { type WorkplaceAction, workplaceMatrix } from './workplace-matrix.js';
