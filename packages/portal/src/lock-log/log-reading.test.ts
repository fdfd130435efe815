import type { DeviceId } from '@latchwork/core';
import { decodeGrant } from '@latchwork/lock-protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LogHotel, openLogHotel } from '../harness/log-hotel.test-rig.js';
import { resultGraceMs } from '../unlock/attempt-life.js';
import { passLifeMs } from './grant-publishing.js';

let house: LogHotel;
beforeEach(async () => {
  house = await openLogHotel();
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
});

const attemptOf = async (attemptId: string) => await house.hotel.people.housekeeping.client.attempts.get({ attemptId });

/** Lets the time pass in which a report could still come. */
async function passDeadline(): Promise<void> {
  house.test.clock.advance(10_001 + resultGraceMs);
  await house.test.portal.sweep();
}

describe('the log of a lock', () => {
  it('P-16: comes through its gateway, each entry an event that names the attempt', async () => {
    const { attemptId } = await house.unlock('reported');
    await house.bring((await house.fetch()).pages);
    const told = await house.events('lock.');
    expect(told.find(({ entry }) => entry === 'unlock')).toMatchObject({
      ...{ type: 'lock.operated', deviceId: house.deviceId, code: 'ok', action: 'unlock', historical: false },
      ...{ attemptId, holderId: house.hotel.people.housekeeping.id, unattributed: null },
    });
    expect(told.map(({ seq }) => seq)).toEqual(told.map((_, at) => at + 1));
  });

  it('T16: an unlock whose end nobody told is confirmed by what the lock wrote down', async () => {
    const { attemptId } = await house.unlock('unreported');
    await passDeadline();
    expect(await attemptOf(attemptId)).toMatchObject({ state: 'unknown' });
    expect(await house.read(({ asked }) => asked === true)).toMatchObject({ seq: 0 });
    await house.bring((await house.fetch()).pages);
    expect(await attemptOf(attemptId)).toMatchObject({ state: 'confirmed', code: 'ok' });
    expect(await house.read(({ asked }) => asked === undefined)).toMatchObject({ seq: expect.any(Number) });
  });

  it('T16: an unlock that never reached the lock is known not to have been, once its log says nothing of it', async () => {
    const { attemptId } = await house.unlock('unreached');
    await passDeadline();
    await house.bring((await house.fetch()).pages);
    // The lock's clock may be a minute slow: so far it might still have been to come.
    expect(await attemptOf(attemptId)).toMatchObject({ state: 'unknown' });
    house.test.clock.advance(120_000);
    await house.unlock('reported');
    await house.bring((await house.fetch()).pages);
    expect(await attemptOf(attemptId)).toMatchObject({ state: 'expired', code: 'not-executed' });
    expect(
      (await house.events('attempt.'))
        .filter((told) => told['attemptId'] === attemptId)
        .map(({ type }) => type)
        .slice(-2),
    ).toEqual(['attempt.unknown', 'attempt.expired']);
  });

  it('T16: nothing is concluded from a log that has a hole where it might have been', async () => {
    const { attemptId } = await house.unlock('unreached');
    await passDeadline();
    await house.bring((await house.fetch()).pages);
    await house.loseEntries();
    house.test.clock.advance(120_000);
    await house.unlock('reported');
    await house.bring((await house.fetch()).pages);
    expect(await attemptOf(attemptId)).toMatchObject({ state: 'unknown' });
  });

  it('is forgotten after its time, and how far it was read is not', async () => {
    await house.unlock('reported');
    await house.bring((await house.fetch()).pages);
    const { portal, clock } = house.test;
    const deviceId = house.deviceId as DeviceId;
    const kept = async () => await portal.store.lockLogOf(deviceId, { after: undefined, limit: 200 });
    const reader = portal.projection.lockReaders.get(deviceId)?.reader;
    const before = await kept();
    expect(before.length).toBeGreaterThan(0);
    clock.advance(399 * 86_400_000);
    await portal.maintain();
    expect(await kept()).toEqual(before);
    clock.advance(2 * 86_400_000);
    await portal.maintain();
    expect(await kept()).toEqual([]);
    expect(portal.projection.lockReaders.get(deviceId)?.reader).toEqual(reader);
  });

  it('an entry from long ago is history', async () => {
    await house.unlock('unreported');
    house.test.clock.advance(600_000);
    await house.bring((await house.fetch()).pages);
    expect((await house.events('lock.')).map(({ historical }) => historical)).toEqual(expect.arrayContaining([true]));
  });

  it('P-17: who was refused by the lock is told, and so is that nobody knows who it was', async () => {
    await house.lock.opensTo('4711');
    await house.bring((await house.fetch()).pages);
    expect(await house.events('lock.denied')).toMatchObject([
      { entry: 'card', code: 'code-unknown', credentialId: null, holderId: null, unattributed: 'unknown-code' },
    ]);
  });

  it('P-16: a door code that opened names its credential, its Key and its guest', async () => {
    const { credentialId, keyId, holderId, digits } = await house.giveCode();
    await house.deliver();
    expect(await house.lock.opensTo(digits)).toBe(true);
    await house.bring((await house.fetch()).pages, { observed: { bolt: 'unlocked', batteryPercent: 61 } });
    expect(await house.events('lock.operated')).toMatchObject([
      { entry: 'card', code: 'ok', action: 'unlock', credentialId, keyId, holderId, unattributed: null },
    ]);
    expect(JSON.stringify([house.test.log, await house.log()])).not.toContain(digits);
    const { client } = house.hotel.people.owner;
    expect((await client.devices.get({ deviceId: house.deviceId })).observation).toMatchObject({
      bolt: 'unlocked',
      batteryPercent: 61,
    });
  });

  it('P-16: a phone that opened with its own grant names its credential and its Key', async () => {
    const { credentialId, keyId, holderId, keys, grant } = await house.givePhone();
    expect(await house.lock.openBy(keys, grant)).toBe('ok');
    await house.bring((await house.fetch()).pages);
    expect(await house.events('lock.operated')).toMatchObject([
      { entry: 'unlock', code: 'ok', attemptId: null, credentialId, keyId, holderId, unattributed: null },
    ]);
  });

  it('is listed newest first, by pages, and to each of whom it concerns', async () => {
    await house.unlock('reported');
    await house.unlock('reported');
    await house.lock.opensTo('4711');
    await house.bring((await house.fetch()).pages);
    const all = await house.log();
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, at) => all.length - at));
    const { owner, housekeeping, installer } = house.hotel.people;
    const { deviceId } = house;
    const seen: number[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await owner.client.devices.listLog({
        deviceId,
        limit: 2,
        ...(cursor === undefined ? {} : { cursor }),
      });
      seen.push(...page.data.map(({ seq }) => seq));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(all.map(({ seq }) => seq));
    const own = await housekeeping.client.devices.listLog({ deviceId, limit: 200 });
    expect(own.data.map(({ holderId }) => holderId)).toEqual([housekeeping.id, housekeeping.id]);
    const technical = await installer.client.devices.listLog({ deviceId, limit: 200 });
    expect(technical.data.map(({ entry }) => entry)).not.toContain('unlock');
    expect(technical.data.map(({ entry }) => entry)).not.toContain('card');
    await expect(owner.client.devices.listLog({ deviceId, cursor: 'bm9uZQ' })).rejects.toMatchObject({
      info: { code: 'invalid-request' },
    });
  });

  it('T5: the gateway is given grants that read and open nothing, for its own key and its own locks', async () => {
    const { grants } = await house.pass();
    const grant = decodeGrant(new Uint8Array(Buffer.from(grants[0]?.object ?? '', 'base64url')));
    expect(grant).toMatchObject({ role: 'gateway', rights: ['status', 'log'], holderPublicKey: house.keys.publicKey });
    expect(grant.locks.map((tag) => Buffer.from(tag).toString('hex'))).toEqual([house.lock.keys.tag]);
    house.test.clock.advance(passLifeMs / 2 + 1);
    await house.test.portal.planLocks();
    await house.pass(({ grants: [renewed] }) => (renewed?.expiresAt ?? 0) > (grants[0]?.expiresAt ?? 0));
  });
});
