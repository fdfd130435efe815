export type { AnswerCode, RetryClass } from './answer-code.js';
export { answerCodeOf, answerCodes, retryClassOf } from './answer-code.js';
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
export type { DeliveryClock } from './caller/deliver-parcel.js';
export { deliverParcel, timeTokenWaitMs } from './caller/deliver-parcel.js';
export type {
  Authority,
  BoltState,
  LockAction,
  LockAnswer,
  LockCommand,
  LockLink,
  UnlockIntent,
} from './caller/lock-link.js';
export type {
  CarriedObject,
  CarriedSet,
  Delivery,
  LockParcel,
  LogErrand,
  ParcelPart,
  PartOutcome,
} from './caller/lock-parcel.js';
export { parcelParts } from './caller/lock-parcel.js';
export type { Visit, VisitOptions } from './caller/open-visit.js';
export { openVisit } from './caller/open-visit.js';
export type { HardwareCaller, PerformUnlockOptions } from './caller/perform-unlock.js';
export { performUnlock } from './caller/perform-unlock.js';
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
export type { CardFact } from './cards/card-log.js';
export { decodeCardFact, encodeCardFact } from './cards/card-log.js';
export type { CardReport } from './cards/card-report.js';
export { decodeCardReport, encodeCardReport, encodeEnroll, longestEnrollSeconds } from './cards/card-report.js';
export type { CardClass, CardSighting, CardTechnology } from './cards/card-technology.js';
export { cardTechnologies, classOfTechnology } from './cards/card-technology.js';
export type { UidKind, UidOrder } from './cards/card-uid.js';
export { normalizeUid, uidKindOf } from './cards/card-uid.js';
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
export type { CommissionedLock, CommissionOptions } from './commissioning/commission-lock.js';
export { commissionLock } from './commissioning/commission-lock.js';
export { encodeDecommission } from './commissioning/commission-operation.js';
export type { CommissionOrder } from './commissioning/commission-order.js';
export { encodeCommissionOrder, readCommissionOrder } from './commissioning/commission-order.js';
export type { IdentityDecision, IdentitySession, LockIdentity } from './commissioning/identity-statement.js';
export { decodeIdentity, signIdentity, verifyIdentity } from './commissioning/identity-statement.js';
export { installerDeadline, installerStep, startInstaller } from './commissioning/installer-machine.js';
export type { InstallProgress, StatedIdentity } from './commissioning/installer-progress.js';
export { decodeInstallProgress, encodeInstallProgress } from './commissioning/installer-progress.js';
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
export type {
  CarriedLockCertificate,
  LockCertificate,
  LockCertificateDecision,
} from './commissioning/lock-certificate.js';
export { decodeLockCertificate, signLockCertificate, verifyLockCertificate } from './commissioning/lock-certificate.js';
export type { LockKeys } from './commissioning/lock-keys.js';
export type { SetupLabel } from './commissioning/setup-label.js';
export { encodeSetupLabel, parseSetupLabel } from './commissioning/setup-label.js';
export type { CryptoProvider, KeyPair, OpenRequest, SealRequest } from './crypto/crypto-provider.js';
export type { CborLimits, CborValue } from './encoding/cbor.js';
export { cborLimits, decodeCbor, encodeCbor } from './encoding/cbor.js';
export type { Claims, SignedObject, SignRequest, VerifyRequest } from './encoding/cose.js';
export { kidOf, readClaims, readObject, signObject, verifyObject } from './encoding/cose.js';
export type { PartialMessage, Reassembly } from './encoding/frame.js';
export type { LockInfo, ServiceData, SuiteName } from './encoding/gatt.js';
export {
  decodeInfo,
  decodeServiceData,
  encodeInfo,
  encodeServiceData,
  gatt,
  maxMessageSizeBytes,
  protocolVersion,
  serviceFlags,
  suites,
} from './encoding/gatt.js';
export type { FirmwareDecision, FirmwareManifest } from './firmware/firmware-manifest.js';
export { decodeFirmwareManifest, signFirmwareManifest, verifyFirmwareManifest } from './firmware/firmware-manifest.js';
export type {
  FirmwareMemory,
  FirmwareSlot,
  FirmwareSlots,
  FirmwareStaging,
  FirmwareTrial,
} from './firmware/firmware-memory.js';
export type { FirmwarePiece } from './firmware/firmware-message.js';
export { decodeFirmwareHeld, encodeFirmwarePiece, firmwarePieceLimit } from './firmware/firmware-message.js';
export type { FirmwareEffect, FirmwareEvent, FirmwareParts, FirmwareWrite } from './firmware/firmware-state.js';
export { startLockFirmware } from './firmware/start-lock-firmware.js';
export type { FirmwareUpdate, FirmwareUpdateEnd } from './firmware/update-firmware.js';
export { updateFirmware } from './firmware/update-firmware.js';
export type { RefusedAttempts } from './lock/attempt-log.js';
export type { HandshakeFlood } from './lock/handshake-flood.js';
export type { ClockReading, ClockSetting, LockTime, SecondsCounter } from './lock/lock-clock.js';
export { driftPpm, goodErrorSeconds, readClock, timeFrom } from './lock/lock-clock.js';
export { lockDeadline } from './lock/lock-deadline.js';
export { lockLimits } from './lock/lock-limits.js';
export { lockStep, startLock } from './lock/lock-machine.js';
export type { LockMemory, StoredCommand, UsedGrant } from './lock/lock-memory.js';
export {
  decodeLockMemory,
  emptyMemory,
  encodeLockMemory,
  storedCommandLimit,
  usedGrantLimit,
} from './lock/lock-memory.js';
export type { LockConnection, LockReader, LockSelf, LockSession, LockSessionOptions } from './lock/lock-session.js';
export { createLockSession } from './lock/lock-session.js';
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
export type { LockStatus, SetStatus } from './lock/lock-status.js';
export { decodeStatus, encodeStatus } from './lock/lock-status.js';
export type { OperationAnswer, OperationName, OperationRequest } from './lock/operation-message.js';
export {
  decodeOperationAnswer,
  encodeOperation,
  encodeOperationAnswer,
  operationNames,
} from './lock/operation-message.js';
export type { ClockQuality, LogEntry, LogHead } from './log/lock-log.js';
export {
  appendLogEntry,
  chainLogEntry,
  decodeLogEntry,
  decodeLogNumbers,
  emptyLog,
  encodeLogEntry,
  encodeLogNumbers,
  nextLogHead,
  seqOfLogEntry,
} from './log/lock-log.js';
export type { LogReset, NewLogEntry } from './log/log-break.js';
export { logGapOf, logResetOf } from './log/log-break.js';
export type { LogEntryType } from './log/log-entry-type.js';
export { logEntryTypes } from './log/log-entry-type.js';
export type { SignedLogHead } from './log/log-head.js';
export { decodeLogHead, signLogHead, verifyLogHead } from './log/log-head.js';
export { writeLogImage } from './log/log-image.js';
export type { LogSigning } from './log/log-operation.js';
export { answerLogAcknowledge, answerLogRead, encodeLogAcknowledge, encodeLogRead } from './log/log-operation.js';
export type { LogPage, LogPageDraft, LogReadRequest } from './log/log-page.js';
export { decodeLogPage, encodeLogPage, logHeadOf, mostPageEntries, readLog } from './log/log-page.js';
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
export type { LogAppend, LogMark, LogRing, LogWrite } from './log/log-ring.js';
export {
  accountedLog,
  acknowledgeLog,
  appendToLogRing,
  emptyLogRing,
  logHeadAt,
  openLogRing,
  overwrittenLog,
  resetLogRing,
} from './log/log-ring.js';
export type { LogSegment } from './log/log-segment.js';
export { logSegmentLimit, logSegmentSlots, logSlotCount } from './log/log-segment.js';
export type { SeqRange } from './log/seq-range.js';
export type { ShownObjects } from './message.js';
export type {
  HeldStatic,
  NoiseHandshake,
  NoiseHandshakeOptions,
  NoiseTransport,
  PreparedEphemeral,
  XkInitiatorOptions,
  XkResponderOptions,
} from './noise/noise.js';
export {
  bringStaticAgreement,
  createHandshake,
  createXkInitiator,
  createXkResponder,
  handshakeTurn,
  readMessage,
  split,
  writeMessage,
} from './noise/noise.js';
export type { NoisePattern, NoiseToken } from './noise/noise-pattern.js';
export { noisePatterns } from './noise/noise-pattern.js';
export { suiteOfPublicKey } from './noise/noise-suite.js';
export type { NoiseCipher, SymmetricState } from './noise/noise-symmetric.js';
export { openRecord, sealRecord } from './noise/noise-symmetric.js';
export type { PreparedHandshake } from './noise/prepared-handshake.js';
export { prepareHandshake } from './noise/prepared-handshake.js';
export type {
  CarriedCommandToken,
  CommandToken,
  CommandTokenContext,
  CommandTokenDecision,
} from './objects/command-token.js';
export {
  decodeCommandToken,
  longestTokenSeconds,
  signCommandToken,
  verifyCommandToken,
} from './objects/command-token.js';
export type { Grant, GrantFlag } from './objects/grant.js';
export { decodeGrant, grantFlags, longestGrantSeconds, mostGrantLocks, signGrant } from './objects/grant.js';
export type { GrantContext, GrantDecision, GrantMemory, GrantRefusalCode } from './objects/grant-decision.js';
export { verifyGrant } from './objects/grant-decision.js';
export type { GrantSchedule, GrantWindow, UtcOffset } from './objects/grant-schedule.js';
export { isInSchedule, mostScheduleEntries } from './objects/grant-schedule.js';
export type { LockSigner, LockStatement, StatementDecision } from './objects/lock-statement.js';
export type { LockTrust, OrderedTrust } from './objects/lock-trust.js';
export type { LockClock, Refusal } from './objects/object-decision.js';
export type { ObjectType } from './objects/object-type.js';
export type {
  CertificateContext,
  CertificateDecision,
  CertificateUse,
  PropertyCertificate,
} from './objects/property-certificate.js';
export {
  certificateUses,
  decodePropertyCertificate,
  longestCertificateSeconds,
  refusalOfCertificate,
  signPropertyCertificate,
  verifyCertificate,
} from './objects/property-certificate.js';
export type { SignerContext } from './objects/property-object.js';
export type { Receipt } from './objects/receipt.js';
export { decideReceipt, decideStanding, decodeReceipt, signReceipt, verifyReceipt } from './objects/receipt.js';
export type { Revocations, RevokingObject } from './objects/revocation-claims.js';
export { mostRevocations } from './objects/revocation-claims.js';
export type { HolderRole, OperationRight, Right, RightDecision, RightQuestion } from './objects/rights.js';
export { decideRight, decodeRights, encodeRights, gatewayRights, rightNames } from './objects/rights.js';
export type { CarriedTimeToken, TimeToken, TimeTokenContext, TimeTokenDecision } from './objects/time-token.js';
export { decodeTimeToken, signTimeToken, timeTokenLifeMs, verifyTimeToken } from './objects/time-token.js';
export type {
  CborFault,
  CommandFault,
  CommissionFault,
  FrameFault,
  HandshakeFault,
  LabelFault,
  LockProtocolFault,
  MessageFault,
  PartFault,
} from './protocol-error.js';
export { LockProtocolError } from './protocol-error.js';
export type { Bulletin, BulletinDecision, CarriedBulletin } from './sets/bulletin.js';
export { decodeBulletin, mostDeniedEntries, signBulletin, verifyBulletin } from './sets/bulletin.js';
export type { HeldCredential, HeldEntry } from './sets/held-entry.js';
export type { HeldBulletin, HeldSet, SetMark, SetStaging } from './sets/held-set.js';
export type { SetBank, SetCapacity, SetWrite } from './sets/set-bank.js';
export { writeSetImage } from './sets/set-bank.js';
export { openSetBox, sealSetBox, setBoxOverheadBytes } from './sets/set-box.js';
export type { SetCredential, SetEntry, SetEntryFlag, SetEntryTerms } from './sets/set-entry.js';
export {
  decodeSetEntry,
  encodeSetEntry,
  entryHashSizeBytes,
  hashSetEntry,
  largestEntryId,
  setDigest,
  setEntryFlags,
} from './sets/set-entry.js';
export type {
  CarriedSetManifest,
  RevokingContext,
  RevokingRefusalCode,
  SetManifest,
  SetManifestDecision,
} from './sets/set-manifest.js';
export { decodeSetManifest, signSetManifest, verifySetManifest } from './sets/set-manifest.js';
export type { SetBeginning, SetChange } from './sets/set-message.js';
export {
  decodeSetBeginning,
  decodeSetChange,
  encodeSetBeginning,
  encodeSetChange,
  setBeginnings,
} from './sets/set-message.js';
export type { SetBoxes, SetPlan, SetPlanOptions } from './sets/set-plan.js';
export { planSetBoxes } from './sets/set-plan.js';
export type { Revision, SetRevision } from './sets/set-revision.js';
export { compareRevisions, noRevision } from './sets/set-revision.js';
export type { SetSummary, SetSummaryRequest, SummarizedEntry } from './sets/set-summary.js';
export {
  decodeSetSummary,
  encodeSetSummary,
  encodeSetSummaryRequest,
  mostSummaryEntries,
  setBucketCount,
  setBucketOf,
  summarizeSet,
  summaryHashSizeBytes,
} from './sets/set-summary.js';
export type { StartTimer } from './start-timer.js';
