import {
  type AnswerCode,
  type BoltState,
  type CryptoProvider,
  createLockSession,
  encodeServiceData,
  gatt,
  type LockTrust,
  type LogEntry,
  protocolVersion,
  serviceFlags,
  writeLogImage,
} from '@latchwork/lock-protocol';
import { EventEmitter } from 'eventemitter3';
import type { VirtualAir } from '../air/air.js';
import type { VirtualController } from '../air/controller.js';
import { encodeServiceAdvert, encodeServiceDataAd } from '../gatt/advertising-data.js';
import { attError } from '../gatt/att-codes.js';
import { createGattServer, type GattAdvertising, type GattServer } from '../gatt/gatt-server.js';
import { createLockBolt, type LockBolt } from './lock-bolt.js';
import { createLockClock, type LockClockSetting, type LockTimeSource, systemLockTime } from './lock-clock.js';
import { createLockFile, type LockIdentity, type LockStorage, volatileLockStorage } from './lock-storage.js';

/** How a simulated lock is made. */
export interface SimulatedLockOptions {
  readonly air: VirtualAir;
  /** Its Bluetooth device address, `aa:bb:cc:dd:ee:ff`. */
  readonly address: string;
  readonly crypto: CryptoProvider;
  /** 20 to 10,240 ms. Default 100. */
  readonly advertisingIntervalMs?: number;
  /** How long the door stays unlocked. Default 5,000. */
  readonly relockMs?: number;
  /** How long the motor takes to move the bolt. Default 0. */
  readonly actuationMs?: number;
  /** 0..100, or null when the lock cannot tell. Default 90. */
  readonly batteryPercent?: number | null;
  /** A JSON file: a lock started again on it has the same identity, trust, memory and log. Absent: nothing is kept. */
  readonly storagePath?: string;
  /** Whom it obeys from the start; takes the place of what storage says. Absent and never commissioned: nobody. */
  readonly trust?: LockTrust;
  /** Its secrets; drawn afresh when absent, unless storage has them. */
  readonly identity?: LockIdentity;
  /** Largest ATT MTU it agrees to. Default 247. */
  readonly maxMtu?: number;
  /** The time it runs on. Default: the machine's. */
  readonly time?: LockTimeSource;
}

/** What happens at a simulated lock. `at` is true time in epoch milliseconds. */
export interface SimulatedLockEvents {
  bolt: { readonly bolt: BoltState; readonly at: number; readonly commandId?: Uint8Array };
  refused: { readonly code: AnswerCode; readonly at: number; readonly commandId: Uint8Array };
  logged: { readonly entry: LogEntry };
}

/**
 * A lock that speaks OLP/1 over the virtual air, with everything a real one has but the metal. Its bolt moves only when
 * the protocol's lock machine says so.
 */
export interface SimulatedLock extends AsyncDisposable {
  readonly tag: Uint8Array;
  readonly address: string;
  /** Static X25519 public key: whom a caller's handshake must meet. */
  readonly publicKey: Uint8Array;
  /** Ed25519 public key of its receipts. */
  readonly identityPublicKey: Uint8Array;
  readonly events: EventEmitter<SimulatedLockEvents>;
  /** The newest 1,000 entries, oldest first. */
  readonly log: readonly LogEntry[];
  readonly bolt: BoltState;
  /** Times a command moved the bolt, counted over restarts on the same storage. */
  readonly boltMoves: number;
  readonly trust: LockTrust | undefined;
  batteryPercent: number | null;
  /** Somebody inside has thrown the privacy bolt. */
  privacy: boolean;
  /** The bolt is stuck: a command turns the motor in vain. */
  jammed: boolean;
  /** Its radio, with its faults. */
  readonly controller: VirtualController;
  /** Its GATT server, with its faults. */
  readonly server: GattServer;
  /** Gives it whom to obey, as commissioning does. */
  commission(trust: LockTrust): Promise<void>;
  setClock(setting: LockClockSetting): void;
  /** Pulls its batteries; what storage has survives. */
  close(): Promise<void>;
}

const logLimit = 1_000;

