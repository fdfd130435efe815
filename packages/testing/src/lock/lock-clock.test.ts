import { expect, test } from 'vitest';
import { createFakeClock } from '../fake-clock.js';
import { createLockClock, type LockClock } from './lock-clock.js';

function makeClock(startsAt = 1_000_000): { time: ReturnType<typeof createFakeClock>; clock: LockClock } {
  const time = createFakeClock({ startsAt });
  let run = 0;
  const drawRun = () => {
    run += 1;
    return run;
  };
  return { time, clock: createLockClock({ time, drawRun }) };
}

test('a lock clock is good and exact until it is set wrong', async () => {
  const { time, clock } = makeClock();
  expect([clock.quality, clock.utcSeconds()]).toEqual(['good', 1_000]);
  clock.set({ quality: 'stale', offsetMs: -60_000, driftPpm: 100_000 });
  expect([clock.quality, clock.utcSeconds()]).toEqual(['stale', 940]);
  await time.advance(100_000);
  expect(clock.utcSeconds()).toBe(940 + 100 + 10);
});

test('it ticks with the second it was set to', async () => {
  const { time, clock } = makeClock(1_700);
  await time.advance(299);
  expect(clock.utcSeconds()).toBe(1);
  await time.advance(1);
  expect(clock.utcSeconds()).toBe(2);
});

test('set to nothing it says nothing, and told the time it takes it and drifts on', async () => {
  const { time, clock } = makeClock();
  clock.set({ quality: 'none', offsetMs: 3_600_000, driftPpm: 100_000 });
  expect([clock.quality, clock.utcSeconds()]).toEqual(['none', 0]);
  clock.tell({ utcSeconds: 990, errorSeconds: 1 });
  expect([clock.quality, clock.utcSeconds()]).toEqual(['good', 990]);
  await time.advance(100_000);
  expect(clock.utcSeconds()).toBe(990 + 110);
});

test('a good clock is stale some two weeks after it was set', async () => {
  const { time, clock } = makeClock();
  await time.advance(13 * 86_400_000);
  expect(clock.quality).toBe('good');
  await time.advance(2 * 86_400_000);
  expect(clock.quality).toBe('stale');
});

test('a counter that lost its power, or jumped to before the setting, knows no time', async () => {
  const { time, clock } = makeClock();
  await time.advance(10_000);
  clock.jump(-5);
  expect(clock.utcSeconds()).toBe(1_005);
  clock.jump(-3_600);
  expect(clock.quality).toBe('none');
  clock.tell({ utcSeconds: 2_000, errorSeconds: 1 });
  clock.restart();
  expect(clock.quality).toBe('none');
  await time.advance(86_400_000);
  expect(clock.quality).toBe('none');
});

test('a counter that stood still is behind, and a changed drift counts from then on', async () => {
  const { time, clock } = makeClock();
  clock.stop();
  await time.advance(60_000);
  expect(clock.utcSeconds()).toBe(1_000);
  clock.resume();
  clock.driftPpm = -100_000;
  await time.advance(100_000);
  expect(clock.utcSeconds()).toBe(1_000 + 90);
});

test('it goes on over a time without the lock, by what was kept', async () => {
  const { time, clock } = makeClock();
  await time.advance(5_500);
  const found = clock.record;
  await time.advance(60_000);
  const later = createLockClock({ time, drawRun: () => 99, found });
  expect([later.quality, later.utcSeconds()]).toEqual(['good', 1_065]);
});
