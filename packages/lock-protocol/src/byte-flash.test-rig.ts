import type { CryptoProvider } from './crypto/crypto-provider.js';
import { decodeLockMemory } from './lock/lock-memory.js';
import { writeLogImage } from './log/log-image.js';
import type { DoorStorage } from './session.test-rig.js';
import { type HeldSet, openHeldSet } from './sets/held-set.js';
import { type SetCapacity, writeSetImage } from './sets/set-bank.js';

/** One byte that was written or erased; a power cut comes between two of them. */
export interface ByteWrite {
  readonly area: string;
  readonly at: number;
  readonly byte: number;
}

/** All flash of a lock: the set's banks, the log's segments, and two slots of memory that are written in turn. */
export type FlashAreas = Map<string, Uint8Array>;

const erased = 0xff;
const slotSizeBytes = 4096;
const slotHeadSizeBytes = 6;
const checkSizeBytes = 8;

/** A copy of flash as it is at one moment. */
export function copyAreas(areas: FlashAreas): FlashAreas {
  return new Map([...areas].map(([area, bytes]) => [area, bytes.slice()]));
}

/** Applies one byte to flash. */
export function applyWrite(areas: FlashAreas, { area, at, byte }: ByteWrite): void {
  const bytes = areas.get(area);
  if (bytes) bytes[at] = byte;
}

/** What a lock that is switched on with this flash is handed, and nothing else of it. */
export function foundIn(crypto: CryptoProvider, areas: FlashAreas): ReturnType<DoorStorage['found']> {
  const slots = ['slot0', 'slot1'].flatMap((area) => readSlot(crypto, areas.get(area)) ?? []);
  const newest = slots.sort((a, b) => a.turn - b.turn).at(-1);
  const segments = [...areas].filter(
    ([area, bytes]) => area.startsWith('log') && bytes.some((byte) => byte !== erased),
  );
  return {
    ...(newest ? { memory: newest.memory } : {}),
    logSegments: segments.map(([, bytes]) => bytes),
    setBanks: [areas.get('bank0'), areas.get('bank1')],
  };
}

function readSlot(
  crypto: CryptoProvider,
  slot: Uint8Array = new Uint8Array(0),
): { readonly turn: number; readonly memory: Uint8Array } | undefined {
  const [high = erased, low = erased, , , sizeHigh = 0, sizeLow = 0] = slot;
  const end = slotHeadSizeBytes + ((sizeHigh << 8) | sizeLow);
  const check = slot.subarray(end, end + checkSizeBytes);
  const good = Buffer.compare(check, crypto.sha256(slot.subarray(0, end)).subarray(0, checkSizeBytes)) === 0;
  return good ? { turn: (high << 8) | low, memory: slot.slice(slotHeadSizeBytes, end) } : undefined;
}

/** The set that a lock has when it is switched on with this flash. */
export function setFoundIn(crypto: CryptoProvider, areas: FlashAreas): HeldSet | undefined {
  const { memory, setBanks = [] } = foundIn(crypto, areas);
  return memory && openHeldSet(crypto, decodeLockMemory(memory).set, setBanks);
}

/** A lock's storage on such flash, byte by byte; every byte that changes is told. */
export function createByteStorage(
  crypto: CryptoProvider,
  areas: FlashAreas,
  o: {
    readonly capacity: SetCapacity;
    readonly eraseFrom: 'start' | 'end';
    readonly onWrite?: (write: ByteWrite) => void;
  },
): DoorStorage {
  const write = (area: string, at: number, byte: number) => {
    const bytes = areas.get(area);
    if (!bytes || bytes[at] === byte) return;
    bytes[at] = byte;
    o.onWrite?.({ area, at, byte });
  };
  const program = (area: string, at: number, bytes: Uint8Array) => {
    for (const [index, byte] of bytes.entries()) write(area, at + index, byte);
  };
  const erase = (area: string) => {
    const { length } = areas.get(area) ?? [];
    for (let index = 0; index < length; index += 1)
      write(area, o.eraseFrom === 'start' ? index : length - 1 - index, erased);
  };
  const turnOf = (area: string) => readSlot(crypto, areas.get(area))?.turn ?? 0;
  return {
    found: () => foundIn(crypto, areas),
    persist(memory) {
      const area = turnOf('slot0') < turnOf('slot1') ? 'slot0' : 'slot1';
      const turn = Math.max(turnOf('slot0'), turnOf('slot1')) + 1;
      const head = [turn >> 8, turn & 0xff, 0, 0, memory.length >> 8, memory.length & 0xff];
      const content = Uint8Array.from([...head, ...memory]);
      erase(area);
      program(area, 0, Uint8Array.from([...content, ...crypto.sha256(content).subarray(0, checkSizeBytes)]));
    },
    writeSet(writes) {
      for (const step of writes) {
        const area = `bank${step.bank}`;
        if ('erase' in step) {
          erase(area);
          continue;
        }
        const under = areas.get(area)?.subarray(step.offset, step.offset + step.bytes.length) ?? [];
        if (under.some((byte) => byte !== erased)) throw new Error('The lock writes where flash is not erased.');
        program(area, step.offset, step.bytes);
      }
    },
    writeLog(writes) {
      const image = new Map<number, Uint8Array>();
      for (const [area, bytes] of areas) if (area.startsWith('log')) image.set(Number(area.slice(3)), bytes.slice());
      for (const segment of writeLogImage(image, writes)) {
        const area = `log${segment}`;
        const next = image.get(segment) ?? new Uint8Array(0);
        if (!areas.has(area)) areas.set(area, new Uint8Array(next.length).fill(erased));
        program(area, 0, next);
      }
    },
  };
}

/** Flash as it leaves the factory. */
export function blankAreas({ bytes }: SetCapacity): FlashAreas {
  const blank = (sizeBytes: number) => new Uint8Array(sizeBytes).fill(erased);
  const image = new Map<number, Uint8Array>();
  writeSetImage(
    image,
    [
      { bank: 0, erase: true },
      { bank: 1, erase: true },
    ],
    { bytes },
  );
  return new Map([
    ...[...image].map(([bank, area]) => [`bank${bank}`, area] as const),
    ['slot0', blank(slotSizeBytes)],
    ['slot1', blank(slotSizeBytes)],
  ]);
}
