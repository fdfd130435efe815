import {
  type Actuation,
  type CryptoProvider,
  createLockSession,
  decodeLockMemory,
  decodeLogEntry,
  type KeyPair,
  type LockConnection,
  type LockReader,
  type LockSession,
  type LockTrust,
  type LogEntry,
  openLogRing,
  type SetCapacity,
  startLockFirmware,
} from '@latchwork/lock-protocol';
import type { Flash } from './flash.js';
import type { LockBattery } from './lock-battery.js';
import type { LockBolt } from './lock-bolt.js';
import type { LockClock, LockTimeSource } from './lock-clock.js';
import { SimulatedLockError } from './lock-error.js';
import { type LockFirmware, runningFirmware } from './lock-firmware.js';
import { firmwareSlotSizeBytes, type LockFlash } from './lock-flash.js';
import type { LockIdentity, LockRecord } from './lock-record.js';

/** The metal and the silicon around a lock's program: all of it outlives a cut of the power. */
export interface LockParts {
  readonly time: LockTimeSource;
  readonly crypto: CryptoProvider;
  readonly flash: Flash;
  readonly clock: LockClock;
  readonly battery: LockBattery;
  readonly bolt: LockBolt;
  readonly reader: LockReader;
  /** How much of a set it keeps. */
  readonly setCapacity: SetCapacity;
  /** Whose firmware it takes; absent: nobody's. */
  readonly firmware?: LockFirmware;
  /** What somebody inside has thrown. */
  readonly switches: { privacy: boolean };
}

/** What happens at a session of a lock that is neither radio nor power. */
type Deeds = 'connected' | 'received' | 'disconnected' | 'noticed' | 'present' | 'card' | 'code' | 'factoryReset';

/** What a lock runs from power-on to the next cut. Nothing that is called after a cut does anything. */
export interface LockProgram extends Pick<LockSession, Deeds> {
  /** The version of its firmware; absent when it takes none. */
  readonly firmwareVersion: number | undefined;
  readonly identity: LockIdentity;
  readonly setupSecret: Uint8Array;
  readonly staticKeys: KeyPair;
  /** For suite 2; absent when it has none. */
  readonly p256Keys: KeyPair | undefined;
  readonly signingKeys: KeyPair;
  /** Whom it obeys. */
  readonly trust: LockTrust | undefined;
  /** Whether its log has something of the door that nobody was given yet. */
  readonly eventsWaiting: boolean;
  /** Every entry that its flash holds and those since, oldest first. */
  readonly log: readonly LogEntry[];
  /** Tells it from outside the protocol whom to obey. */
  commission(trust: LockTrust): void;
  /** Ends it, as a cut does. */
  stop(): void;
}

const logLimit = 1_000;

/** Draws who a lock is; with `suite2` it also has a secret for that. */
export function makeIdentity(
  crypto: CryptoProvider,
  { resets = 0, suite2 = false }: { readonly resets?: number; readonly suite2?: boolean } = {},
): LockIdentity {
  return {
    tag: crypto.randomBytes(8),
    staticSecret: crypto.x25519KeyPair().secret,
    signingSecret: crypto.ed25519KeyPair().secret,
    ...(suite2 ? { p256Secret: crypto.p256KeyPair().secret } : {}),
    resets,
  };
}

