import type { LogWrite, SetWrite } from '@latchwork/lock-protocol';

/** What a door's lock keeps when its power fails, and how the power fails in the midst of writing it. */
export interface DoorFlash {
  /** The memory as it was last written whole: two copies take turns, so a torn one leaves the other. */
  readonly memory: Uint8Array | undefined;
  /** The log's segments as they stand, torn ones too. */
  segments(): readonly Uint8Array[];
  writeMemory(memory: Uint8Array): void;
  /** Writes something else of so many bytes, and says whether the power lasted for it. */
  spend(bytes: number): boolean;
  /** The two banks of the set as they stand, torn ones too. */
  banks(): readonly (Uint8Array | undefined)[];
  writeLog(writes: readonly LogWrite[]): void;
  writeSet(writes: readonly SetWrite[]): void;
  /** From now on the power lasts for so many bytes. */
  cutAfter(bytes: number): void;
  /** The power is back for good. */
  restore(): void;
}

const headerSizeBytes = 36;
const entrySizeBytes = 32;
const slotsPerSegment = 32;
const segmentSizeBytes = headerSizeBytes + slotsPerSegment * entrySizeBytes;

/** Makes empty flash; `onEmpty` is called once when the power that {@link DoorFlash.cutAfter} left is spent. */
export function createDoorFlash({
  bankSizeBytes,
  onEmpty,
}: {
  readonly bankSizeBytes: number;
  readonly onEmpty: () => void;
}): DoorFlash {
  let memory: Uint8Array | undefined;
  let power = Number.POSITIVE_INFINITY;
  let isDead = false;
  const log = new Map<number, Uint8Array>();
  const set = new Map<number, Uint8Array>();

  /** How many of so many bytes are written before the power is gone. */
  function spend(bytes: number): number {
    const spent = Math.min(bytes, power);
    power -= spent;
    // Power that was just enough for one write is missed by the next.
    if (spent < bytes && !isDead) {
      isDead = true;
      onEmpty();
    }
    return spent;
  }

  const put = (image: Uint8Array, at: number, bytes: Uint8Array): void =>
    image.set(bytes.subarray(0, spend(bytes.length)), at);

  return {
    get memory() {
      return memory;
    },
    banks: () => [0, 1].map((bank) => set.get(bank)?.slice()),
    segments: () => [...log.values()].map((bytes) => bytes.slice()),
    spend: (bytes) => spend(bytes) === bytes,
    writeMemory(next) {
      if (spend(next.length) === next.length) memory = next;
    },
    writeLog(writes) {
      for (const write of writes) {
        if (isDead) return;
        if (write.to === 'segment') {
          const image = log.get(write.segment) ?? new Uint8Array(segmentSizeBytes).fill(0xff);
          image.fill(0xff, 0, spend(segmentSizeBytes));
          log.set(write.segment, image);
          put(image, 0, write.header);
        } else {
          const image = log.get(Math.floor(write.slot / slotsPerSegment));
          if (image === undefined) throw new RangeError(`Slot ${write.slot} lies in a segment that was never begun.`);
          put(image, headerSizeBytes + (write.slot % slotsPerSegment) * entrySizeBytes, write.entry);
        }
      }
    },
    writeSet(writes) {
      for (const write of writes) {
        if (isDead) return;
        const image = set.get(write.bank) ?? new Uint8Array(bankSizeBytes).fill(0xff);
        set.set(write.bank, image);
        if ('erase' in write) image.fill(0xff, 0, spend(image.length));
        else put(image, write.offset, write.bytes);
      }
    },
    cutAfter(bytes) {
      power = bytes;
      isDead = false;
    },
    restore() {
      power = Number.POSITIVE_INFINITY;
      isDead = false;
    },
  };
}
