import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type GatewayRig, startRig } from './gateway.test-rig.js';
import type { MemoryLock } from './memory-central.test-rig.js';

let rig: GatewayRig;
let lock: MemoryLock;

beforeEach(async () => {
  rig = await startRig();
  lock = rig.central.addLock(rig.property.trust);
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

/** Lets the pauses between tries pass until the command has ended. */
async function resultOf(commandId: string) {
  await vi.waitFor(
    async () => {
      await rig.clock.advance(100);
      expect(rig.portal.results.some((one) => one.commandId === commandId)).toBe(true);
    },
    { timeout: 30_000, interval: 5 },
  );
  return await rig.portal.result(commandId);
}

describe('a link that is lost', () => {
  test('before the command was written: another connection, another challenge, and the bolt moves once', async () => {
    lock.onWrite = (frame) => (frame === 0 && lock.connections === 1 ? 'lose' : 'pass');
    const command = rig.command(lock);
    await rig.portal.send(command);
    expect(await resultOf(command.commandId)).toMatchObject({ outcome: 'executed', code: 'ok' });
    expect(lock.connections).toBe(2);
    expect(lock.moves).toHaveLength(1);
    expect(new Set(rig.portal.challenges.map((one) => one.challenge)).size).toBe(2);
  });

  test('while the token is awaited: the same', async () => {
    rig.portal.answer = (challenge) => {
      if (lock.connections === 1) {
        lock.loseLink();
      } else {
        rig.portal.sendToken(challenge);
      }
    };
    const command = rig.command(lock);
    await rig.portal.send(command);
    expect(await resultOf(command.commandId)).toMatchObject({ outcome: 'executed' });
    expect(lock.connections).toBe(2);
  });

  test('with a portal that signs only once for a command: not executed, and the reason is the link', async () => {
    rig.portal.answer = () => lock.loseLink();
    const command = rig.command(lock);
    await rig.portal.send(command);
    await vi.waitFor(() => expect(rig.portal.challenges).toHaveLength(1), { timeout: 30_000, interval: 1 });
    rig.portal.answer = 'not-pending';
    expect(await resultOf(command.commandId)).toMatchObject({ outcome: 'not-executed', code: 'link-lost' });
    expect(lock.connections).toBe(2);
  });

  test('every time before the command was written: not executed, after a bounded number of tries', async () => {
    lock.onWrite = () => 'lose';
    const command = rig.command(lock);
    await rig.portal.send(command);
    expect(await resultOf(command.commandId)).toMatchObject({ outcome: 'not-executed', code: 'link-lost' });
    expect(lock.connections).toBe(8);
    expect(lock.moves).toEqual([]);
  });

  test('T15: as the command is written: unknown, and never tried again', async () => {
    lock.onWrite = (frame) => (frame === 1 ? 'lose' : 'pass');
    const command = rig.command(lock);
    await rig.portal.send(command);
    expect(await resultOf(command.commandId)).toMatchObject({ outcome: 'unknown', code: 'link-lost' });
    await rig.clock.advance(60_000);
    expect(lock.connections).toBe(1);
    expect(lock.moves).toEqual([]);
  });

  test('T15: before the answer came: unknown although the bolt moved, and never tried again', async () => {
    lock.onNotify = () => (lock.moves.length > 0 ? 'lose' : 'pass');
    const command = rig.command(lock);
    await rig.portal.send(command);
    expect(await resultOf(command.commandId)).toMatchObject({ outcome: 'unknown', code: 'link-lost' });
    await rig.clock.advance(60_000);
    expect(lock.connections).toBe(1);
    expect(lock.moves).toEqual([command.commandId]);
  });

  test('a broker that is lost between command and challenge means no token and no unlock', async () => {
    lock.audible = false;
    const command = rig.command(lock);
    await rig.portal.send(command);
    await vi.waitFor(() => expect(rig.central.busy).toBe(1), { timeout: 30_000 });
    rig.broker.dropConnections();
    await vi.waitFor(() => expect(rig.gateway.readiness().broker).toBe(false), { timeout: 30_000 });
    lock.audible = true;
    await vi.waitFor(() => expect(rig.log.join('')).toContain('portal-unreachable'), { timeout: 30_000 });
    expect(lock.moves).toEqual([]);
  });

  test('in a way that nobody foresaw: an end all the same, and an honest one', async () => {
    const connect = rig.central.connect.bind(rig.central);
    rig.central.connect = async (tag, options) => {
      const link = await connect(tag, options);
      const close = () => link.close().then(() => Promise.reject(new TypeError('unforeseen')));
      return { ...link, write: () => Promise.reject(new TypeError('unforeseen')), close };
    };
    const command = rig.command(lock);
    await rig.portal.send(command);
    expect(await resultOf(command.commandId)).toMatchObject({ outcome: 'unknown' });
    expect(lock.moves).toEqual([]);
  });
});
