import { createClient } from '@latchwork/client';
import { connectAsync, type MqttClient } from 'mqtt';
import { startTestWorld, type TestWorld } from '../../housekeeping-app/src/test-world.js';
import { bridgeConnection, runBridge } from './bridge.js';

export const prefix = 'latchwork';
export const discoveryPrefix = 'homeassistant';
export const patience = { timeout: 60_000, interval: 20 };

/** A hostel whose owner lets Home Assistant open the door. */
export interface Hostel {
  readonly world: TestWorld;
  readonly token: string;
  readonly deviceId: string;
}

export async function openHostel(): Promise<Hostel> {
  const world = await startTestWorld();
  const { owner, organizationId, propertyId, entranceId } = world;
  await giveKey(world, [entranceId]);
  const { token } = await owner.apiKeys.create({ organizationId, name: 'Home Assistant', scopes: ['read', 'unlock'] });
  const deviceId = (await owner.devices.list({ propertyId })).data[0]?.id ?? '';
  return { world, token, deviceId };
}

/** Gives the owner, in whose name the API key acts, a Key. */
export async function giveKey({ owner, propertyId }: TestWorld, entranceIds: readonly string[]) {
  const { member } = await owner.me();
  const period = { startsAt: '2026-01-01T00:00:00Z', endsAt: null };
  return await owner.keys.create({ propertyId, holderId: member.id, entranceIds, ...period });
}

/** Adds a door whose lock no gateway ever hears. */
export async function addSilentDoor({ owner }: TestWorld, o: { readonly propertyId: string; readonly number: number }) {
  const { propertyId, number } = o;
  const entrance = await owner.entrances.create({ propertyId, name: `Room ${number}` });
  const hex = (bytes: number) => number.toString(16).padStart(2, '0').repeat(bytes);
  const device = await owner.devices.create({
    ...{ propertyId, kind: 'lock', name: `Lock ${number}`, entranceId: entrance.id },
    ...{ tag: hex(8), publicKey: hex(32), identityPublicKey: hex(32) },
  });
  return { deviceId: device.id, entranceId: entrance.id };
}

/** Home Assistant, as far as the broker can tell. */
export interface Home {
  readonly client: MqttClient;
  /** What arrived last, by topic. */
  readonly kept: Map<string, string>;
  /** Everything that arrived, oldest first. */
  readonly heard: { readonly topic: string; readonly text: string }[];
}

export async function startHome(url: string): Promise<Home> {
  const client = await connectAsync(url, { clientId: 'home-assistant', reconnectPeriod: 50, queueQoSZero: false });
  const kept = new Map<string, string>();
  const heard: { topic: string; text: string }[] = [];
  client.on('message', (topic, payload) => {
    kept.set(topic, payload.toString());
    heard.push({ topic, text: payload.toString() });
  });
  await client.subscribeAsync([`${prefix}/#`, `${discoveryPrefix}/#`]);
  return { client, kept, heard };
}

/** A bridge that runs. */
export interface Running {
  readonly said: Record<string, unknown>[];
  readonly connection: MqttClient;
  stop(): Promise<void>;
}

export async function startBridge(
  { world, token }: Hostel,
  o: {
    readonly url: string;
    readonly propertyId?: string;
    readonly deadlineMs?: number;
    /** Stands between the bridge and the portal. */
    readonly fetch?: (request: Request) => Promise<Response>;
  },
): Promise<Running> {
  const { propertyId = world.propertyId, url, fetch, ...rest } = o;
  const stopping = new AbortController();
  const said: Record<string, unknown>[] = [];
  const connection = await connectAsync(url, { ...bridgeConnection({ prefix, propertyId }), reconnectPeriod: 50 });
  const done = runBridge({
    client: createClient({ baseUrl: world.portalUrl, token, fetch, retry: { limit: 1, baseDelayMs: 1 } }),
    ...{ propertyId, broker: connection, prefix, discoveryPrefix, signal: stopping.signal, ...rest },
    log: (fact) => said.push(fact),
  });
  return {
    said,
    connection,
    stop: async () => {
      stopping.abort();
      await done;
      await connection.endAsync();
    },
  };
}
