import { crc32 } from 'node:zlib';
import { type LogWrite, logSegmentLimit, logSegmentSlots } from '@latchwork/lock-protocol';
import { type Flash, isErased } from './flash.js';

/** The log's segments in flash. */
export interface LogPages {
  /** Each segment's header and slots, for `openLogRing` and for whoever makes a session. */
  readonly segments: readonly Uint8Array[];
  write(writes: readonly LogWrite[]): void;
}

/** One page more than the ring has segments, so that none is erased before its successor stands. */
export const logPageCount = logSegmentLimit + 1;

const headerSizeBytes = 36;
const entrySizeBytes = 32;
const segmentSizeBytes = headerSizeBytes + logSegmentSlots * entrySizeBytes;
const sealSizeBytes = 8;

interface PageOfSegment {
  readonly page: number;
  readonly generation: number;
}

/**
 * Opens the pages of a log, one segment each. Behind its slots a page has a seal: a generation, and the CRC-32 of it with
 * the segment's header. Of two pages of one segment the higher generation counts; a page without a whole seal is free.
 * A slot that a cut has left written is never programmed twice: its segment goes on in another page. So a page is erased
 * once for 34 segments, and once for each cut.
 */
export function openLogPages(flash: Flash, firstPage: number): LogPages {
  const addressOf = (page: number): number => (firstPage + page) * flash.pageSizeBytes;
  const pages = new Map<number, PageOfSegment>();
  let generation = 0;
  for (let page = 0; page < logPageCount; page += 1) {
    const found = readSeal(flash.read(addressOf(page), segmentSizeBytes + sealSizeBytes));
    if (found === undefined) continue;
    generation = Math.max(generation, found.generation);
    if (found.generation > (pages.get(found.segment)?.generation ?? 0)) {
      pages.set(found.segment, { page, generation: found.generation });
    }
  }

  /** Puts a header and the slots before the next one into a free page, and seals it. */
  const begin = (segment: number, bytes: Uint8Array): void => {
    const page = freePage();
    const at = addressOf(page);
    if (!isErased(flash.read(at, flash.pageSizeBytes))) flash.erase(firstPage + page);
    flash.program(at, bytes);
    generation += 1;
    flash.program(at + segmentSizeBytes, encodeSeal(bytes.subarray(0, headerSizeBytes), generation));
    pages.set(segment, { page, generation });
  };

  const freePage = (): number => {
    const used = new Set([...pages.values()].map(({ page }) => page));
    const free = Array.from({ length: logPageCount }, (_, page) => page).filter((page) => !used.has(page));
    return free.reduce((least, page) => (flash.wear(firstPage + page) < flash.wear(firstPage + least) ? page : least));
  };

  const writeSlot = (slot: number, entry: Uint8Array): void => {
    const segment = Math.floor(slot / logSegmentSlots);
    const held = pages.get(segment);
    if (held === undefined) throw new RangeError(`slot ${slot} of the log lies in a segment that was never begun`);
    const offset = headerSizeBytes + (slot % logSegmentSlots) * entrySizeBytes;
    if (!isErased(flash.read(addressOf(held.page) + offset, segmentSizeBytes - offset))) {
      begin(segment, flash.read(addressOf(held.page), offset));
    }
    flash.program(addressOf(pages.get(segment)?.page ?? held.page) + offset, entry);
  };

  return {
    get segments() {
      return [...pages.values()].map(({ page }) => flash.read(addressOf(page), segmentSizeBytes));
    },
    write(writes) {
      for (const write of writes) {
        if (write.to === 'segment') begin(write.segment, write.header);
        else writeSlot(write.slot, write.entry);
      }
    },
  };
}

function encodeSeal(header: Uint8Array, generation: number): Uint8Array {
  const seal = Buffer.alloc(sealSizeBytes);
  seal.writeUInt32BE(generation, 0);
  seal.writeUInt32BE(crc32(seal.subarray(0, 4), crc32(header)), 4);
  return seal;
}

function readSeal(page: Uint8Array): { readonly segment: number; readonly generation: number } | undefined {
  const bytes = Buffer.from(page.buffer, page.byteOffset, page.length);
  const generation = bytes.readUInt32BE(segmentSizeBytes);
  const expected = encodeSeal(bytes.subarray(0, headerSizeBytes), generation);
  if (!bytes.subarray(segmentSizeBytes).equals(expected)) return undefined;
  const before = bytes.readUInt32BE(0);
  return { segment: Math.floor((before % (logSegmentLimit * logSegmentSlots)) / logSegmentSlots), generation };
}
