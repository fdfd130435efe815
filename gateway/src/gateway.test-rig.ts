import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AckMessage,
  type ChallengeMessage,
  type CommandMessage,
  encodeGatewayMessage,
  type GatewayAddress,
  gatewayTopic,
  gatewayTopicPrefix,
  parseGatewayMessage,
  parseGatewayTopic,
  type StatusMessage,
  type TokenRefusal,
  type UnlockCommand,
  type UnlockResultMessage,
} from '@latchwork/contract';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import {
  createFakeClock,
  createPropertyFixture,
  type FakeClock,
  type PropertyFixture,
  startTestBroker,
  type TestBroker,
} from '@latchwork/testing';
import { connectAsync, type MqttClient } from 'mqtt';
import { vi } from 'vitest';
import type { Clock } from './clock.js';
import type { GatewayConfig } from './config.js';
import { type Gateway, startGateway } from './gateway.js';
import type { JournalRecord } from './journal-record.js';
import { createLog } from './log.js';
import { createMemoryCentral, type MemoryCentral, type MemoryLock } from './memory-central.test-rig.js';
import type { Central } from './radio/central.js';
import { Secret } from './secret.js';
import { createTokenDesk } from './token-desk.js';
import type { UnlockEnd, UnlockJob } from './unlock-job.js';
import { runUnlock } from './unlock-run.js';

/** The provider that every rig uses. */
export const crypto = createNodeCrypto();

/** Whose gateway the rig starts. */
export const address = {
  organizationId: 'org_01jd0000000000000000000000',
  propertyId: 'prop_01jd0000000000000000000000',
  gatewayId: 'gw_01jd0000000000000000000000',
} as GatewayAddress;

/** The portal's side of the binding: sends commands, answers challenges as told, and keeps what it hears. */
export interface TestPortal extends AsyncDisposable {
  readonly acks: AckMessage[];
  readonly challenges: ChallengeMessage[];
  readonly results: UnlockResultMessage[];
  readonly statuses: StatusMessage[];
  /** What becomes of a challenge: a token, a refusal, nothing, or whatever else a test has in mind. */
  answer: 'token' | 'silence' | TokenRefusal['code'] | ((challenge: ChallengeMessage) => void);
  sendToken(challenge: ChallengeMessage): void;
  send(message: CommandMessage): Promise<void>;
  /** Resolves with the first result of that command. */
  result(commandId: string): Promise<UnlockResultMessage>;
  /** Resolves once everything the gateway has published so far has been heard here. */
  settle(): Promise<void>;
}

