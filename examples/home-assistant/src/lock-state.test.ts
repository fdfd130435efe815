import type { Alarm, Device } from '@latchwork/contract';
import { expect, test } from 'vitest';
import { isInReach, lockStateOf } from './lock-state.js';

const at = '2026-11-23T08:00:00Z';
const device = (bolt?: 'locked' | 'unlocked' | 'held-open' | 'unknown') =>
  ({
    ...{ id: 'dev_1', lastHeardAt: '2026-11-23T08:05:00Z' },
    observation: bolt === undefined ? null : { bolt, batteryPercent: 83, observedAt: at },
  }) as Device;
const alarm = (kind: string, deviceId?: string) =>
  ({ kind, ...(deviceId === undefined ? {} : { deviceId }) }) as unknown as Alarm;
const certain = { alarms: [], isInDoubt: false };

test.each([
  ['locked', 'LOCKED'],
  ['unlocked', 'UNLOCKED'],
  ['held-open', 'UNLOCKED'],
  ['unknown', 'None'],
  [undefined, 'None'],
] as const)('a lock that said %s is shown as %s, and in doubt as nothing', (bolt, shown) => {
  expect(lockStateOf(device(bolt), certain).bolt).toBe(shown);
  expect(lockStateOf(device(bolt), { ...certain, isInDoubt: true }).bolt).toBe('None');
});

test('battery and times are what was said, or nothing', () => {
  const rest = { problem: 'OFF', alarms: [], heardAt: '2026-11-23T08:05:00Z' };
  expect(lockStateOf(device('locked'), certain)).toEqual({ ...rest, bolt: 'LOCKED', saidAt: at, battery: 83 });
  expect(lockStateOf(device(), certain)).toEqual({ ...rest, bolt: 'None', saidAt: null, battery: null });
});

test('only alarms about the lock itself are its problem', () => {
  const alarms = [alarm('battery-low', 'dev_1'), alarm('battery-low', 'dev_2'), alarm('gateway-offline')];
  expect(lockStateOf(device('locked'), { ...certain, alarms })).toMatchObject({
    problem: 'ON',
    alarms: ['battery-low'],
  });
});

test('a lock is within reach while it is heard and any gateway is online', () => {
  const [on, off] = [{ online: true }, { online: false }];
  expect(isInReach(device(), [], [off, on])).toBe(true);
  expect(isInReach(device(), [], [off])).toBe(false);
  expect(isInReach(device(), [], [])).toBe(false);
  expect(isInReach(device(), [alarm('lock-unheard', 'dev_1')], [on])).toBe(false);
  expect(isInReach(device(), [alarm('lock-unheard', 'dev_2'), alarm('battery-low', 'dev_1')], [on])).toBe(true);
});
