export { type AirOptions, createAir, type VirtualAir } from './air/air.js';
export type { ControllerOptions, HciEndpoint, VirtualController } from './air/controller.js';
export type { CommandFaultOptions, ControllerFaults } from './air/faults.js';
export type { VirtualLink } from './air/link.js';
export { systemTimers, type Timers } from './air/timers.js';
export type { AirProcessConfig, RemoteLockIdentity, RemoteLockStats } from './air-messages.js';
export {
  type BridgedLock,
  type BridgedLockConvention,
  type BridgedLockOptions,
  startBridgedLock,
} from './bridged-lock.js';
export type { CardFaults, EmulatedCard } from './cards/emulated-card.js';
export { createDesfireCard, createNtag424Card, type Ev2CardOptions } from './cards/ev2-card.js';
export { type CardField, createCardField } from './cards/hold-card.js';
export { createSigningCard, type SigningCardOptions } from './cards/signing-card.js';
export { createUidCard } from './cards/uid-card.js';
export {
  type LaidCard,
  missingForVirtualReader,
  startVirtualReader,
  type VirtualReader,
} from './cards/virtual-reader.js';
export type { DirectoryAccess } from './directories/directory-access.js';
export type { DirectoryChaos } from './directories/directory-chaos.js';
export type {
  DirectoryFault,
  DirectoryFaultName,
  FaultPlace,
  FaultScript,
} from './directories/directory-faults.js';
export type {
  DirectoryOperation,
  DirectoryRequest,
  RequestRecord,
  SentAnswer,
} from './directories/directory-http.js';
export type { FakeDirectoryCredentials, FakeDirectoryUrls } from './directories/directory-make.js';
export { type DirectoryQuota, documentedQuotas } from './directories/directory-quota.js';
export {
  createFakeDirectory,
  type FakeDirectory,
  type FakeDirectoryClock,
  type FakeDirectoryOptions,
} from './directories/fake-directory.js';
export type { FakeGroups } from './directories/fake-groups.js';
export type { FakePeople } from './directories/fake-people.js';
export type {
  FakeDirectoryKind,
  FakeGroup,
  FakePerson,
  FakePersonKind,
  FakeStanding,
  GroupDraft,
  PersonDraft,
  PersonEdit,
  TenantChange,
} from './directories/fake-person.js';
export type { GoogleCredentials } from './directories/google/google-sign-in.js';
export type { MicrosoftCredentials } from './directories/microsoft/microsoft-sign-in.js';
export { type StartedFakeDirectory, startFakeDirectory } from './directories/start-fake-directory.js';
export { createFakeClock, type FakeClock, type FakeClockOptions } from './fake-clock.js';
export { freePort } from './free-port.js';
export { encodeAdStructure, encodeServiceAdvert, encodeServiceDataAd } from './gatt/advertising-data.js';
export { attError, attOpcode, l2capChannel } from './gatt/att-codes.js';
export type { AttRefusal, GattCharacteristic, GattProperty, GattService } from './gatt/attribute-table.js';
export type { GattConnection } from './gatt/gatt-connection.js';
export type { GattFault, GattFaults, GattRequest } from './gatt/gatt-faults.js';
export {
  createGattServer,
  type GattAdvertising,
  type GattRadio,
  type GattServer,
  type GattServerEvents,
  type GattServerOptions,
} from './gatt/gatt-server.js';
export { hciCommand, hciEvent, hciStatus } from './hci/codes.js';
export {
  encodeAclPacket,
  encodeCommandPacket,
  encodeEventPacket,
} from './hci/packets.js';
export { type ConnectedEndpoint, connectHciSocket, createH4Splitter, installHciShim } from './hci-shim.js';
export type { Flash, FlashGeometry } from './lock/flash.js';
export type { LockBattery, MotorPower } from './lock/lock-battery.js';
export type { BoltJam } from './lock/lock-bolt.js';
export {
  type ClockRecord,
  type LockClock,
  type LockClockSetting,
  type LockTimeSource,
  systemLockTime,
} from './lock/lock-clock.js';
export { SimulatedLockError, type SimulatedLockFault } from './lock/lock-error.js';
export { type LockFirmware, makeLockImage } from './lock/lock-firmware.js';
export type { SimulatedLockParts } from './lock/lock-making.js';
export type { LockIdentity } from './lock/lock-record.js';
export { createPropertyFixture, type PropertyFixture, type PropertySigner } from './lock/property-fixture.js';
export {
  createSimulatedLock,
  type SimulatedLock,
  type SimulatedLockEvents,
  type SimulatedLockOptions,
} from './lock/simulated-lock.js';
export {
  type CaughtMail,
  type MailCatcher,
  type MailCatcherOptions,
  type MailMoment,
  type MailRefusal,
  startMailCatcher,
} from './mail-catcher.js';
export {
  type BrowserPage,
  createPlainBrowser,
  type PageForm,
  type PlainBrowser,
  type PlainBrowserOptions,
} from './plain-browser.js';
export type { CutMoment, PowerCut } from './property/door.js';
export type { CounterFate } from './property/door-clock.js';
export { drawHistory } from './property/draw-history.js';
export type { Action, CommandPlan, EntryPlan, GrantPlan, History, Presenter, Shown } from './property/history.js';
export type { FrameFault, LinkPlan } from './property/radio-link.js';
export { type HistoryOutcome, runHistory } from './property/run-history.js';
export { type FailedSeed, runSeeds, type SeedRange, type SeedReport } from './property/run-seeds.js';
export { type ShrunkHistory, shrinkHistory } from './property/shrink-history.js';
export type { Violation, ViolationKind } from './property/truth.js';
export { type ServeAirOptions, type ServedAir, serveAir } from './serve-air.js';
export { type AirProcess, type AirProcessEvents, startAirProcess } from './start-air-process.js';
export { type ProgramOptions, type StartedProgram, startProgram } from './started-program.js';
export {
  type BrokerAccess,
  type BrokerMessage,
  type Delivery,
  startTestBroker,
  type TestBroker,
  type TestBrokerOptions,
} from './test-broker.js';
