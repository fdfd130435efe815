import { concatBytes } from './byte-strings.js';
import { emptyLog, type LogHead, logEntrySizeBytes, seqOfLogEntry } from './lock-log.js';
import { LockProtocolError } from './protocol-error.js';

/** Slots of a segment: entries that are overwritten together. */
export const logSegmentSlots = 32;

/** Segments of a ring. When the oldest is overwritten, the others still hold more than 1000 entries. */
export const logSegmentLimit = 33;

/** Slots of a ring: entry `seq` has slot `(seq − 1) mod logSlotCount`. */
export const logSlotCount = logSegmentSlots * logSegmentLimit;

/** Bytes of a segment's header; its slots follow. */
export const segmentHeaderSizeBytes = 40;

/** Up to {@link logSegmentSlots} entries that are written, and overwritten, together. */
export interface LogSegment {
  /** Where the chain stood before the first of them: a reader can begin here and still reach the head. */
  readonly before: LogHead;
  /** Bytes, in order of their sequence numbers. */
  readonly entries: readonly Uint8Array[];
}

/** Which segment holds the entry after this one. */
export function segmentAfter({ seq }: LogHead): number {
  return Math.floor((seq % logSlotCount) / logSegmentSlots);
}

/** The 40 bytes before a segment's slots: resets, and the head before its first entry. */
export function encodeSegmentHeader(o: { readonly resets: number; readonly before: LogHead }): Uint8Array {
  const numbers = new Uint8Array(8);
  const view = new DataView(numbers.buffer);
  view.setUint32(0, o.resets);
  view.setUint32(4, o.before.seq);
  return concatBytes(numbers, o.before.hash);
}

/**
 * Reads a segment as it was found: its header and its slots. Entries end where the next slot does not hold the next
 * number: it was never written, or belongs to something older.
 * @throws LockProtocolError `message` for fewer or more bytes than a segment has.
 */
export function decodeSegment(bytes: Uint8Array): LogSegment & { readonly resets: number } {
  const sizeBytes = segmentHeaderSizeBytes + logSegmentSlots * logEntrySizeBytes;
  if (bytes.length !== sizeBytes) {
    throw new LockProtocolError(
      { code: 'message', reason: 'memory' },
      `A segment of the log has ${sizeBytes} bytes, not ${bytes.length}.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const before = { seq: view.getUint32(4), hash: bytes.slice(8, 8 + emptyLog.hash.length) };
  const entries: Uint8Array[] = [];
  for (let slot = before.seq % logSegmentSlots; slot < logSegmentSlots; slot += 1) {
    const at = segmentHeaderSizeBytes + slot * logEntrySizeBytes;
    const entry = bytes.slice(at, at + logEntrySizeBytes);
    if (seqOfLogEntry(entry) !== before.seq + entries.length + 1) break;
    entries.push(entry);
  }
  return { resets: view.getUint32(0), before, entries };
}
