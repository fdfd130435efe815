import { createSeededRandom } from '../air/random.js';
import { SimulatedLockError } from './lock-error.js';

/** Where the bytes of a flash and its counters of wear are. */
export interface FlashStore {
  /** As they stand; a flash changes them in place and then has them kept. */
  readonly bytes: Uint8Array;
  /** Times each page was erased. */
  readonly wear: Uint32Array;
  /** Keeps this range of the bytes. */
  keep(at: number, sizeBytes: number): void;
  /** Keeps the counter of this page. */
  keepWear(page: number): void;
  close(): void;
}

/** How a flash is divided. */
export interface FlashGeometry {
  readonly pageSizeBytes: number;
  readonly pageCount: number;
}

/**
 * NOR flash as a lock has it: a page is erased to ones as a whole, programming only turns ones into zeros, and the power
 * may fail at any byte of either.
 */
export interface Flash extends FlashGeometry {
  /** A copy of these bytes. */
  read(at: number, sizeBytes: number): Uint8Array;
  /** Turns ones into zeros where these bytes have zeros. */
  program(at: number, bytes: Uint8Array): void;
  erase(page: number): void;
  /** Times this page was erased. */
  wear(page: number): number;
  readonly powered: boolean;
  /** Bytes written since the flash was made; an erased page counts as 64. */
  readonly writtenBytes: number;
  /**
   * The power fails within the byte after the next `bytes`, or at once with 0. Of a page that is being erased then, the
   * bytes before are ones and those after are undefined; of a byte that is being programmed, any of its zeros may be there.
   */
  cutAfter(bytes: number): void;
  /** The power is back, and no cut waits. */
  powerOn(): void;
  close(): void;
}

/** Whether all of these bytes are as an erase leaves them. */
export function isErased(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] !== 0xff) return false;
  return true;
}

/** At so many points the power can fail while a page is erased. */
const eraseSteps = 64;

/** A store that is gone with the process; with `from`, one that begins as a copy of another. */
export function createMemoryStore(geometry: FlashGeometry, from?: FlashStore): FlashStore {
  return {
    bytes: from?.bytes.slice() ?? new Uint8Array(geometry.pageCount * geometry.pageSizeBytes).fill(0xff),
    wear: from?.wear.slice() ?? new Uint32Array(geometry.pageCount),
    keep: () => {},
    keepWear: () => {},
    close: () => {},
  };
}

/** Makes a flash on a store. `seed` decides what an interrupted write leaves behind; `onPowerLost` hears of the cut. */
export function createFlash(o: {
  readonly geometry: FlashGeometry;
  readonly store: FlashStore;
  readonly seed?: number;
  readonly onPowerLost?: () => void;
}): Flash {
  const { store } = o;
  const { pageSizeBytes, pageCount } = o.geometry;
  const { bytes, wear } = store;
  const random = createSeededRandom(o.seed ?? 1);
  const anyByte = (): number => Math.floor(random() * 256);
  let powered = true;
  let left = Number.POSITIVE_INFINITY;
  let writtenBytes = 0;

  /** How many of these bytes can still be written. */
  const spend = (sizeBytes: number): number => {
    if (!powered) throw powerLost();
    const whole = Math.min(left, sizeBytes);
    left -= whole;
    writtenBytes += whole;
    return whole;
  };
  const lose = (): never => {
    powered = false;
    o.onPowerLost?.();
    throw powerLost();
  };
  const requireRange = (at: number, sizeBytes: number): void => {
    if (at < 0 || sizeBytes < 0 || at + sizeBytes > bytes.length) {
      throw new RangeError(`flash of ${bytes.length} bytes has no ${sizeBytes} bytes at ${at}`);
    }
  };

  return {
    pageSizeBytes,
    pageCount,
    read(at, sizeBytes) {
      requireRange(at, sizeBytes);
      return bytes.slice(at, at + sizeBytes);
    },
    program(at, data) {
      requireRange(at, data.length);
      const whole = spend(data.length);
      for (let index = 0; index < whole; index += 1) bytes[at + index] = (bytes[at + index] ?? 0) & (data[index] ?? 0);
      if (whole === data.length) {
        store.keep(at, data.length);
        return;
      }
      bytes[at + whole] = (bytes[at + whole] ?? 0) & ((data[whole] ?? 0) | anyByte());
      store.keep(at, whole + 1);
      lose();
    },
    erase(page) {
      const at = page * pageSizeBytes;
      requireRange(at, pageSizeBytes);
      const steps = spend(eraseSteps);
      const whole = Math.floor((steps * pageSizeBytes) / eraseSteps);
      wear[page] = (wear[page] ?? 0) + 1;
      store.keepWear(page);
      bytes.fill(0xff, at, at + whole);
      // Cells that were on their way to one read as they please: as before, as one, or as anything.
      for (let index = at + whole; index < at + pageSizeBytes; index += 1) {
        const manner = random();
        if (manner > 2 / 3) bytes[index] = anyByte();
        else if (manner > 1 / 3) bytes[index] = (bytes[index] ?? 0) | anyByte();
      }
      store.keep(at, pageSizeBytes);
      if (steps < eraseSteps) lose();
    },
    wear: (page) => wear[page] ?? 0,
    get powered() {
      return powered;
    },
    get writtenBytes() {
      return writtenBytes;
    },
    cutAfter(bytesLeft) {
      left = bytesLeft;
      if (bytesLeft === 0 && powered) {
        powered = false;
        o.onPowerLost?.();
      }
    },
    powerOn() {
      powered = true;
      left = Number.POSITIVE_INFINITY;
    },
    close: () => store.close(),
  };
}

function powerLost(): SimulatedLockError {
  return new SimulatedLockError({ code: 'power-lost' }, 'The power of the lock is off.');
}
