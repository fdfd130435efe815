import {
  type AnswerCode,
  type BoltState,
  encodeSetupLabel,
  type LockTrust,
  type LogEntry,
} from '@latchwork/lock-protocol';
import { EventEmitter } from 'eventemitter3';
import type { VirtualAir } from '../air/air.js';
import type { VirtualController } from '../air/controller.js';
import { createSeededRandom } from '../air/random.js';
import type { EmulatedCard } from '../cards/emulated-card.js';
import { createCardField } from '../cards/hold-card.js';
import type { GattRadio, GattServer } from '../gatt/gatt-server.js';
import { createFlash, createMemoryStore, type Flash } from './flash.js';
import { type FlashFile, type LockMetal, openFlashFile } from './flash-file.js';
import { createLockBattery, type LockBattery } from './lock-battery.js';
import { type BoltJam, createLockBolt, type LockBolt } from './lock-bolt.js';
import { createLockClock, type LockClock, type LockClockSetting, systemLockTime } from './lock-clock.js';
import { lockFlashGeometry, openLockFlash, setBankSizeBytes } from './lock-flash.js';
import type { SimulatedLockParts } from './lock-making.js';
import { type LockParts, type LockProgram, makeIdentity, startLockProgram } from './lock-program.js';
import { createLockServer, lockAdvertising } from './lock-radio.js';

/** How a simulated lock is made on an air. */
export interface SimulatedLockOptions extends SimulatedLockParts {
  readonly air: VirtualAir;
  /** Its Bluetooth device address, `aa:bb:cc:dd:ee:ff`. */
  readonly address: string;
}

/** What happens at a simulated lock. `at` is true time in epoch milliseconds. */
export interface SimulatedLockEvents {
  bolt: { readonly bolt: BoltState; readonly at: number; readonly commandId?: Uint8Array };
  refused: { readonly code: AnswerCode; readonly at: number; readonly commandId: Uint8Array };
  logged: { readonly entry: LogEntry };
  power: { readonly on: boolean; readonly at: number };
  /** The reader tells the person at the door that it stays shut. */
  cardRefused: { readonly code: AnswerCode; readonly at: number };
}

/**
 * A lock that speaks OLP/1 over a radio, with everything a real one has but the metal. Its bolt moves only when the
 * protocol's lock machine says so, or somebody inside turns it.
 */
export interface SimulatedLock<Radio extends GattRadio = VirtualController> extends AsyncDisposable {
  readonly tag: Uint8Array;
  readonly address: string;
  /** Static X25519 public key: whom a caller's handshake must meet. */
  readonly publicKey: Uint8Array;
  /** Static P-256 public key for callers of suite 2; absent when it has none. */
  readonly p256PublicKey: Uint8Array | undefined;
  /** Ed25519 public key of its receipts. */
  readonly identityPublicKey: Uint8Array;
  readonly events: EventEmitter<SimulatedLockEvents>;
  /** The newest 1,000 entries, oldest first. */
  readonly log: readonly LogEntry[];
  readonly bolt: BoltState;
  /** Times a command moved the bolt, counted over restarts on the same storage. */
  readonly boltMoves: number;
  readonly trust: LockTrust | undefined;
  /** Setting it puts other batteries in. */
  batteryPercent: number | null;
  /** Somebody inside has thrown the privacy bolt. */
  privacy: boolean;
  /** The bolt is stuck: a command turns the motor in vain. */
  jammed: boolean;
  /** How the bolt jams, when not always and at once. */
  jam: BoltJam | undefined;
  /** Its radio, with its faults. */
  readonly controller: Radio;
  /** Its GATT server, with its faults. */
  readonly server: GattServer<Radio>;
  /** Its flash: where it wears, and where its power fails. */
  readonly flash: Flash;
  /** Its counter of seconds, and how that goes wrong. */
  readonly clock: LockClock;
  readonly battery: LockBattery;
  readonly powered: boolean;
  /** The version of its firmware; absent when it takes none. */
  readonly firmwareVersion: number | undefined;
  /** Gives it whom to obey, as commissioning does. */
  commission(trust: LockTrust): Promise<void>;
  setClock(setting: LockClockSetting): void;
  /** Its power fails now; links are lost, and a bolt that moves stops half-way. */
  cutPower(): void;
  /** Its power is back: it starts from what its flash holds. */
  powerOn(): Promise<void>;
  /** Somebody inside turns the knob. */
  turnBolt(bolt: 'locked' | 'unlocked'): void;
  /** Somebody opens the housing. */
  tamper(): void;
  /** Somebody inside presses the button of those who are there: commissioning is open for two minutes. */
  pressButton(): void;
  /** The text of the QR code on its label (OLP/1 §5), with its secret. */
  readonly label: string;
  /** Somebody holds a card to the reader, which talks to it command by command; resolves when it knows what card it is. */
  holdCard(card: EmulatedCard): Promise<void>;
  /** Somebody enters a door code. */
  enterCode(digits: string): void;
  /** Somebody inside resets it to the factory state: it forgets whom it obeyed, and is another lock from then on. */
  factoryReset(): void;
  /** Ends it; what storage has survives. */
  close(): Promise<void>;
}

