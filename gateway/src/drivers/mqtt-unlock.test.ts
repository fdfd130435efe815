import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseGatewayMessage } from '@latchwork/contract';
import { type BridgedLock, createPropertyFixture, startBridgedLock } from '@latchwork/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { crypto, type GatewayRig, startRig } from '../gateway.test-rig.js';

const lock = { tag: 'a1b2c3d4e5f60718', publicKey: crypto.randomBytes(32) };
let rig: GatewayRig;
let device: BridgedLock;

/** Restarts the gateway with one lock behind the rig's broker; resolves when the lock is reachable. */
async function withLock(trust = rig.property.trust): Promise<void> {
  await rig.stopGateway();
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const file = {
    trust: { rootPublicKey: hex(trust.rootPublicKey), property: hex(trust.property), epoch: trust.epoch },
    locks: [{ tag: lock.tag, convention: 'zigbee2mqtt', topic: device.topic, broker: { url: rig.broker.url } }],
  };
  await mkdir(rig.config.dataDir, { recursive: true });
  await writeFile(join(rig.config.dataDir, 'drivers.json'), JSON.stringify(file));
  await rig.startGateway();
  await vi.waitFor(() => expect(rig.log.filter((line) => line.includes('driver connected'))).toHaveLength(1), {
    timeout: 30_000,
    interval: 5,
  });
}

async function unlock(o?: Parameters<GatewayRig['command']>[1]) {
  const command = rig.command(lock, o);
  await rig.portal.send(command);
  return { command, ended: rig.portal.result(command.commandId) };
}

beforeEach(async () => {
  rig = await startRig();
  device = await startBridgedLock({ url: rig.broker.url });
});
afterEach(async () => {
  await device[Symbol.asyncDispose]();
  await rig[Symbol.asyncDispose]();
});

describe('an unlock of a lock behind an MQTT bridge', () => {
  test('P-1: is executed once the lock itself says so, and tells where its bolt is', async () => {
    await withLock();
    const { ended } = await unlock();
    expect(await ended).toMatchObject({ outcome: 'executed', code: 'ok', bolt: 'unlocked', batteryPercent: 87 });
    expect(device.taken).toEqual(['{"state":"UNLOCK"}']);
    await rig.portal.settle();
    expect(rig.portal.acks).toHaveLength(1);
    const [sent] = rig.broker.recorded.filter(({ topic }) => topic.endsWith('/set'));
    expect(sent).toMatchObject({ qos: 0, retain: false });
  });

  test('T15: the same command twice moves the bolt once, also after a restart', async () => {
    await withLock();
    const { command, ended } = await unlock();
    await ended;
    await rig.portal.send(command);
    await rig.portal.settle();
    await rig.restart();
    await rig.portal.send(command);
    const next = await unlock();
    await next.ended;
    expect(device.moves).toBe(2);
  });

  test('P-1: an old word that the broker has kept is no proof: without a word of the lock it is unknown', async () => {
    await device.say('unlocked', { retain: true });
    await withLock();
    device.behavior = 'silent';
    const { ended } = await unlock();
    await vi.waitFor(() => expect(device.moves).toBe(1), { timeout: 30_000, interval: 5 });
    await rig.clock.advance(10_001);
    const result = await ended;
    expect(result).toMatchObject({ outcome: 'unknown', code: 'deadline-passed' });
    expect(result.bolt).toBeUndefined();
  });

  test('P-8: a bolt that is jammed is told as that', async () => {
    await withLock();
    device.behavior = 'jams';
    expect(await (await unlock()).ended).toMatchObject({ outcome: 'refused', code: 'jammed' });
  });

  test('T14: a token that another root stands behind opens nothing', async () => {
    await withLock(createPropertyFixture({ crypto, now: () => rig.clock.now() }).trust);
    expect(await (await unlock()).ended).toMatchObject({ outcome: 'not-executed', code: 'token-refused' });
    expect(device.taken).toEqual([]);
  });

  test.each(['tag', 'commandId', 'challenge'] as const)('T14: a token for another %s opens nothing', async (other) => {
    await withLock();
    rig.portal.answer = ({ tag, commandId, challenge }) => {
      const asked = { tag, commandId, challenge, [other]: '00'.repeat(8) };
      const authority = rig.property.authorize({
        tag: Buffer.from(asked.tag, 'hex'),
        commandId: Buffer.from(asked.commandId, 'hex'),
        challenge: Buffer.from(asked.challenge, 'hex'),
      });
      if (authority.kind !== 'token') throw new TypeError('The fixture signs tokens.');
      const [token, certificate] = [authority.token, authority.certificate].map((object) =>
        Buffer.from(object).toString('base64url'),
      ) as [string, string];
      void rig.portal.send({ v: 1, type: 'token', commandId, challenge, token, certificate });
    };
    expect(await (await unlock()).ended).toMatchObject({ outcome: 'not-executed', code: 'token-refused' });
    expect(device.taken).toEqual([]);
  });

  test('T16: a gateway that stops after WRITTEN ends it as unknown and never sends it again', async () => {
    await withLock();
    device.behavior = 'silent';
    const { command, ended } = await unlock();
    await vi.waitFor(() => expect(device.moves).toBe(1), { timeout: 30_000, interval: 5 });
    const journal = await readFile(join(rig.config.dataDir, 'journal.log'), 'utf8');
    expect(journal).toContain(`{"type":"written","commandId":"${command.commandId}"`);
    const stopping = rig.stopGateway();
    await rig.clock.advance(5_000);
    await stopping;
    expect(await ended).toMatchObject({ outcome: 'unknown', code: 'gateway-restarted' });
    await rig.startGateway();
    await rig.portal.settle();
    expect(device.moves).toBe(1);
  });

  test('P-1: what the lock says by itself is told at once, with its age, and not what a broker has kept', async () => {
    await device.say('unlocked', { retain: true });
    await withLock();
    const words = () =>
      rig.broker.recorded
        .filter(({ topic }) => topic.endsWith('/status'))
        .flatMap(({ payload }) => {
          const { heardLocks = [] } = parseGatewayMessage('status', Buffer.from(payload).toString());
          return heardLocks.filter(({ tag }) => tag === lock.tag).map(({ word }) => word);
        });
    await rig.clock.advance(2_000);
    await device.say('locked');
    await vi.waitFor(() => expect(words()).toContainEqual({ bolt: 'locked', batteryPercent: 87, agoMs: 0 }), {
      timeout: 30_000,
      interval: 5,
    });
    expect(words()).not.toContainEqual(expect.objectContaining({ bolt: 'unlocked' }));
    // The next heartbeat is 30 s after the connection.
    await rig.clock.advance(28_000);
    await vi.waitFor(() => expect(words().at(-1)).toEqual({ bolt: 'locked', batteryPercent: 87, agoMs: 28_000 }), {
      timeout: 30_000,
      interval: 5,
    });
  });

  test('a file that is wrong stops the gateway with a sentence that names the place and not the value', async () => {
    await rig.stopGateway();
    const path = join(rig.config.dataDir, 'drivers.json');
    await writeFile(path, JSON.stringify({ trust: { rootPublicKey: 'hunter2' }, locks: [] }));
    await expect(rig.startGateway()).rejects.toMatchObject({
      info: { code: 'config', faults: expect.arrayContaining(['drivers.json is wrong at /trust/rootPublicKey.']) },
    });
    await writeFile(
      path,
      JSON.stringify({ trust: { rootPublicKey: '0'.repeat(64), property: '0'.repeat(16), epoch: 1 }, locks: [] }),
    );
    await rig.startGateway();
  });
});