/** Connects a portal to a broker. */
export async function startTestPortal(url: string, property: PropertyFixture): Promise<TestPortal> {
  const client: MqttClient = await connectAsync(url, { reconnectPeriod: 0 });
  const heard = {
    acks: [] as AckMessage[],
    challenges: [] as ChallengeMessage[],
    results: [] as UnlockResultMessage[],
    statuses: [] as StatusMessage[],
  };
  const echoes = new Set<string>();

  const send = async (message: CommandMessage): Promise<void> => {
    await client.publishAsync(gatewayTopic(address, 'cmd'), encodeGatewayMessage('cmd', message), { qos: 0 });
  };
  const portal: TestPortal = {
    ...heard,
    answer: 'token',
    send,
    sendToken(challenge) {
      const authority = property.authorize({
        tag: Buffer.from(challenge.tag, 'hex'),
        commandId: Buffer.from(challenge.commandId, 'hex'),
        challenge: Buffer.from(challenge.challenge, 'hex'),
      });
      if (authority.kind !== 'token') {
        throw new TypeError('The fixture signs tokens.');
      }
      void send({
        v: 1,
        type: 'token',
        commandId: challenge.commandId,
        challenge: challenge.challenge,
        token: Buffer.from(authority.token).toString('base64url'),
        certificate: Buffer.from(authority.certificate).toString('base64url'),
      });
    },
    async result(commandId) {
      return await vi.waitFor(
        () => {
          const found = heard.results.find((one) => one.commandId === commandId);
          if (found === undefined) {
            throw new Error(`no result of ${commandId} yet`);
          }
          return found;
        },
        { timeout: 30_000, interval: 5 },
      );
    },
    async settle() {
      const echo = randomBytes(8).toString('hex');
      await client.publishAsync(`echo/${echo}`, '', { qos: 1 });
      await vi.waitFor(() => expectEcho(echoes, echo), { timeout: 30_000, interval: 5 });
    },
    async [Symbol.asyncDispose]() {
      await client.endAsync(true);
    },
  };

  client.on('message', (topic, payload) => {
    const text = payload.toString();
    if (topic.startsWith('echo/')) {
      echoes.add(topic.slice(5));
      return;
    }
    const { kind } = parseGatewayTopic(topic);
    if (kind === 'ack') {
      heard.acks.push(parseGatewayMessage('ack', text));
    } else if (kind === 'evt') {
      heard.results.push(parseGatewayMessage('evt', text));
    } else if (kind === 'status') {
      heard.statuses.push(parseGatewayMessage('status', text));
    } else if (kind === 'challenge') {
      const challenge = parseGatewayMessage('challenge', text);
      heard.challenges.push(challenge);
      const { answer } = portal;
      if (typeof answer === 'function') {
        answer(challenge);
      } else if (answer === 'token') {
        portal.sendToken(challenge);
      } else if (answer !== 'silence') {
        const { commandId } = challenge;
        void send({ v: 1, type: 'token-refused', commandId, challenge: challenge.challenge, code: answer });
      }
    }
  });
  const prefix = gatewayTopicPrefix(address);
  await client.subscribeAsync(
    ['ack', 'challenge', 'evt/+', 'status'].map((leaf) => `${prefix}/${leaf}`),
    { qos: 1 },
  );
  await client.subscribeAsync('echo/+', { qos: 1 });
  return portal;
}

function expectEcho(echoes: ReadonlySet<string>, echo: string): void {
  if (!echoes.has(echo)) {
    throw new Error('no echo yet');
  }
}

/** A gateway between a real broker, a test's portal and a radio, with its log in memory. */
export interface GatewayRig extends AsyncDisposable {
  readonly broker: TestBroker;
  readonly portal: TestPortal;
  readonly clock: FakeClock;
  readonly central: MemoryCentral;
  readonly property: PropertyFixture;
  readonly config: GatewayConfig;
  readonly gateway: Gateway;
  /** Every log line so far. */
  readonly log: string[];
  /** A command for a lock, fresh and valid for 10 seconds unless told otherwise. */
  command(lock: { readonly tag: string; readonly publicKey: Uint8Array }, o?: Partial<UnlockCommand>): UnlockCommand;
  /** Ends the gateway and starts another on the same data folder. */
  restart(): Promise<void>;
  stopGateway(): Promise<void>;
  startGateway(): Promise<void>;
}

