export { type AnswerCode, answerCodeOf, answerCodes, type RetryClass, retryClassOf } from './answer-code.js';
export type { RefusedAttempts } from './attempt-log.js';
export {
  type Bulletin,
  type BulletinDecision,
  type CarriedBulletin,
  decodeBulletin,
  mostDeniedEntries,
  signBulletin,
  verifyBulletin,
} from './bulletin.js';
export { callerDeadline, callerStep, startCaller } from './caller-machine.js';
export type {
  CallerConnection,
  CallerContext,
  CallerEffect,
  CallerEvent,
  CallerGreeting,
  CallerOutcome,
  CallerState,
  CallerStep,
  FrameWrite,
} from './caller-state.js';
export { type CardFact, decodeCardFact, encodeCardFact } from './card-log.js';
export {
  type CardReport,
  decodeCardReport,
  encodeCardReport,
  encodeEnroll,
  longestEnrollSeconds,
} from './card-report.js';
export {
  type CardClass,
  type CardSighting,
  type CardTechnology,
  cardTechnologies,
  classOfTechnology,
} from './card-technology.js';
export { normalizeUid, type UidKind, type UidOrder, uidKindOf } from './card-uid.js';
export { type CborLimits, type CborValue, cborLimits, decodeCbor, encodeCbor } from './cbor.js';
export {
  type CarriedCommandToken,
  type CommandToken,
  type CommandTokenContext,
  type CommandTokenDecision,
  decodeCommandToken,
  longestTokenSeconds,
  signCommandToken,
  verifyCommandToken,
} from './command-token.js';
export { type CommissionedLock, type CommissionOptions, commissionLock } from './commission-lock.js';
export { encodeDecommission } from './commission-operation.js';
export { type CommissionOrder, encodeCommissionOrder, readCommissionOrder } from './commission-order.js';
export {
  type Claims,
  kidOf,
  readClaims,
  readObject,
  type SignedObject,
  type SignRequest,
  signObject,
  type VerifyRequest,
  verifyObject,
} from './cose.js';
export type { CryptoProvider, KeyPair, OpenRequest, SealRequest } from './crypto-provider.js';
export { type DeliveryClock, deliverParcel, timeTokenWaitMs } from './deliver-parcel.js';
export type { DoorMemory, DoorMove } from './door-memory.js';
export type {
  CardChallenge,
  CardCheck,
  CardChecking,
  DoorAwake,
  DoorEffect,
  DoorEvent,
  DoorWish,
} from './door-state.js';
export {
  decodeFirmwareManifest,
  type FirmwareDecision,
  type FirmwareManifest,
  signFirmwareManifest,
  verifyFirmwareManifest,
} from './firmware-manifest.js';
export type { FirmwareMemory, FirmwareSlot, FirmwareSlots, FirmwareStaging, FirmwareTrial } from './firmware-memory.js';
export {
  decodeFirmwareHeld,
  encodeFirmwarePiece,
  type FirmwarePiece,
  firmwarePieceLimit,
} from './firmware-message.js';
export type { FirmwareEffect, FirmwareEvent, FirmwareParts, FirmwareWrite } from './firmware-state.js';
export type { PartialMessage, Reassembly } from './frame.js';
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
  type SuiteName,
  serviceFlags,
  suites,
} from './gatt.js';
export {
  decodeGrant,
  type Grant,
  type GrantFlag,
  grantFlags,
  longestGrantSeconds,
  mostGrantLocks,
  signGrant,
} from './grant.js';
export {
  type GrantContext,
  type GrantDecision,
  type GrantMemory,
  type GrantRefusalCode,
  verifyGrant,
} from './grant-decision.js';
export {
  type GrantSchedule,
  type GrantWindow,
  isInSchedule,
  mostScheduleEntries,
  type UtcOffset,
} from './grant-schedule.js';
export type { HandshakeFlood } from './handshake-flood.js';
export type { HeldCredential, HeldEntry } from './held-entry.js';
export type { HeldBulletin, HeldSet, SetMark, SetStaging } from './held-set.js';
export {
  decodeIdentity,
  type IdentityDecision,
  type IdentitySession,
  type LockIdentity,
  signIdentity,
  verifyIdentity,
} from './identity-statement.js';
export { installerDeadline, installerStep, startInstaller } from './installer-machine.js';
export {
  decodeInstallProgress,
  encodeInstallProgress,
  type InstallProgress,
  type StatedIdentity,
} from './installer-progress.js';
export type {
  Certified,
  Confirmed,
  InstallerContext,
  InstallerEffect,
  InstallerEnd,
  InstallerEvent,
  InstallerState,
  InstallerStep,
} from './installer-state.js';
export {
  type CarriedLockCertificate,
  decodeLockCertificate,
  type LockCertificate,
  type LockCertificateDecision,
  signLockCertificate,
  verifyLockCertificate,
} from './lock-certificate.js';
export {
  type ClockReading,
  type ClockSetting,
  driftPpm,
  goodErrorSeconds,
  type LockTime,
  readClock,
  type SecondsCounter,
  timeFrom,
} from './lock-clock.js';
export { lockDeadline } from './lock-deadline.js';
export type { LockKeys } from './lock-keys.js';
export { lockLimits } from './lock-limits.js';
export type {
  Authority,
  BoltState,
  LockAction,
  LockAnswer,
  LockCommand,
  LockLink,
  UnlockIntent,
} from './lock-link.js';
export {
  appendLogEntry,
  type ClockQuality,
  chainLogEntry,
  decodeLogEntry,
  decodeLogNumbers,
  emptyLog,
  encodeLogEntry,
  encodeLogNumbers,
  type LogEntry,
  type LogHead,
  nextLogHead,
  seqOfLogEntry,
} from './lock-log.js';
export { lockStep, startLock } from './lock-machine.js';
export {
  decodeLockMemory,
  emptyMemory,
  encodeLockMemory,
  type LockMemory,
  type StoredCommand,
  storedCommandLimit,
  type UsedGrant,
  usedGrantLimit,
} from './lock-memory.js';
export {
  type CarriedObject,
  type CarriedSet,
  type Delivery,
  type LockParcel,
  type LogErrand,
  type ParcelPart,
  type PartOutcome,
  parcelParts,
} from './lock-parcel.js';
export {
  createLockSession,
  type LockConnection,
  type LockReader,
  type LockSelf,
  type LockSession,
  type LockSessionOptions,
} from './lock-session.js';
export type {
  Actuation,
  HouseEvent,
  LinkEvent,
  LockAwake,
  LockConnectionState,
  LockContext,
  LockEffect,
  LockEnroll,
  LockEvent,
  LockKept,
  LockMoment,
  LockMove,
  LockNotice,
  LockReadings,
  LockSessionState,
  LockState,
  LockStep,
  SessionPeer,
  ShownAuthority,
} from './lock-state.js';
export type { LockSigner, LockStatement, StatementDecision } from './lock-statement.js';
export { decodeStatus, encodeStatus, type LockStatus, type SetStatus } from './lock-status.js';
export type { LockTrust, OrderedTrust } from './lock-trust.js';
export { type LogReset, logGapOf, logResetOf, type NewLogEntry } from './log-break.js';
export { type LogEntryType, logEntryTypes } from './log-entry-type.js';
export { decodeLogHead, type SignedLogHead, signLogHead, verifyLogHead } from './log-head.js';
export { writeLogImage } from './log-image.js';
export {
  answerLogAcknowledge,
  answerLogRead,
  encodeLogAcknowledge,
  encodeLogRead,
  type LogSigning,
} from './log-operation.js';
export {
  decodeLogPage,
  encodeLogPage,
  type LogPage,
  type LogPageDraft,
  type LogReadRequest,
  logHeadOf,
  mostPageEntries,
  readLog,
} from './log-page.js';
export {
  logPatienceMs,
  logPendingLimits,
  missingLog,
  readLogReport,
  startLogReader,
  withheldLog,
} from './log-reader.js';
export type { LogCursor, LogFinding, LogReader, LogReading, LostEntries } from './log-reading.js';
export type { LogRecord, LogReport, LogReportFault, LogRun } from './log-report.js';
export {
  accountedLog,
  acknowledgeLog,
  appendToLogRing,
  emptyLogRing,
  type LogAppend,
  type LogMark,
  type LogRing,
  type LogWrite,
  logHeadAt,
  openLogRing,
  overwrittenLog,
  resetLogRing,
} from './log-ring.js';
export { type LogSegment, logSegmentLimit, logSegmentSlots, logSlotCount } from './log-segment.js';
export type { ShownObjects } from './message.js';
export {
  bringStaticAgreement,
  createHandshake,
  createXkInitiator,
  createXkResponder,
  type HeldStatic,
  handshakeTurn,
  type NoiseHandshake,
  type NoiseHandshakeOptions,
  type NoiseTransport,
  type PreparedEphemeral,
  readMessage,
  split,
  writeMessage,
  type XkInitiatorOptions,
  type XkResponderOptions,
} from './noise.js';
export { type NoisePattern, type NoiseToken, noisePatterns } from './noise-pattern.js';
export { suiteOfPublicKey } from './noise-suite.js';
export { type NoiseCipher, openRecord, type SymmetricState, sealRecord } from './noise-symmetric.js';
export type { LockClock, Refusal } from './object-decision.js';
export type { ObjectType } from './object-type.js';
export { openVisit, type Visit, type VisitOptions } from './open-visit.js';
export {
  decodeOperationAnswer,
  encodeOperation,
  encodeOperationAnswer,
  type OperationAnswer,
  type OperationName,
  type OperationRequest,
  operationNames,
} from './operation-message.js';
export { type HardwareCaller, type PerformUnlockOptions, performUnlock } from './perform-unlock.js';
export { type PreparedHandshake, prepareHandshake } from './prepared-handshake.js';
export {
  type CertificateContext,
  type CertificateDecision,
  type CertificateUse,
  certificateUses,
  decodePropertyCertificate,
  longestCertificateSeconds,
  type PropertyCertificate,
  refusalOfCertificate,
  signPropertyCertificate,
  verifyCertificate,
} from './property-certificate.js';
export type { SignerContext } from './property-object.js';
export {
  type CborFault,
  type CommandFault,
  type CommissionFault,
  type FrameFault,
  type HandshakeFault,
  type LabelFault,
  LockProtocolError,
  type LockProtocolFault,
  type MessageFault,
  type PartFault,
} from './protocol-error.js';
export {
  decideReceipt,
  decideStanding,
  decodeReceipt,
  type Receipt,
  signReceipt,
  verifyReceipt,
} from './receipt.js';
export { mostRevocations, type Revocations, type RevokingObject } from './revocation-claims.js';
export {
  decideRight,
  decodeRights,
  encodeRights,
  gatewayRights,
  type HolderRole,
  type OperationRight,
  type Right,
  type RightDecision,
  type RightQuestion,
  rightNames,
} from './rights.js';
export type { SeqRange } from './seq-range.js';
export { type SetBank, type SetCapacity, type SetWrite, writeSetImage } from './set-bank.js';
export { openSetBox, sealSetBox, setBoxOverheadBytes } from './set-box.js';
export {
  decodeSetEntry,
  encodeSetEntry,
  entryHashSizeBytes,
  hashSetEntry,
  largestEntryId,
  type SetCredential,
  type SetEntry,
  type SetEntryFlag,
  type SetEntryTerms,
  setDigest,
  setEntryFlags,
} from './set-entry.js';
export {
  type CarriedSetManifest,
  decodeSetManifest,
  type RevokingContext,
  type RevokingRefusalCode,
  type SetManifest,
  type SetManifestDecision,
  signSetManifest,
  verifySetManifest,
} from './set-manifest.js';
export {
  decodeSetBeginning,
  decodeSetChange,
  encodeSetBeginning,
  encodeSetChange,
  type SetBeginning,
  type SetChange,
  setBeginnings,
} from './set-message.js';
export { planSetBoxes, type SetBoxes, type SetPlan, type SetPlanOptions } from './set-plan.js';
export { compareRevisions, noRevision, type Revision, type SetRevision } from './set-revision.js';
export {
  decodeSetSummary,
  encodeSetSummary,
  encodeSetSummaryRequest,
  mostSummaryEntries,
  type SetSummary,
  type SetSummaryRequest,
  type SummarizedEntry,
  setBucketCount,
  setBucketOf,
  summarizeSet,
  summaryHashSizeBytes,
} from './set-summary.js';
export { encodeSetupLabel, parseSetupLabel, type SetupLabel } from './setup-label.js';
export { startLockFirmware } from './start-lock-firmware.js';
export type { StartTimer } from './start-timer.js';
export {
  type CarriedTimeToken,
  decodeTimeToken,
  signTimeToken,
  type TimeToken,
  type TimeTokenContext,
  type TimeTokenDecision,
  timeTokenLifeMs,
  verifyTimeToken,
} from './time-token.js';
export { type FirmwareUpdate, type FirmwareUpdateEnd, updateFirmware } from './update-firmware.js';
export { startVisit, visitAnswerMs, visitDeadline, visitStep } from './visit-machine.js';
export type {
  VisitContext,
  VisitEffect,
  VisitEnd,
  VisitEvent,
  VisitGreeting,
  VisitState,
  VisitStep,
} from './visit-state.js';
