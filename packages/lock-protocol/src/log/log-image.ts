import { LockProtocolError } from '../protocol-error.js';
import { logEntrySizeBytes } from './lock-log.js';
import type { LogWrite } from './log-ring.js';
import { logSegmentSlots, segmentHeaderSizeBytes } from './log-segment.js';

/** Erased flash reads as ones. */
const erased = 0xff;

/**
 * Does a log's writes to an image of its flash: each segment's bytes by its number, as `openLogRing` wants them back.
 *
 * @returns the segments that have changed, for a driver that stores each by itself.
 * @throws LockProtocolError `message` for a slot in a segment that was never begun: then it is not the image of this log.
 */
export function writeLogImage(image: Map<number, Uint8Array>, writes: readonly LogWrite[]): ReadonlySet<number> {
  const changed = new Set<number>();
  for (const write of writes) {
    const segment = write.to === 'segment' ? write.segment : Math.floor(write.slot / logSegmentSlots);
    changed.add(segment);
    if (write.to === 'segment') {
      const bytes = new Uint8Array(segmentHeaderSizeBytes + logSegmentSlots * logEntrySizeBytes).fill(erased);
      bytes.set(write.header);
      image.set(segment, bytes);
    } else {
      const at = segmentHeaderSizeBytes + (write.slot % logSegmentSlots) * logEntrySizeBytes;
      const bytes = image.get(segment);
      if (bytes === undefined) throw neverBegun(write.slot);
      bytes.set(write.entry, at);
    }
  }
  return changed;
}

function neverBegun(slot: number): LockProtocolError {
  return new LockProtocolError(
    { code: 'message', reason: 'memory' },
    `Slot ${slot} of the log lies in a segment that was never begun.`,
  );
}
