import { toInstant } from '@latchwork/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BatteryLevel } from '../store/schema/lock-condition.js';
import { emptyAtOf, isBatteryLow, withLevel } from './battery-trend.js';

const dayMs = 86_400_000;
const level = (day: number, percent: number): BatteryLevel => ({ percent, at: toInstant(day * dayMs) });
const levels = (...of: readonly (readonly [number, number])[]) => of.map(([day, percent]) => level(day, percent));

test('a battery that loses one percent a day from 40 is empty after 40 days', () => {
  expect(emptyAtOf(Array.from({ length: 20 }, (_, day) => level(day, 40 - day)))).toBe(40 * dayMs);
});

test('nothing is said of two days, of two words, or of a battery that does not fall', () => {
  expect(emptyAtOf(levels([0, 50], [1, 40], [2, 30]))).toBeNull();
  expect(emptyAtOf(levels([0, 50], [20, 40]))).toBeNull();
  expect(emptyAtOf(levels([0, 50], [10, 50], [20, 51]))).toBeNull();
});

test('one that will be empty within 30 days is low before it is; one with more time is not', () => {
  const falling = (perDay: number) => Array.from({ length: 20 }, (_, day) => level(day, 80 - day * perDay));
  expect(isBatteryLow(falling(2), { wasLow: false })).toBe(true);
  expect(isBatteryLow(falling(0.5), { wasLow: false })).toBe(false);
});

test('of each day the last word is kept, at most sixty days, none out of order, and a fresh battery begins anew', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5_000), fc.nat(100)), { maxLength: 200 }), (words) => {
      let kept: readonly BatteryLevel[] = [];
      for (const [hours, percent] of words) kept = withLevel(kept, { percent, at: toInstant(hours * 3_600_000) });
      const days = kept.map(({ at }) => Math.floor(at / dayMs));
      expect(days).toEqual([...new Set(days)].sort((a, b) => a - b));
      expect(kept.length).toBeLessThanOrEqual(60);
      for (const [at, { percent }] of kept.entries()) {
        if (at > 0) expect(percent - (kept[at - 1]?.percent ?? 0)).toBeLessThan(15);
      }
      const emptyAt = emptyAtOf(kept);
      if (emptyAt !== null) expect(emptyAt).toBeGreaterThanOrEqual(kept.at(-1)?.at ?? 0);
    }),
  );
});
