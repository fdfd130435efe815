import { concatBytes } from '../encoding/byte-strings.js';
import { LockProtocolError } from '../protocol-error.js';
import { type LogHead, logEntrySizeBytes, seqOfLogEntry } from './lock-log.js';

/** Slots of a segment: entries that are overwritten together. */
export const logSegmentSlots = 32;

/** Segments of a ring. When the oldest is overwritten, the others still hold more than 1000 entries. */
export const logSegmentLimit = 33;

/** Slots of a ring: entry `seq` has slot `(seq − 1) mod logSlotCount`. */
export const logSlotCount = logSegmentSlots * logSegmentLimit;

/** Bytes of a segment's header; its slots follow. */
export const segmentHeaderSizeBytes = 36;

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

/** The bytes before a segment's slots: where the log stood before its first entry. */
export function encodeSegmentHeader({ seq, hash }: LogHead): Uint8Array {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, seq);
  return concatBytes(number, hash);
}

/**
 * Reads a segment as it was found: its header and its slots. Entries end where the next slot does not hold the next
 * number: it was never written, or belongs to something older.
 * @throws LockProtocolError `message` for fewer or more bytes than a segment has.
 */
export function decodeSegment(bytes: Uint8Array): LogSegment {
  const sizeBytes = segmentHeaderSizeBytes + logSegmentSlots * logEntrySizeBytes;
  if (bytes.length !== sizeBytes) {
    throw new LockProtocolError(
      { code: 'message', reason: 'memory' },
      `A segment of the log has ${sizeBytes} bytes, not ${bytes.length}.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const before = { seq: view.getUint32(0), hash: bytes.slice(4, segmentHeaderSizeBytes) };
  const entries: Uint8Array[] = [];
  for (let slot = before.seq % logSegmentSlots; slot < logSegmentSlots; slot += 1) {
    const at = segmentHeaderSizeBytes + slot * logEntrySizeBytes;
    const entry = bytes.slice(at, at + logEntrySizeBytes);
    if (seqOfLogEntry(entry) !== before.seq + entries.length + 1) break;
    entries.push(entry);
  }
  return { before, entries };
}
