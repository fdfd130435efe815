export type { CarriedLock, CarryRequest, CarryResult } from './courier.js';
export type { VisitOutcome } from './courier-visit.js';
export type { FoundLock, LockFinder } from './direct-way.js';
export type { LanPost, LanRequest } from './lan-tunnel.js';
export type { LanAccess } from './lan-way.js';
export {
  createPhoneKey,
  type PhoneDoor,
  type PhoneKey,
  type PhoneKeyOptions,
  type PhoneKeyStatus,
  type PhoneUnlockRequest,
} from './phone-key.js';
export { PhoneKeyError, type PhoneKeyErrorInfo } from './phone-key-error.js';
export type { PhoneStorage } from './phone-memory.js';
export type { PhoneClock } from './time-bound.js';
export type { PassedOver, PassReason, UnlockEnd, UnlockResult } from './unlock-result.js';
export { type UnlockWay, unlockWays } from './unlock-way.js';
