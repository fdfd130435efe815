import { randomBytes } from 'node:crypto';
import type { Client } from '@latchwork/client';
import { encodeGatewayMessage, type GatewayMessageInput } from '@latchwork/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildSampleHotel, giveKey, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { connectGateway, type ScriptedGateway } from '../harness/scripted-gateway.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { resultGraceMs } from './attempt-life.js';

type Told = GatewayMessageInput<'tunnel'>;

let test: TestPortal;
let hotel: SampleHotel;
let gateway: ScriptedGateway;
let key: { readonly id: string };

beforeAll(async () => {
  test = await startTestPortal();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});
beforeEach(async () => {
  hotel = await buildSampleHotel(test);
  gateway = await connectGateway(hotel);
  key = await giveKey(test, hotel, hotel.people.housekeeping.id);
});
afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
});

const phone = (): Client => hotel.people.housekeeping.client;
const info = randomBytes(20).toString('base64url');
const frame = () => ({ frame: randomBytes(40).toString('base64url'), withResponse: false });
const tell = async (message: Told) => await gateway.publish('tunnel', encodeGatewayMessage('tunnel', message));
const newCommandId = () => randomBytes(8).toString('hex');

async function open(commandId = newCommandId()) {
  const opening = phone().tunnels.open({ entranceId: hotel.entrance.id, commandId });
  const asked = await gateway.next('tunnel-open');
  await tell({ v: 1, type: 'opened', attemptId: asked.attemptId, info, mtu: 247 });
  return { tunnel: await opening, asked, attemptId: asked.attemptId };
}

const attemptOf = async (attemptId: string) => await phone().attempts.get({ attemptId });
const executed = { outcome: 'executed', code: 'ok', bolt: 'unlocked', batteryPercent: 80, logSeq: 7 } as const;

