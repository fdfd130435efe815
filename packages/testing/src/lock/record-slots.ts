import { crc32 } from 'node:zlib';
import { type Flash, isErased } from './flash.js';
import { SimulatedLockError } from './lock-error.js';

/** The newest of one kind of record, kept so that a cut at any byte leaves it or the one before it. */
export interface RecordSlots {
  /** The newest whole record; `undefined` before the first. */
  readonly newest: Uint8Array | undefined;
  write(record: Uint8Array): void;
}

/** Which pages hold the two slots, one after the other. */
export interface RecordRegion {
  readonly firstPage: number;
  readonly pagesPerSlot: number;
}

interface FoundRecord {
  readonly counter: number;
  readonly bytes: Uint8Array;
}

interface FoundSlot {
  readonly newest: FoundRecord | undefined;
  /** Where the next record goes; `undefined` after anything that is neither a record nor erased. */
  readonly end: number | undefined;
}

const headerSizeBytes = 12;

/**
 * Opens two slots that take turns. Records stand one after the other, each behind its size, a counter that only rises and
 * a CRC-32 of all three. When a slot is full, or ends in a torn record, the other one is erased and takes over: so the
 * pages of a slot are erased once in as many records as fit into it, and once for each cut.
 */
export function openRecordSlots(flash: Flash, { firstPage, pagesPerSlot }: RecordRegion): RecordSlots {
  const slotSizeBytes = pagesPerSlot * flash.pageSizeBytes;
  const startOf = (slot: number): number => firstPage * flash.pageSizeBytes + slot * slotSizeBytes;
  const found = [0, 1].map((slot) => readSlot(flash.read(startOf(slot), slotSizeBytes)));
  const counterIn = (slot: number): number => found[slot]?.newest?.counter ?? 0;
  let slot = counterIn(1) > counterIn(0) ? 1 : 0;
  let { newest, end } = found[slot] ?? { newest: undefined, end: undefined };

  return {
    get newest() {
      return newest?.bytes;
    },
    write(bytes) {
      const sizeBytes = headerSizeBytes + bytes.length;
      if (sizeBytes > slotSizeBytes) {
        throw new SimulatedLockError(
          { code: 'flash-full', sizeBytes: bytes.length, roomBytes: slotSizeBytes - headerSizeBytes },
          `A record of ${bytes.length} bytes does not fit into a slot of ${slotSizeBytes}.`,
        );
      }
      if (end === undefined || end + sizeBytes > slotSizeBytes) {
        const other = 1 - slot;
        for (let page = 0; page < pagesPerSlot; page += 1) flash.erase(firstPage + other * pagesPerSlot + page);
        slot = other;
        end = 0;
      }
      const record = { counter: (newest?.counter ?? 0) + 1, bytes };
      flash.program(startOf(slot) + end, encodeRecord(record));
      newest = record;
      end += sizeBytes;
    },
  };
}

function encodeRecord({ counter, bytes }: FoundRecord): Uint8Array {
  const record = Buffer.alloc(headerSizeBytes + bytes.length);
  record.writeUInt32BE(bytes.length, 0);
  record.writeUInt32BE(counter, 4);
  record.set(bytes, headerSizeBytes);
  record.writeUInt32BE(checksumOf(record), 8);
  return record;
}

function checksumOf(record: Buffer): number {
  return crc32(record.subarray(headerSizeBytes), crc32(record.subarray(0, 8)));
}

function readSlot(slot: Uint8Array): FoundSlot {
  const bytes = Buffer.from(slot.buffer, slot.byteOffset, slot.length);
  let newest: FoundRecord | undefined;
  let at = 0;
  while (at + headerSizeBytes <= bytes.length) {
    const end = at + headerSizeBytes + bytes.readUInt32BE(at);
    if (end > bytes.length) break;
    const record = bytes.subarray(at, end);
    if (record.readUInt32BE(8) !== checksumOf(record)) break;
    newest = { counter: record.readUInt32BE(4), bytes: Uint8Array.from(record.subarray(headerSizeBytes)) };
    at = end;
  }
  return { newest, end: isErased(bytes.subarray(at)) ? at : undefined };
}
