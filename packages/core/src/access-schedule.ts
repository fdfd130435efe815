import { CoreError } from './core-error.js';
import { endOfTime, type Instant } from './instant.js';
import { advanceWallClock, offsetAt, weekMinuteAt } from './local-time.js';

/**
 * One recurring window of local time.
 *
 * It opens at `startMinute` on each of its weekdays and closes at `endMinute`, not included. When `endMinute` is not
 * after `startMinute` it closes on the following day, so `{ startMinute: 1320, endMinute: 360 }` is 22:00 to 06:00 and
 * equal minutes make a full day.
 */
export interface AccessWindow {
  /** Bit 0 is Monday … bit 6 is Sunday; 1…127. The day on which the window opens. */
  readonly weekdays: number;
  /** Minute of the local day, 0…1439. */
  readonly startMinute: number;
  /** Minute of the local day, 0…1440; 1440 is midnight at the end of the day. */
  readonly endMinute: number;
}

/** Recurring local-time windows in which a key opens; any one suffices. One to eight, as many as a lock's grant can carry. */
export interface AccessSchedule {
  readonly windows: readonly AccessWindow[];
}

const weekMinutes = 10_080;
const dayMinutes = 1440;
const maxWindows = 8;
const weekdayNumbers = [0, 1, 2, 3, 4, 5, 6] as const;

/**
 * Reads a value of unknown origin as an access schedule.
 *
 * @throws CoreError `schedule-invalid` with what is wrong first.
 */
export function parseAccessSchedule(value: unknown): AccessSchedule {
  const fail = (detail: string) => new CoreError({ code: 'schedule-invalid', detail });
  const windows = (value as { windows?: unknown } | null | undefined)?.windows;
  if (!Array.isArray(windows)) throw fail('it has no list of windows');
  if (windows.length < 1 || windows.length > maxWindows) throw fail(`it has ${windows.length} windows, not 1 to 8`);
  return { windows: windows.map(parseWindow) };

  function parseWindow(entry: unknown): AccessWindow {
    const { weekdays, startMinute, endMinute } = (entry ?? {}) as Partial<Record<keyof AccessWindow, unknown>>;
    if (!isWithin(weekdays, 1, 127)) throw fail('weekdays is not a mask from 1 to 127');
    if (!isWithin(startMinute, 0, dayMinutes - 1)) throw fail('startMinute is not a minute from 0 to 1439');
    if (!isWithin(endMinute, 0, dayMinutes)) throw fail('endMinute is not a minute from 0 to 1440');
    return { weekdays, startMinute, endMinute };
  }
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** Every opening of the week: the minute of the week it starts at, and how long it lasts. */
function openings(schedule: AccessSchedule): { readonly start: number; readonly length: number }[] {
  return schedule.windows.flatMap(({ weekdays, startMinute, endMinute }) =>
    weekdayNumbers
      .filter((weekday) => (weekdays >> weekday) & 1)
      .map((weekday) => ({
        start: weekday * dayMinutes + startMinute,
        length: endMinute > startMinute ? endMinute - startMinute : endMinute + dayMinutes - startMinute,
      })),
  );
}

type Openings = ReturnType<typeof openings>;

/** Minutes of the week from one to another, going forward. */
function ahead(from: number, to: number): number {
  return (to - from + weekMinutes) % weekMinutes;
}

function isOpen(week: Openings, minute: number): boolean {
  return week.some(({ start, length }) => ahead(start, minute) < length);
}

/**
 * Tells whether a schedule is open at an instant.
 *
 * It is open exactly when the wall clock of the zone shows a minute that a window names; nothing else counts. So where
 * clocks go forward, the skipped minutes never come: a window that lies in them does not open that day, one that begins in
 * them opens when the clock arrives beyond. Where clocks go back, the repeated hour counts both times: a window within it
 * opens twice, and one that ends within it closes, opens again when the clock is set back, and closes at the second pass.
 * A lock that holds the zone's offsets decides the same way, minute for minute.
 *
 * @throws CoreError `time-zone-unknown`.
 */
export function isWithinSchedule(schedule: AccessSchedule, instant: Instant, timeZone: string): boolean {
  return isOpen(openings(schedule), weekMinuteAt(instant, offsetAt(instant, timeZone)));
}

/** The first instant after `from` at which the schedule is no longer as it is at `from`; `null` when that never comes. */
function nextChange(schedule: AccessSchedule, from: Instant, timeZone: string): Instant | null {
  const week = openings(schedule);
  const edges = [...new Set(week.flatMap(({ start, length }) => [start, (start + length) % weekMinutes]))];
  // Every closing lies within another window: never closed, and three weeks need not be walked to find that out.
  if (week.length > 0 && edges.every((edge) => isOpen(week, edge))) return null;
  const before = isOpen(week, weekMinuteAt(from, offsetAt(from, timeZone)));
  // A turn of the clock can swallow an edge of one week; two weeks running, none ever has.
  const horizon = from + 3 * 7 * 86_400_000;
  let at = from;
  while (week.length > 0 && at < horizon && at < endOfTime) {
    const now = weekMinuteAt(at, offsetAt(at, timeZone));
    const minutes = Math.min(...edges.map((edge) => ahead(now, edge) || weekMinutes));
    const next = advanceWallClock(at, minutes, timeZone);
    at = next.at;
    if (isOpen(week, weekMinuteAt(at, next.offsetMs)) !== before) return at;
  }
  return null;
}

/**
 * The first instant, from the given one on, at which the schedule is open: the given one itself when it is open then;
 * `null` when it never opens.
 *
 * @throws CoreError `time-zone-unknown`.
 */
export function nextOpening(schedule: AccessSchedule, from: Instant, timeZone: string): Instant | null {
  return isWithinSchedule(schedule, from, timeZone) ? from : nextChange(schedule, from, timeZone);
}

/**
 * The first instant, from the given one on, at which the schedule is closed: the given one itself when it is closed then;
 * `null` when it never closes.
 *
 * @throws CoreError `time-zone-unknown`.
 */
export function nextClosing(schedule: AccessSchedule, from: Instant, timeZone: string): Instant | null {
  return isWithinSchedule(schedule, from, timeZone) ? nextChange(schedule, from, timeZone) : from;
}
