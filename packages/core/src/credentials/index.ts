export type { UtcOffset } from '../utc-offsets.js';
export {
  type DoorFacts,
  type DoorStanding,
  type DoorState,
  decideDoorState,
  isProven,
  type LockRevision,
} from './door-state.js';
export {
  type CarriedCredential,
  type LockEntryPlan,
  type LockSetPlan,
  type LockSetRequest,
  planLockEntries,
} from './lock-entries.js';
