import { describe, expect, test } from 'vitest';
import type { GrantSchedule } from '../objects/grant-schedule.js';
import type { SetEntry } from '../sets/set-entry.js';
import { createDoorScene, uidCard, unhex } from './door-scene.test-rig.js';

const uid = '01020304';
const at = (text: string) => Date.parse(text) / 1000;
/** Central European Time: the clocks go forward on 2027-03-28 at 01:00 UTC and back on 2027-10-31 at 01:00 UTC. */
const offsets: GrantSchedule['offsets'] = [
  { from: at('2026-10-25T01:00:00Z'), offsetMinutes: 60 },
  { from: at('2027-03-28T01:00:00Z'), offsetMinutes: 120 },
  { from: at('2027-10-31T01:00:00Z'), offsetMinutes: 60 },
];
const everyDay = 127;

/** What a card with these hours gets at each of the moments. */
function tapAt(windows: GrantSchedule['windows'], moments: readonly string[], change: Partial<SetEntry> = {}) {
  const credential = { kind: 'uid', uid: unhex(uid) } as const;
  const notBefore = at('2026-12-01T00:00:00Z');
  const door = createDoorScene([{ id: 1, credential, notBefore, schedule: { windows, offsets }, ...change }]);
  return moments.map((moment) => {
    door.readings = { ...door.readings, utcSeconds: at(moment) };
    return door.tap(uidCard(uid));
  });
}

describe('T6: the hours of a card, by the clock of the house', () => {
  test('across midnight, on the days on which they begin', () => {
    // Friday 22:00 to Saturday 06:00. 2027-01-15 is a Friday.
    const night = [{ weekdays: 1 << 4, startMinute: 22 * 60, endMinute: 6 * 60 }];
    expect(
      tapAt(night, [
        '2027-01-15T20:59:59Z',
        '2027-01-15T21:00:00Z',
        '2027-01-16T04:59:59Z',
        '2027-01-16T05:00:00Z',
        '2027-01-16T21:00:00Z',
      ]),
    ).toEqual(['schedule', 'opened', 'opened', 'schedule', 'schedule']);
  });

  test('through the hour that the clocks skip in spring', () => {
    // 02:00 to 03:00 never comes on that day; 03:00 is at 01:00 UTC.
    const skipped = [{ weekdays: everyDay, startMinute: 120, endMinute: 180 }];
    const after = [{ weekdays: everyDay, startMinute: 180, endMinute: 240 }];
    const moments = ['2027-03-28T00:59:59Z', '2027-03-28T01:00:00Z', '2027-03-28T01:59:59Z', '2027-03-28T02:00:00Z'];
    expect(tapAt(skipped, moments)).toEqual(['schedule', 'schedule', 'schedule', 'schedule']);
    expect(tapAt(after, moments)).toEqual(['schedule', 'opened', 'opened', 'schedule']);
    expect(tapAt(skipped, ['2027-03-27T01:30:00Z', '2027-03-29T00:30:00Z'])).toEqual(['opened', 'opened']);
  });

  test('through the hour that the clocks show twice in autumn, both times', () => {
    const twice = [{ weekdays: everyDay, startMinute: 120, endMinute: 180 }];
    const moments = [
      '2027-10-30T23:59:59Z',
      '2027-10-31T00:00:00Z',
      '2027-10-31T00:59:59Z',
      '2027-10-31T01:00:00Z',
      '2027-10-31T01:59:59Z',
      '2027-10-31T02:00:00Z',
    ];
    expect(tapAt(twice, moments)).toEqual(['schedule', 'opened', 'opened', 'opened', 'opened', 'schedule']);
  });

  test('outside its days it is not yet or expired before anybody looks at the hours', () => {
    const never = [{ weekdays: 1, startMinute: 0, endMinute: 1 }];
    const expires = at('2027-02-01T00:00:00Z');
    expect(tapAt(never, ['2026-11-30T23:59:59Z', '2027-02-01T00:00:00Z', '2027-01-31T23:59:59Z'], { expires })).toEqual(
      [...['not-yet', 'expired', 'schedule']],
    );
  });

  test('a clock set back does not bring an expired card to life: the floor holds', () => {
    const credential = { kind: 'uid', uid: unhex(uid) } as const;
    const expires = at('2027-01-11T08:00:00Z');
    const door = createDoorScene([{ id: 1, credential, expires }]);
    door.state = { ...door.state, memory: { ...door.state.memory, timeFloor: expires } };
    door.readings = { ...door.readings, utcSeconds: expires - 86_400 };
    expect(door.tap(uidCard(uid))).toBe('expired');
  });
});
