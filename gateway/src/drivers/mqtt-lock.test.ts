import { createFakeClock, startTestBroker, type TestBroker } from '@latchwork/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLog } from '../log.js';
import type { LockDriver } from './lock-driver.js';
import { startMqttLock } from './mqtt-lock.js';
import { homeAssistantWords } from './mqtt-words.js';

let broker: TestBroker;
let driver: LockDriver;
const say = async (topic: string, text: string, retain = false): Promise<void> => {
  await broker.publish({ topic: `shed/${topic}`, payload: Buffer.from(text), qos: 1, retain });
};
const becomes = async (wanted: Partial<ReturnType<LockDriver['observe']>>): Promise<void> => {
  await vi.waitFor(() => expect(driver.observe()).toMatchObject(wanted), { timeout: 30_000, interval: 5 });
};

beforeEach(async () => {
  broker = await startTestBroker();
});
afterEach(async () => {
  await driver[Symbol.asyncDispose]();
  await broker.close();
});

function start(): void {
  driver = startMqttLock(
    {
      ...{ tag: 'a1b2c3d4e5f60718', broker: { url: broker.url }, words: { ...homeAssistantWords, field: 'lock' } },
      ...{ stateTopic: 'shed/state', commandTopic: 'shed/set', unlockPayload: 'UNLOCK' },
      availabilityTopic: 'shed/there',
    },
    {
      gatewayId: 'gw',
      clock: createFakeClock(),
      random: () => 0.5,
      log: createLog('silent'),
      changed: () => undefined,
    },
  );
}

test('P-1: where the bolt is, is unknown until the lock itself says it, and again when nobody hears it', async () => {
  await say('state', '{"lock":"UNLOCKED","battery":50}', true);
  await say('there', 'online', true);
  start();
  await becomes({ reachable: true });
  // Said after the subscription, it arrives after what the broker had kept.
  await say('state', '{"battery":12}');
  await say('there', 'offline');
  await becomes({ reachable: false });
  expect(driver.observe()).toEqual({ reachable: false, bolt: 'unknown', batteryPercent: null, saidAt: null });
  await say('there', 'online');
  await say('state', '{"lock":"LOCKED","battery":40}');
  await becomes({ reachable: true, bolt: 'locked', batteryPercent: 40 });
  await say('state', '{"lock":"UNLOCKING"}');
  await becomes({ bolt: 'unknown', batteryPercent: 40 });
  await say('state', '{"lock":"UNLOCKED"}');
  await becomes({ bolt: 'unlocked' });
  broker.dropConnections();
  await becomes({ reachable: false, bolt: 'unknown' });
});
