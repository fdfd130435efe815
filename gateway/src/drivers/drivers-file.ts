import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockTrust } from '@latchwork/lock-protocol';
import * as z from 'zod/mini';
import { GatewayError } from '../gateway-error.js';
import type { MqttLockSettings } from './mqtt-lock.js';
import { homeAssistantWords, zigbeeWords } from './mqtt-words.js';

/** What the operator says of the locks of other makers. */
export interface DriverSettings {
  /** Whom the gateway obeys in their place. */
  readonly trust: LockTrust;
  readonly locks: readonly MqttLockSettings[];
}

const bytesOf = (count: number) => z.string().check(z.regex(new RegExp(`^[0-9a-f]{${count * 2}}$`)));
/** A topic to publish to or to hear of one lock: without wildcards. */
const topic = z.string().check(z.minLength(1), z.maxLength(200), z.regex(/^[^+#\p{Cc}]*$/u));
const broker = z.strictObject({
  url: z.string().check(z.regex(/^(mqtts?|wss?):\/\/[^@\s]+$/)),
  username: z.optional(z.string()),
  password: z.optional(z.string()),
});
const named = { tag: bytesOf(8), broker };
const word = z.string().check(z.minLength(1), z.maxLength(64));

const lock = z.discriminatedUnion('convention', [
  z.strictObject({ ...named, convention: z.literal('zigbee2mqtt'), topic }),
  z.strictObject({
    ...named,
    convention: z.literal('home-assistant'),
    stateTopic: topic,
    commandTopic: topic,
    availabilityTopic: z.optional(topic),
    payloadUnlock: z._default(z.string().check(z.minLength(1), z.maxLength(1024)), 'UNLOCK'),
    stateField: z.optional(word),
    stateLocked: z.optional(word),
    stateUnlocked: z.optional(word),
    stateJammed: z.optional(word),
  }),
]);

const file = z.strictObject({
  trust: z.strictObject({
    rootPublicKey: bytesOf(32),
    property: bytesOf(8),
    epoch: z.int().check(z.nonnegative()),
  }),
  locks: z.array(lock).check(z.maxLength(64)),
});

/**
 * Reads `drivers.json` of the data folder; undefined when there is none.
 *
 * @throws {@link GatewayError} `config` with every fault, each a sentence that names its place and never its value.
 */
export async function readDriversFile(dataDir: string): Promise<DriverSettings | undefined> {
  const text = await readFile(join(dataDir, 'drivers.json'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw wrong(['drivers.json cannot be read.']);
  });
  if (text === undefined) return undefined;
  const parsed = file.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw wrong(parsed.error.issues.map(({ path }) => `drivers.json is wrong at /${path.join('/')}.`));
  }
  const { trust, locks } = parsed.data;
  const tags = new Set(locks.map(({ tag }) => tag));
  if (tags.size < locks.length) throw wrong(['drivers.json names two locks with the same tag.']);
  const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
  return {
    trust: { rootPublicKey: bytes(trust.rootPublicKey), property: bytes(trust.property), epoch: trust.epoch },
    locks: locks.map(settingsOf),
  };
}

function settingsOf(said: z.output<typeof lock>): MqttLockSettings {
  const { tag } = said;
  const { url, username, password } = said.broker;
  const shared = {
    tag,
    broker: { url, ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) },
  };
  if (said.convention === 'zigbee2mqtt') {
    return {
      ...shared,
      stateTopic: said.topic,
      commandTopic: `${said.topic}/set`,
      availabilityTopic: `${said.topic}/availability`,
      unlockPayload: '{"state":"UNLOCK"}',
      words: zigbeeWords,
    };
  }
  const { locked, unlocked, jammed } = homeAssistantWords;
  const wordsOf = (own: string | undefined, usual: readonly string[]) => (own === undefined ? usual : [own]);
  return {
    ...shared,
    stateTopic: said.stateTopic,
    commandTopic: said.commandTopic,
    ...(said.availabilityTopic === undefined ? {} : { availabilityTopic: said.availabilityTopic }),
    unlockPayload: said.payloadUnlock,
    words: {
      ...(said.stateField === undefined ? {} : { field: said.stateField }),
      locked: wordsOf(said.stateLocked, locked),
      unlocked: wordsOf(said.stateUnlocked, unlocked),
      jammed: wordsOf(said.stateJammed, jammed),
    },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong(['drivers.json is no JSON.']);
  }
}

function wrong(faults: readonly string[]): GatewayError {
  return new GatewayError({ code: 'config', faults }, `The configuration is wrong: ${faults.join(' ')}`);
}
