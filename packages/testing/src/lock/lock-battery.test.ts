import { expect, test } from 'vitest';
import { createFakeClock } from '../fake-clock.js';
import { createLockBattery } from './lock-battery.js';

function makeBattery(percent: number | null) {
  const time = createFakeClock();
  const low: number[] = [];
  return { time, low, battery: createLockBattery({ time, percent, onLow: (level) => low.push(level) }) };
}

test('batteries empty by what the lock does, and by the time it is on the air', async () => {
  const { time, battery } = makeBattery(100);
  for (let count = 0; count <= 10_000; count += 1) {
    battery.use('connection');
    battery.use('move');
  }
  expect(battery.percent).toBe(75);
  await time.advance(365 * 86_400_000);
  expect(battery.percent).toBe(26);
});

test('each low level is told once, and again after other batteries were put in', () => {
  const { battery, low } = makeBattery(21);
  for (let count = 0; count < 2_000; count += 1) battery.use('move');
  expect(low).toEqual([20]);
  battery.percent = 8;
  battery.percent = 90;
  battery.percent = 4;
  expect([low, battery.percent]).toEqual([[20, 8, 4], 4]);
});

test('under the motor a low battery is not tried, and a tired one gives way', () => {
  const { battery } = makeBattery(30);
  expect(battery.motorPower()).toBe('enough');
  battery.sagPercent = 30;
  expect(battery.motorPower()).toBe('brown-out');
  battery.percent = 4;
  expect(battery.motorPower()).toBe('low');
});

test('a lock without a gauge knows nothing of all that', () => {
  const { battery, low } = makeBattery(null);
  battery.use('move');
  expect([battery.percent, battery.motorPower(), low]).toEqual([null, 'enough', []]);
});
