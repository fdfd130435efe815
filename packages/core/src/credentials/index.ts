export type { UtcOffset } from '../utc-offsets.js';
export {
  type CardSlot,
  type CardSlotPlan,
  type CardSlotRequest,
  decideCardEncoding,
  isHeld,
  planCardSlots,
} from './card-slots.js';
export {
  type AccessCredential,
  type AccessKey,
  type AccessLock,
  type AccessReason,
  accessReasons,
  type DoorAccess,
  type DoorAccessRequest,
  decideDoorAccess,
} from './door-access.js';
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
  type LockHours,
  type LockSetPlan,
  type LockSetRequest,
  lockHours,
  planLockEntries,
} from './lock-entries.js';
export { decidePhoneAccess, decidePhoneDoorState, type HeldGrant, type PhoneDoorFacts } from './phone-door.js';
