import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type DesiredPortal, startDesiredPortal } from './desired-lock.test-rig.js';
import { address, crypto, type GatewayRig, startRig } from './gateway.test-rig.js';
import { defaultLogPolicy } from './log-course.js';
import { type LogPortal, startLogPortal } from './log-portal.test-rig.js';
import type { MemoryLock } from './memory-central.test-rig.js';

let rig: GatewayRig;
let portal: LogPortal;
let times: DesiredPortal;
let lock: MemoryLock;

beforeEach(async () => {
  rig = await startRig();
  lock = rig.central.addLock(rig.property.trust);
  // Its clock is told as gateways' questions for the time are answered.
  times = await startDesiredPortal({ url: rig.broker.url, address, crypto, property: rig.property });
  portal = await startLogPortal({
    ...{ url: rig.broker.url, address, crypto, property: rig.property, lock, now: () => rig.clock.now() },
  });
});

afterEach(async () => {
  await portal[Symbol.asyncDispose]();
  await times[Symbol.asyncDispose]();
  await rig[Symbol.asyncDispose]();
});

const until = (met: () => unknown): Promise<unknown> => vi.waitFor(met, { timeout: 30_000, interval: 5 });

/** The gateway's own public key, as its status tells it. */
async function publicKey(): Promise<Uint8Array> {
  await until(() => expect(rig.portal.statuses.some((status) => status.publicKey !== undefined)).toBe(true));
  const told = rig.portal.statuses.findLast((status) => status.publicKey !== undefined)?.publicKey ?? '';
  const secret = (await readFile(join(rig.config.dataDir, 'gateway-x25519.secret'), 'utf8')).trim();
  const pair = crypto.x25519KeyPair(new Uint8Array(Buffer.from(secret, 'hex')));
  expect(told).toBe(Buffer.from(pair.publicKey).toString('hex'));
  return pair.publicKey;
}

async function unlocked(): Promise<string> {
  const command = rig.command(lock);
  await rig.portal.send(command);
  expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'executed' });
  return command.commandId;
}

