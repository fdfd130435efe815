import { CoreError } from './core-error.js';
import { endOfTime, type Instant } from './instant.js';

const minuteMs = 60_000;
const dayMs = 86_400_000;

// Making a formatter costs a hundred times its use; zones are few.
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  // Some engines take bare offsets such as "+02:00"; they know no daylight saving, so they are no zone of a property.
  if (!/^[A-Za-z]/.test(timeZone)) throw new CoreError({ code: 'time-zone-unknown', timeZone });
  try {
    const formatter = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(timeZone, formatter);
    return formatter;
  } catch (cause) {
    throw new CoreError({ code: 'time-zone-unknown', timeZone }, { cause });
  }
}

/** Tells whether a name is an IANA time zone known here; every property needs one. */
export function isTimeZone(name: string): boolean {
  try {
    formatterFor(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * By how many milliseconds the zone's wall clock is ahead of UTC at an instant.
 *
 * @throws CoreError `time-zone-unknown`.
 */
export function offsetAt(instant: Instant, timeZone: string): number {
  const fields: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatterFor(timeZone).formatToParts(instant)) fields[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}

/** The minute of the week that a wall clock ahead of UTC by `offsetMs` shows; 0 is Monday 00:00, 10079 Sunday 23:59. */
export function weekMinuteAt(instant: Instant, offsetMs: number): number {
  const localMinute = Math.floor((instant + offsetMs) / minuteMs);
  // 1970-01-01 was a Thursday, three days into its week.
  return (((localMinute + 3 * 1440) % 10_080) + 10_080) % 10_080;
}

/** The instant at which the wall clock shows the `minutes`-th full minute from now, or turns to another offset before that. */
export function advanceWallClock(
  from: Instant,
  minutes: number,
  timeZone: string,
): { readonly at: Instant; readonly offsetMs: number } {
  const offsetMs = offsetAt(from, timeZone);
  const intoMinuteMs = (((from + offsetMs) % minuteMs) + minuteMs) % minuteMs;
  // A day at most: no zone has ever turned twice within one, so comparing both ends misses no turn.
  const stepMs = Math.min(minutes * minuteMs - intoMinuteMs, dayMs);
  let after = Math.min(from + stepMs, endOfTime) as Instant;
  const afterOffsetMs = offsetAt(after, timeZone);
  if (afterOffsetMs === offsetMs) return { at: after, offsetMs };
  let before = from;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2) as Instant;
    if (offsetAt(middle, timeZone) === offsetMs) before = middle;
    else after = middle;
  }
  return { at: after, offsetMs: afterOffsetMs };
}

/** Writes an instant as the zone's wall clock shows it, to the minute: `2026-03-29 03:30`. */
export function formatLocal(instant: Instant, timeZone: string): string {
  return new Date(instant + offsetAt(instant, timeZone)).toISOString().slice(0, 16).replace('T', ' ');
}
