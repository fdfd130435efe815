import { encodeGatewayMessage, gatewayTopic } from '@latchwork/contract';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { address, type GatewayRig, startRig } from './gateway.test-rig.js';
import type { MemoryLock } from './memory-central.test-rig.js';
import { attemptId, startTunnelPhone, type TunnelPhone } from './tunnel-phone.test-rig.js';

let rig: GatewayRig;
let lock: MemoryLock;
let phone: TunnelPhone;

beforeEach(async () => {
  rig = await startRig();
  lock = rig.central.addLock(rig.property.trust);
  phone = await startTunnelPhone(rig);
});

afterEach(async () => {
  await phone[Symbol.asyncDispose]();
  await rig[Symbol.asyncDispose]();
});

/** The beginning of a message of 48 bytes, after which the lock waits for the rest. */
const begun = { frame: Buffer.from([0x80, 0, 48, 1, 2, 3]).toString('base64url'), withResponse: false };
const next = { frame: Buffer.from([1, 4, 5, 6]).toString('base64url'), withResponse: false };
const frame = { frame: 'aGVsbG8', withResponse: false };
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('a tunnel', () => {
  test('T13: a phone opens the lock through it with its own grant, and the gateway has neither key nor token', async () => {
    const commandId = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    await phone.open(lock);
    expect(await phone.unlock(lock, commandId)).toMatchObject({ code: 'ok', bolt: 'unlocked', repeated: false });
    expect(lock.moves).toEqual([hexOf(commandId)]);
    expect(rig.portal.challenges).toEqual([]);
    await phone.send({ v: 1, type: 'tunnel-close', attemptId });
    expect(await phone.word('closed')).toMatchObject({ code: 'closed' });
    expect(rig.central.busy).toBe(0);
  });

  test('T15: nothing of it is kept by the broker or repeated, and it says nothing of commands in the log', async () => {
    await phone.open(lock);
    await phone.unlock(lock);
    const sent = rig.broker.recorded.filter(({ topic }) => topic === gatewayTopic(address, 'tunnel'));
    expect(sent.length).toBeGreaterThanOrEqual(3);
    expect(sent.every(({ qos, retain }) => qos === 0 && !retain)).toBe(true);
    const carried = rig.broker.recorded.map(({ payload }) => Buffer.from(payload).toString());
    const frames = carried.flatMap((text) => [...text.matchAll(/"frame":"([\w-]+)"/g)].map(([, one]) => one ?? ''));
    expect(frames.length).toBeGreaterThanOrEqual(2);
    expect(rig.log.filter((line) => frames.some((one) => line.includes(one)))).toEqual([]);
  });

  test('T15: frames that come twice are written once', async () => {
    let written = 0;
    lock.onWrite = () => {
      written += 1;
      return 'pass';
    };
    await phone.open(lock);
    const { info, mtu } = await phone.word('opened');
    expect([Buffer.from(info, 'base64url').length >= 20, mtu]).toEqual([true, 247]);
    const twice = { v: 1, type: 'tunnel-frames', attemptId, from: 0, frames: [begun] } as const;
    await phone.send(twice);
    await phone.send(twice);
    await phone.send({ v: 1, type: 'tunnel-frames', attemptId, from: 1, frames: [next] });
    // A lock that got one twice would have ended the link.
    await vi.waitFor(() => expect(written).toBe(2), { timeout: 30_000, interval: 5 });
    await phone.send({ v: 1, type: 'tunnel-close', attemptId });
    expect(await phone.word('closed')).toMatchObject({ code: 'closed' });
    expect(written).toBe(2);
  });

  test('T15: a frame that is missing ends it before the lock sees the next', async () => {
    let written = 0;
    lock.onWrite = () => {
      written += 1;
      return 'pass';
    };
    await phone.open(lock);
    await phone.word('opened');
    await phone.send({ v: 1, type: 'tunnel-frames', attemptId, from: 1, frames: [frame] });
    expect(await phone.word('closed')).toMatchObject({ code: 'out-of-order' });
    expect(written).toBe(0);
  });

  test('T4: a frame that comes at the deadline is not written', async () => {
    let written = 0;
    lock.onWrite = () => {
      written += 1;
      return 'pass';
    };
    await phone.open(lock, { ttlMs: 1_500 });
    await phone.word('opened');
    // Before the lock itself has waited too long for a first message.
    await rig.clock.advance(1_500);
    await phone.send({ v: 1, type: 'tunnel-frames', attemptId, from: 0, frames: [frame] });
    expect(await phone.word('closed')).toMatchObject({ code: 'deadline-passed' });
    expect(written).toBe(0);
  });

  test('T4: one whose deadline passed while it waited for the radio connects to nobody', async () => {
    lock.audible = false;
    const other = rig.central.addLock(rig.property.trust);
    other.audible = false;
    await phone.open(lock, { ttlMs: 1_000 });
    await rig.portal.settle();
    const late = attemptId.replace(/1$/, '2') as typeof attemptId;
    await phone.open(other, { attemptId: late, ttlMs: 900 });
    await rig.portal.settle();
    await rig.clock.advance(1_000);
    await rig.portal.settle();
    const closed = phone.words.filter(({ type }) => type === 'closed');
    expect(closed).toContainEqual({ v: 1, type: 'closed', attemptId: late, code: 'deadline-passed' });
    expect(closed).toContainEqual({ v: 1, type: 'closed', attemptId, code: 'lock-unreachable' });
    expect([lock.connections, other.connections]).toEqual([0, 0]);
  });

  test('T15: asked for twice it is opened once, also when it has ended', async () => {
    await phone.open(lock);
    await phone.open(lock);
    await phone.word('opened');
    await phone.send({ v: 1, type: 'tunnel-close', attemptId });
    await phone.word('closed');
    await vi.waitFor(() => expect(rig.central.busy).toBe(0), { timeout: 30_000, interval: 5 });
    await phone.open(lock);
    await rig.portal.settle();
    expect(lock.connections).toBe(1);
    expect(phone.words.map(({ type }) => type)).toEqual(['opened', 'closed']);
  });

  test('T15: a retained request for one opens nothing', async () => {
    const payload = encodeGatewayMessage('cmd', {
      ...{ v: 1, type: 'tunnel-open', attemptId, tag: lock.tag, ttlMs: 10_000 },
      ...{ deadline: rig.clock.now() + 10_000, sentAt: rig.clock.now() },
    });
    await rig.stopGateway();
    await rig.broker.publish({ topic: gatewayTopic(address, 'cmd'), payload: Buffer.from(payload), retain: true });
    await rig.startGateway();
    await rig.portal.settle();
    expect(lock.connections).toBe(0);
  });

  test('does not keep the radio from others when nobody says anything', async () => {
    await phone.open(lock);
    await phone.unlock(lock);
    await rig.clock.advance(5_000);
    expect(await phone.word('closed')).toMatchObject({ code: 'idle' });
    const command = rig.command(lock);
    await rig.portal.send(command);
    expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'executed' });
  });

  test('in which the lock waits for a card may be silent until its deadline', async () => {
    await phone.open(lock, { purpose: 'card', deadline: rig.clock.now() + 50_000, ttlMs: 50_000 });
    const reading = phone.readCard(lock, 40);
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    reading.then(over, over);
    while (!isOver) {
      // What is on its way arrives before time goes on.
      await rig.portal.settle();
      await rig.clock.advance(500);
    }
    expect((await reading).code).toBe('late');
    await phone.send({ v: 1, type: 'tunnel-close', attemptId });
    expect(await phone.word('closed')).toMatchObject({ code: 'closed' });
  });

  test('in which the lock waits for a card gives way to an unlock at another lock, at once', async () => {
    const other = rig.central.addLock(rig.property.trust);
    await phone.open(lock, { purpose: 'card', deadline: rig.clock.now() + 50_000, ttlMs: 50_000 });
    phone.readCard(lock, 40).catch(() => undefined);
    await vi.waitFor(() => expect(phone.words.length).toBeGreaterThan(1), { timeout: 30_000, interval: 5 });
    const command = rig.command(other);
    await rig.portal.send(command);
    expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'executed' });
    expect(await phone.word('closed')).toMatchObject({ code: 'interrupted' });
  });

  test('T16: ends with its gateway, whose next run knows nothing of it', async () => {
    await phone.open(lock);
    await phone.word('opened');
    await rig.restart();
    expect(await phone.word('closed')).toMatchObject({ code: 'gateway-restarted' });
    await phone.send({ v: 1, type: 'tunnel-frames', attemptId, from: 0, frames: [frame] });
    await rig.portal.settle();
    expect(lock.connections).toBe(1);
    expect(lock.moves).toEqual([]);
  });
});
