import type { CborValue } from '../encoding/cbor.js';
import { failObject, largestUint32, requireUint } from '../encoding/claim-reader.js';

const type = 'OLP1-grant';
const daySeconds = 86_400;
const dayMinutes = 1440;

/** Most windows, and most changes of the UTC offset, in one grant. */
export const mostScheduleEntries = 8;

/** One recurring window of the property's local time, as in the property's own schedules. */
export interface GrantWindow {
  /** Bit 0 is Monday … bit 6 is Sunday; 1…127. The day on which the window opens. */
  readonly weekdays: number;
  /** Minute of the local day, 0…1439. */
  readonly startMinute: number;
  /** Minute of the local day, 0…1440, not included; when not after `startMinute` the window closes on the next day. */
  readonly endMinute: number;
}

/** From which moment on the property's clocks are how far ahead of UTC. */
export interface UtcOffset {
  /** UTC seconds; the first entry's must not be after the grant's start. */
  readonly from: number;
  /** -1080…1080. */
  readonly offsetMinutes: number;
}

/**
 * When a grant opens within its validity: any one window suffices. The grant carries the property's UTC offsets for its
 * own validity (one, or two around a change of the clocks), so that a lock needs no time zone rules and no delivery of
 * them.
 */
export interface GrantSchedule {
  /** One to {@link mostScheduleEntries}. */
  readonly windows: readonly GrantWindow[];
  /** One to {@link mostScheduleEntries}, by `from` ascending. */
  readonly offsets: readonly UtcOffset[];
}

/** Claim of a schedule: the windows as one flat list, then the offsets as another. */
export function encodeSchedule(schedule: GrantSchedule, notBefore: number): CborValue {
  const { windows, offsets } = requireSchedule(schedule, notBefore);
  return [
    windows.flatMap(({ weekdays, startMinute, endMinute }) => [weekdays, startMinute, endMinute]),
    offsets.flatMap(({ from, offsetMinutes }) => [from, offsetMinutes]),
  ];
}

/**
 * Reads a schedule's claim.
 *
 * @throws LockProtocolError `object` when it is none.
 */
export function decodeSchedule(value: CborValue, notBefore: number): GrantSchedule {
  const [windows, offsets] = Array.isArray(value) && value.length === 2 ? value : [];
  return requireSchedule(
    {
      windows: rowsOf(windows, 3).map(([weekdays = 0, startMinute = 0, endMinute = 0]) => ({
        weekdays,
        startMinute,
        endMinute,
      })),
      offsets: rowsOf(offsets, 2).map(([from = 0, offsetMinutes = 0]) => ({ from, offsetMinutes })),
    },
    notBefore,
  );
}

function rowsOf(value: CborValue | undefined, width: number): readonly (readonly number[])[] {
  if (!Array.isArray(value) || value.length % width !== 0) return failObject(type, 'schedule');
  const numbers = value.map((item) => (typeof item === 'number' ? item : failObject(type, 'schedule')));
  return Array.from({ length: numbers.length / width }, (_, row) => numbers.slice(row * width, (row + 1) * width));
}

function requireSchedule(schedule: GrantSchedule, notBefore: number): GrantSchedule {
  const { windows, offsets } = schedule;
  for (const entries of [windows, offsets]) {
    if (entries.length < 1 || entries.length > mostScheduleEntries) failObject(type, 'schedule');
  }
  for (const { weekdays, startMinute, endMinute } of windows) {
    requireUint(type, 'weekdays', { value: weekdays, least: 1, most: 127 });
    requireUint(type, 'startMinute', { value: startMinute, most: dayMinutes - 1 });
    requireUint(type, 'endMinute', { value: endMinute, most: dayMinutes });
  }
  for (const [index, { from, offsetMinutes }] of offsets.entries()) {
    const least = (offsets[index - 1]?.from ?? -1) + 1;
    requireUint(type, 'offsets', { value: from, least, most: index === 0 ? notBefore : largestUint32 });
    requireUint(type, 'offsets', { value: offsetMinutes + 1080, most: 2160 });
  }
  return schedule;
}

/** Whether a moment lies in one of the windows, by the local time the property's clocks show then. */
export function isInSchedule(schedule: GrantSchedule, utcSeconds: number): boolean {
  const offset = schedule.offsets.findLast(({ from }) => from <= utcSeconds) ?? schedule.offsets[0];
  const localSeconds = utcSeconds + (offset?.offsetMinutes ?? 0) * 60;
  const day = Math.floor(localSeconds / daySeconds);
  const minute = Math.floor((localSeconds - day * daySeconds) / 60);
  // 1970-01-01 was a Thursday: weekday 3 counted from Monday.
  const today = 1 << ((day + 3) % 7);
  const yesterday = 1 << ((day + 2) % 7);
  return schedule.windows.some(({ weekdays, startMinute, endMinute }) => {
    const overnight = endMinute <= startMinute;
    if (weekdays & today && minute >= startMinute && (overnight || minute < endMinute)) return true;
    return overnight && (weekdays & yesterday) !== 0 && minute < endMinute;
  });
}
