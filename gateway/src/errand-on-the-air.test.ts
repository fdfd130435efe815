import type { SimulatedLock } from '@latchwork/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type AirRig, startAirRig } from './air.test-rig.js';
import {
  codeEntry,
  createDesiredLock,
  type DesiredLock,
  type DesiredPortal,
  type KnownLock,
  startDesiredPortal,
} from './desired-lock.test-rig.js';
import { address, crypto, unlockCommandFor } from './gateway.test-rig.js';

let rig: AirRig;
let portal: DesiredPortal;
let door: SimulatedLock;
let cupboard: SimulatedLock;
let desired: DesiredLock;

const known = (lock: SimulatedLock): KnownLock => ({
  tag: Buffer.from(lock.tag).toString('hex'),
  publicKey: lock.publicKey,
  signingPublicKey: lock.identityPublicKey,
});

beforeEach(async () => {
  rig = await startAirRig();
  portal = await startDesiredPortal({ url: rig.broker.url, address, crypto, property: rig.property });
  door = await rig.addLock();
  cupboard = await rig.addLock();
  desired = createDesiredLock({ crypto, property: rig.property, lock: known(cupboard), now: () => Date.now() });
});

afterEach(async () => {
  await portal[Symbol.asyncDispose]();
  await rig[Symbol.asyncDispose]();
});

const entries = (count: number) => Array.from({ length: count }, (_, id) => codeEntry(crypto, id, `${100_000 + id}`));

/** Resolves when the gateway stands at the lock and asks for the time on that connection, for the n-th time. */
const visited = (times: number): Promise<unknown> =>
  vi.waitFor(() => expect(portal.timesAsked.length).toBeGreaterThanOrEqual(times), { timeout: 60_000, interval: 1 });

async function unlocked(lock: SimulatedLock): Promise<void> {
  const command = unlockCommandFor(known(lock), Date.now());
  await rig.portal.send(command);
  expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'executed', code: 'ok' });
}

describe('errands over the air', () => {
  test('a set, and its revocation by bulletin, are proven by the lock', async () => {
    await rig.startGateway([]);
    await portal.desire(desired.publish(entries(20)));
    expect(await portal.proof(desired)).toMatchObject({
      parts: { time: { outcome: 'done' }, set: { outcome: 'done' } },
    });
    await portal.desire(desired.revoke([4, 9]));
    expect((await portal.proof(desired)).parts).toMatchObject({ bulletin: { outcome: 'done' } });
  });

  test('P7: an unlock at another lock is over while the errand that ran before it is not', async () => {
    await rig.startGateway([]);
    portal.answer = 'silence';
    await portal.desire(desired.publish(entries(300)));
    await visited(1);
    portal.answer = 'token';
    await unlocked(door);
    expect(portal.reports).toEqual([]);
    await portal.proof(desired);
    expect(portal.timesAsked.length).toBeGreaterThanOrEqual(2);
    expect(door.boltMoves).toBe(1);
  });

  test('P7: an unlock at the very lock that is being visited goes first', async () => {
    await rig.startGateway([]);
    portal.answer = 'silence';
    await portal.desire(desired.publish(entries(300)));
    await visited(1);
    portal.answer = 'token';
    await unlocked(cupboard);
    expect(portal.reports).toEqual([]);
    await portal.proof(desired);
    expect(cupboard.boltMoves).toBe(1);
  });

  test('P7: a lock that falls silent in the middle of its errand keeps no unlock waiting', async () => {
    await rig.startGateway([]);
    portal.answer = 'silence';
    await portal.desire(desired.publish(entries(20)));
    await visited(1);
    cupboard.controller.faults.frozen = true;
    await unlocked(door);
    expect(portal.reports).toEqual([]);
    cupboard.controller.faults.clear();
    portal.answer = 'token';
    await portal.proof(desired);
  });
});

describe('kill -9 of the gateway', () => {
  test('in the middle of an errand: the next run goes on with what is on its disk, and nobody says it again', async () => {
    portal.answer = 'silence';
    const child = await rig.startProcess();
    await portal.desire(desired.publish(entries(200)));
    await visited(1);
    await rig.kill(child);
    portal.answer = 'token';
    await rig.startProcess();
    const report = await portal.proof(desired);
    expect(report).toMatchObject({ standing: desired.message.standing, nextTryAt: null });
  });

  test('after the receipt, before anybody had it: the lock is asked once more, and proves the same', async () => {
    rig.broker.tamper = ({ topic }) => (topic.includes('/reported/') ? { action: 'drop' } : { action: 'deliver' });
    const child = await rig.startProcess();
    await portal.desire(desired.publish(entries(5)));
    await rig.broker.waitFor(({ topic }) => topic.includes('/reported/'));
    await rig.kill(child);
    rig.broker.tamper = undefined;
    await rig.startProcess();
    await portal.proof(desired);
  });
});
