import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AccessSchedule,
  isWithinSchedule,
  nextClosing,
  nextOpening,
  parseAccessSchedule,
} from './access-schedule.js';
import { CoreError } from './core-error.js';
import { type Instant, toInstant } from './instant.js';
import { formatLocal, isTimeZone } from './local-time.js';
import { instantAt } from './sample-hotel.js';

const everyDay = 127;
const sunday = 64;
const saturday = 32;
const berlin = 'Europe/Berlin';

function schedule(weekdays: number, start: string, end: string): AccessSchedule {
  const minute = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  return { windows: [{ weekdays, startMinute: minute(start), endMinute: minute(end) }] };
}

/** The reference: what a wall clock in the zone shows, asked of the platform directly, minute by minute. */
function clockIn(timeZone: string): (instant: number) => { weekday: number; minute: number } {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  });
  return (instant) => {
    const [, name = '', hour = '', minute = ''] = /^(\w+)\D+(\d+):(\d+)$/.exec(format.format(instant)) ?? [];
    return {
      weekday: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(name),
      minute: (Number(hour) % 24) * 60 + Number(minute),
    };
  };
}

function isOpenByClock({ windows }: AccessSchedule, { weekday, minute }: { weekday: number; minute: number }): boolean {
  const yesterday = (weekday + 6) % 7;
  const has = (weekdays: number, day: number) => ((weekdays >> day) & 1) === 1;
  return windows.some(({ weekdays, startMinute, endMinute }) =>
    startMinute < endMinute
      ? has(weekdays, weekday) && minute >= startMinute && minute < endMinute
      : (has(weekdays, weekday) && minute >= startMinute) || (has(weekdays, yesterday) && minute < endMinute),
  );
}

/** Zones with the oddities: half-hour and two-hour turns, turns at midnight, a skipped day, odd offsets, none at all. */
const zonesAndTurns: readonly (readonly [zone: string, turn: string])[] = [
  [berlin, '2026-03-29T01:00:00Z'],
  [berlin, '2026-10-25T01:00:00Z'],
  ['America/New_York', '2026-03-08T07:00:00Z'],
  ['America/New_York', '2026-11-01T06:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00:00Z'],
  ['America/Sao_Paulo', '2019-02-17T02:00:00Z'],
  ['Asia/Beirut', '2025-03-29T22:00:00Z'],
  ['Africa/Casablanca', '2026-02-15T02:00:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00:00Z'],
  ['Antarctica/Troll', '2026-03-29T01:00:00Z'],
  ['Asia/Kathmandu', '2026-05-01T00:00:00Z'],
  ['UTC', '2026-05-01T00:00:00Z'],
];

const windows = fc.record({
  weekdays: fc.integer({ min: 1, max: 127 }),
  startMinute: fc.oneof(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 0, max: 240 })),
  endMinute: fc.oneof(fc.integer({ min: 0, max: 1440 }), fc.integer({ min: 0, max: 240 })),
});
const schedules = fc.record({ windows: fc.array(windows, { minLength: 1, maxLength: 8 }) });
const moments = fc
  .tuple(fc.constantFrom(...zonesAndTurns), fc.integer({ min: -2 * 86_400_000, max: 86_400_000 }))
  .map(([[timeZone, turn], offset]) => ({ timeZone, at: toInstant(instantAt(turn) + offset) }));

