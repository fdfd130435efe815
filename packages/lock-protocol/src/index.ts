// Frames, INFO, messages, state machines, drivers.
export { type AnswerCode, answerCodeOf, answerCodes, type RetryClass, retryClassOf } from './answer-code.js';
export {
  decodeInfo,
  decodeServiceData,
  encodeInfo,
  encodeServiceData,
  gatt,
  type LockInfo,
  maxMessageSizeBytes,
  protocolVersion,
  type ServiceData,
  serviceFlags,
  suites,
} from './gatt.js';
export type { Authority, BoltState, LockAction, LockAnswer, LockCommand, LockLink, UnlockIntent } from './lock-link.js';
export type { ClockQuality, LogEntry, LogEntryType, LogHead } from './lock-log.js';
export {
  type Actuation,
  createLockSession,
  type LockConnection,
  type LockReadings,
  type LockSession,
  type LockSessionOptions,
} from './lock-session.js';
export type { LockTrust } from './lock-trust.js';
export { type PerformUnlockOptions, performUnlock } from './perform-unlock.js';
export type { StartTimer } from './start-timer.js';
