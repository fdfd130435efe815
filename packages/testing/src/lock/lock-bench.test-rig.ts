import { type CryptoProvider, type LockLink, performUnlock } from '@latchwork/lock-protocol';
import { createCardField } from '../cards/hold-card.js';
import { createFakeClock, type FakeClock } from '../fake-clock.js';
import { createFlash, createMemoryStore, type Flash, type FlashStore } from './flash.js';
import { createLockBattery } from './lock-battery.js';
import { createLockBolt, type LockBolt } from './lock-bolt.js';
import { createLockClock } from './lock-clock.js';
import type { LockFirmware } from './lock-firmware.js';
import { type LockFlash, lockFlashGeometry, openLockFlash, setBankSizeBytes } from './lock-flash.js';
import { type LockProgram, makeIdentity, startLockProgram } from './lock-program.js';
import type { PropertyFixture } from './property-fixture.js';

/** A lock on the bench: its program and its parts without a radio, called directly. */
export interface BenchLock {
  readonly store: FlashStore;
  readonly flash: Flash;
  readonly storage: LockFlash;
  readonly program: LockProgram;
  readonly bolt: LockBolt;
  readonly time: FakeClock;
  /** It wants to be switched off and on again. */
  readonly wantsRestart: () => boolean;
  /** A fresh connection; lost when the lock drops it, or its power fails. */
  connect(): LockLink;
}

/** Switches a lock on; its flash is changed in place. */
export function startBenchLock(o: {
  readonly crypto: CryptoProvider;
  readonly store: FlashStore;
  readonly property?: PropertyFixture;
  readonly seed?: number;
  /** The power fails after so many bytes, from the first on. */
  readonly cutAfter?: number;
  readonly firmware?: LockFirmware;
}): BenchLock {
  const { crypto, store } = o;
  const time = createFakeClock();
  const falls: (() => void)[] = [];
  const flash = createFlash({
    geometry: lockFlashGeometry,
    store,
    seed: o.seed ?? 1,
    onPowerLost: () => {
      for (const fall of falls) fall();
    },
  });
  if (o.cutAfter !== undefined) flash.cutAfter(o.cutAfter);
  const drawRun = () => new DataView(crypto.randomBytes(4).slice().buffer).getUint32(0);
  const storage = openLockFlash(flash, () => ({
    identity: makeIdentity(crypto),
    setupSecret: crypto.randomBytes(16),
    trust: undefined,
    memory: undefined,
    clock: createLockClock({ time, drawRun }).record,
    boltMoves: 0,
    boots: 0,
  }));
  const clock = createLockClock({ time, drawRun, found: storage.record.clock });
  const battery = createLockBattery({ time, percent: 90, onLow: () => {} });
  const bolt = createLockBolt({ time, relockMs: 5_000, actuationMs: 0, moves: 0, onMoved: () => {} });
  const reader = createCardField(() => {});
  const setCapacity = { entries: 1_000, bytes: setBankSizeBytes };
  const parts = { time, crypto, flash, clock, battery, bolt, reader, setCapacity, switches: { privacy: false } };
  const made = o.firmware ? { ...parts, firmware: o.firmware } : parts;
  let wantsRestart = false;
  const program = startLockProgram({
    parts: made,
    storage,
    trust: o.property?.trust,
    onLog: () => {},
    onAdvertChanged: () => {},
    onRestart: () => {
      wantsRestart = true;
    },
  });
  falls.push(program.stop);
  return {
    ...{ store, flash, storage, program, bolt, time },
    wantsRestart: () => wantsRestart,
    connect() {
      let listener: (frame: Uint8Array) => void = () => {};
      let info: Uint8Array | undefined;
      const closed = new Promise<void>((resolve) => {
        falls.push(resolve);
        info = program.connected({
          mtu: 247,
          notify: (frame) => queueMicrotask(() => listener(frame)),
          disconnect: () => {
            resolve();
            queueMicrotask(() => program.disconnected());
          },
        });
      });
      return {
        mtu: 247,
        closed,
        readInfo: async () => info ?? (await Promise.reject(new Error('the lock is busy'))),
        write: async (frame) => program.received(frame),
        onFrame: (next) => {
          listener = next;
        },
      };
    },
  };
}

/** A lock that was just made, for copies of its flash. */
export function makeBenchStore(o: { readonly crypto: CryptoProvider; readonly property: PropertyFixture }): FlashStore {
  const store = createMemoryStore(lockFlashGeometry);
  const lock = startBenchLock({ ...o, store });
  lock.program.commission(o.property.trust);
  lock.program.stop();
  return store;
}

/** Unlocks with a token of the property: the answer's code and whether it was a stored one, or `lost`. */
export async function unlockOnBench(
  lock: BenchLock,
  o: { readonly crypto: CryptoProvider; readonly property: PropertyFixture; readonly commandId: Uint8Array },
): Promise<string> {
  const { crypto, property, commandId } = o;
  const { staticKeys } = lock.program;
  const { tag } = lock.program.identity;
  try {
    const { code, repeated } = await performUnlock({
      crypto,
      link: lock.connect(),
      lockPublicKey: staticKeys.publicKey,
      caller: crypto.x25519KeyPair(),
      command: { commandId, action: 'unlock', ttlMs: 10_000, intent: 'staff' },
      authority: async (challenge) => property.authorize({ tag, commandId, challenge }),
      now: lock.time.monotonic,
    });
    return repeated ? `${code} again` : code;
  } catch {
    return 'lost';
  } finally {
    lock.program.disconnected();
  }
}
