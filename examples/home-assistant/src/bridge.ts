import { setTimeout as pause } from 'node:timers/promises';
import { type Client, LatchworkError } from '@latchwork/client';
import type { IClientOptions, IPublishPacket, MqttClient } from 'mqtt';
import { deviceIdIn, discoveryOf, topicsOf } from './discovery.js';
import { isInReach, lockStateOf } from './lock-state.js';
import { type Outcome, unlockOnce } from './outcome.js';

/** What the bridge stands between. */
export interface BridgeOptions {
  /** With the scopes `read` and `unlock`. */
  readonly client: Client;
  readonly propertyId: string;
  /** Connected as {@link bridgeConnection} says. */
  readonly broker: MqttClient;
  /** Below which the bridge says what it says. */
  readonly prefix: string;
  /** Below which Home Assistant looks for what there is. */
  readonly discoveryPrefix: string;
  /** No door opens later than this after the portal has the command, 2000 to 30000; 10000 when absent. */
  readonly deadlineMs?: number;
  /** Hears of what happens, one line each. */
  readonly log: (fact: Readonly<Record<string, unknown>>) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * How the bridge connects: what nobody could deliver at once is gone, commands at the broker as well as states in here. Its will says
 * that it is gone, and its name is that of its property, so that a second one takes the place of the first.
 */
export function bridgeConnection(o: Pick<BridgeOptions, 'prefix' | 'propertyId'>) {
  const will = { topic: topicsOf(o).bridge, payload: Buffer.from('offline'), qos: 1, retain: true } as const;
  const clientId = `latchwork-home-assistant-${o.propertyId}`;
  return { clientId, clean: true, queueQoSZero: false, will } satisfies IClientOptions;
}

/** Events come in bursts, and all that is shown is read anew. */
const settleMs = 200;
/** Without any event, too, for what no event tells: when a lock was heard last. */
const routineMs = 60_000;
/** Sooner when the portal could not be read. */
const retryMs = 5_000;

/**
 * Shows the locks of a property to Home Assistant, and unlocks for it. What it shows is the portal's account of what each lock has said;
 * it assumes nothing. Resolves when the signal fires.
 *
 * @throws {@link LatchworkError} where the portal lets it follow events no more.
 */
export async function runBridge(options: BridgeOptions): Promise<void> {
  const { client, propertyId, broker, discoveryPrefix, deadlineMs = 10_000, log, signal } = options;
  const topics = topicsOf(options);
  /** The entrance of each lock. */
  const doors = new Map<string, string>();
  const results = new Map<string, string>();
  const underWay = new Map<string, Promise<void>>();
  /** Of a lock whose unlock ended unknown: when it had last said anything, once that is read. Until it says more, nothing holds. */
  const doubts = new Map<string, string | null | undefined>();
  /** What the broker keeps of us, by topic; `undefined` where that is not certain. */
  const kept = new Map<string, string | undefined>();
  /** Counts what makes a reading that had begun before it too old: connections, starts of Home Assistant, unknown ends. */
  let era = 0;
  let wake: () => void = () => undefined;

  /** QoS 0, for what a broken connection has not delivered is not repeated: all is shown anew at the next. */
  const keep = (topic: string, text: string): void => {
    if (!broker.connected || (kept.has(topic) && kept.get(topic) === text)) return;
    if (text === '') kept.delete(topic);
    else kept.set(topic, text);
    broker.publish(topic, text, { qos: 0, retain: true }, (error) => {
      if (error) log({ message: 'not published', topic, error: String(error) });
    });
  };

  const show = async (): Promise<void> => {
    const begun = era;
    const [devices, entrances, { data: alarms }, { data: gateways }] = await Promise.all([
      all(client.devices.listAll({ propertyId })),
      all(client.entrances.listAll({ propertyId })),
      client.alarms.list({ propertyId, state: 'raised', limit: 200 }),
      client.gateways.list({ propertyId }),
    ]);
    // Perhaps long before: it is being read again.
    if (begun !== era) return;
    const names = new Map(entrances.map(({ id, name }) => [id, name]));
    doors.clear();
    for (const device of devices) {
      const { id, entranceId, observation } = device;
      doors.set(id, entranceId);
      const doorName = names.get(entranceId) ?? device.name;
      for (const [topic, config] of discoveryOf(device, { doorName, topics, discoveryPrefix, propertyId })) {
        keep(topic, JSON.stringify(config));
      }
      const saidAt = observation?.observedAt ?? null;
      if (doubts.has(id) && doubts.get(id) === undefined) doubts.set(id, saidAt);
      const isInDoubt = doubts.get(id) === saidAt;
      if (!isInDoubt) doubts.delete(id);
      keep(topics.state(id), JSON.stringify(lockStateOf(device, { alarms, isInDoubt })));
      keep(topics.reach(id), isInReach(device, alarms, gateways) ? 'online' : 'offline');
      const result = results.get(id);
      if (result !== undefined) keep(topics.result(id), result);
    }
    forgetRemoved();
    // Last, so that nothing of before is taken for what is.
    keep(topics.bridge, 'online');
  };

  /** What is gone is shown no more; also what an earlier run of the bridge had shown. */
  const forgetRemoved = (): void => {
    for (const topic of [...kept.keys()]) {
      const deviceId = deviceIdIn(topic);
      if (deviceId === undefined || doors.has(deviceId)) continue;
      keep(topic, '');
      for (const said of [topics.state, topics.reach, topics.result]) keep(said(deviceId), '');
      results.delete(deviceId);
    }
  };

  const tell = (deviceId: string, outcome: Outcome): void => {
    log({ message: 'command ended', deviceId, ...outcome });
    results.set(deviceId, JSON.stringify({ ...outcome, endedAt: new Date().toISOString() }));
    keep(topics.result(deviceId), results.get(deviceId) ?? '');
  };

  const unlock = async (deviceId: string, entranceId: string): Promise<void> => {
    const outcome = await unlockOnce(client, { entranceId, deadlineMs, signal });
    if (outcome.outcome === 'unknown') {
      doubts.set(deviceId, undefined);
      era += 1;
    }
    tell(deviceId, outcome);
  };

  const command = (deviceId: string, text: string, { retain }: IPublishPacket): void => {
    const entranceId = doors.get(deviceId);
    // What the broker has kept was meant who knows when.
    if (retain || entranceId === undefined || (text !== 'UNLOCK' && text !== 'LOCK')) {
      const code = retain ? 'retained' : entranceId === undefined ? 'no-such-lock' : 'not-understood';
      log({ message: 'command ignored', deviceId, code });
      return;
    }
    // These locks lock by themselves; nobody says that one is locked because somebody asked for it. Nor does an unlock wait for
    // its turn: it would open the door when nobody expects that any more.
    if (text === 'LOCK' || underWay.has(deviceId)) {
      tell(deviceId, { outcome: 'refused', code: text === 'LOCK' ? 'locks-by-itself' : 'busy', attemptId: null });
      return;
    }
    const ended = unlock(deviceId, entranceId)
      .catch((error: unknown) => log({ message: 'failed', deviceId, error: String(error) }))
      .finally(() => {
        underWay.delete(deviceId);
        wake();
      });
    underWay.set(deviceId, ended);
  };

  const beginAnew = (): void => {
    era += 1;
    for (const topic of kept.keys()) kept.set(topic, undefined);
    wake();
  };

  const hear = (topic: string, payload: Buffer, packet: IPublishPacket): void => {
    const text = payload.toString();
    if (topic === `${discoveryPrefix}/status`) {
      // Home Assistant has started anew, perhaps with another broker behind the same address.
      if (text === 'online') beginAnew();
    } else if (topic.startsWith(`${discoveryPrefix}/`)) {
      // Of an earlier run: taken away unless it is shown again.
      if (!packet.retain || text === '' || deviceIdIn(topic) === undefined || kept.has(topic)) return;
      kept.set(topic, text);
      wake();
    } else {
      command(topic.split('/').at(-2) ?? '', text, packet);
    }
  };

  broker.on('message', hear);
  broker.on('connect', beginAnew);
  const ours = [topics.commands, `${discoveryPrefix}/status`, `${discoveryPrefix}/+/${propertyId}/+/config`];
  await broker.subscribeAsync(ours, { qos: 0 });
  let failure: unknown;
  const following = follow().catch((error: unknown) => {
    failure = error;
    wake();
  });

  while (!signal.aborted && failure === undefined) {
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let restMs = routineMs;
    try {
      if (broker.connected) await show();
    } catch (error) {
      if (signal.aborted) break;
      log({ message: 'not shown', error: error instanceof LatchworkError ? error.info.code : String(error) });
      // What was shown may hold no more.
      keep(topics.bridge, 'offline');
      restMs = retryMs;
    }
    const rest = new AbortController();
    const stop = (): void => rest.abort();
    signal.addEventListener('abort', stop, { once: true });
    await Promise.race([woken, pause(restMs, undefined, { signal: rest.signal }).catch(() => undefined)]);
    signal.removeEventListener('abort', stop);
    rest.abort();
    await pause(settleMs);
  }
  broker.off('message', hear);
  broker.off('connect', beginAnew);
  await Promise.all(underWay.values());
  keep(topics.bridge, 'offline');
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