/** Starts a lock on this air; resolves when it advertises. */
export async function createSimulatedLock(options: SimulatedLockOptions): Promise<SimulatedLock> {
  const { crypto } = options;
  const time = options.time ?? systemLockTime;
  const storage: LockStorage =
    options.storagePath === undefined ? volatileLockStorage : createLockFile(options.storagePath);
  const found = storage.load();
  const identity = options.identity ?? found?.identity ?? makeIdentity(crypto);
  const staticKeys = crypto.x25519KeyPair(identity.staticSecret);
  const signingKeys = crypto.ed25519KeyPair(identity.signingSecret);
  const events = new EventEmitter<SimulatedLockEvents>();
  const clock = createLockClock(time);

  let trust = options.trust ?? found?.trust;
  let memory = found?.memory;
  let log: readonly LogEntry[] = found?.log ?? [];
  let batteryPercent = options.batteryPercent === undefined ? 90 : options.batteryPercent;
  let privacy = false;
  let info: Uint8Array | undefined;

  const logImage = new Map(found?.logImage);
  const save = (): void => storage.save({ identity, trust, memory, log, logImage, boltMoves: bolt.moves });

  const bolt: LockBolt = createLockBolt({
    time,
    relockMs: options.relockMs ?? 5_000,
    actuationMs: options.actuationMs ?? 0,
    moves: found?.boltMoves ?? 0,
    onMoved: (move) => {
      if (move.commandId !== undefined) save();
      events.emit('bolt', { ...move, at: time.now() });
    },
  });

  const session = createLockSession({
    crypto,
    identity: staticKeys,
    tag: identity.tag,
    trust: () => trust,
    readings: () => ({
      utcSeconds: clock.utcSeconds(),
      clockQuality: clock.quality,
      bolt: bolt.position,
      batteryPercent,
      privacy,
    }),
    actuate: bolt.actuate,
    ...(memory === undefined ? {} : { memory }),
    persist: (next) => {
      memory = next;
      save();
    },
    onLog: (entry) => {
      log = [...log.slice(-(logLimit - 1)), entry];
      save();
      events.emit('logged', { entry });
      if (entry.result !== 'ok') {
        events.emit('refused', { code: entry.result, at: time.now(), commandId: entry.commandId });
      }
    },
    signingSecret: identity.signingSecret,
    logSegments: [...logImage.values()],
    // Saved with the memory that knows of it.
    writeLog: (writes) => void writeLogImage(logImage, writes),
    setClock: clock.tell,
    now: time.monotonic,
    startTimer: time.after,
  });

  const advertise = (): GattAdvertising => ({
    intervalMs: options.advertisingIntervalMs ?? 100,
    data: encodeServiceAdvert(gatt.service),
    scanResponse: encodeServiceDataAd(
      gatt.service,
      encodeServiceData({
        version: protocolVersion,
        flags: trust === undefined ? serviceFlags.commissionable : 0,
        tag: identity.tag,
      }),
    ),
  });

  const controller = options.air.addController({ address: options.address });
  const server = createGattServer({
    controller,
    services: [
      // Every Bluetooth LE device has Generic Access; the name stays empty (OLP/1: no name).
      { uuid: '1800', characteristics: [{ uuid: '2a00', properties: ['read'], onRead: () => new Uint8Array() }] },
      {
        uuid: gatt.service,
        characteristics: [
          { uuid: gatt.info, properties: ['read'], onRead: () => info ?? { error: attError.unlikelyError } },
          {
            uuid: gatt.rx,
            properties: ['write', 'write-without-response'],
            onWrite: (_connection, value) => {
              session.received(value);
              return undefined;
            },
          },
          { uuid: gatt.tx, properties: ['notify'] },
        ],
      },
    ],
    advertising: advertise(),
    ...(options.maxMtu === undefined ? {} : { maxMtu: options.maxMtu }),
  });

  server.events.on('connected', ({ connection }) => {
    info = session.connected({
      get mtu() {
        return connection.mtu;
      },
      notify: (frame) => {
        connection.notify(gatt.tx, frame);
      },
      disconnect: () => connection.disconnect(),
    });
    if (info === undefined) connection.disconnect();
  });
  server.events.on('disconnected', () => {
    info = undefined;
    session.disconnected();
  });

  save();
  await server.start();

  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await server.close();
    session.close();
    bolt.stop();
    controller.remove();
  };

  return {
    tag: identity.tag,
    address: controller.address,
    publicKey: staticKeys.publicKey,
    identityPublicKey: signingKeys.publicKey,
    events,
    controller,
    server,
    get log() {
      return log;
    },
    get bolt() {
      return bolt.position;
    },
    get boltMoves() {
      return bolt.moves;
    },
    get trust() {
      return trust;
    },
    get batteryPercent() {
      return batteryPercent;
    },
    set batteryPercent(value) {
      batteryPercent = value;
    },
    get privacy() {
      return privacy;
    },
    set privacy(value) {
      privacy = value;
    },
    get jammed() {
      return bolt.jammed;
    },
    set jammed(value) {
      bolt.jammed = value;
    },
    async commission(next) {
      trust = next;
      save();
      await server.setAdvertising(advertise());
    },
    setClock: clock.set,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function makeIdentity(crypto: CryptoProvider): LockIdentity {
  return {
    tag: crypto.randomBytes(8),
    staticSecret: crypto.x25519KeyPair().secret,
    signingSecret: crypto.ed25519KeyPair().secret,
  };
}
