import type { SimulatedLock } from '@latchwork/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type AirRig, startAirRig } from './air.test-rig.js';
import { type TestPortal, unlockCommandFor } from './gateway.test-rig.js';
import type { Radio } from './radio/supervisor.js';

let rig: AirRig;
let portal: TestPortal;
let lock: SimulatedLock;

beforeEach(async () => {
  rig = await startAirRig();
  portal = rig.portal;
  lock = await rig.addLock();
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

const command = () =>
  unlockCommandFor({ tag: Buffer.from(lock.tag).toString('hex'), publicKey: lock.publicKey }, Date.now());

/** Sends the command and waits until its bolt has moved; nothing leaves the lock from that moment on. */
async function movedAndMute(unlock: ReturnType<typeof command>): Promise<void> {
  const moved = new Promise<void>((resolve) => {
    lock.events.once('bolt', () => {
      lock.controller.faults.frozen = true;
      resolve();
    });
  });
  await portal.send(unlock);
  await moved;
}

describe('a gateway with a supervised radio on the virtual air', () => {
  let radio: Radio;

  beforeEach(async () => {
    ({ radio } = await rig.startGateway([]));
  });

  test('opens a door, twice, and measures where the time went', async () => {
    for (const moves of [1, 2]) {
      const unlock = command();
      await portal.send(unlock);
      const result = await portal.result(unlock.commandId);
      expect(result).toMatchObject({ outcome: 'executed', code: 'ok', bolt: 'unlocked', historical: false });
      expect(lock.boltMoves).toBe(moves);
      const { queue, connect, token, handshake, command: commanded } = result.spansMs ?? expect.unreachable();
      expect(Math.min(queue ?? -1, token ?? -1, handshake ?? -1)).toBeGreaterThanOrEqual(0);
      expect(connect).toBeGreaterThan(0);
      expect(commanded).toBeGreaterThan(0);
    }
    expect(portal.statuses.at(-1)).toMatchObject({ online: true, radio: 'ready' });
  });

  test('survives the death of its radio process between two unlocks', async () => {
    const first = command();
    await portal.send(first);
    expect(await portal.result(first.commandId)).toMatchObject({ outcome: 'executed' });
    process.kill(radio.workerPid ?? expect.unreachable(), 'SIGKILL');
    const second = command();
    await portal.send(second);
    expect(await portal.result(second.commandId)).toMatchObject({ outcome: 'executed' });
    expect(lock.boltMoves).toBe(2);
  });

  test('T16: the death of the radio process after the command was written leaves it unknown, once', async () => {
    const unlock = command();
    await movedAndMute(unlock);
    process.kill(radio.workerPid ?? expect.unreachable(), 'SIGKILL');
    expect(await portal.result(unlock.commandId)).toMatchObject({ outcome: 'unknown', code: 'link-lost' });
    expect(lock.boltMoves).toBe(1);
  });
});

describe('T16: kill -9 of the gateway', () => {
  test('after it acknowledged: not executed, and the door stays shut', async () => {
    portal.answer = 'silence';
    const child = await rig.startProcess();
    const unlock = command();
    await portal.send(unlock);
    await vi.waitFor(() => expect(portal.acks).toHaveLength(1), { timeout: 30_000, interval: 1 });
    await rig.kill(child);
    portal.answer = 'token';
    await rig.startProcess();
    await portal.send(unlock);
    expect(await portal.result(unlock.commandId)).toMatchObject({
      outcome: 'not-executed',
      code: 'gateway-restarted',
      historical: true,
    });
    expect(lock.boltMoves).toBe(0);
  });

  test('as the bolt moves: unknown, and the bolt has moved exactly once, whatever is replayed', async () => {
    const child = await rig.startProcess();
    const unlock = command();
    await movedAndMute(unlock);
    await rig.kill(child);
    lock.controller.faults.clear();
    await rig.startProcess();
    await portal.send(unlock);
    expect(await portal.result(unlock.commandId)).toMatchObject({
      outcome: 'unknown',
      code: 'gateway-restarted',
      historical: true,
    });
    const next = command();
    await portal.send(next);
    expect(await portal.result(next.commandId)).toMatchObject({ outcome: 'executed' });
    expect(lock.boltMoves).toBe(2);
    expect(portal.results.filter(({ commandId }) => commandId === unlock.commandId)).toHaveLength(1);
  });
});
