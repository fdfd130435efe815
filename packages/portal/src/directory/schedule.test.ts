import { type Instant, toInstant } from '@latchwork/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRunDue, mustReadAll, nextRunAfterDone, nextRunAfterFailure, runEveryMs } from './schedule.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const moments = fc.integer({ min: 0, max: 4e12 }).map(toInstant);
const randoms = fc.double({ min: 0, max: 1, noNaN: true });
const later = (at: Instant, ms: number): Instant => toInstant(at + ms);

describe('S17: automatic sync every 24 hours', () => {
  it('24 hours after the last success, ten minutes more or less', () => {
    const at = toInstant(1_000_000_000_000);
    expect(nextRunAfterDone({ at, random: 0.5 })).toBe(later(at, 24 * hourMs));
    expect(nextRunAfterDone({ at, random: 0 })).toBe(later(at, 24 * hourMs - 10 * minuteMs));
    expect(nextRunAfterDone({ at, random: 1 })).toBe(later(at, 24 * hourMs + 10 * minuteMs));
  });

  it('also over the days on which the clocks are changed: hours are counted, not wall time', () => {
    const beforeSpring = toInstant(Date.parse('2026-03-28T21:00:00+01:00'));
    const beforeAutumn = toInstant(Date.parse('2026-10-24T21:00:00+02:00'));
    expect(nextRunAfterDone({ at: beforeSpring, random: 0.5 })).toBe(Date.parse('2026-03-29T22:00:00+02:00'));
    expect(nextRunAfterDone({ at: beforeAutumn, random: 0.5 })).toBe(Date.parse('2026-10-25T20:00:00+01:00'));
  });

  it('case 42: a sleep of any length is made up for by one run', () => {
    fc.assert(
      fc.property(moments, randoms, fc.integer({ min: 0, max: 400 * 24 * hourMs }), (at, random, sleepMs) => {
        const next = nextRunAfterDone({ at, random });
        expect(isRunDue(next, later(next, -1))).toBe(false);
        const awake = later(next, sleepMs);
        expect(isRunDue(next, awake)).toBe(true);
        const afterwards = nextRunAfterDone({ at: awake, random });
        expect(isRunDue(afterwards, awake)).toBe(false);
        expect(isRunDue(afterwards, later(awake, 23 * hourMs))).toBe(false);
      }),
    );
  });

  it('case 42: a clock that was set back does not put the next run off by more than a day', () => {
    fc.assert(
      fc.property(moments, randoms, fc.integer({ min: 21 * minuteMs, max: 1e12 }), (at, random, backMs) => {
        const next = nextRunAfterDone({ at, random });
        expect(isRunDue(next, later(at, -backMs))).toBe(true);
      }),
    );
  });

  it('is due at once when nothing was settled yet', () => {
    expect(isRunDue(null, toInstant(0))).toBe(true);
  });
});

describe('runs that fail', () => {
  it('are repeated soon, then ever later, never later than a day', () => {
    const at = toInstant(0);
    const waits = [1, 2, 3, 4, 5, 6, 7, 100].map((failures) => nextRunAfterFailure(failures, { at, random: 0 }));
    expect(waits.map((wait) => wait / minuteMs)).toEqual([1, 5, 15, 60, 360, 1430, 1430, 1430]);
  });

  it('are spread, and the moment is always one that the clock reaches', () => {
    fc.assert(
      fc.property(moments, randoms, fc.integer({ min: 1, max: 50 }), (at, random, failures) => {
        const next = nextRunAfterFailure(failures, { at, random });
        expect(next).toBeGreaterThanOrEqual(at + minuteMs);
        expect(next).toBeLessThanOrEqual(at + runEveryMs + 10 * minuteMs);
        expect(isRunDue(next, at)).toBe(false);
      }),
    );
  });
});

describe('case 10, case 14: what a reading of changes may have missed', () => {
  it('everybody is read the first time, and by the seventh daily run after', () => {
    const readAllAt = toInstant(1_000_000_000_000);
    const runs = [1, 2, 3, 4, 5, 6].map((day) => later(readAllAt, day * runEveryMs + 10 * minuteMs));
    expect(runs.map((now) => mustReadAll({ readAllAt, now }))).toEqual(Array(6).fill(false));
    expect(mustReadAll({ readAllAt, now: later(readAllAt, 7 * (runEveryMs - 10 * minuteMs)) })).toBe(true);
    expect(mustReadAll({ readAllAt: null, now: readAllAt })).toBe(true);
  });

  it('everybody is read after the clock was set back', () => {
    const readAllAt = toInstant(1_000_000_000_000);
    expect(mustReadAll({ readAllAt, now: later(readAllAt, -1) })).toBe(true);
  });
});
