export { type DirectoryKind, directoryKinds } from './directory-kind.js';
export type { CompletenessEvidence, DirectorySnapshot } from './directory-snapshot.js';
export type { DirectoryLink, DirectoryProfile, DirectoryState, ProfileField } from './directory-state.js';
export type { DirectoryStanding, DirectoryUser, DirectoryUserKind } from './directory-user.js';
export {
  type ConflictReason,
  type FieldChange,
  type HeldReason,
  type NewRow,
  type RemovedRow,
  type SyncConflict,
  type SyncPlan,
  type SyncRow,
  type SyncSeats,
  type SyncSkip,
  type SyncStatus,
  syncStatuses,
  type UpdatedRow,
} from './sync-plan.js';
