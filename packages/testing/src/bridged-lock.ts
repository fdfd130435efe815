/** Which words a bridged lock has: those of zigbee2mqtt, or those that Home Assistant's MQTT locks have unless told otherwise. */
export type BridgedLockConvention = 'zigbee2mqtt' | 'home-assistant';

/** How a simulated lock behind an MQTT bridge is made. */
export interface BridgedLockOptions {
  /** Of the broker: `mqtt://host:port`. */
  readonly url: string;
  /** Default: zigbee2mqtt. */
  readonly convention?: BridgedLockConvention;
  /** Default: `zigbee2mqtt/front`. */
  readonly topic?: string;
}

/** A lock behind a simulated MQTT bridge: it takes commands, moves and tells its state, as zigbee2mqtt and its like do. */
export interface BridgedLock extends AsyncDisposable {
  /** Where it tells its state. */
  readonly topic: string;
  readonly commandTopic: string;
  readonly availabilityTopic: string;
  /** Commands that arrived, in order. */
  readonly taken: readonly string[];
  /** How often the bolt was withdrawn. */
  readonly moves: number;
  /** What it does with a command; `silent`: it moves and says nothing. */
  behavior: 'moves' | 'silent' | 'jams';
  /** In whole percent; only zigbee2mqtt tells it. */
  batteryPercent: number;
  /** Says where its bolt is, as if somebody had asked or turned it. */
  say(state: 'locked' | 'unlocked' | 'jammed', o?: { readonly retain?: boolean }): Promise<void>;
  /** The bridge says whether the lock is there. */
  available(isOnline: boolean): Promise<void>;
}

const dialects = {
  zigbee2mqtt: {
    commands: 'set',
    unlock: '{"state":"UNLOCK"}',
    words: { locked: 'LOCK', unlocked: 'UNLOCK', jammed: 'JAMMED' },
    told: (state: string, battery: number) => JSON.stringify({ battery, linkquality: 120, state }),
    there: (state: string) => JSON.stringify({ state }),
  },
  'home-assistant': {
    commands: 'command',
    unlock: 'UNLOCK',
    words: { locked: 'LOCKED', unlocked: 'UNLOCKED', jammed: 'JAMMED' },
    told: (state: string) => state,
    there: (state: string) => state,
  },
} as const;

/**
 * Connects a simulated lock to a broker; resolves when commands reach it and it has said that it is there.
 *
 * @throws Error when the broker is not reached.
 */
export async function startBridgedLock(options: BridgedLockOptions): Promise<BridgedLock> {
  const { url, convention = 'zigbee2mqtt', topic = 'zigbee2mqtt/front' } = options;
  const dialect = dialects[convention];
  // Most who import this package have no such lock.
  const { connectAsync } = await import('mqtt');
  const client = await connectAsync(url, { reconnectPeriod: 0 }, false);
  const taken: string[] = [];
  let moves = 0;
  const lock: BridgedLock = {
    topic,
    commandTopic: `${topic}/${dialect.commands}`,
    availabilityTopic: `${topic}/availability`,
    taken,
    get moves() {
      return moves;
    },
    behavior: 'moves',
    batteryPercent: 87,
    async say(state, { retain = false } = {}) {
      await client.publishAsync(topic, dialect.told(dialect.words[state], lock.batteryPercent), { qos: 1, retain });
    },
    async available(isOnline) {
      const payload = dialect.there(isOnline ? 'online' : 'offline');
      await client.publishAsync(lock.availabilityTopic, payload, { qos: 1, retain: true });
    },
    async [Symbol.asyncDispose]() {
      await client.endAsync(true);
    },
  };
  client.on('message', (_topic, payload) => {
    const command = payload.toString();
    taken.push(command);
    if (lock.behavior === 'jams') void lock.say('jammed');
    else if (command === dialect.unlock) {
      moves += 1;
      if (lock.behavior === 'moves') void lock.say('unlocked');
    }
  });
  await client.subscribeAsync(lock.commandTopic, { qos: 1 });
  await lock.available(true);
  return lock;
}
