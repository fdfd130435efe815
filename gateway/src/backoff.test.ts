import { expect, test } from 'vitest';
import { backoffMs } from './backoff.js';

const range = { baseMs: 2_000, maxMs: 600_000 };

test('a pause lies in the upper half of its step, wherever chance puts it', () => {
  expect([0, 0.25, 0.5, 1].map((random) => backoffMs(range, 1, random))).toEqual([1_000, 1_250, 1_500, 2_000]);
});

test('each step is twice the one before, up to the largest, however often there was none', () => {
  const steps = (...attempts: number[]) => attempts.map((attempt) => backoffMs(range, attempt, 1));
  expect(steps(1, 2, 3, 9, 10, 32, 10_000)).toEqual([2_000, 4_000, 8_000, 512_000, 600_000, 600_000, 600_000]);
});
