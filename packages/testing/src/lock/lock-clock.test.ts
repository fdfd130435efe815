import { expect, test } from 'vitest';
import { createFakeClock } from '../fake-clock.js';
import { createLockClock } from './lock-clock.js';

test('a lock clock is good and exact until it is set wrong', async () => {
  const time = createFakeClock({ startsAt: 1_000_000 });
  const clock = createLockClock(time);
  expect([clock.quality, clock.utcSeconds()]).toEqual(['good', 1_000]);
  clock.set({ quality: 'stale', offsetMs: -60_000, driftPpm: 100_000 });
  expect([clock.quality, clock.utcSeconds()]).toEqual(['stale', 940]);
  await time.advance(100_000);
  expect(clock.utcSeconds()).toBe(940 + 100 + 10);
});

test('it never reads below zero', () => {
  const clock = createLockClock(createFakeClock({ startsAt: 0 }));
  clock.set({ quality: 'none', offsetMs: -5_000 });
  expect(clock.utcSeconds()).toBe(0);
});

test('it takes the time that it is told, and drifts on', async () => {
  const time = createFakeClock({ startsAt: 1_000_000 });
  const clock = createLockClock(time);
  clock.set({ quality: 'none', offsetMs: 3_600_000, driftPpm: 100_000 });
  clock.tell({ utcSeconds: 990 });
  expect([clock.quality, clock.utcSeconds()]).toEqual(['good', 990]);
  await time.advance(100_000);
  expect(clock.utcSeconds()).toBe(990 + 110);
});
