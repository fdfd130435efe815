import { randomBytes } from 'node:crypto';
import { createFakeClock, createPropertyFixture, startBridgedLock, startTestBroker } from '@latchwork/testing';
import { vi } from 'vitest';
import { crypto, unlockCommandFor } from '../gateway.test-rig.js';
import { createLog } from '../log.js';
import { createMemoryCentral } from '../memory-central.test-rig.js';
import { createTokenDesk } from '../token-desk.js';
import type { UnlockEnd, UnlockJob } from '../unlock-job.js';
import { runUnlock, type UnlockParts, type UnlockRunOptions } from '../unlock-run.js';
import { type BenchRun, type DriverBench, testDriverConformance } from './conformance.test-rig.js';
import { runDrivenUnlock } from './driven-unlock.js';
import { startMqttLock } from './mqtt-lock.js';
import { zigbeeWords } from './mqtt-words.js';

type Run = (parts: UnlockParts, job: UnlockJob, options: UnlockRunOptions) => Promise<UnlockJob | undefined>;

/** The gateway's parts around one lock, with a portal that signs for it. */
function createDesk() {
  const clock = createFakeClock();
  const property = createPropertyFixture({ crypto, now: () => clock.now() });
  const central = createMemoryCentral({ crypto, clock });
  let isRefusing = false;
  const unlock = async (
    run: Run,
    lock: { readonly tag: string; readonly publicKey: Uint8Array },
    o: Parameters<DriverBench['unlock']>[0],
  ): Promise<BenchRun> => {
    const ends: UnlockEnd[] = [];
    const commandId = randomBytes(8).toString('hex');
    const tokens = createTokenDesk(async ({ challenge }) => {
      const ids = { commandId: Buffer.from(commandId, 'hex'), challenge: Buffer.from(challenge, 'hex') };
      const authority = property.authorize({ tag: Buffer.from(lock.tag, 'hex'), ...ids });
      const certificate = Buffer.from(authority.certificate).toString('base64url');
      const token = Buffer.from(authority.kind === 'token' ? authority.token : []).toString('base64url');
      queueMicrotask(() =>
        tokens.accept(
          isRefusing
            ? { v: 1, type: 'token-refused', commandId, challenge, code: 'revoked' }
            : { v: 1, type: 'token', commandId, challenge, token, certificate },
        ),
      );
      return true;
    });
    const now = clock.monotonic();
    const journal: UnlockParts['journal'] = {
      append: async (...records) => {
        for (const record of records) await o.append(record);
      },
    };
    const job: UnlockJob = {
      ...{ kind: 'unlock', id: commandId, commandId, priority: 'unlock', lane: lock.tag, tag: lock.tag },
      ...{ lockPublicKey: lock.publicKey, intent: 'staff', tries: 0 },
      attemptId: unlockCommandFor(lock, clock.now()).attemptId,
      ...{ receivedAt: now, notBefore: now, deadline: now + 4_000 },
    };
    const parts = { central, crypto, clock, tokens, keys: crypto.x25519KeyPair(), random: () => 0.5, journal };
    const stop = o.stop ?? new AbortController().signal;
    return { again: await run(parts, job, { stop, ended: (end) => ends.push(end) }), ends };
  };
  const refuse = (): void => {
    isRefusing = true;
  };
  return { clock, property, central, unlock, refuse };
}

testDriverConformance('the lock protocol over a link', async () => {
  const { clock, property, central, unlock, refuse } = createDesk();
  const lock = central.addLock(property.trust);
  central.setState('ready');
  return {
    clock,
    unlock: async (o) => await unlock(runUnlock, lock, o),
    moves: () => lock.moves.length,
    silence: () => {
      // Its answer to the handshake is heard, and nothing after.
      lock.onNotify = () => (lock.moves.length === 0 ? 'pass' : 'lose');
    },
    leave: async () => {
      lock.audible = false;
    },
    refuse,
    settle: async () => await clock.advance(0),
    [Symbol.asyncDispose]: async () => await central[Symbol.asyncDispose](),
  };
});

testDriverConformance('mqtt, against a zigbee2mqtt that is simulated, through a real broker', async () => {
  const { clock, property, unlock, refuse } = createDesk();
  const broker = await startTestBroker();
  const device = await startBridgedLock({ url: broker.url });
  const tag = 'a1b2c3d4e5f60718';
  const driver = startMqttLock(
    {
      ...{ tag, broker: { url: broker.url }, words: zigbeeWords, unlockPayload: '{"state":"UNLOCK"}' },
      ...{ stateTopic: device.topic, commandTopic: `${device.topic}/set` },
      availabilityTopic: `${device.topic}/availability`,
    },
    { gatewayId: 'gw', clock, random: () => 0.5, log: createLog('silent'), changed: () => undefined },
  );
  const reachable = async (is: boolean): Promise<void> => {
    await vi.waitFor(
      () => {
        if (driver.observe().reachable !== is) throw new Error('not yet');
      },
      { timeout: 30_000, interval: 5 },
    );
  };
  await reachable(true);
  const driven = { driver, trust: property.trust };
  const run: Run = async (parts, job, options) => await runDrivenUnlock(driven, parts, { job, ...options });
  return {
    clock,
    unlock: async (o) => await unlock(run, { tag, publicKey: crypto.randomBytes(32) }, o),
    moves: () => device.moves,
    silence: () => {
      device.behavior = 'silent';
    },
    leave: async () => {
      await device.available(false);
      await reachable(false);
    },
    refuse,
    // What was sent before this arrives before it.
    settle: async () => {
      const marker = '{"state":"GET"}';
      const before = device.taken.length;
      await broker.publish({ topic: `${device.topic}/set`, payload: Buffer.from(marker), qos: 1 });
      await vi.waitFor(
        () => {
          if (!device.taken.slice(before).includes(marker)) throw new Error('not yet');
        },
        { timeout: 30_000, interval: 5 },
      );
    },
    async [Symbol.asyncDispose]() {
      await driver[Symbol.asyncDispose]();
      await device[Symbol.asyncDispose]();
      await broker.close();
    },
  };
});
