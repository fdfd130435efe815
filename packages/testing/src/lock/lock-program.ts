import {
  type Actuation,
  type CryptoProvider,
  createLockSession,
  decodeLockMemory,
  decodeLogEntry,
  type KeyPair,
  type LockConnection,
  type LockSession,
  type LockTrust,
  type LogEntry,
  openLogRing,
} from '@latchwork/lock-protocol';
import type { Flash } from './flash.js';
import type { LockBattery } from './lock-battery.js';
import type { LockBolt } from './lock-bolt.js';
import type { LockClock, LockTimeSource } from './lock-clock.js';
import { SimulatedLockError } from './lock-error.js';
import type { LockFlash } from './lock-flash.js';
import type { LockRecord } from './lock-record.js';

/** The metal and the silicon around a lock's program: all of it outlives a cut of the power. */
export interface LockParts {
  readonly time: LockTimeSource;
  readonly crypto: CryptoProvider;
  readonly flash: Flash;
  readonly clock: LockClock;
  readonly battery: LockBattery;
  readonly bolt: LockBolt;
  /** What somebody inside, or at the housing, has done. */
  readonly switches: { privacy: boolean };
}

/** What a lock runs from power-on to the next cut. Nothing that is called after a cut does anything. */
export interface LockProgram
  extends Pick<LockSession, 'connected' | 'received' | 'disconnected' | 'noticed' | 'present'> {
  readonly tag: Uint8Array;
  readonly staticKeys: KeyPair;
  readonly signingKeys: KeyPair;
  /** Whom it obeys. */
  readonly trust: LockTrust | undefined;
  /** Every entry that its flash holds and those since, oldest first. */
  readonly log: readonly LogEntry[];
  /** Tells it from outside the protocol whom to obey. */
  commission(trust: LockTrust): void;
  /** Ends it, as a cut does. */
  stop(): void;
}

const logLimit = 1_000;

/** Switches a lock's program on. */
export function startLockProgram(o: {
  readonly parts: LockParts;
  readonly storage: LockFlash;
  /** Takes the place of whom the flash names. */
  readonly trust: LockTrust | undefined;
  readonly onLog: (entry: LogEntry) => void;
}): LockProgram {
  const { parts, storage } = o;
  const { crypto, clock, bolt, battery, time } = parts;
  const { identity } = storage.record;
  const staticKeys = crypto.x25519KeyPair(identity.staticSecret);
  const signingKeys = crypto.ed25519KeyPair(identity.signingSecret);
  let record: LockRecord = {
    ...storage.record,
    trust: o.trust ?? storage.record.trust,
    boots: storage.record.boots + 1,
  };
  let log = readLog(crypto, storage);
  let running = true;

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

  const session = createLockSession({
    crypto,
    identity: staticKeys,
    tag: identity.tag,
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
    ...(record.memory === undefined ? {} : { memory: record.memory }),
    persist: (memory) => save({ memory }),
    onLog: (entry) => {
      if (!running) return;
      log = [...log.slice(-(logLimit - 1)), entry];
      o.onLog(entry);
    },
    signingSecret: identity.signingSecret,
    logSegments: storage.logSegments,
    writeLog: (writes) => write(() => storage.writeLog(writes)),
    setClock: (told) => {
      if (!running) return;
      clock.tell(told);
      save({});
    },
    now: time.monotonic,
    startTimer: time.after,
  });

  const stop = (): void => {
    running = false;
    session.close();
  };

  const program: LockProgram = {
    tag: identity.tag,
    staticKeys,
    signingKeys,
    get trust() {
      return record.trust ?? (record.memory === undefined ? undefined : decodeLockMemory(record.memory).trust);
    },
    get log() {
      return log;
    },
    connected(connection) {
      if (!running) return undefined;
      battery.use('connection');
      return session.connected(whileRunning(connection));
    },
    received(frame) {
      battery.use('frame');
      session.received(frame);
    },
    disconnected: session.disconnected,
    noticed: session.noticed,
    present: session.present,
    commission: (trust) => save({ trust }),
    stop,
  };

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

  session.noticed({ type: 'boot', count: record.boots });
  return program;
}

function readLog(crypto: CryptoProvider, { record, logSegments }: LockFlash): readonly LogEntry[] {
  if (record.memory === undefined) return [];
  const { segments } = openLogRing(crypto, decodeLockMemory(record.memory).log, logSegments);
  return segments.flatMap(({ entries }) => entries.flatMap((bytes) => decodeLogEntry(bytes) ?? [])).slice(-logLimit);
}
