export { type AnswerCode, answerCodeOf, answerCodes, type RetryClass, retryClassOf } from './answer-code.js';
export { callerDeadline, callerStep, startCaller } from './caller/caller-machine.js';
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
} from './caller/caller-state.js';
export { type DeliveryClock, deliverParcel, timeTokenWaitMs } from './caller/deliver-parcel.js';
export type {
  Authority,
  BoltState,
  LockAction,
  LockAnswer,
  LockCommand,
  LockLink,
  UnlockIntent,
} from './caller/lock-link.js';
export {
  type CarriedObject,
  type CarriedSet,
  type Delivery,
  type LockParcel,
  type LogErrand,
  type ParcelPart,
  type PartOutcome,
  parcelParts,
} from './caller/lock-parcel.js';
export { openVisit, type Visit, type VisitOptions } from './caller/open-visit.js';
export { type HardwareCaller, type PerformUnlockOptions, performUnlock } from './caller/perform-unlock.js';
export { startVisit, visitAnswerMs, visitDeadline, visitStep } from './caller/visit-machine.js';
export type {
  VisitContext,
  VisitEffect,
  VisitEnd,
  VisitEvent,
  VisitGreeting,
  VisitState,
  VisitStep,
} from './caller/visit-state.js';
export { type CardFact, decodeCardFact, encodeCardFact } from './cards/card-log.js';
export {
  type CardReport,
  decodeCardReport,
  encodeCardReport,
  encodeEnroll,
  longestEnrollSeconds,
} from './cards/card-report.js';
export {
  type CardClass,
  type CardSighting,
  type CardTechnology,
  cardTechnologies,
  classOfTechnology,
} from './cards/card-technology.js';
export { normalizeUid, type UidKind, type UidOrder, uidKindOf } from './cards/card-uid.js';
export type { DoorMemory, DoorMove } from './cards/door-memory.js';
export type {
  CardChallenge,
  CardCheck,
  CardChecking,
  DoorAwake,
  DoorEffect,
  DoorEvent,
  DoorWish,
} from './cards/door-state.js';
export { type CommissionedLock, type CommissionOptions, commissionLock } from './commissioning/commission-lock.js';
export { encodeDecommission } from './commissioning/commission-operation.js';
export { type CommissionOrder, encodeCommissionOrder, readCommissionOrder } from './commissioning/commission-order.js';
export {
  decodeIdentity,
  type IdentityDecision,
  type IdentitySession,
  type LockIdentity,
  signIdentity,
  verifyIdentity,
} from './commissioning/identity-statement.js';
export { installerDeadline, installerStep, startInstaller } from './commissioning/installer-machine.js';
export {
  decodeInstallProgress,
  encodeInstallProgress,
  type InstallProgress,
  type StatedIdentity,
} from './commissioning/installer-progress.js';
export type {
  Certified,
  Confirmed,
  InstallerContext,
  InstallerEffect,
  InstallerEnd,
  InstallerEvent,
  InstallerState,
  InstallerStep,
} from './commissioning/installer-state.js';
export {
  type CarriedLockCertificate,
  decodeLockCertificate,
  type LockCertificate,
  type LockCertificateDecision,
  signLockCertificate,
  verifyLockCertificate,
} from './commissioning/lock-certificate.js';
export type { LockKeys } from './commissioning/lock-keys.js';
export { encodeSetupLabel, parseSetupLabel, type SetupLabel } from './commissioning/setup-label.js';
export type { CryptoProvider, KeyPair, OpenRequest, SealRequest } from './crypto/crypto-provider.js';
export { type CborLimits, type CborValue, cborLimits, decodeCbor, encodeCbor } from './encoding/cbor.js';
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
} from './encoding/cose.js';
export type { PartialMessage, Reassembly } from './encoding/frame.js';
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
} from './encoding/gatt.js';
export {
  decodeFirmwareManifest,
  type FirmwareDecision,
  type FirmwareManifest,
  signFirmwareManifest,
  verifyFirmwareManifest,
} from './firmware/firmware-manifest.js';
export type {
  FirmwareMemory,
  FirmwareSlot,
  FirmwareSlots,
  FirmwareStaging,
  FirmwareTrial,
} from './firmware/firmware-memory.js';
export {
  decodeFirmwareHeld,
  encodeFirmwarePiece,
  type FirmwarePiece,
  firmwarePieceLimit,
} from './firmware/firmware-message.js';
export type { FirmwareEffect, FirmwareEvent, FirmwareParts, FirmwareWrite } from './firmware/firmware-state.js';
export { startLockFirmware } from './firmware/start-lock-firmware.js';
export { type FirmwareUpdate, type FirmwareUpdateEnd, updateFirmware } from './firmware/update-firmware.js';
export type { RefusedAttempts } from './lock/attempt-log.js';
export type { HandshakeFlood } from './lock/handshake-flood.js';
export {
  type ClockReading,
  type ClockSetting,
  driftPpm,
  goodErrorSeconds,
  type LockTime,
  readClock,
  type SecondsCounter,
  timeFrom,
} from './lock/lock-clock.js';
export { lockDeadline } from './lock/lock-deadline.js';
export { lockLimits } from './lock/lock-limits.js';
export { lockStep, startLock } from './lock/lock-machine.js';
export {
  decodeLockMemory,
  emptyMemory,
  encodeLockMemory,
  type LockMemory,
  type StoredCommand,
  storedCommandLimit,
  type UsedGrant,
  usedGrantLimit,
} from './lock/lock-memory.js';
export {
  createLockSession,
  type LockConnection,
  type LockReader,
  type LockSelf,
  type LockSession,
  type LockSessionOptions,
} from './lock/lock-session.js';
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
} from './lock/lock-state.js';
export { decodeStatus, encodeStatus, type LockStatus, type SetStatus } from './lock/lock-status.js';
export {
  decodeOperationAnswer,
  encodeOperation,
  encodeOperationAnswer,
  type OperationAnswer,
  type OperationName,
  type OperationRequest,
  operationNames,
} from './lock/operation-message.js';
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
} from './log/lock-log.js';
export { type LogReset, logGapOf, logResetOf, type NewLogEntry } from './log/log-break.js';
export { type LogEntryType, logEntryTypes } from './log/log-entry-type.js';
export { decodeLogHead, type SignedLogHead, signLogHead, verifyLogHead } from './log/log-head.js';
export { writeLogImage } from './log/log-image.js';
export {
  answerLogAcknowledge,
  answerLogRead,
  encodeLogAcknowledge,
  encodeLogRead,
  type LogSigning,
} from './log/log-operation.js';
export {
  decodeLogPage,
  encodeLogPage,
  type LogPage,
  type LogPageDraft,
  type LogReadRequest,
  logHeadOf,
  mostPageEntries,
  readLog,
} from './log/log-page.js';
export {
  logPatienceMs,
  logPendingLimits,
  missingLog,
  readLogReport,
  startLogReader,
  withheldLog,
} from './log/log-reader.js';
export type { LogCursor, LogFinding, LogReader, LogReading, LostEntries } from './log/log-reading.js';
export type { LogRecord, LogReport, LogReportFault, LogRun } from './log/log-report.js';
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
} from './log/log-ring.js';
export { type LogSegment, logSegmentLimit, logSegmentSlots, logSlotCount } from './log/log-segment.js';
export type { SeqRange } from './log/seq-range.js';
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
} from './noise/noise.js';
export { type NoisePattern, type NoiseToken, noisePatterns } from './noise/noise-pattern.js';
export { suiteOfPublicKey } from './noise/noise-suite.js';
export { type NoiseCipher, openRecord, type SymmetricState, sealRecord } from './noise/noise-symmetric.js';
export { type PreparedHandshake, prepareHandshake } from './noise/prepared-handshake.js';
export {
  type CarriedCommandToken,
  type CommandToken,
  type CommandTokenContext,
  type CommandTokenDecision,
  decodeCommandToken,
  longestTokenSeconds,
  signCommandToken,
  verifyCommandToken,
} from './objects/command-token.js';
export {
  decodeGrant,
  type Grant,
  type GrantFlag,
  grantFlags,
  longestGrantSeconds,
  mostGrantLocks,
  signGrant,
} from './objects/grant.js';
export {
  type GrantContext,
  type GrantDecision,
  type GrantMemory,
  type GrantRefusalCode,
  verifyGrant,
} from './objects/grant-decision.js';
export {
  type GrantSchedule,
  type GrantWindow,
  isInSchedule,
  mostScheduleEntries,
  type UtcOffset,
} from './objects/grant-schedule.js';
export type { LockSigner, LockStatement, StatementDecision } from './objects/lock-statement.js';
export type { LockTrust, OrderedTrust } from './objects/lock-trust.js';
export type { LockClock, Refusal } from './objects/object-decision.js';
export type { ObjectType } from './objects/object-type.js';
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
} from './objects/property-certificate.js';
export type { SignerContext } from './objects/property-object.js';
export {
  decideReceipt,
  decideStanding,
  decodeReceipt,
  type Receipt,
  signReceipt,
  verifyReceipt,
} from './objects/receipt.js';
export { mostRevocations, type Revocations, type RevokingObject } from './objects/revocation-claims.js';
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
} from './objects/rights.js';
export {
  type CarriedTimeToken,
  decodeTimeToken,
  signTimeToken,
  type TimeToken,
  type TimeTokenContext,
  type TimeTokenDecision,
  timeTokenLifeMs,
  verifyTimeToken,
} from './objects/time-token.js';
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
  type Bulletin,
  type BulletinDecision,
  type CarriedBulletin,
  decodeBulletin,
  mostDeniedEntries,
  signBulletin,
  verifyBulletin,
} from './sets/bulletin.js';
export type { HeldCredential, HeldEntry } from './sets/held-entry.js';
export type { HeldBulletin, HeldSet, SetMark, SetStaging } from './sets/held-set.js';
export { type SetBank, type SetCapacity, type SetWrite, writeSetImage } from './sets/set-bank.js';
export { openSetBox, sealSetBox, setBoxOverheadBytes } from './sets/set-box.js';
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
} from './sets/set-entry.js';
export {
  type CarriedSetManifest,
  decodeSetManifest,
  type RevokingContext,
  type RevokingRefusalCode,
  type SetManifest,
  type SetManifestDecision,
  signSetManifest,
  verifySetManifest,
} from './sets/set-manifest.js';
export {
  decodeSetBeginning,
  decodeSetChange,
  encodeSetBeginning,
  encodeSetChange,
  type SetBeginning,
  type SetChange,
  setBeginnings,
} from './sets/set-message.js';
export { planSetBoxes, type SetBoxes, type SetPlan, type SetPlanOptions } from './sets/set-plan.js';
export { compareRevisions, noRevision, type Revision, type SetRevision } from './sets/set-revision.js';
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
} from './sets/set-summary.js';
export type { StartTimer } from './start-timer.js';
