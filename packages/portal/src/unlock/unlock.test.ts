import { randomBytes } from 'node:crypto';
import type { ActionAttempt, LatchworkErrorInfo } from '@latchwork/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problemOf } from '../harness/failed-call.test-rig.js';
import { judgeToken, tokenLifetimeMs } from '../harness/lock-judgment.test-rig.js';
import { buildSampleHotel, giveKey, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { connectGateway, type ScriptedGateway } from '../harness/scripted-gateway.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { resultGraceMs } from './attempt-life.js';

let test: TestPortal;
let hotel: SampleHotel;
let gateway: ScriptedGateway;

beforeAll(async () => {
  test = await startTestPortal();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});
beforeEach(async () => {
  hotel = await buildSampleHotel(test);
  gateway = await connectGateway(hotel);
});
afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
});

const nonce = () => randomBytes(8).toString('hex');
const housekeeper = () => hotel.people.housekeeping.client;
const unlock = (waitSeconds: number, idempotencyKey?: string) =>
  housekeeper().unlock({
    entranceId: hotel.entrance.id,
    waitSeconds,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  });

function attemptIdOf(info: LatchworkErrorInfo): string {
  if ('attemptId' in info && info.attemptId !== undefined) return info.attemptId;
  throw new Error(`${info.code} names no attempt.`);
}

async function eventsOf(attemptId: string): Promise<readonly string[]> {
  const { data } = await hotel.people.owner.client.events.list({ propertyId: hotel.property.id, limit: 200 });
  return data.flatMap((event) => ('attemptId' in event && event.attemptId === attemptId ? [event.type] : []));
}

async function attemptOf(id: string): Promise<ActionAttempt> {
  return await housekeeper().attempts.get({ attemptId: id });
}