/** Lets time pass until it is so. */
async function inTime(met: () => void): Promise<void> {
  for (let tries = 0; tries < 2_000; tries += 1) {
    try {
      met();
      return;
    } catch {
      await rig.clock.advance(1_000);
      rig.central.advertise();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  met();
}

const commandIds = () => portal.records.map(({ entry }) => Buffer.from(entry?.commandId ?? []).toString('hex'));

describe('the log of a lock', () => {
  test('is read with the grant that the portal gives, and proves itself', async () => {
    const commandId = await unlocked();
    await portal.allow(await publicKey());
    await portal.say();
    await until(() => expect(commandIds()).toContain(commandId));
    expect(portal.findings).toEqual([]);
    expect(portal.messages[0]).toMatchObject({ outcome: 'done', observed: { bolt: 'unlocked', batteryPercent: 77 } });
    expect(portal.reader.cursor.seq).toBe(portal.records.length);
  });

  test('P-12: is read again when there is something in it, after a pause, from where the portal has it', async () => {
    await portal.allow(await publicKey());
    await portal.say();
    await until(() => expect(portal.messages).toHaveLength(1));
    const commandId = await unlocked();
    const { seq } = portal.reader.cursor;
    await portal.say({ newest: seq + 1 });
    const connections = lock.connections;
    const before = rig.clock.now();
    await inTime(() => expect(commandIds()).toContain(commandId));
    expect(rig.clock.now() - before).toBeGreaterThan(defaultLogPolicy.pauseMs - 2_000);
    expect(lock.connections).toBe(connections + 1);
    expect(portal.records.map((record) => record.seq)).toEqual(portal.records.map((_, at) => at + 1));
  });

  test('P-12: is read after a word on the air that somebody was at the door, and then no more until there is another', async () => {
    await portal.allow(await publicKey());
    await portal.say();
    await until(() => expect(portal.messages).toHaveLength(1));
    await rig.clock.advance(defaultLogPolicy.pauseMs);
    const connections = lock.connections;
    rig.central.advertise();
    await rig.portal.settle();
    expect(lock.connections).toBe(connections);
    lock.enterCode('123456');
    rig.central.advertise();
    await until(() => expect(portal.records.map(({ entry }) => entry?.type)).toContain('card'));
    expect(lock.connections).toBe(connections + 1);
    // Again and again heard, and never with anything new.
    for (let heard = 0; heard < 5; heard += 1) {
      await rig.clock.advance(defaultLogPolicy.pauseMs);
      rig.central.advertise();
      await rig.portal.settle();
    }
    expect(lock.connections).toBe(connections + 1);
  });

  test('P7, P-12: people at a door again and again cost its lock a visit in each pause, whatever it says on the air', async () => {
    await portal.allow(await publicKey());
    await portal.say();
    await until(() => expect(portal.messages).toHaveLength(1));
    const connections = lock.connections;
    const began = rig.clock.now();
    const people = 40;
    for (let person = 0; person < people; person += 1) {
      lock.enterCode('123456');
      rig.central.advertise();
      await rig.clock.advance(30_000);
      await rig.portal.settle();
    }
    const pauses = (rig.clock.now() - began) / defaultLogPolicy.pauseMs;
    expect(lock.connections - connections).toBeGreaterThan(0);
    expect(lock.connections - connections).toBeLessThanOrEqual(pauses + 1);
    const commandId = await unlocked();
    expect(lock.moves).toEqual([commandId]);
  });

  test('T16: is read at once when the portal asks how an unlock ended', async () => {
    await portal.allow(await publicKey());
    await portal.say();
    await until(() => expect(portal.messages).toHaveLength(1));
    const commandId = await unlocked();
    await portal.say({ asked: true });
    await until(() => expect(commandIds()).toContain(commandId));
  });

  test('may be written over only up to where the portal has it', async () => {
    await portal.allow(await publicKey());
    await unlocked();
    await portal.say();
    await until(() => expect(portal.messages).toHaveLength(1));
    expect(portal.reader.acknowledged).toBe(0);
    const { seq } = portal.reader.cursor;
    await portal.say({ asked: true });
    await until(() => expect(portal.messages).toHaveLength(2));
    await unlocked();
    await portal.say({ newest: portal.reader.cursor.seq + 1 });
    await inTime(() => expect(portal.reader.acknowledged).toBeGreaterThanOrEqual(seq));
    expect(portal.reader.acknowledged).toBeLessThan(portal.reader.cursor.seq);
  });

  test('T5: nobody is visited without a grant, and a grant without the right is refused by the lock', async () => {
    await portal.say({ newest: 1 });
    await rig.clock.advance(60_000);
    rig.central.advertise();
    await rig.portal.settle();
    expect(lock.connections).toBe(0);
    await portal.allow(await publicKey(), { rights: ['status'] });
    await until(() => expect(portal.messages[0]).toMatchObject({ outcome: 'refused', code: 'no-right', pages: [] }));
    expect(lock.moves).toEqual([]);
  });

  test('a grant that has run out is not shown', async () => {
    await portal.allow(await publicKey(), { lifeMs: 60_000 });
    await rig.clock.advance(61_000);
    await portal.say({ newest: 1 });
    rig.central.advertise();
    await rig.portal.settle();
    expect(lock.connections).toBe(0);
  });

  test('T16: what nobody took is read again by the next run of the gateway', async () => {
    const commandId = await unlocked();
    await portal.allow(await publicKey());
    rig.broker.tamper = ({ topic }) => (topic.includes('/log/') ? { action: 'drop' } : { action: 'deliver' });
    await portal.say();
    await rig.broker.waitFor(({ topic }) => topic.includes('/log/'));
    await rig.stopGateway();
    rig.broker.tamper = undefined;
    expect(portal.messages).toEqual([]);
    await rig.startGateway();
    rig.central.advertise();
    await until(() => expect(commandIds()).toContain(commandId));
  });

  test('P7: an unlock goes before the reading of a log, which goes on after it', async () => {
    await portal.allow(await publicKey());
    times.answer = 'silence';
    await portal.say({ newest: 1 });
    await until(() => expect(times.timesAsked.length).toBeGreaterThan(0));
    expect(portal.messages).toEqual([]);
    const commandId = await unlocked();
    times.answer = 'token';
    await inTime(() => expect(commandIds()).toContain(commandId));
    expect(lock.moves).toEqual([commandId]);
  });

  test('a lock that is another’s by now is left alone', async () => {
    await portal.allow(await publicKey());
    await portal.say();
    await until(() => expect(portal.messages).toHaveLength(1));
    await portal.forget();
    const connections = lock.connections;
    await rig.clock.advance(defaultLogPolicy.routineMs * 2);
    rig.central.advertise();
    await rig.portal.settle();
    expect(lock.connections).toBe(connections);
  });
});
