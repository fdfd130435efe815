export { type DirectoryKind, directoryKinds } from './directory-kind.js';
export { profileAfter } from './directory-profile.js';
export type { CompletenessEvidence, DirectorySnapshot } from './directory-snapshot.js';
export {
  type DirectoryLink,
  type DirectoryProfile,
  type DirectoryState,
  type ProfileField,
  profileFields,
} from './directory-state.js';
export type { DirectoryStanding, DirectoryUser, DirectoryUserKind } from './directory-user.js';
export type { Digest } from './plan-id.js';
export { planSync, type SyncRequest } from './plan-sync.js';
export { mergeSightings } from './sighting-merge.js';
export {
  type ConflictReason,
  conflictReasons,
  type FieldChange,
  type HeldReason,
  type NewRow,
  type RemovalBasis,
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
export { defaultSignInMethod, type SyncDecision, type SyncPolicy } from './sync-policy.js';
export {
  type AutomaticPart,
  automaticPart,
  type SelectedPlan,
  type SyncSelection,
  selectRows,
} from './sync-selection.js';
export { type LinkChange, linkChangesOf, syncStepsOf } from './sync-steps.js';
export { type SyncCounts, type SyncSummary, summarizeSync } from './sync-summary.js';