/** Starts a lock on this air; resolves when it advertises. */
export async function createSimulatedLock(options: SimulatedLockOptions): Promise<SimulatedLock> {
  const controller = options.air.addController({ address: options.address });
  const power = (on: boolean): void => (on ? controller.restore() : controller.remove());
  try {
    return await startLockOn({ controller, power }, options);
  } catch (error) {
    controller.remove();
    throw error;
  }
}

type LockPlacement<Radio> = { readonly controller: Radio; readonly power: (on: boolean) => void };

/** What is on its way to the caller leaves first. */
const restartAfterMs = 100;

/**
 * Starts a lock on any radio whose `power` can be taken away and given back; resolves when it advertises.
 *
 * @throws SimulatedLockError when the flash at `storagePath` is not that of a lock that can start, or of one that runs.
 */
export async function startLockOn<Radio extends GattRadio>(
  place: LockPlacement<Radio>,
  options: SimulatedLockParts,
): Promise<SimulatedLock<Radio>> {
  const { storagePath } = options;
  const file = storagePath === undefined ? undefined : openFlashFile(storagePath, lockFlashGeometry);
  try {
    return await startLockIn(place, options, file);
  } catch (error) {
    file?.close();
    throw error;
  }
}

async function startLockIn<Radio extends GattRadio>(
  { controller, power }: LockPlacement<Radio>,
  options: SimulatedLockParts,
  file: FlashFile | undefined,
): Promise<SimulatedLock<Radio>> {
  const { crypto, seed = 1 } = options;
  const time = options.time ?? systemLockTime;
  const events = new EventEmitter<SimulatedLockEvents>();
  const random = createSeededRandom(seed);
  let program: LockProgram | undefined;
  let announce = (): void => {};
  let closed = false;

  const store = file ?? createMemoryStore(lockFlashGeometry);
  const flash = createFlash({ geometry: lockFlashGeometry, store, seed, onPowerLost: () => fall() });
  const drawRun = (): number => new DataView(crypto.randomBytes(4).slice().buffer).getUint32(0);
  const make = () => ({
    identity: options.identity ?? makeIdentity(crypto, { suite2: options.suite2 === true }),
    setupSecret: crypto.randomBytes(16),
    trust: undefined,
    memory: undefined,
    clock: createLockClock({ time, drawRun }).record,
    boltMoves: 0,
    boots: 0,
  });
  const storage = openLockFlash(flash, make);
  const found = storage.record;
  if (options.identity !== undefined) storage.saveRecord({ ...found, identity: options.identity });
  const clock = createLockClock({ time, drawRun, found: found.clock });
  const keepMetal = (): void => {
    if (!closed) file?.keepMetal({ bolt: bolt.position, batteryPercent: battery.charge });
  };
  const metal: LockMetal = file?.metal ?? { bolt: 'locked', batteryPercent: 90 };
  const { batteryPercent: percent = metal.batteryPercent } = options;
  const battery = createLockBattery({
    ...{ time, percent },
    onLow: (percent) => program?.noticed({ type: 'battery', percent }),
  });
  const bolt: LockBolt = createLockBolt({
    time,
    relockMs: options.relockMs ?? 5_000,
    actuationMs: options.actuationMs ?? 0,
    ...{ moves: found.boltMoves, position: metal.bolt },
    onMoved: (move) => {
      keepMetal();
      events.emit('bolt', { ...move, at: time.now() });
    },
    motorPower: battery.motorPower,
    onBrownOut: () => goOut(),
    random,
  });
  const reader = createCardField((code) => events.emit('cardRefused', { code, at: time.now() }));
  const setCapacity = options.setCapacity ?? { entries: 1_000, bytes: setBankSizeBytes };
  const switches = { privacy: false };
  const own = options.firmware ? { firmware: options.firmware } : {};
  const parts: LockParts = { time, crypto, flash, clock, battery, bolt, reader, setCapacity, switches, ...own };

  const start = (told: LockTrust | undefined): LockProgram => {
    const storage = openLockFlash(flash, make);
    return startLockProgram({
      parts,
      storage,
      trust: told,
      onLog: (entry) => {
        events.emit('logged', { entry });
        if (entry.result === 'ok') return;
        events.emit('refused', { code: entry.result, at: time.now(), commandId: entry.commandId });
      },
      onAdvertChanged: () => announce(),
      onRestart: () => time.after(restartAfterMs, goOut),
    });
  };
  /** What ends when the power does; also called by the flash, in the midst of a write. */
  const fall = (): void => {
    program?.stop();
    bolt.stop();
    power(false);
    events.emit('power', { on: false, at: time.now() });
  };
  /** It goes out by itself, and comes back. */
  const goOut = (): void => {
    flash.cutAfter(0);
    time.after(options.bootMs ?? 200, () => void powerOn());
  };
  const powerOn = async (): Promise<void> => {
    if (closed || flash.powered) return;
    flash.powerOn();
    program = start(undefined);
    bolt.resume();
    power(true);
    await server.setAdvertising(advertising());
    events.emit('power', { on: true, at: time.now() });
  };

  let running = start(options.trust);
  program = running;
  bolt.resume();
  const current = (): LockProgram => {
    running = program ?? running;
    return running;
  };
  const advertising = () =>
    lockAdvertising({
      tag: current().identity.tag,
      commissionable: current().trust === undefined,
      eventsWaiting: current().eventsWaiting,
      intervalMs: options.advertisingIntervalMs ?? 100,
    });
  const server = createLockServer({
    controller,
    advertising: advertising(),
    listener: {
      connected: (connection) => current().connected(connection),
      received: (frame) => current().received(frame),
      disconnected: () => current().disconnected(),
    },
    ...(options.maxMtu === undefined ? {} : { maxMtu: options.maxMtu }),
  });
  await server.start();
  // A radio without power advertises the newest data when it starts again.
  announce = () => void server.setAdvertising(advertising()).catch(() => undefined);

  const close = async (): Promise<void> => {
    if (closed) return;
    current().stop();
    bolt.stop();
    keepMetal();
    closed = true;
    await server.close();
    power(false);
    flash.close();
  };

  return {
    events,
    controller,
    server,
    flash,
    clock,
    battery,
    address: controller.address,
    get tag() {
      return current().identity.tag;
    },
    get publicKey() {
      return current().staticKeys.publicKey;
    },
    get p256PublicKey() {
      return current().p256Keys?.publicKey;
    },
    get identityPublicKey() {
      return current().signingKeys.publicKey;
    },
    get log() {
      return current().log;
    },
    get bolt() {
      return bolt.position;
    },
    get boltMoves() {
      return bolt.moves;
    },
    get trust() {
      return current().trust;
    },
    get batteryPercent() {
      return battery.percent;
    },
    set batteryPercent(value) {
      battery.percent = value;
      keepMetal();
    },
    get privacy() {
      return switches.privacy;
    },
    set privacy(value) {
      switches.privacy = value;
    },
    get jammed() {
      return bolt.jammed;
    },
    set jammed(value) {
      bolt.jammed = value;
    },
    get jam() {
      return bolt.jam;
    },
    set jam(value) {
      bolt.jam = value;
    },
    get powered() {
      return flash.powered;
    },
    get firmwareVersion() {
      return current().firmwareVersion;
    },
    async commission(next) {
      current().commission(next);
      await server.setAdvertising(advertising());
    },
    setClock: clock.set,
    cutPower: () => flash.cutAfter(0),
    powerOn,
    turnBolt(position) {
      bolt.turn(position);
      current().noticed({ type: 'manual', bolt: position });
    },
    tamper: () => current().noticed({ type: 'tamper' }),
    pressButton: () => current().present(),
    get label() {
      const { identity, setupSecret } = current();
      return encodeSetupLabel(crypto, { tag: identity.tag, secret: setupSecret });
    },
    holdCard: (card) => reader.hold(card, (sighting, wish) => current().card(sighting, wish)),
    enterCode: (digits) => current().code(digits),
    factoryReset: () => current().factoryReset(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
