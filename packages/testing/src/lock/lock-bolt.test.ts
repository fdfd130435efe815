import { expect, test } from 'vitest';
import { createFakeClock } from '../fake-clock.js';
import { createLockBolt, type LockBolt } from './lock-bolt.js';

const id = new Uint8Array(8).fill(1);

function makeBolt(): { time: ReturnType<typeof createFakeClock>; bolt: LockBolt; seen: string[] } {
  const time = createFakeClock();
  const seen: string[] = [];
  const bolt = createLockBolt({
    time,
    relockMs: 5_000,
    actuationMs: 200,
    moves: 0,
    onMoved: (move) => seen.push(`${move.bolt} ${move.commandId === undefined ? 'by itself' : 'by command'}`),
  });
  return { time, bolt, seen };
}

test('an unlock takes its time and ends by itself', async () => {
  const { time, bolt, seen } = makeBolt();
  const moved = bolt.actuate('unlock', id);
  await time.advance(199);
  expect(bolt.position).toBe('locked');
  await time.advance(1);
  expect(await moved).toEqual({ outcome: 'executed', bolt: 'unlocked' });
  await time.advance(5_000);
  expect([bolt.position, bolt.moves, seen]).toEqual(['locked', 1, ['unlocked by command', 'locked by itself']]);
});

test('a second unlock prolongs the first, and held open stays open', async () => {
  const { time, bolt } = makeBolt();
  void bolt.actuate('unlock', id);
  await time.advance(4_000);
  void bolt.actuate('unlock', id);
  await time.advance(4_000);
  expect(bolt.position).toBe('unlocked');
  void bolt.actuate('hold-open', id);
  await time.advance(60_000);
  expect([bolt.position, bolt.moves]).toEqual(['held-open', 3]);
});

test('a jammed bolt stays where it is', async () => {
  const { time, bolt, seen } = makeBolt();
  bolt.jammed = true;
  const moved = bolt.actuate('unlock', id);
  await time.advance(200);
  expect(await moved).toEqual({ outcome: 'jammed', bolt: 'locked' });
  expect([bolt.moves, seen]).toEqual([0, []]);
});
