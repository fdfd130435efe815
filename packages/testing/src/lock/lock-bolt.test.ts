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

test('a bolt that jams half-way stands where nobody knows, until it moves again', async () => {
  const { time, bolt } = makeBolt();
  bolt.jam = { at: 'half-way', probability: 1 };
  const moved = bolt.actuate('unlock', id);
  await time.advance(200);
  expect(await moved).toEqual({ outcome: 'jammed', bolt: 'unknown' });
  bolt.jam = undefined;
  const again = bolt.actuate('lock', id);
  await time.advance(200);
  expect(await again).toEqual({ outcome: 'executed', bolt: 'locked' });
});

test('a jam by chance comes as often as it was said to', async () => {
  const draws = [0.1, 0.6, 0.49];
  const bolt = createLockBolt({
    ...{ time: createFakeClock(), relockMs: 5_000, actuationMs: 0, moves: 0, onMoved: () => {} },
    random: () => draws.shift() ?? 0,
  });
  bolt.jam = { at: 'start', probability: 0.5 };
  const outcomes: string[] = [];
  for (let count = 0; count < 3; count += 1) outcomes.push((await bolt.actuate('unlock', id)).outcome);
  expect([outcomes, bolt.jammed]).toEqual([['jammed', 'executed', 'jammed'], false]);
});

test('a hand turns it without the motor, and nothing relocks after that', async () => {
  const { time, bolt, seen } = makeBolt();
  void bolt.actuate('unlock', id);
  await time.advance(200);
  bolt.turn('locked');
  bolt.turn('unlocked');
  await time.advance(60_000);
  expect([bolt.position, bolt.moves, seen.slice(1)]).toEqual([
    'unlocked',
    1,
    ['locked by itself', 'unlocked by itself'],
  ]);
});

test('without power the motor stops half-way, and what stands open is relocked when it is back', async () => {
  const { time, bolt } = makeBolt();
  void bolt.actuate('unlock', id);
  await time.advance(100);
  bolt.stop();
  await time.advance(10_000);
  expect([bolt.position, bolt.moves]).toEqual(['unknown', 0]);
  bolt.turn('unlocked');
  bolt.resume();
  await time.advance(5_000);
  expect(bolt.position).toBe('locked');
});

test('a low battery is not tried; one that gives way stops the bolt in the midst', async () => {
  const time = createFakeClock();
  let power: 'low' | 'brown-out' = 'low';
  let browned = 0;
  const bolt = createLockBolt({
    ...{ time, relockMs: 5_000, actuationMs: 200, moves: 0, onMoved: () => {}, motorPower: () => power },
    onBrownOut: () => {
      browned += 1;
      bolt.stop();
    },
  });
  expect(await bolt.actuate('unlock', id)).toEqual({ outcome: 'low-battery', bolt: 'locked' });
  power = 'brown-out';
  void bolt.actuate('unlock', id);
  await time.advance(1_000);
  expect([bolt.position, bolt.moves, browned]).toEqual(['unknown', 0, 1]);
});
