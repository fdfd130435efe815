import { startTestBroker, type TestBroker } from '@latchwork/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  addSilentDoor,
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
const running: Running[] = [];
/** The bridge is not let in. */
let isBarred: boolean;
let below: string;

const openBroker = (port?: number) =>
  startTestBroker({
    ...(port === undefined ? {} : { port }),
    access: { connect: ({ clientId }) => !(isBarred && clientId.startsWith('latchwork-')) },
  });
beforeAll(async () => {
  hostel = await openHostel();
  below = `latchwork/${hostel.world.propertyId}`;
}, 120_000);
afterAll(async () => {
  await hostel?.world[Symbol.asyncDispose]();
});
beforeEach(async () => {
  isBarred = false;
  broker = await openBroker();
  home = await startHome(broker.url);
});
afterEach(async () => {
  for (const bridge of running.splice(0)) await bridge.stop();
  await home.client.endAsync(true);
  await broker.close();
});

async function start(
  o: { readonly fetch?: (request: Request) => Promise<Response>; readonly propertyId?: string } = {},
) {
  const bridge = await startBridge(hostel, { url: broker.url, ...o });
  running.push(bridge);
  const topic = `latchwork/${o.propertyId ?? hostel.world.propertyId}/bridge`;
  await expect.poll(() => home.kept.get(topic), patience).toBe('online');
  return bridge;
}
const stateOf = (text: string | undefined) => JSON.parse(text ?? '{}') as Record<string, unknown>;

/** Ends the broker with all that it kept, and starts another at the same address. */
async function withoutBroker(meanwhile: () => Promise<void>): Promise<void> {
  await broker.close();
  await meanwhile();
  home.kept.clear();
  home.heard.splice(0);
  broker = await openBroker(broker.port);
}

describe('an outage of the broker', () => {
  test('is followed by what is true then, and by nothing of before', { timeout: 120_000 }, async () => {
    const bridge = await start();
    const { owner, propertyId, entranceId } = hostel.world;
    const lock = `${below}/${hostel.deviceId}`;
    await expect.poll(() => home.kept.get(`${lock}/reach`), patience).toBe('online');
    const before = stateOf(home.kept.get(`${lock}/state`))['saidAt'];
    let door = { deviceId: '', entranceId: '' };
    await withoutBroker(async () => {
      await expect.poll(() => bridge.connection.connected, patience).toBe(false);
      // Three things that the feed tells of meanwhile; the door that came is gone again.
      const { id } = await owner.unlock({ entranceId, waitSeconds: 10 });
      expect(await owner.attempts.waitFor(id)).toMatchObject({ state: 'confirmed' });
      door = await addSilentDoor(hostel.world, { propertyId, number: 8 });
      await owner.devices.remove({ deviceId: door.deviceId });
    });
    await expect.poll(() => home.kept.get(`${below}/bridge`), patience).toBe('online');
    // Nothing is available before all of it is shown, each but once.
    const all = home.heard.map(({ topic }) => topic);
    const topics = all.slice(0, all.indexOf(`${below}/bridge`));
    expect(topics).toContain(`${lock}/state`);
    expect(new Set(topics).size).toBe(topics.length);
    expect(topics.filter((topic) => topic.includes(door.deviceId))).toEqual([]);
    expect(topics.filter((topic) => topic.endsWith('/config'))).toHaveLength(4);
    expect(stateOf(home.kept.get(`${lock}/state`))['saidAt']).not.toBe(before);
    // Nothing waits in the bridge's connection for another time.
    expect(bridge.connection.queue).toEqual([]);
    expect(Object.keys(bridge.connection.outgoing)).toEqual([]);
  });

  test('of a command it says what became of it, afterwards', { timeout: 120_000 }, async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isAsked = false;
    const bridge = await start({
      fetch: async (request) => {
        const reply = await fetch(request);
        if (!request.url.endsWith('/unlock')) return reply;
        isAsked = true;
        await held;
        return reply;
      },
    });
    const lock = `${below}/${hostel.deviceId}`;
    await home.client.publishAsync(`${lock}/set`, 'UNLOCK');
    await expect.poll(() => isAsked, patience).toBe(true);
    await withoutBroker(async () => {
      await expect.poll(() => bridge.connection.connected, patience).toBe(false);
      release();
      await expect.poll(() => bridge.said.length, patience).toBe(1);
    });
    await expect.poll(() => home.kept.get(`${below}/bridge`), patience).toBe('online');
    expect(stateOf(home.kept.get(`${lock}/result`))).toMatchObject({ outcome: 'confirmed', code: 'ok' });
  });

  test('carries no command out late that was sent meanwhile', { timeout: 120_000 }, async () => {
    const bridge = await start();
    const lock = `${below}/${hostel.deviceId}`;
    const bolt = vi.fn();
    hostel.world.lock.events.on('bolt', ({ bolt: to }) => to === 'unlocked' && bolt());
    isBarred = true;
    bridge.connection.stream.destroy();
    await expect.poll(() => home.kept.get(`${below}/bridge`), patience).toBe('offline');
    for (const qos of [0, 1, 2] as const) await home.client.publishAsync(`${lock}/set`, 'UNLOCK', { qos });
    await home.client.publishAsync(`${lock}/set`, 'UNLOCK', { qos: 1, retain: true });
    isBarred = false;
    await expect.poll(() => home.kept.get(`${below}/bridge`), patience).toBe('online');
    // What comes after it is heard, so that it would have been, too.
    await home.client.publishAsync(`${lock}/set`, 'LOCK');
    const codes = () => bridge.said.map(({ code }) => code);
    await expect.poll(codes, patience).toEqual(['retained', 'locks-by-itself']);
    expect(bolt).not.toHaveBeenCalled();
    await home.client.publishAsync(`${lock}/set`, '', { qos: 1, retain: true });
  });

  test('shows nothing that was read before it ended', { timeout: 120_000 }, async () => {
    let release: (() => void) | undefined;
    let isHeld = false;
    let old: readonly { readonly observation: { readonly observedAt: string } | null }[] = [];
    const bridge = await start({
      fetch: async (request) => {
        const reply = await fetch(request);
        if (isHeld && request.url.includes('/devices')) {
          isHeld = false;
          old = stateOf(await reply.clone().text())['data'] as typeof old;
          await new Promise<void>((resolve) => {
            release = resolve;
          });
        }
        return reply;
      },
    });
    const { owner } = hostel.world;
    const state = `${below}/${hostel.deviceId}/state`;
    isHeld = true;
    await home.client.publishAsync('homeassistant/status', 'online');
    await expect.poll(() => release !== undefined, patience).toBe(true);
    await withoutBroker(async () => {
      await expect.poll(() => bridge.connection.connected, patience).toBe(false);
      const { id } = await owner.unlock({ entranceId: hostel.world.entranceId, waitSeconds: 10 });
      expect(await owner.attempts.waitFor(id)).toMatchObject({ state: 'confirmed' });
    });
    await expect.poll(() => bridge.connection.connected, patience).toBe(true);
    release?.();
    await expect.poll(() => home.kept.get(`${below}/bridge`), patience).toBe('online');
    const shown = broker.recorded.filter(({ topic }) => topic === state);
    const saidAts = shown.map(({ payload }) => stateOf(Buffer.from(payload).toString())['saidAt']);
    expect(old).toHaveLength(1);
    expect(saidAts).not.toContain(old[0]?.observation?.observedAt ?? null);
    expect(saidAts).not.toEqual([]);
  });

  test('keeps nobody from ending the bridge', async () => {
    const bridge = await start();
    isBarred = true;
    bridge.connection.stream.destroy();
    await expect.poll(() => home.kept.get(`${below}/bridge`), patience).toBe('offline');
    await bridge.stop();
  });
});

