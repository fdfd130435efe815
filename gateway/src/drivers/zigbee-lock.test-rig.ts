import { connectAsync } from 'mqtt';

/** A lock behind a simulated zigbee2mqtt: it takes `set`, moves and tells its state, as the bridge does. */
export interface ZigbeeLock extends AsyncDisposable {
  readonly topic: string;
  /** Commands that arrived, in order. */
  readonly taken: readonly string[];
  /** How often the bolt was withdrawn. */
  readonly moves: number;
  /** What it does with a command; `silent`: it moves and says nothing. */
  behavior: 'moves' | 'silent' | 'jams';
  say(state: 'LOCK' | 'UNLOCK' | 'JAMMED', o?: { readonly retain?: boolean }): Promise<void>;
  available(isOnline: boolean): Promise<void>;
}

/** Connects the device to a broker and says that it is there. */
export async function startZigbeeLock(url: string, topic = 'zigbee2mqtt/front'): Promise<ZigbeeLock> {
  const client = await connectAsync(url, { reconnectPeriod: 0 });
  const taken: string[] = [];
  let moves = 0;
  const say: ZigbeeLock['say'] = async (state, o) => {
    const payload = JSON.stringify({ battery: 87, linkquality: 120, state });
    await client.publishAsync(topic, payload, { qos: 1, retain: o?.retain ?? false });
  };
  const lock: ZigbeeLock = {
    topic,
    taken,
    get moves() {
      return moves;
    },
    behavior: 'moves',
    say,
    async available(isOnline) {
      const payload = JSON.stringify({ state: isOnline ? 'online' : 'offline' });
      await client.publishAsync(`${topic}/availability`, payload, { qos: 1, retain: true });
    },
    async [Symbol.asyncDispose]() {
      await client.endAsync(true);
    },
  };
  client.on('message', (_topic, payload) => {
    taken.push(payload.toString());
    if (lock.behavior === 'jams') void say('JAMMED');
    else if (JSON.parse(payload.toString()).state === 'UNLOCK') {
      moves += 1;
      if (lock.behavior === 'moves') void say('UNLOCK');
    }
  });
  await client.subscribeAsync(`${topic}/set`, { qos: 1 });
  await lock.available(true);
  return lock;
}