describe('an unlock that the decision allows', () => {
  beforeEach(async () => {
    await giveKey(test, hotel, hotel.people.housekeeping.id);
  });

  it('P-1: is accepted, sent, acknowledged and confirmed, four facts with their times', async () => {
    const ended = unlock(20);
    const command = await gateway.next('unlock');
    expect(command).toMatchObject({ entranceId: hotel.entrance.id, deviceId: hotel.device.id, action: 'unlock' });
    expect(command.lock).toEqual({ tag: hotel.device.tag, publicKey: hotel.device.publicKey });
    await gateway.ack(command);
    const challenge = nonce();
    await gateway.challenge(command, challenge);
    const token = await gateway.next('token');
    expect(token).toMatchObject({ commandId: command.commandId, challenge });
    const at = test.clock.now();
    expect(judgeToken(hotel, token, { challenge, at })).toBe('ok');
    expect(judgeToken(hotel, token, { challenge: nonce(), at })).toBe('late');
    await gateway.report(command, { bolt: 'unlocked', batteryPercent: 80, spansMs: { connect: 41 } });

    const attempt = await ended;
    expect(attempt).toMatchObject({ state: 'confirmed', code: 'ok', gatewayId: hotel.gateway.gateway.id });
    expect(attempt.spansMs).toEqual({ connect: 41 });
    expect(Object.values(attempt.timeline)).not.toContain(null);
    const device = await hotel.people.owner.client.devices.get({ deviceId: hotel.device.id });
    expect(device.observation).toMatchObject({ bolt: 'unlocked', batteryPercent: 80 });
    expect(await eventsOf(attempt.id)).toEqual([
      'attempt.accepted',
      'attempt.sent',
      'attempt.acknowledged',
      'attempt.confirmed',
    ]);
  });

  it('P-1: without a wait answers as soon as the command is on its way', async () => {
    const attempt = await unlock(0);
    expect(attempt).toMatchObject({ state: 'sent', timeline: { confirmedAt: null, endedAt: null } });
    const command = await gateway.next('unlock');
    expect(command.attemptId).toBe(attempt.id);
    expect(command.ttlMs).toBeLessThanOrEqual(10_000);
    const waited = housekeeper().attempts.waitFor(attempt.id);
    await gateway.report(command, { outcome: 'refused', code: 'jammed' });
    expect(await waited).toMatchObject({ state: 'refused', code: 'jammed' });
  });

  it('T15: a result reported twice ends the attempt once', async () => {
    const ended = unlock(20);
    const command = await gateway.next('unlock');
    const eventId = nonce();
    await gateway.report(command, { eventId });
    const attempt = await ended;
    await gateway.report(command, { eventId });
    await gateway.report(command, { outcome: 'refused', code: 'jammed' });
    expect(await attemptOf(attempt.id)).toEqual(attempt);
    expect((await eventsOf(attempt.id)).filter((type) => type === 'attempt.confirmed')).toHaveLength(1);
  });

  it('P-1: a report from the far future is dated now, and what is learned later replaces it', async () => {
    const first = unlock(20);
    await gateway.report(await gateway.next('unlock'), { bolt: 'unlocked', occurredAt: 8.64e15 });
    const heardAt = test.clock.now();
    const { id } = await first;
    const observation = async () =>
      (await hotel.people.owner.client.devices.get({ deviceId: hotel.device.id })).observation;
    expect(await observation()).toMatchObject({ bolt: 'unlocked', observedAt: new Date(heardAt).toISOString() });
    const { data } = await hotel.people.owner.client.events.list({ propertyId: hotel.property.id, limit: 200 });
    const told = data.find((event) => event.type === 'attempt.confirmed' && event.attemptId === id);
    expect(told?.occurredAt).toBe(new Date(heardAt).toISOString());
    test.clock.advance(1000);
    const second = unlock(20);
    await gateway.report(await gateway.next('unlock'), { bolt: 'locked', occurredAt: test.clock.now() });
    await second;
    expect(await observation()).toMatchObject({ bolt: 'locked' });
  });

  it('T16: without a token and without a report it has expired for certain', async () => {
    const attempt = await unlock(0);
    await gateway.next('unlock');
    test.clock.advance(10_001);
    await test.portal.sweep();
    expect(await attemptOf(attempt.id)).toMatchObject({ state: 'expired', code: 'deadline-passed' });
  });

  it('T16: acknowledged, but never asked for its token, it has expired for certain', async () => {
    const attempt = await unlock(0);
    await gateway.ack(await gateway.next('unlock'));
    await expect.poll(async () => (await attemptOf(attempt.id)).state, { timeout: 30_000 }).toBe('acknowledged');
    test.clock.advance(10_001);
    await test.portal.sweep();
    expect(await attemptOf(attempt.id)).toMatchObject({ state: 'expired', code: 'deadline-passed' });
  });

  it('T16: with a token and without a report it is unknown, until a later truth comes', async () => {
    const attempt = await unlock(0);
    const command = await gateway.next('unlock');
    await gateway.challenge(command, nonce());
    await gateway.next('token');
    test.clock.advance(10_001);
    await test.portal.sweep();
    expect((await attemptOf(attempt.id)).state).not.toBe('unknown');
    test.clock.advance(resultGraceMs);
    await test.portal.sweep();
    expect(await attemptOf(attempt.id)).toMatchObject({ state: 'unknown', code: 'no-report' });
    await gateway.report(command, { historical: true });
    expect(await attemptOf(attempt.id)).toMatchObject({ state: 'confirmed', code: 'ok' });
    await gateway.report(command, { outcome: 'unknown', code: 'link-lost' });
    expect(await attemptOf(attempt.id)).toMatchObject({ state: 'confirmed' });
    expect((await eventsOf(attempt.id)).slice(-2)).toEqual(['attempt.unknown', 'attempt.confirmed']);
  });

  it('T4: a challenge after the deadline gets no token', async () => {
    await unlock(0);
    const command = await gateway.next('unlock');
    test.clock.advance(10_001);
    await gateway.challenge(command, nonce());
    expect(await gateway.next('token-refused')).toMatchObject({ code: 'deadline-passed' });
  });

  it.each([0, 1, 999, 1000, 5001, 8999, 9000])(
    'T4: a token asked for %i ms after the request is worth nothing after the deadline',
    async (elapsedMs) => {
      const { deadline } = await unlock(0);
      const command = await gateway.next('unlock');
      test.clock.advance(elapsedMs);
      const challenge = nonce();
      const connectedAt = test.clock.now();
      await gateway.challenge(command, challenge);
      const token = await gateway.next('token');
      // A gateway that keeps the token back is stopped by the age of its connection, and by a lock's clock where it is good.
      expect(connectedAt + tokenLifetimeMs(token)).toBeLessThanOrEqual(Date.parse(deadline));
      expect(judgeToken(hotel, token, { challenge, at: connectedAt })).toBe('ok');
      expect(judgeToken(hotel, token, { challenge, at: Date.parse(deadline) })).toBe('late');
    },
  );

  it('T4: with less than the shortest life of a token left there is none', async () => {
    await unlock(0);
    const command = await gateway.next('unlock');
    test.clock.advance(9_001);
    await gateway.challenge(command, nonce());
    expect(await gateway.next('token-refused')).toMatchObject({ code: 'deadline-passed' });
  });

  it('T14: a second challenge of a command gets no token; the same one may be answered again', async () => {
    await unlock(0);
    const command = await gateway.next('unlock');
    const first = nonce();
    await gateway.challenge(command, first);
    const token = await gateway.next('token');
    await gateway.challenge(command, first);
    expect(await gateway.next('token')).toMatchObject({ challenge: token.challenge });
    await gateway.challenge(command, nonce());
    expect(await gateway.next('token-refused')).toMatchObject({ code: 'not-pending' });
  });

  it('T1: a challenge replayed after the end gets no token', async () => {
    const ended = unlock(20);
    const command = await gateway.next('unlock');
    const challenge = nonce();
    await gateway.challenge(command, challenge);
    await gateway.next('token');
    await gateway.report(command, {});
    await ended;
    await gateway.challenge(command, challenge);
    expect(await gateway.next('token-refused')).toMatchObject({ code: 'not-pending' });
  });

  it('T14: a challenge or report of another gateway, for another lock or command moves nothing', async () => {
    const attempt = await unlock(0);
    const command = await gateway.next('unlock');
    const { organization, property } = hotel;
    const other = await hotel.people.owner.client.gateways.create({ propertyId: property.id, name: 'Annex' });
    const stranger = await connectGateway({ organization, property, gateway: other });
    await stranger.challenge(command, nonce());
    expect(await stranger.next('token-refused')).toMatchObject({ code: 'unknown-command' });
    await stranger.report(command, {});
    await gateway.challenge(command, nonce(), { tag: nonce() });
    expect(await gateway.next('token-refused')).toMatchObject({ code: 'unknown-command' });
    await gateway.challenge(command, nonce(), { commandId: nonce() });
    expect(await gateway.next('token-refused')).toMatchObject({ code: 'unknown-command' });
    expect(await attemptOf(attempt.id)).toMatchObject({ state: 'sent' });
    await stranger[Symbol.asyncDispose]();
  });

  it('G41: a Key revoked while the gateway connects gets no token', async () => {
    const ended = unlock(20);
    const command = await gateway.next('unlock');
    const { data } = await housekeeper().keys.listMine();
    await hotel.people.general_manager.client.keys.revoke({ keyId: data[0]?.id ?? '' });
    await gateway.challenge(command, nonce());
    expect(await gateway.next('token-refused')).toMatchObject({ code: 'revoked' });
    expect(await ended).toMatchObject({ state: 'refused', code: 'revoked' });
  });

  it('P-18: repeated with the same idempotency key it opens once and tells the same attempt', async () => {
    const key = nonce();
    const first = await unlock(0, key);
    const again = await unlock(0, key);
    expect(again.id).toBe(first.id);
    const command = await gateway.next('unlock');
    await gateway.report(command, {});
    await housekeeper().attempts.waitFor(first.id);
    expect(await unlock(0, key)).toMatchObject({ id: first.id, state: 'confirmed' });
    expect(gateway.received.filter(({ type }) => type === 'unlock')).toHaveLength(1);
  });

  it('P-18: a repeat that comes after the deadline is not sent', async () => {
    const { token } = hotel.people.housekeeping;
    const headers = { 'idempotency-key': nonce(), 'latchwork-elapsed-ms': '10001' };
    const response = await test.send('POST', `/v1/entrances/${hotel.entrance.id}/unlock`, { token, body: {}, headers });
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ code: 'deadline-passed' });
    // Commands come in the order they were sent: one sent late would be here before this one.
    const inTime = await unlock(0);
    expect(await gateway.next('unlock')).toMatchObject({ attemptId: inTime.id });
    expect(gateway.received).toHaveLength(1);
  });

  it('P-4: with the gateway gone ends at once, and nothing is sent when it comes back', async () => {
    await gateway[Symbol.asyncDispose]();
    const { data: before } = await hotel.people.owner.client.events.list({ propertyId: hotel.property.id });
    const followed = hotel.people.owner.client.events.follow({
      propertyId: hotel.property.id,
      cursor: before.at(-1)?.cursor ?? '0',
    });
    for await (const event of followed) if (event.type === 'gateway.offline') break;
    const info = await problemOf(unlock(20));
    expect(info).toMatchObject({ code: 'gateway-offline', status: 503 });
    const attemptId = attemptIdOf(info);
    expect(await attemptOf(attemptId)).toMatchObject({ state: 'refused', code: 'gateway-offline' });
    gateway = await connectGateway(hotel);
    const next = unlock(0);
    const command = await gateway.next('unlock');
    expect(command.attemptId).toBe((await next).id);
  });
});

