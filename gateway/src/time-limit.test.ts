import { expect, test } from 'vitest';
import type { Clock } from './clock.js';
import { startTimeLimit } from './time-limit.js';

test('P-18: a timer that rings a fraction of a millisecond early has ended the time: nobody takes it for a stop', async () => {
  let ring: () => void = () => undefined;
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 999.6,
    after: (_delayMs, call) => {
      ring = call;
      return () => undefined;
    },
  };
  const limit = startTimeLimit(clock, new AbortController().signal, 1_000);
  const waiting = limit.race(new Promise<never>(() => undefined));
  expect(limit.passed()).toBe(false);
  ring();
  await expect(waiting).rejects.toThrow('deadline passed');
  expect(limit.passed()).toBe(true);
  expect(() => limit.check()).toThrow('deadline passed');
  limit.end();
});