describe('a tunnel that the decision allows', () => {
  it('is opened by the gateway, which learns the lock and the time that is left, and nothing of the command', async () => {
    const commandId = newCommandId();
    const { tunnel, asked } = await open(commandId);
    expect(tunnel).toMatchObject({ id: asked.attemptId, state: 'open', code: null, info, mtu: 247 });
    expect(asked).toMatchObject({ tag: hotel.device.tag, ttlMs: 10_000 });
    expect(JSON.stringify(asked)).not.toContain(commandId);
    const isKnown = async () =>
      expect(await attemptOf(tunnel.id)).toMatchObject({ mode: 'tunnel', state: 'acknowledged', toldBy: null });
    await vi.waitFor(isKnown, { timeout: 30_000, interval: 5 });
  });

  it('T15: carries frames each way once and in order, whatever is repeated', async () => {
    const { attemptId } = await open();
    const [first, second] = [frame(), frame()];
    const given = { attemptId, sent: 0, frames: [first], received: 0 };
    const answering = phone().tunnels.exchange(given);
    expect(await gateway.next('tunnel-frames')).toMatchObject({ attemptId, from: 0, frames: [first] });
    const told: Told = { v: 1, type: 'frames', attemptId, from: 0, frames: ['aGVsbG8'] };
    await tell(told);
    expect(await answering).toEqual({ state: 'open', code: null, frames: ['aGVsbG8'] });
    // The reply was lost: asked again, the portal tells again what it has, and tells the gateway nothing.
    expect(await phone().tunnels.exchange(given)).toEqual({ state: 'open', code: null, frames: ['aGVsbG8'] });
    const partly = { attemptId, sent: 1, frames: [], received: 1, wait: false };
    expect(await phone().tunnels.exchange(partly)).toEqual({ state: 'open', code: null, frames: [] });
    await tell(told);
    const more = phone().tunnels.exchange({ attemptId, sent: 1, frames: [second], received: 1 });
    expect(await gateway.next('tunnel-frames')).toMatchObject({ from: 1, frames: [second] });
    await tell({ v: 1, type: 'frames', attemptId, from: 1, frames: ['d29ybGQ'] });
    expect(await more).toEqual({ state: 'open', code: null, frames: ['d29ybGQ'] });
    expect(gateway.received.filter(({ type }) => type === 'tunnel-frames')).toHaveLength(2);
  });

  it.each(['from the phone', 'from the lock'])('T15: ends when frames are missing %s', async (whence) => {
    const { attemptId } = await open();
    if (whence === 'from the lock') await tell({ v: 1, type: 'frames', attemptId, from: 1, frames: ['aGVsbG8'] });
    const sent = whence === 'from the phone' ? 1 : 0;
    const frames = whence === 'from the phone' ? [frame()] : [];
    const answer = await phone().tunnels.exchange({ attemptId, sent, frames, received: 0 });
    expect(answer).toEqual({ state: 'closed', code: 'out-of-order', frames: [] });
    expect(await gateway.next('tunnel-close')).toMatchObject({ attemptId });
    expect(gateway.received.filter(({ type }) => type === 'tunnel-frames')).toEqual([]);
  });

  it('P-1: ends by the phone’s word, which is marked as one, and the lock is told of nothing any more', async () => {
    const { attemptId } = await open();
    void phone().tunnels.exchange({ attemptId, sent: 0, frames: [frame()], received: 0 });
    await gateway.next('tunnel-frames');
    expect(await phone().tunnels.end({ attemptId, ...executed })).toMatchObject({
      ...{ state: 'confirmed', code: 'ok', toldBy: 'phone', mode: 'tunnel' },
    });
    expect(await gateway.next('tunnel-close')).toMatchObject({ attemptId });
    const late = await phone().tunnels.exchange({ attemptId, sent: 1, frames: [frame()], received: 0 });
    expect(late).toMatchObject({ state: 'closed' });
    expect(gateway.received.filter(({ type }) => type === 'tunnel-frames')).toHaveLength(1);
    // What a phone says is no observation of the lock.
    expect(await hotel.people.owner.client.devices.get({ deviceId: hotel.device.id })).toMatchObject({
      observation: null,
    });
  });

  it('P-1: a phone that asked the lock nothing has opened nothing, whatever it says', async () => {
    const { attemptId } = await open();
    expect(await phone().tunnels.end({ attemptId, ...executed })).toMatchObject({ state: 'refused', toldBy: 'phone' });
  });

  it('T4: nothing is carried from the deadline on, and an attempt of which nobody told is unknown', async () => {
    const { attemptId } = await open();
    void phone().tunnels.exchange({ attemptId, sent: 0, frames: [frame()], received: 0 });
    await gateway.next('tunnel-frames');
    test.clock.advance(10_000);
    const late = await phone().tunnels.exchange({ attemptId, sent: 1, frames: [frame()], received: 0 });
    expect(late).toMatchObject({ state: 'closed', code: 'deadline-passed' });
    test.clock.advance(resultGraceMs + 1);
    await test.portal.sweep();
    expect(await attemptOf(attemptId)).toMatchObject({ state: 'unknown', code: 'no-report' });
    expect(gateway.received.filter(({ type }) => type === 'tunnel-frames')).toHaveLength(1);
    // Late is better than never: the phone has the lock's answer.
    expect(await phone().tunnels.end({ attemptId, ...executed })).toMatchObject({
      state: 'confirmed',
      toldBy: 'phone',
    });
  });

  it('T4: one of which nothing was carried has expired for certain', async () => {
    const { attemptId } = await open();
    test.clock.advance(10_001);
    await test.portal.sweep();
    expect(await attemptOf(attemptId)).toMatchObject({ state: 'expired', code: 'deadline-passed' });
    expect(await gateway.next('tunnel-close')).toMatchObject({ attemptId });
  });

  it('G41: a Key revoked while the tunnel is open carries nothing more', async () => {
    const { attemptId } = await open();
    void phone().tunnels.exchange({ attemptId, sent: 0, frames: [frame()], received: 0 });
    await gateway.next('tunnel-frames');
    await hotel.people.general_manager.client.keys.revoke({ keyId: key.id });
    const answer = await phone().tunnels.exchange({ attemptId, sent: 1, frames: [frame()], received: 0 });
    expect(answer).toMatchObject({ state: 'closed', code: 'revoked' });
    expect(gateway.received.filter(({ type }) => type === 'tunnel-frames')).toHaveLength(1);
  });

  it('T14: another gateway has no say in it, nor this one in how its command ended', async () => {
    const other = await hotel.people.installer.client.gateways.create({ propertyId: hotel.property.id, name: 'Attic' });
    const stranger = await connectGateway({ ...hotel, gateway: other });
    const commandId = newCommandId();
    const { attemptId, asked } = await open(commandId);
    await stranger.publish(
      'tunnel',
      encodeGatewayMessage('tunnel', { v: 1, type: 'closed', attemptId, code: 'closed' }),
    );
    const unlock = { ...asked, type: 'unlock', commandId, lock: { tag: asked.tag } } as never;
    await gateway.report(unlock, {});
    await gateway.challenge(unlock, newCommandId());
    expect(await gateway.next('token-refused')).toMatchObject({ code: 'unknown-command' });
    expect(await attemptOf(attemptId)).toMatchObject({ timeline: { endedAt: null } });
    await stranger[Symbol.asyncDispose]();
  });

  it('is its holder’s alone', async () => {
    const { attemptId } = await open();
    const other = hotel.people.owner.client.tunnels;
    const none = { info: { code: 'not-found' } };
    await expect(other.exchange({ attemptId, sent: 0, frames: [], received: 0 })).rejects.toMatchObject(none);
    await expect(other.end({ attemptId, ...executed })).rejects.toMatchObject(none);
  });

  it('P-4: ends when its gateway goes', async () => {
    const { attemptId } = await open();
    const answering = phone().tunnels.exchange({ attemptId, sent: 0, frames: [], received: 0 });
    await gateway.client.endAsync(true);
    expect(await answering).toMatchObject({ state: 'closed', code: 'gateway-offline' });
  });
});