describe('T6, P-9, P-29: schedules over both changes of the clock', () => {
  it('T6: agrees with the wall clock, minute by minute, around every kind of turn', () => {
    fc.assert(
      fc.property(schedules, moments, (given, { timeZone, at }) => {
        const clock = clockIn(timeZone);
        for (let minute = 0; minute < 240; minute += 1) {
          const instant = toInstant(at + minute * 60_000);
          expect(isWithinSchedule(given, instant, timeZone)).toBe(isOpenByClock(given, clock(instant)));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('T6: nextClosing and nextOpening are the first changes a brute force by minute finds', () => {
    const daysMs = 9 * 86_400_000;
    fc.assert(
      fc.property(schedules, moments, (given, { timeZone, at }) => {
        const clock = clockIn(timeZone);
        const open = isOpenByClock(given, clock(at));
        let change: number | null = null;
        for (let t = (Math.floor(at / 60_000) + 1) * 60_000; t < at + daysMs && change === null; t += 60_000) {
          if (isOpenByClock(given, clock(t)) !== open) change = t;
        }
        const found = open ? nextClosing(given, at, timeZone) : nextOpening(given, at, timeZone);
        expect(open ? nextOpening(given, at, timeZone) : nextClosing(given, at, timeZone)).toBe(at);
        // A window of one weekday can be swallowed once by a turn, and then comes later than the brute force looks.
        if (change !== null) expect(found).toBe(change);
        else expect(found === null || found >= at + daysMs).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('P-9: in the spring gap, a window wholly inside does not open that day, but does the next week', () => {
    const inside = schedule(sunday, '02:15', '02:45');
    const from = instantAt('2026-03-28T12:00:00Z');
    expect(nextOpening(inside, from, berlin)).toBe(instantAt('2026-04-05T00:15:00Z'));
  });

  it('P-9: in the spring gap, a window that begins inside opens when the clock arrives beyond', () => {
    const begins = schedule(sunday, '02:30', '04:00');
    const opensAt = nextOpening(begins, instantAt('2026-03-28T12:00:00Z'), berlin) as Instant;
    expect(opensAt).toBe(instantAt('2026-03-29T01:00:00Z'));
    expect(formatLocal(opensAt, berlin)).toBe('2026-03-29 03:00');
    expect(nextClosing(begins, opensAt, berlin)).toBe(instantAt('2026-03-29T02:00:00Z'));
  });

  it('P-9: in the spring gap, a window that ends inside closes as the clock jumps', () => {
    const ends = schedule(sunday, '01:00', '02:30');
    expect(nextClosing(ends, instantAt('2026-03-29T00:30:00Z'), berlin)).toBe(instantAt('2026-03-29T01:00:00Z'));
  });

  it('P-9: the repeated hour counts both times: a window inside it opens twice', () => {
    const inside = schedule(sunday, '02:15', '02:45');
    const first = nextOpening(inside, instantAt('2026-10-24T12:00:00Z'), berlin) as Instant;
    expect(first).toBe(instantAt('2026-10-25T00:15:00Z'));
    const closed = nextClosing(inside, first, berlin) as Instant;
    expect(closed).toBe(instantAt('2026-10-25T00:45:00Z'));
    expect(nextOpening(inside, closed, berlin)).toBe(instantAt('2026-10-25T01:15:00Z'));
  });

  it('P-9: a window that ends in the repeated hour closes, opens again at the turn, and closes at the second pass', () => {
    const ends = schedule(sunday, '01:00', '02:30');
    const closed = nextClosing(ends, instantAt('2026-10-25T00:00:00Z'), berlin) as Instant;
    expect(closed).toBe(instantAt('2026-10-25T00:30:00Z'));
    const again = nextOpening(ends, closed, berlin) as Instant;
    expect(again).toBe(instantAt('2026-10-25T01:00:00Z'));
    expect(nextClosing(ends, again, berlin)).toBe(instantAt('2026-10-25T01:30:00Z'));
  });

  it('P-29: across midnight, the window belongs to the day on which it opens', () => {
    const night = schedule(saturday, '22:00', '06:00');
    for (const [text, open] of [
      ['2026-06-13T19:59:00Z', false],
      ['2026-06-13T20:00:00Z', true],
      ['2026-06-14T03:59:59.999Z', true],
      ['2026-06-14T04:00:00Z', false],
      ['2026-06-14T20:00:00Z', false],
    ] as const) {
      expect(isWithinSchedule(night, instantAt(text), berlin), text).toBe(open);
    }
  });

  it('P-29: a night shift lasts an hour less in spring and an hour more in autumn', () => {
    const night = schedule(saturday, '22:00', '06:00');
    const hours = (from: string) => {
      const opensAt = nextOpening(night, instantAt(from), berlin) as Instant;
      return ((nextClosing(night, opensAt, berlin) as Instant) - opensAt) / 3_600_000;
    };
    expect([hours('2026-03-28T12:00:00Z'), hours('2026-06-13T12:00:00Z'), hours('2026-10-24T12:00:00Z')]).toEqual([
      7, 8, 9,
    ]);
  });

  it('P-29: a day that the zone skipped never comes', () => {
    const friday = { windows: [{ weekdays: 16, startMinute: 0, endMinute: 1440 }] };
    const opensAt = nextOpening(friday, instantAt('2011-12-29T12:00:00Z'), 'Pacific/Apia') as Instant;
    expect(formatLocal(opensAt, 'Pacific/Apia')).toBe('2012-01-06 00:00');
  });

  it('windows that together cover the week never close; no window never opens', () => {
    const at = instantAt('2026-03-29T00:30:00Z');
    const halves = {
      windows: [...schedule(everyDay, '00:00', '12:00').windows, ...schedule(everyDay, '12:00', '00:00').windows],
    };
    expect(nextClosing(halves, at, berlin)).toBeNull();
    expect(nextClosing(schedule(everyDay, '09:00', '09:00'), at, berlin)).toBeNull();
    expect(nextOpening({ windows: [] }, at, berlin)).toBeNull();
  });
});

describe('time zones', () => {
  it.each(['Europe/Berlin', 'America/Argentina/Buenos_Aires', 'UTC'])('%s is one', (name) => {
    expect(isTimeZone(name)).toBe(true);
  });

  it.each(['', '+02:00', 'Mars/Olympus', 'Europe/Berlin '])('"%s" is none, and nothing is decided in it', (name) => {
    expect(isTimeZone(name)).toBe(false);
    expect(() => isWithinSchedule(schedule(1, '00:00', '01:00'), toInstant(0), name)).toThrow(CoreError);
  });
});

describe('parseAccessSchedule', () => {
  it('takes every valid schedule and drops what does not belong', () => {
    fc.assert(
      fc.property(schedules, (given) => {
        const noisy = { extra: 1, windows: given.windows.map((window) => ({ ...window, note: 'x' })) };
        expect(parseAccessSchedule(JSON.parse(JSON.stringify(noisy)))).toEqual(given);
      }),
    );
  });

  const window = { weekdays: 1, startMinute: 0, endMinute: 60 };
  it.each([
    null,
    [],
    { windows: [] },
    { windows: Array.from({ length: 9 }, () => window) },
    { windows: [null] },
    { windows: [{ ...window, weekdays: 0 }] },
    { windows: [{ ...window, weekdays: 128 }] },
    { windows: [{ ...window, startMinute: 1440 }] },
    { windows: [{ ...window, endMinute: 1441 }] },
    { windows: [{ ...window, endMinute: 1.5 }] },
    { windows: [{ ...window, startMinute: '0' }] },
  ])('refuses %j', (value) => {
    expect(() => parseAccessSchedule(value)).toThrow(CoreError);
  });

  it('throws nothing but its own error, whatever the input', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        try {
          parseAccessSchedule(value);
        } catch (error) {
          expect(error).toBeInstanceOf(CoreError);
        }
      }),
    );
  });
});