describe('an unlock that the decision refuses', () => {
  it('P-17: is stored, stands in the feed with its reason, and is sent to nobody', async () => {
    const info = await problemOf(unlock(20));
    expect(info).toMatchObject({ code: 'unlock-refused', status: 403, because: 'no-key' });
    const attemptId = attemptIdOf(info);
    expect(await attemptOf(attemptId)).toMatchObject({
      state: 'refused',
      code: 'denied',
      because: 'no-key',
      timeline: { acceptedAt: null },
    });
    expect(await eventsOf(attemptId)).toEqual(['unlock.denied']);
    expect(gateway.received).toEqual([]);
  });

  it('P-17: repeated with the same idempotency key tells the same denied attempt', async () => {
    const key = nonce();
    const first = await problemOf(unlock(0, key));
    await giveKey(test, hotel, hotel.people.housekeeping.id);
    expect(await problemOf(unlock(0, key))).toEqual(first);
  });

  it('G24: no role opens a door, not even the Organization Owner', async () => {
    const { client } = hotel.people.organization_owner;
    const info = await problemOf(client.unlock({ entranceId: hotel.entrance.id }));
    expect(info).toMatchObject({ code: 'unlock-refused', because: 'no-key' });
  });

  it('G10: the door of another hotel does not exist', async () => {
    const other = await buildSampleHotel(test, 'Hotel Borealis');
    const info = await problemOf(other.people.owner.client.unlock({ entranceId: hotel.entrance.id }));
    expect(info).toMatchObject({ code: 'not-found', status: 404 });
  });
});
