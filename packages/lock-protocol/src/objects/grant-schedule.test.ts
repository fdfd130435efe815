import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GrantSchedule, type GrantWindow, isInSchedule } from './grant-schedule.js';

const everyDay = 0b1111111;
const [monday, saturday, sunday] = [1, 1 << 5, 1 << 6];
const at = (iso: string): number => Date.parse(iso) / 1000;

// Berlin: summer time ends on 2026-10-25 at 01:00 UTC and begins on 2027-03-28 at 01:00 UTC.
const autumn = [
  { from: at('2026-10-01T00:00Z'), offsetMinutes: 120 },
  { from: at('2026-10-25T01:00Z'), offsetMinutes: 60 },
];
const spring = [
  { from: at('2027-03-10T00:00Z'), offsetMinutes: 60 },
  { from: at('2027-03-28T01:00Z'), offsetMinutes: 120 },
];

function schedule(windows: readonly GrantWindow[], offsets = autumn): GrantSchedule {
  return { windows, offsets };
}

function open(plan: GrantSchedule, moments: readonly string[]): readonly boolean[] {
  return moments.map((moment) => isInSchedule(plan, at(moment)));
}

describe('T6: schedules', () => {
  it('open at the first minute and are closed at the last', () => {
    const plan = schedule([{ weekdays: monday, startMinute: 480, endMinute: 1020 }]);
    const day = ['05:59:59', '06:00:00', '14:59:59', '15:00:00'].map((time) => `2026-10-19T${time}Z`);
    expect(open(plan, day)).toEqual([false, true, true, false]);
    expect(open(plan, ['2026-10-20T10:00Z', '2026-10-18T10:00Z'])).toEqual([false, false]);
  });

  it('across midnight belong to the day on which they open', () => {
    const plan = schedule([{ weekdays: saturday, startMinute: 1320, endMinute: 360 }]);
    const moments = ['2026-10-17T19:59Z', '2026-10-17T20:00Z', '2026-10-18T03:59Z', '2026-10-18T04:00Z'];
    expect(open(plan, moments)).toEqual([false, true, true, false]);
    expect(open(plan, ['2026-10-17T02:00Z', '2026-10-18T20:30Z'])).toEqual([false, false]);
  });

  it('across the end of summer time open by the wall clock, and twice in the hour that comes twice', () => {
    const night = schedule([{ weekdays: saturday, startMinute: 1320, endMinute: 360 }]);
    // 22:00 summer time to 06:00 standard time: nine hours.
    const moments = ['2026-10-24T19:59Z', '2026-10-24T20:00Z', '2026-10-25T04:59Z', '2026-10-25T05:00Z'];
    expect(open(night, moments)).toEqual([false, true, true, false]);
    const twoToThree = schedule([{ weekdays: sunday, startMinute: 120, endMinute: 180 }]);
    const doubled = ['2026-10-24T23:59Z', '2026-10-25T00:00Z', '2026-10-25T00:59Z', '2026-10-25T01:00Z'];
    expect(open(twoToThree, doubled)).toEqual([false, true, true, true]);
    expect(open(twoToThree, ['2026-10-25T01:59Z', '2026-10-25T02:00Z'])).toEqual([true, false]);
  });

  it('across the start of summer time open by the wall clock, and never in the hour that is skipped', () => {
    const night = schedule([{ weekdays: saturday, startMinute: 1320, endMinute: 360 }], spring);
    // 22:00 standard time to 06:00 summer time: seven hours.
    const moments = ['2027-03-27T20:59Z', '2027-03-27T21:00Z', '2027-03-28T03:59Z', '2027-03-28T04:00Z'];
    expect(open(night, moments)).toEqual([false, true, true, false]);
    const twoToThree = schedule([{ weekdays: sunday, startMinute: 120, endMinute: 180 }], spring);
    expect(open(twoToThree, ['2027-03-28T00:59Z', '2027-03-28T01:00Z', '2027-03-28T01:30Z'])).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('with equal minutes are a full day, and 0 to 1440 is one day exactly', () => {
    const around = schedule([{ weekdays: monday, startMinute: 600, endMinute: 600 }]);
    const moments = ['2026-10-19T07:59Z', '2026-10-19T08:00Z', '2026-10-20T07:59Z', '2026-10-20T08:00Z'];
    expect(open(around, moments)).toEqual([false, true, true, false]);
    const day = schedule([{ weekdays: monday, startMinute: 0, endMinute: 1440 }]);
    const edges = ['2026-10-18T21:59Z', '2026-10-18T22:00Z', '2026-10-19T21:59Z', '2026-10-19T22:00Z'];
    expect(open(day, edges)).toEqual([false, true, true, false]);
  });

  it('agree with the platform’s time zone rules at every moment of the month around both changes', () => {
    const zone = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Europe/Berlin',
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
    const window = fc.record({
      weekdays: fc.integer({ min: 1, max: everyDay }),
      startMinute: fc.nat(1439),
      endMinute: fc.nat(1440),
    });
    const month = fc.record({ seconds: fc.nat(20 * 86_400), around: fc.constantFrom('autumn', 'spring') });
    return fc.assert(
      fc.property(window, month, ({ weekdays, startMinute, endMinute }, { seconds, around }) => {
        const offsets = around === 'autumn' ? autumn : spring;
        const moment = at(around === 'autumn' ? '2026-10-15T00:00Z' : '2027-03-18T00:00Z') + seconds;
        const parts = new Map(zone.formatToParts(moment * 1000).map(({ type, value }) => [type, value]));
        const day = days.indexOf(parts.get('weekday') ?? '');
        const minute = Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
        // Minutes since the window's opening on each of its days, counted on the wall clock's week.
        const length = endMinute > startMinute ? endMinute - startMinute : endMinute + 1440 - startMinute;
        const expected = days.some((_, opens) => {
          const since = (day * 1440 + minute - opens * 1440 - startMinute + 7 * 1440) % (7 * 1440);
          return (weekdays & (1 << opens)) !== 0 && since < length;
        });
        const plan = { windows: [{ weekdays, startMinute, endMinute }], offsets };
        expect(isInSchedule(plan, moment)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });
});
