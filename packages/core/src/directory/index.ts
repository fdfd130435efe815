export { type DirectoryKind, directoryKinds } from './directory-kind.js';
export type { CompletenessEvidence, DirectorySnapshot } from './directory-snapshot.js';
export {
  type DirectoryLink,
  type DirectoryProfile,
  type DirectoryState,
  type ProfileField,
  profileFields,
} from './directory-state.js';
export type { DirectoryStanding, DirectoryUser, DirectoryUserKind } from './directory-user.js';
export {
  type ConflictReason,
  conflictReasons,
  type FieldChange,
  type HeldReason,
  type NewRow,
  type RemovalReason,
  type RemovedRow,
  type SkipReason,
  type SyncConflict,
  type SyncPlan,
  type SyncRow,
  type SyncSeats,
  type SyncSkip,
  type SyncStatus,
  skipReasons,
  syncStatuses,
  type UpdatedRow,
} from './sync-plan.js';
