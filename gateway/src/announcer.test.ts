import { createFakeClock } from '@latchwork/testing';
import { expect, test } from 'vitest';
import { createAnnouncer } from './announcer.js';

test('the first change is told at once, those of the next second together after it, and nothing after the end', async () => {
  const clock = createFakeClock();
  const told: number[] = [];
  const startedAt = clock.monotonic();
  const announcer = createAnnouncer({
    clock,
    gapMs: 1_000,
    announce: () => told.push(clock.monotonic() - startedAt),
  });
  announcer.changed();
  await clock.advance(300);
  announcer.changed();
  announcer.changed();
  await clock.advance(5_000);
  announcer.changed();
  announcer.changed();
  expect(told).toEqual([0, 1_000, 5_300]);
  await announcer[Symbol.asyncDispose]();
  await clock.advance(5_000);
  announcer.changed();
  expect(told).toHaveLength(3);
});