/** Switches a lock's program on. */
export function startLockProgram(o: {
  readonly parts: LockParts;
  readonly storage: LockFlash;
  /** Takes the place of whom the flash names. */
  readonly trust: LockTrust | undefined;
  /** It wants to be switched off and on again. */
  readonly onRestart: () => void;
  readonly onLog: (entry: LogEntry) => void;
  /** It has drawn another tag, obeys somebody or nobody now, or has or has no events waiting: its advert changes. */
  readonly onAdvertChanged: () => void;
}): LockProgram {
  const { parts, storage } = o;
  const { crypto, clock, bolt, battery, time } = parts;
  const { boots } = storage.record;
  let record: LockRecord = { ...storage.record, trust: o.trust ?? storage.record.trust, boots: boots + 1 };
  let log = readLog(crypto, storage);
  let running = true;
  let session: LockSession | undefined;
  let obeysAnybody = true;

  const stop = (): void => {
    running = false;
    session?.close();
  };
  /** Writes, unless the power is gone or goes meanwhile: then everything ends here. */
  const write = (run: () => void): void => {
    if (!running) return;
    try {
      run();
    } catch (error) {
      if (!(error instanceof SimulatedLockError && error.info.code === 'power-lost')) throw error;
      stop();
    }
  };
  const save = (change: Partial<LockRecord>): void => {
    record = { ...record, ...change, clock: clock.record, boltMoves: bolt.moves };
    write(() => storage.saveRecord(record));
  };
  const trust = (): LockTrust | undefined =>
    record.trust ?? (record.memory === undefined ? undefined : decodeLockMemory(record.memory).trust);
  const noticeTrust = (): void => {
    const before = obeysAnybody;
    obeysAnybody = trust() !== undefined;
    if (running && before !== obeysAnybody) o.onAdvertChanged();
  };
  const keysOf = ({ staticSecret, signingSecret, p256Secret }: LockIdentity) => ({
    staticKeys: crypto.x25519KeyPair(staticSecret),
    p256Keys: p256Secret && crypto.p256KeyPair(p256Secret),
    signingKeys: crypto.ed25519KeyPair(signingSecret),
  });
  let keys = keysOf(record.identity);
  const selfOf = ({ tag, signingSecret }: LockIdentity) => ({
    ...{ identity: keys.staticKeys, tag, signingSecret },
    ...(keys.p256Keys ? { p256Identity: keys.p256Keys } : {}),
  });

  const started = startSlot(crypto, storage);
  const image = parts.firmware && runningFirmware(parts.firmware, storage.firmwareSlots[started.slot]);
  if (started.memory !== record.memory) save({ memory: started.memory });

  obeysAnybody = trust() !== undefined;
  session = createLockSession({
    crypto,
    ...selfOf(record.identity),
    identityResets: record.identity.resets ?? 0,
    setupSecret: record.setupSecret,
    forgetIdentity: (resets) => {
      const identity = makeIdentity(crypto, { resets, suite2: keys.p256Keys !== undefined });
      clock.forget();
      keys = keysOf(identity);
      save({ identity, trust: undefined });
      obeysAnybody = false;
      if (running) o.onAdvertChanged();
      return selfOf(identity);
    },
    trust: () => record.trust,
    readings: () => ({
      utcSeconds: clock.utcSeconds(),
      clockQuality: clock.quality,
      bolt: bolt.position,
      batteryPercent: battery.percent,
      privacy: parts.switches.privacy,
    }),
    // What was to move when the power went never moves.
    actuate: async (action, commandId): Promise<Actuation> => {
      if (!running) return await new Promise(() => {});
      const actuation = await bolt.actuate(action, commandId);
      battery.use('move');
      return actuation;
    },
    reader: parts.reader,
    ...(record.memory === undefined ? {} : { memory: record.memory }),
    persist: (memory) => {
      save({ memory });
      noticeTrust();
    },
    onLog: (entry) => {
      if (!running) return;
      log = [...log.slice(-(logLimit - 1)), entry];
      o.onLog(entry);
    },
    onEventsWaiting: () => {
      if (running) o.onAdvertChanged();
    },
    logSegments: storage.logSegments,
    writeLog: (writes) => write(() => storage.writeLog(writes)),
    setCapacity: parts.setCapacity,
    setBanks: storage.setBanks,
    writeSet: (writes) => write(() => storage.writeSet(writes)),
    ...(parts.firmware && image
      ? { firmware: { ...parts.firmware, version: image.version, slotSizeBytes: firmwareSlotSizeBytes } }
      : {}),
    firmwareSlots: storage.firmwareSlots,
    writeFirmware: (change) => write(() => storage.writeFirmware(change)),
    restart: () => {
      if (running) o.onRestart();
    },
    setClock: (told) => {
      if (!running) return;
      clock.tell(told);
      save({});
    },
    now: time.monotonic,
    startTimer: time.after,
  });
  const { noticed, present, card, code, factoryReset, disconnected, received, connected, eventsWaiting } = session;

  function whileRunning(connection: LockConnection): LockConnection {
    return {
      get mtu() {
        return connection.mtu;
      },
      notify: (frame) => {
        if (running) connection.notify(frame);
      },
      disconnect: () => {
        if (running) connection.disconnect();
      },
    };
  }

  noticed({ type: 'boot', count: record.boots });
  if (image) session.booted({ slot: started.slot, selfTest: image.selfTest });
  return {
    ...{ noticed, present, card, code, factoryReset, disconnected, stop },
    get identity() {
      return record.identity;
    },
    setupSecret: record.setupSecret,
    firmwareVersion: image?.version,
    get staticKeys() {
      return keys.staticKeys;
    },
    get p256Keys() {
      return keys.p256Keys;
    },
    get signingKeys() {
      return keys.signingKeys;
    },
    get trust() {
      return trust();
    },
    get eventsWaiting() {
      return eventsWaiting();
    },
    get log() {
      return log;
    },
    connected(connection) {
      if (!running) return undefined;
      battery.use('connection');
      return connected(whileRunning(connection));
    },
    received(frame) {
      battery.use('frame');
      received(frame);
    },
    commission(next) {
      save({ trust: next });
      noticeTrust();
    },
  };
}

/** What the loader does before the program runs. */
function startSlot(crypto: CryptoProvider, { record: { memory }, firmwareSlots }: LockFlash) {
  return memory === undefined ? ({ slot: 0, memory } as const) : startLockFirmware(crypto, memory, firmwareSlots);
}

function readLog(crypto: CryptoProvider, { record, logSegments }: LockFlash): readonly LogEntry[] {
  if (record.memory === undefined) return [];
  const { segments } = openLogRing(crypto, decodeLockMemory(record.memory).log, logSegments);
  return segments.flatMap(({ entries }) => entries.flatMap((bytes) => decodeLogEntry(bytes) ?? [])).slice(-logLimit);
}