describe('a tunnel that comes to nothing', () => {
  it('is closed when the gateway does not reach the lock, and so is its attempt', async () => {
    const opening = phone().tunnels.open({ entranceId: hotel.entrance.id, commandId: newCommandId() });
    const { attemptId } = await gateway.next('tunnel-open');
    await tell({ v: 1, type: 'closed', attemptId, code: 'lock-unreachable' });
    expect(await opening).toMatchObject({ state: 'closed', code: 'lock-unreachable', info: null, mtu: null });
    expect(await attemptOf(attemptId)).toMatchObject({ state: 'refused', code: 'lock-unreachable' });
  });

  it('P-17: is refused by the decision as any unlock, and stored', async () => {
    await hotel.people.general_manager.client.keys.revoke({ keyId: key.id });
    const opening = phone().tunnels.open({ entranceId: hotel.entrance.id, commandId: newCommandId() });
    await expect(opening).rejects.toMatchObject({ info: { code: 'unlock-refused', because: 'key-revoked' } });
    const { data } = await hotel.people.owner.client.attempts.list({ entranceId: hotel.entrance.id });
    expect(data[0]).toMatchObject({ mode: 'tunnel', state: 'refused', code: 'denied' });
    expect(gateway.received).toEqual([]);
  });

  it('P-4: needs a gateway that is there', async () => {
    const { data: before } = await hotel.people.owner.client.events.list({ propertyId: hotel.property.id });
    await gateway.client.endAsync(true);
    const cursor = before.at(-1)?.cursor ?? '0';
    const followed = hotel.people.owner.client.events.follow({ propertyId: hotel.property.id, cursor });
    for await (const event of followed) if (event.type === 'gateway.offline') break;
    const opening = phone().tunnels.open({ entranceId: hotel.entrance.id, commandId: newCommandId() });
    await expect(opening).rejects.toMatchObject({ info: { code: 'gateway-offline' } });
  });
});