test('without the portal all is unavailable, until it can be read again', { timeout: 60_000 }, async () => {
  let isCut = false;
  const bridge = await start({
    fetch: async (request) => (isCut ? Promise.reject(new TypeError('cut')) : fetch(request)),
  });
  isCut = true;
  await home.client.publishAsync('homeassistant/status', 'online');
  await expect.poll(() => home.kept.get(`${below}/bridge`), patience).toBe('offline');
  expect(bridge.said).toContainEqual({ message: 'not shown', error: 'network' });
  isCut = false;
  await expect.poll(() => home.kept.get(`${below}/bridge`), patience).toBe('online');
});

test('a lock that no gateway can get to is unavailable, until one can', { timeout: 60_000 }, async () => {
  let isOnline = false;
  await start({
    fetch: async (request) => {
      const reply = await fetch(request);
      if (!new URL(request.url).pathname.endsWith('/gateways')) return reply;
      const { data, ...rest } = (await reply.json()) as { readonly data: readonly object[] };
      return Response.json({ ...rest, data: data.map((gateway) => ({ ...gateway, online: isOnline })) });
    },
  });
  const reach = () => home.kept.get(`${below}/${hostel.deviceId}/reach`);
  await expect.poll(reach, patience).toBe('offline');
  isOnline = true;
  await home.client.publishAsync('homeassistant/status', 'online');
  await expect.poll(reach, patience).toBe('online');
});

test('two bridges at one broker take away only what is of their own', { timeout: 120_000 }, async () => {
  const { owner, organizationId } = hostel.world;
  const other = await owner.properties.create({ organizationId, name: 'Annex', timeZone: 'Europe/Lisbon' });
  const stays = await addSilentDoor(hostel.world, { propertyId: other.id, number: 21 });
  const goes = await addSilentDoor(hostel.world, { propertyId: other.id, number: 22 });
  const configOf = (propertyId: string, id: string) => `homeassistant/lock/${propertyId}/latchwork_${id}/config`;
  const first = configOf(hostel.world.propertyId, hostel.deviceId);
  const alien = configOf('prop_of_another_portal', 'dev_00000000000000000000000009');
  await home.client.publishAsync(alien, '{}', { qos: 1, retain: true });
  await start();
  await start({ propertyId: other.id });
  // The first is started anew and finds there what the second has shown.
  await running.shift()?.stop();
  expect(home.kept.get(`latchwork/${other.id}/bridge`)).toBe('online');
  await start();
  await owner.devices.remove({ deviceId: goes.deviceId });
  const gone = configOf(other.id, goes.deviceId);
  await expect.poll(() => home.kept.get(gone), patience).toBe('');
  for (const leaf of ['state', 'reach']) {
    await expect.poll(() => home.kept.get(`latchwork/${other.id}/${goes.deviceId}/${leaf}`), patience).toBe('');
  }
  const emptied = home.heard.filter(({ text }) => text === '').map(({ topic }) => topic);
  expect(emptied.filter((topic) => !topic.includes(goes.deviceId))).toEqual([]);
  for (const topic of [first, alien, configOf(other.id, stays.deviceId)]) expect(home.kept.get(topic)).toMatch(/^\{/);
});
