// Frames, INFO, messages, state machines, drivers.
export { type AnswerCode, answerCodeOf, answerCodes, type RetryClass, retryClassOf } from './answer-code.js';
// Crypto, encoding, Noise, signed objects.
export { type CborLimits, type CborValue, cborLimits, decodeCbor, encodeCbor } from './cbor.js';
export type { CryptoProvider, KeyPair, OpenRequest, SealRequest } from './crypto-provider.js';
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
export {
  createHandshake,
  createXkInitiator,
  createXkResponder,
  handshakeTurn,
  type NoiseHandshake,
  type NoiseHandshakeOptions,
  type NoiseTransport,
  readMessage,
  split,
  writeMessage,
  type XkInitiatorOptions,
  type XkResponderOptions,
} from './noise.js';
export { type NoisePattern, type NoiseToken, noisePatterns } from './noise-pattern.js';
export { type NoiseCipher, openRecord, type SymmetricState, sealRecord } from './noise-symmetric.js';
export type { ObjectType } from './object-type.js';
export { type PerformUnlockOptions, performUnlock } from './perform-unlock.js';
export {
  type CborFault,
  type HandshakeFault,
  LockProtocolError,
  type LockProtocolFault,
} from './protocol-error.js';
export type { StartTimer } from './start-timer.js';
