import { setTimeout as pause } from 'node:timers/promises';
import { type Client, LatchworkError } from '@latchwork/client';
import type { Device } from '@latchwork/contract';
import type { IPublishPacket, MqttClient } from 'mqtt';
import { deviceIdIn, discoveryOf, topicsBelow } from './discovery.js';
import { isInReach, lockStateOf } from './lock-state.js';

/** What the bridge stands between. */
export interface BridgeOptions {
  /** With the scopes `read` and `unlock`. */
  readonly client: Client;
  readonly propertyId: string;
  /** Connected with the last will of {@link bridgeWill}, and with a clean session: a command that nobody hears is gone. */
  readonly broker: MqttClient;
  /** Below which the bridge says what it says. */
  readonly prefix: string;
  /** Below which Home Assistant looks for what there is. */
  readonly discoveryPrefix: string;
  /** Hears of what happens, one line each. */
  readonly log: (fact: Readonly<Record<string, unknown>>) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** What the broker says for a bridge that is gone. */
export function bridgeWill(prefix: string) {
  return { topic: topicsBelow(prefix).bridge, payload: Buffer.from('offline'), qos: 1, retain: true } as const;
}

/** No door opens later than this after the command. */
const deadlineMs = 10_000;
/** Events come in bursts, and all that is shown is read anew. */
const settleMs = 200;
/** Without any event, too, for what no event tells: when a lock was heard last. */
const routineMs = 60_000;

/**
 * Shows the locks of a property to Home Assistant, and unlocks for it. What it shows is the portal's account of what each lock has said;
 * it assumes nothing. Resolves when the signal fires.
 */
export async function runBridge(options: BridgeOptions): Promise<void> {
  const { client, propertyId, broker, discoveryPrefix, log, signal } = options;
  const topics = topicsBelow(options.prefix);
  /** What the broker keeps of us, by topic. */
  const kept = new Map<string, string>();
  const doors = new Map<string, string>();
  const busy = new Set<string>();
  let wake: () => void = () => undefined;

  const keep = async (topic: string, text: string): Promise<void> => {
    if (kept.get(topic) === text) return;
    await broker.publishAsync(topic, text, { qos: 1, retain: true });
    if (text === '') kept.delete(topic);
    else kept.set(topic, text);
  };

  const show = async (): Promise<void> => {
    const [devices, entrances, { data: alarms }, { data: gateways }] = await Promise.all([
      all(client.devices.listAll({ propertyId })),
      all(client.entrances.listAll({ propertyId })),
      client.alarms.list({ propertyId, state: 'raised', limit: 200 }),
      client.gateways.list({ propertyId }),
    ]);
    const names = new Map(entrances.map(({ id, name }) => [id, name]));
    doors.clear();
    for (const device of devices) {
      doors.set(device.id, device.entranceId);
      const doorName = names.get(device.entranceId) ?? device.name;
      for (const [topic, config] of discoveryOf(device, { doorName, topics, discoveryPrefix })) {
        await keep(topic, JSON.stringify(config));
      }
      await keep(topics.state(device.id), JSON.stringify(lockStateOf(device, alarms)));
      await keep(topics.reach(device.id), isInReach(device, alarms, gateways) ? 'online' : 'offline');
    }
    await forgetRemoved(devices);
  };

  /** What is gone is shown no more; also what an earlier run of the bridge had shown. */
  const forgetRemoved = async (devices: readonly Device[]): Promise<void> => {
    const there = new Set<string>(devices.map(({ id }) => id));
    for (const topic of [...kept.keys()]) {
      const deviceId = deviceIdIn(topic);
      if (deviceId === undefined || there.has(deviceId)) continue;
      await keep(topic, '');
      for (const said of [topics.state, topics.reach, topics.result]) await keep(said(deviceId), '');
    }
  };

  const unlock = async (deviceId: string): Promise<void> => {
    const entranceId = doors.get(deviceId);
    const tell = async (result: object): Promise<void> => {
      log({ message: 'command ended', deviceId, ...result });
      await keep(topics.result(deviceId), JSON.stringify({ ...result, endedAt: new Date().toISOString() }));
    };
    if (entranceId === undefined) return log({ message: 'command for no lock of this property ignored', deviceId });
    if (busy.has(deviceId)) return log({ message: 'command ignored', deviceId, code: 'busy' });
    busy.add(deviceId);
    try {
      const asked = await client.unlock({ entranceId, deadlineMs });
      const { state, code, id: attemptId } = await client.attempts.waitFor(asked.id, { timeoutMs: 2 * deadlineMs });
      await tell({ outcome: state, code, attemptId });
    } catch (error) {
      if (!(error instanceof LatchworkError)) throw error;
      const { code } = error.info;
      await tell({ outcome: 'refused', code: 'because' in error.info ? error.info.because : code, attemptId: null });
    } finally {
      busy.delete(deviceId);
      wake();
    }
  };

  const heard = async (topic: string, text: string, { retain }: IPublishPacket): Promise<void> => {
    if (topic === `${discoveryPrefix}/status`) {
      // Home Assistant has started anew, perhaps with another broker behind the same address.
      kept.clear();
      return wake();
    }
    if (topic.startsWith(`${discoveryPrefix}/`)) {
      // Of an earlier run: taken away unless it is shown again.
      if (retain && text !== '' && deviceIdIn(topic) !== undefined && !kept.has(topic)) kept.set(topic, text);
      return wake();
    }
    const deviceId = topic.split('/').at(-2) ?? '';
    // The broker has kept it, for whoever knows how long.
    if (retain) return log({ message: 'command ignored', deviceId, code: 'retained' });
    if (text === 'UNLOCK') return await unlock(deviceId);
    // These locks lock by themselves; nobody says that one is locked because somebody asked for it.
    log({ message: 'command ignored', deviceId, code: text === 'LOCK' ? 'locks-by-itself' : 'not-understood' });
  };

  const listener = (topic: string, payload: Buffer, packet: IPublishPacket): void => {
    heard(topic, payload.toString(), packet).catch((error: unknown) =>
      log({ message: 'failed', error: String(error) }),
    );
  };
  const announce = (): void => {
    kept.clear();
    broker
      .publishAsync(topics.bridge, 'online', { qos: 1, retain: true })
      .then(wake, (error: unknown) => log({ message: 'failed', error: String(error) }));
  };
  broker.on('message', listener);
  broker.on('connect', announce);
  await broker.subscribeAsync([topics.commands, `${discoveryPrefix}/status`, `${discoveryPrefix}/+/+/config`], {
    qos: 0,
  });
  announce();
  let failure: unknown;
  const following = follow().catch((error: unknown) => {
    failure = error;
    wake();
  });

  while (!signal.aborted && failure === undefined) {
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    try {
      await show();
    } catch (error) {
      if (signal.aborted) break;
      log({ message: 'not shown', error: error instanceof LatchworkError ? error.info.code : String(error) });
    }
    const rest = new AbortController();
    const stop = (): void => rest.abort();
    signal.addEventListener('abort', stop, { once: true });
    await Promise.race([woken, pause(routineMs, undefined, { signal: rest.signal }).catch(() => undefined)]);
    signal.removeEventListener('abort', stop);
    rest.abort();
    await pause(settleMs);
  }
  broker.off('message', listener);
  broker.off('connect', announce);
  await broker.publishAsync(topics.bridge, 'offline', { qos: 1, retain: true });
  await following;
  if (failure !== undefined) throw failure;

  /** Every event may change what is shown. */
  async function follow(): Promise<void> {
    for await (const _event of client.events.follow({ propertyId, signal })) wake();
  }
}

async function all<Item>(pages: AsyncIterable<Item>): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const item of pages) items.push(item);
  return items;
}
