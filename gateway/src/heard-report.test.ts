import { encodeGatewayMessage, gatewayMessageMaxChars, mostHeardLocks } from '@latchwork/contract';
import { expect, test } from 'vitest';
import { heardReport } from './heard-report.js';

const lock = (at: number, lastHeardAt: number) => ({
  ...{ tag: at.toString(16).padStart(16, '0'), address: 'c0:00:00:00:00:01', rssi: -60.4, flags: 1, lastHeardAt },
});

test('the newest come first, and what was heard too long ago is left out', () => {
  const now = 10_000_000;
  const { heard, heardLocks } = heardReport([lock(1, now - 5_000), lock(2, now - 100), lock(3, now - 700_000)], now);
  expect(heard).toBe(3);
  expect(heardLocks).toEqual([
    { tag: lock(2, 0).tag, rssi: -60, agoMs: 100, flags: 1 },
    { tag: lock(1, 0).tag, rssi: -60, agoMs: 5_000, flags: 1 },
  ]);
});

test('a status that tells of as many locks as it may fits its topic, whatever a controller says of loudness', () => {
  const now = 10_000_000;
  const many = Array.from({ length: 2_000 }, (_, at) => ({ ...lock(at, now - 599_999), rssi: at % 2 ? -200 : 127 }));
  // As many as a file of drivers may name.
  const word = { bolt: 'unlocked', batteryPercent: 99.5, saidAt: now - 31_536_000_000 } as const;
  const driven = many.slice(0, 64).map((each) => ({ ...each, lastHeardAt: now, word }));
  const told = heardReport([...driven, ...many], now);
  expect(told.heardLocks).toHaveLength(mostHeardLocks);
  const status = {
    v: 1,
    online: true,
    bootId: 'b'.repeat(64),
    at: now,
    version: 'v'.repeat(64),
    radio: 'r'.repeat(64),
  };
  const text = encodeGatewayMessage('status', { ...status, v: 1, publicKey: 'ab'.repeat(32), ...told });
  expect(text.length).toBeLessThan(gatewayMessageMaxChars.status);
});

test('a clock that was set back tells of no time below zero', () => {
  expect(heardReport([lock(1, 2_000)], 1_000).heardLocks).toMatchObject([{ agoMs: 0 }]);
});
