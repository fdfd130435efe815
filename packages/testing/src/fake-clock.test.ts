import { expect, test } from 'vitest';
import { createFakeClock } from './fake-clock.js';

test('timers run in the order they are due, each at its own time', async () => {
  const clock = createFakeClock({ startsAt: 1_000 });
  const seen: [string, number][] = [];
  clock.after(30, () => seen.push(['late', clock.now()]));
  clock.after(10, () => {
    seen.push(['early', clock.now()]);
    clock.after(5, () => seen.push(['nested', clock.now()]));
  });
  clock.after(10, () => seen.push(['same time, later', clock.now()]));
  await clock.advance(29);
  expect(seen).toEqual([
    ['early', 1_010],
    ['same time, later', 1_010],
    ['nested', 1_015],
  ]);
  await clock.advance(1);
  expect(seen.at(-1)).toEqual(['late', 1_030]);
  expect(clock.pendingTimers).toBe(0);
});

test('a cancelled timer never runs', async () => {
  const clock = createFakeClock();
  const cancel = clock.after(1, () => expect.unreachable());
  cancel();
  await clock.advance(10);
});

test('what a promise starts within the time is run within the time', async () => {
  const clock = createFakeClock();
  const seen: number[] = [];
  void (async () => {
    for (let round = 0; round < 3; round += 1) {
      await new Promise<void>((resolve) => clock.after(10, resolve));
      seen.push(clock.monotonic());
    }
  })();
  await clock.advance(30);
  expect(seen).toEqual([10, 20, 30]);
});

test('wall time jumps without moving timers', async () => {
  const clock = createFakeClock({ startsAt: 0 });
  let ran = false;
  clock.after(100, () => {
    ran = true;
  });
  clock.setWallTime(1_000_000);
  await clock.advance(99);
  expect([clock.now(), clock.monotonic(), ran]).toEqual([1_000_099, 99, false]);
  await clock.advance(1);
  expect(ran).toBe(true);
});
