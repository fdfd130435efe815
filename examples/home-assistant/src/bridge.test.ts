import { createClient } from '@latchwork/client';
import { startTestBroker, type TestBroker } from '@latchwork/testing';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestWorld, type TestWorld } from '../../housekeeping-app/src/test-world.js';
import { bridgeWill, runBridge } from './bridge.js';

const patience = { timeout: 60_000, interval: 20 };
const prefix = 'latchwork';
const discoveryPrefix = 'homeassistant';

let world: TestWorld;
let token: string;
let deviceId: string;
let broker: TestBroker;
/** Home Assistant, as far as the broker can tell. */
let home: MqttClient;
let kept: Map<string, string>;
let running: { stop(): Promise<void>; readonly said: Record<string, unknown>[] };

beforeAll(async () => {
  world = await startTestWorld();
  const { owner, organizationId, propertyId, entranceId } = world;
  const { member } = await owner.me();
  const period = { startsAt: '2026-01-01T00:00:00Z', endsAt: null };
  await owner.keys.create({ propertyId, holderId: member.id, entranceIds: [entranceId], ...period });
  ({ token } = await owner.apiKeys.create({ organizationId, name: 'Home Assistant', scopes: ['read', 'unlock'] }));
  deviceId = (await owner.devices.list({ propertyId })).data[0]?.id ?? '';
}, 120_000);
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  broker = await startTestBroker();
  home = await connectAsync(broker.url, { clientId: 'home-assistant', reconnectPeriod: 0 });
  kept = new Map();
  home.on('message', (topic, payload) => kept.set(topic, payload.toString()));
  await home.subscribeAsync(['latchwork/#', 'homeassistant/#']);
});
afterEach(async () => {
  await running.stop();
  await home.endAsync(true);
  await broker.close();
});

async function startBridge() {
  const stopping = new AbortController();
  const said: Record<string, unknown>[] = [];
  const connection = await connectAsync(broker.url, { clientId: 'bridge', will: bridgeWill(prefix) });
  const done = runBridge({
    client: createClient({ baseUrl: world.portalUrl, token }),
    ...{ propertyId: world.propertyId, broker: connection, prefix, discoveryPrefix, signal: stopping.signal },
    log: (fact) => said.push(fact),
  });
  running = {
    said,
    stop: async () => {
      stopping.abort();
      await done;
      await connection.endAsync();
    },
  };
}
const state = () => JSON.parse(kept.get(`latchwork/${deviceId}/state`) ?? '{}');
const result = () => JSON.parse(kept.get(`latchwork/${deviceId}/result`) ?? '{}');
const command = async (text: string, o: { readonly retain?: boolean } = {}) =>
  await home.publishAsync(`latchwork/${deviceId}/set`, text, { qos: 0, ...o });

describe('a lock in Home Assistant', () => {
  test('is discovered, never assumed to be open, and opened once by its command', { timeout: 120_000 }, async () => {
    await startBridge();
    await expect.poll(() => kept.get('latchwork/bridge'), patience).toBe('online');
    const config = `homeassistant/lock/latchwork_${deviceId}/config`;
    await expect
      .poll(() => JSON.parse(kept.get(config) ?? '{}'), patience)
      .toMatchObject({
        ...{ optimistic: false, retain: false, command_topic: `latchwork/${deviceId}/set` },
        device: { name: 'Room 7' },
      });
    await expect.poll(() => kept.get(`latchwork/${deviceId}/reach`), patience).toBe('online');
    let moved = 0;
    world.lock.events.on('bolt', () => {
      moved += 1;
    });
    const before = broker.recorded.length;
    await command('UNLOCK');
    await expect.poll(result, patience).toMatchObject({ outcome: 'confirmed', code: 'ok' });
    await expect.poll(state, patience).toMatchObject({ bolt: 'UNLOCKED', problem: 'OFF' });
    expect(moved).toBeGreaterThanOrEqual(1);
    // It was shown as open by what the lock had said, and by nothing before.
    const shown = broker.recorded.slice(before).filter(({ topic }) => topic.endsWith('/state'));
    expect(JSON.parse(Buffer.from(shown[0]?.payload ?? []).toString()).saidAt).not.toBeNull();
    expect(running.said.filter(({ outcome }) => outcome === 'confirmed')).toHaveLength(1);
  });

  test('is opened by no command that the broker had kept, and by nothing else than its word', async () => {
    await command('UNLOCK', { retain: true });
    await startBridge();
    await expect.poll(() => running.said, patience).toContainEqual(expect.objectContaining({ code: 'retained' }));
    await command('LOCK');
    await command('{"open": "sesame"}');
    const codes = () => running.said.flatMap(({ code }) => (code === undefined ? [] : [code]));
    await expect.poll(codes, patience).toEqual(['retained', 'locks-by-itself', 'not-understood']);
    expect(kept.has(`latchwork/${deviceId}/result`)).toBe(false);
  });

  test('is refused with the portal’s reason', async () => {
    const { owner, propertyId } = world;
    const { data: keys } = await owner.keys.listMine();
    const mine = keys.find(({ revokedAt }) => revokedAt === null);
    await startBridge();
    await expect.poll(() => kept.get(`latchwork/${deviceId}/reach`), patience).toBe('online');
    await owner.keys.revoke({ keyId: mine?.id ?? '' });
    await command('UNLOCK');
    await expect.poll(result, patience).toMatchObject({ outcome: 'refused', attemptId: null });
    expect(result().code).toMatch(/^[a-z-]+$/);
    const { member } = await owner.me();
    const period = { startsAt: '2026-01-01T00:00:00Z', endsAt: null };
    await owner.keys.create({ propertyId, holderId: member.id, entranceIds: [world.entranceId], ...period });
  });

  test('is shown anew when Home Assistant has forgotten it, and as unavailable when the bridge goes', async () => {
    await startBridge();
    const config = `homeassistant/lock/latchwork_${deviceId}/config`;
    await expect.poll(() => kept.has(config), patience).toBe(true);
    kept.clear();
    await home.publishAsync('homeassistant/status', 'online');
    await expect.poll(() => kept.has(config), patience).toBe(true);
    await running.stop();
    await expect.poll(() => kept.get('latchwork/bridge'), patience).toBe('offline');
    await startBridge();
  });

  test('that is removed is taken away, also what an earlier run had shown', async () => {
    const gone = 'dev_00000000000000000000000001';
    const topic = `homeassistant/lock/latchwork_${gone}/config`;
    await home.publishAsync(topic, '{}', { retain: true, qos: 1 });
    await startBridge();
    await expect.poll(() => kept.get(topic), patience).toBe('');
    expect(kept.get(`homeassistant/lock/latchwork_${deviceId}/config`)).not.toBe('');
  });
});
