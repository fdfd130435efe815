import { demand } from './refusal.js';
import { asArray } from './signed-object.js';

/** When in a week something opens, in the property's local time (SPEC §5.5). */
export interface Schedule {
  readonly windows: readonly (readonly [weekdays: number, startMinute: number, endMinute: number])[];
  /** Minutes that local time is ahead of UTC, from a UTC second on. */
  readonly offsets: readonly (readonly [from: number, offsetMinutes: number])[];
}

/** Reads a schedule of something that begins to be valid at `startsAt`; throws `auth` when it is none. */
export function parseSchedule(value: unknown, startsAt: number): Schedule {
  const [windowValues, offsetValues, ...rest] = asArray(value);
  const flatWindows = integers(windowValues);
  const flatOffsets = integers(offsetValues);
  demand(rest.length === 0 && asArray(value).length === 2, 'auth', 'no schedule');
  demand(flatWindows.length % 3 === 0 && flatWindows.length >= 3 && flatWindows.length <= 24, 'auth', 'no windows');
  demand(flatOffsets.length % 2 === 0 && flatOffsets.length >= 2 && flatOffsets.length <= 16, 'auth', 'no offsets');
  const windows = Array.from({ length: flatWindows.length / 3 }, (_, index) => {
    const [weekdays = 0, startMinute = 0, endMinute = 0] = flatWindows.slice(3 * index);
    demand(weekdays >= 1 && weekdays <= 127, 'auth', 'no weekdays');
    demand(startMinute >= 0 && startMinute < 1440 && endMinute >= 0 && endMinute <= 1440, 'auth', 'no minute');
    return [weekdays, startMinute, endMinute] as const;
  });
  const offsets = Array.from({ length: flatOffsets.length / 2 }, (_, index) => {
    const [from = 0, offsetMinutes = 0] = flatOffsets.slice(2 * index);
    demand(from >= 0 && from < 2 ** 32 && Math.abs(offsetMinutes) <= 1080, 'auth', 'no offset');
    demand(index === 0 ? from <= startsAt : from > (flatOffsets[2 * index - 2] ?? 0), 'auth', 'offsets out of order');
    return [from, offsetMinutes] as const;
  });
  return { windows, offsets };
}

function integers(value: unknown): readonly number[] {
  return asArray(value).map((item) => {
    demand(typeof item === 'number', 'auth', 'no number');
    return item;
  });
}

/** Whether a moment is inside one of the windows. */
export function isInSchedule({ windows, offsets }: Schedule, utcSeconds: number): boolean {
  const offset = offsets.findLast(([from]) => from <= utcSeconds)?.[1] ?? 0;
  const minutes = Math.floor(utcSeconds / 60) + offset;
  const minute = minutes % 1440;
  // The first of January 1970 was a Thursday, three days after a Monday.
  const today = (Math.floor(minutes / 1440) + 3) % 7;
  const yesterday = (today + 6) % 7;
  return windows.some(([weekdays, start, end]) => {
    const isToday = ((weekdays >> today) & 1) === 1;
    if (end > start) return isToday && minute >= start && minute < end;
    return (isToday && minute >= start) || (((weekdays >> yesterday) & 1) === 1 && minute < end);
  });
}
