import type { Instant } from './instant.js';
import { offsetAt } from './local-time.js';

/** From which moment on a zone's clocks are how far ahead of UTC. */
export interface UtcOffset {
  /** Epoch milliseconds; a full second. */
  readonly from: Instant;
  readonly offsetMinutes: number;
}

const dayMs = 86_400_000;
/** Within four years every zone has shown its rules, and no zone changes more often than a lock can be told. */
const horizonMs = 4 * 366 * dayMs;

/**
 * How far a zone's clocks are ahead of UTC from the beginning of a moment's year on, for a lock that knows no zones: the
 * first offset counts from ever. The same for every moment of a year, so that what is made of it changes once a year.
 *
 * @param most how many offsets there may be: the first ones.
 * @throws CoreError `time-zone-unknown`.
 */
export function utcOffsets(
  timeZone: string,
  o: { readonly now: Instant; readonly until: Instant | null; readonly most: number },
): readonly UtcOffset[] {
  const start = Date.UTC(new Date(o.now).getUTCFullYear(), 0, 1) as Instant;
  const end = Math.min(o.until ?? Number.POSITIVE_INFINITY, start + horizonMs);
  let offsetMs = offsetAt(start, timeZone);
  const offsets = [{ from: 0 as Instant, offsetMinutes: minutesOf(offsetMs) }];
  for (let at = start; at < end && offsets.length < o.most; at = (at + dayMs) as Instant) {
    const next = (at + dayMs) as Instant;
    const nextOffsetMs = offsetAt(next, timeZone);
    if (nextOffsetMs === offsetMs) continue;
    const from = turnBetween(at, next, timeZone);
    if (from >= end) break;
    offsets.push({ from, offsetMinutes: minutesOf(nextOffsetMs) });
    offsetMs = nextOffsetMs;
  }
  return offsets;
}

/** The first second at which the zone's offset is no longer what it was. */
function turnBetween(before: Instant, after: Instant, timeZone: string): Instant {
  const offsetMs = offsetAt(before, timeZone);
  let [low, high] = [before / 1000, after / 1000];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt((middle * 1000) as Instant, timeZone) === offsetMs) low = middle;
    else high = middle;
  }
  return (high * 1000) as Instant;
}

/** Offsets of our time are full minutes. */
function minutesOf(offsetMs: number): number {
  return Math.round(offsetMs / 60_000);
}
