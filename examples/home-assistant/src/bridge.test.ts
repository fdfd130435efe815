import { startTestBroker, type TestBroker } from '@latchwork/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  giveKey,
  type Home,
  type Hostel,
  openHostel,
  patience,
  type Running,
  startBridge,
  startHome,
} from './bridge.test-rig.js';

let hostel: Hostel;
let broker: TestBroker;
let home: Home;
let running: Running;
/** Where the bridge says what it says of the property, and of its lock. */
let below: string;
let lock: string;
let config: string;

beforeAll(async () => {
  hostel = await openHostel();
  below = `latchwork/${hostel.world.propertyId}`;
  lock = `${below}/${hostel.deviceId}`;
  config = `homeassistant/lock/${hostel.world.propertyId}/latchwork_${hostel.deviceId}/config`;
}, 120_000);
afterAll(async () => {
  await hostel?.world[Symbol.asyncDispose]();
});
beforeEach(async () => {
  broker = await startTestBroker();
  home = await startHome(broker.url);
});
afterEach(async () => {
  await running.stop();
  await home.client.endAsync(true);
  await broker.close();
});

const start = async () => {
  running = await startBridge(hostel, { url: broker.url });
};
const said = (topic: string) => JSON.parse(home.kept.get(topic) ?? '{}');
const command = async (text: string, o: { readonly retain?: boolean } = {}) =>
  await home.client.publishAsync(`${lock}/set`, text, { qos: 0, ...o });

describe('a lock in Home Assistant', () => {
  test('is discovered, never assumed to be open, and opened once by its command', { timeout: 120_000 }, async () => {
    await start();
    await expect.poll(() => home.kept.get(`${below}/bridge`), patience).toBe('online');
    await expect
      .poll(() => said(config), patience)
      .toMatchObject({
        ...{ optimistic: false, retain: false, command_topic: `${lock}/set` },
        device: { name: 'Room 7' },
      });
    await expect.poll(() => home.kept.get(`${lock}/reach`), patience).toBe('online');
    let moved = 0;
    hostel.world.lock.events.on('bolt', () => {
      moved += 1;
    });
    const before = broker.recorded.length;
    await command('UNLOCK');
    await expect.poll(() => said(`${lock}/result`), patience).toMatchObject({ outcome: 'confirmed', code: 'ok' });
    await expect.poll(() => said(`${lock}/state`), patience).toMatchObject({ bolt: 'UNLOCKED', problem: 'OFF' });
    expect(moved).toBeGreaterThanOrEqual(1);
    // It was shown as open by what the lock had said, and by nothing before.
    const shown = broker.recorded.slice(before).filter(({ topic }) => topic.endsWith('/state'));
    expect(JSON.parse(Buffer.from(shown[0]?.payload ?? []).toString()).saidAt).not.toBeNull();
    expect(running.said.filter(({ outcome }) => outcome === 'confirmed')).toHaveLength(1);
  });

  test('is opened by no command that the broker had kept, and by nothing else than its word', async () => {
    await command('UNLOCK', { retain: true });
    await start();
    await expect.poll(() => running.said, patience).toContainEqual(expect.objectContaining({ code: 'retained' }));
    await expect.poll(() => home.kept.get(`${below}/bridge`), patience).toBe('online');
    for (const text of ['', '{"open": "sesame"}', 'unlock', '\0\xff', 'UNLOCK'.repeat(10_000)]) await command(text);
    await home.client.publishAsync(`${below}/dev_1/set`, 'UNLOCK');
    await command('LOCK');
    const codes = () => running.said.flatMap(({ code }) => (code === undefined ? [] : [code]));
    const ignored = ['retained', ...Array(5).fill('not-understood'), 'no-such-lock'];
    await expect.poll(codes, patience).toEqual([...ignored, 'locks-by-itself']);
    await expect
      .poll(() => said(`${lock}/result`), patience)
      .toMatchObject({ outcome: 'refused', code: 'locks-by-itself' });
    expect(home.heard.filter(({ topic }) => topic === `${lock}/result`)).toHaveLength(1);
  });

  test('is refused with the portal’s reason', async () => {
    const { owner } = hostel.world;
    const { data: keys } = await owner.keys.listMine();
    const mine = keys.find(({ revokedAt }) => revokedAt === null);
    await start();
    await expect.poll(() => home.kept.get(`${lock}/reach`), patience).toBe('online');
    await owner.keys.revoke({ keyId: mine?.id ?? '' });
    await command('UNLOCK');
    await expect
      .poll(() => said(`${lock}/result`), patience)
      .toMatchObject({ outcome: 'refused', code: 'key-revoked' });
    await giveKey(hostel.world, [hostel.world.entranceId]);
  });

  test('is shown anew when Home Assistant has forgotten it, and as unavailable when the bridge goes', async () => {
    await start();
    await expect.poll(() => home.kept.has(config), patience).toBe(true);
    home.kept.clear();
    await home.client.publishAsync('homeassistant/status', 'online');
    await expect.poll(() => home.kept.has(config), patience).toBe(true);
    await running.stop();
    await expect.poll(() => home.kept.get(`${below}/bridge`), patience).toBe('offline');
    await start();
  });

  test('that is removed is taken away, also what an earlier run had shown', async () => {
    const gone = 'dev_00000000000000000000000001';
    const topic = config.replace(hostel.deviceId, gone);
    const shown = ['state', 'reach', 'result'].map((what) => `latchwork/${hostel.world.propertyId}/${gone}/${what}`);
    for (const each of [topic, ...shown]) await home.client.publishAsync(each, '{}', { retain: true, qos: 1 });
    await start();
    const left = () => [topic, ...shown].map((each) => home.kept.get(each));
    await expect.poll(left, patience).toEqual(['', '', '', '']);
    expect(home.kept.get(config)).not.toBe('');
  });
});