/** Starts a rig; the radio is the in-memory one on a fake clock. */
export async function startRig(o: Partial<Pick<GatewayConfig, 'lan'>> = {}): Promise<GatewayRig> {
  const root = await mkdtemp(join(tmpdir(), 'latchwork-gateway-'));
  const clock = createFakeClock();
  const property = createPropertyFixture({ crypto, now: () => clock.now() });
  const broker = await startTestBroker();
  const portal = await startTestPortal(broker.url, property);
  const central = createMemoryCentral({ crypto, clock });
  const log: string[] = [];
  const config = { ...rigConfig(broker.url, join(root, 'data')), ...o };
  const start = async (): Promise<Gateway> => {
    const gateway = await startLoggedGateway({ config, central, clock, log });
    central.setState('ready');
    await vi.waitFor(() => expectBroker(gateway), { timeout: 30_000, interval: 5 });
    return gateway;
  };
  let gateway = await start();
  return {
    broker,
    portal,
    clock,
    central,
    property,
    config,
    log,
    get gateway() {
      return gateway;
    },
    command: (lock, o) => unlockCommandFor(lock, clock.now(), o),
    async stopGateway() {
      await gateway[Symbol.asyncDispose]();
    },
    async startGateway() {
      gateway = await start();
    },
    async restart() {
      await gateway[Symbol.asyncDispose]();
      gateway = await start();
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await portal[Symbol.asyncDispose]();
      await broker.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function expectBroker(gateway: Gateway): void {
  if (!gateway.readiness().broker) {
    throw new Error('not connected yet');
  }
}

/** The configuration of a rig's gateway, with health on no port. */
export function rigConfig(mqttUrl: string, dataDir: string): GatewayConfig {
  return {
    address,
    gatewaySecret: new Secret('the-secret-of-this-gateway'),
    mqttUrl,
    dataDir,
    http: { host: '127.0.0.1', port: 0 },
    lan: null,
    noble: 'abandonware',
    logLevel: 'trace',
  };
}

/** Starts a gateway whose log lines end up in an array. */
export async function startLoggedGateway(o: {
  readonly config: GatewayConfig;
  readonly central: Central;
  readonly clock: Clock;
  readonly log: string[];
}): Promise<Gateway> {
  return await startGateway(o.config, {
    central: () => o.central,
    crypto,
    clock: o.clock,
    log: createLog('trace', { write: (line) => void o.log.push(line) }),
    random: () => 0.5,
  });
}

/** A fresh command for a lock. */
export function unlockCommandFor(
  lock: { readonly tag: string; readonly publicKey: Uint8Array },
  now: number,
  o: Partial<UnlockCommand> = {},
): UnlockCommand {
  return {
    v: 1,
    type: 'unlock',
    attemptId: 'att_01jd0000000000000000000000' as UnlockCommand['attemptId'],
    commandId: randomBytes(8).toString('hex'),
    entranceId: 'ent_01jd0000000000000000000000' as UnlockCommand['entranceId'],
    deviceId: 'dev_01jd0000000000000000000000' as UnlockCommand['deviceId'],
    lock: { tag: lock.tag, publicKey: Buffer.from(lock.publicKey).toString('hex') },
    action: 'unlock',
    intent: 'staff',
    deadline: now + 10_000,
    ttlMs: 10_000,
    sentAt: now,
    ...o,
  };
}

/** Runs one unlock with 4 seconds to live over the rig's radio, with a disk of the test's own. */
export async function runAlone(
  { clock, central, property }: Pick<GatewayRig, 'clock' | 'central' | 'property'>,
  lock: MemoryLock,
  append: (record: JournalRecord) => Promise<void>,
): Promise<{ readonly again: UnlockJob | undefined; readonly ends: readonly UnlockEnd[] }> {
  const ends: UnlockEnd[] = [];
  const commandId = randomBytes(8).toString('hex');
  const tokens = createTokenDesk(async ({ challenge }) => {
    const ids = { commandId: Buffer.from(commandId, 'hex'), challenge: Buffer.from(challenge, 'hex') };
    const authority = property.authorize({ tag: lock.tagBytes, ...ids });
    const certificate = Buffer.from(authority.certificate).toString('base64url');
    const token = Buffer.from(authority.kind === 'token' ? authority.token : []).toString('base64url');
    queueMicrotask(() => tokens.accept({ v: 1, type: 'token', commandId, challenge, token, certificate }));
    return true;
  });
  const now = clock.monotonic();
  const again = await runUnlock(
    {
      central,
      crypto,
      clock,
      tokens,
      keys: crypto.x25519KeyPair(),
      random: () => 0.5,
      journal: {
        append: async (...records) => {
          for (const record of records) {
            await append(record);
          }
        },
      },
    },
    {
      kind: 'unlock',
      id: commandId,
      commandId,
      priority: 'unlock',
      lane: lock.tag,
      tag: lock.tag,
      attemptId: unlockCommandFor(lock, clock.now()).attemptId,
      lockPublicKey: lock.publicKey,
      intent: 'staff',
      receivedAt: now,
      notBefore: now,
      deadline: now + 4_000,
      tries: 0,
    },
    { stop: new AbortController().signal, ended: (end) => ends.push(end) },
  );
  return { again, ends };
}
