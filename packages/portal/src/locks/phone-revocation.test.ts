import type { PhoneGrants } from '@latchwork/contract';
import { toInstant } from '@latchwork/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doorsOf } from '../credentials/credential-doors.js';
import { leaseMs } from '../credentials/phone-leases.js';
import { type HouseDoor, type LockHouse, openLockHouse } from '../harness/lock-house.test-rig.js';

let house: LockHouse;
let door: HouseDoor;
let other: HouseDoor;

beforeEach(async () => {
  house = await openLockHouse();
  [door, other] = house.ground.doors;
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
});

type Phone = Awaited<ReturnType<LockHouse['givePhone']>>;

const openBy = async (phone: Phone, grants: PhoneGrants, at: HouseDoor): Promise<string> => {
  const lock = grants.locks.find(({ tag }) => tag === at.device.tag);
  if (lock?.grant == null || grants.certificate === null) return 'no grant';
  return await at.lock.openBy(phone.keys, { token: lock.grant.object, certificate: grants.certificate });
};
const lockOf = (at: HouseDoor, which = 0) =>
  house.revocations()[which]?.locks.find(({ deviceId }) => deviceId === at.device.id);
const revokedNow = () => ({ revokedAt: house.ground.clock.now() });
const stateAt = (phone: Phone, at: HouseDoor) => {
  const credential = house.projection.credentials.get(phone.credentialId);
  if (credential === undefined) throw new Error('There is no such credential.');
  const doors = doorsOf(house.projection, credential, house.ground.clock.now());
  return doors.find(({ deviceId }) => deviceId === at.device.id)?.state;
};

describe('a phone that carries a Key', () => {
  it('opens real locks with what it was given, and nobody else does with the same', async () => {
    const phone = await house.givePhone();
    const stranger = await house.givePhone();
    const grants = await house.lease(phone);
    expect(await openBy(phone, grants, door)).toBe('ok');
    expect(await openBy(phone, grants, other)).toBe('ok');
    expect(await openBy({ ...phone, keys: stranger.keys }, grants, door)).toBe('auth');
  });

  it('has the grants that it has, however often it asks, until half of their time is over', async () => {
    const phone = await house.givePhone();
    await house.lease(phone);
    await house.lease(phone);
    expect(house.projection.phoneGrants.group(phone.credentialId)).toHaveLength(2);
    house.ground.clock.advance(leaseMs / 2);
    const renewed = await house.lease(phone);
    expect(house.projection.phoneGrants.group(phone.credentialId)).toHaveLength(4);
    expect(renewed.locks[0]?.grant?.expiresAt).toBe(new Date(house.ground.clock.now() + leaseMs).toISOString());
    // What has ended by itself is forgotten.
    house.ground.clock.advance(leaseMs);
    await house.lease(phone);
    expect(house.projection.phoneGrants.group(phone.credentialId)).toHaveLength(2);
  });

  it('that never asks again opens nothing after a day, nor after the end of its Key', async () => {
    const phone = await house.givePhone();
    const brief = await house.givePhone({ endsAt: toInstant(house.ground.clock.now() + 3_600_000) });
    const [grants, short] = [await house.lease(phone), await house.lease(brief)];
    house.ground.clock.advance(3_600_000);
    expect(await openBy(brief, short, door)).toBe('expired');
    expect(await openBy(phone, grants, door)).toBe('ok');
    house.ground.clock.advance(leaseMs - 3_600_000);
    expect(await openBy(phone, grants, door)).toBe('expired');
  });
});

describe('T8: a revocation of a phone', () => {
  it('is pending until its lease ends or the lock proves that it refuses it, lock by lock', async () => {
    const phone = await house.givePhone();
    const grants = await house.lease(phone);
    const leaseEnd = toInstant(house.ground.clock.now() + leaseMs);
    expect(stateAt(phone, door)).toBe('provisioned');
    await house.editKey(phone.keyId, revokedNow());
    expect(house.revocations()).toMatchObject([{ cause: { type: 'key', id: phone.keyId }, endedAt: null }]);
    for (const at of [door, other]) {
      expect(lockOf(at)).toMatchObject({ state: 'pending', exposureEndsAt: leaseEnd, provenAt: null });
    }
    expect([await openBy(phone, grants, door), stateAt(phone, door)]).toEqual(['ok', 'removing']);
    await house.bring(door, { parts: ['bulletin'] });
    expect([await openBy(phone, grants, door), stateAt(phone, door)]).toEqual(['revoked', 'removed']);
    expect(lockOf(door)).toMatchObject({ state: 'proven', provenAt: house.ground.clock.now() });
    // The set that follows says it again.
    await house.bring(door);
    expect(await openBy(phone, grants, door)).toBe('revoked');
    expect([lockOf(other)?.state, await openBy(phone, grants, other)]).toEqual(['pending', 'ok']);
    house.ground.clock.advance(leaseMs);
    await house.locks.plan();
    expect(lockOf(other)).toMatchObject({ state: 'self-expired' });
    expect(await openBy(phone, grants, other)).toBe('expired');
  });

  it('takes every grant that the phone still has', async () => {
    const phone = await house.givePhone({ doors: [door] });
    const first = await house.lease(phone);
    house.ground.clock.advance(leaseMs / 2);
    const second = await house.lease(phone);
    await house.editKey(phone.keyId, revokedNow());
    expect(lockOf(door)).toMatchObject({ exposureEndsAt: toInstant(house.ground.clock.now() + leaseMs) });
    await house.bring(door);
    expect([await openBy(phone, first, door), await openBy(phone, second, door)]).toEqual(['revoked', 'revoked']);
  });

  it('is of the one door that its Key names no more; at the others the phone goes on', async () => {
    const phone = await house.givePhone();
    const grants = await house.lease(phone);
    await house.editKey(phone.keyId, { entranceIds: [door.entranceId] });
    expect([lockOf(other)?.state, lockOf(door)]).toEqual(['pending', undefined]);
    await house.bring(other);
    expect([await openBy(phone, grants, other), await openBy(phone, grants, door)]).toEqual(['revoked', 'ok']);
    expect(lockOf(other)?.state).toBe('proven');
  });

  it('of a Key that is made shorter stops what was given before; a new lease opens for what is left', async () => {
    const phone = await house.givePhone({ doors: [door] });
    const grants = await house.lease(phone);
    await house.editKey(phone.keyId, { endsAt: toInstant(house.ground.clock.now() + 3_600_000) });
    const shorter = await house.lease(phone);
    await house.bring(door);
    expect([await openBy(phone, grants, door), await openBy(phone, shorter, door)]).toEqual(['revoked', 'ok']);
    expect(lockOf(door)?.state).toBe('proven');
    house.ground.clock.advance(3_600_000);
    expect(await openBy(phone, shorter, door)).toBe('expired');
  });

  it('of a Key that is made shorter is proven also when the phone has renewed before its lock was told', async () => {
    const phone = await house.givePhone({ doors: [door] });
    await house.lease(phone);
    const endsAt = toInstant(house.ground.clock.now() + 3_600_000);
    const [, shorter] = await Promise.all([house.editKey(phone.keyId, { endsAt }), house.lease(phone)]);
    await house.bring(door);
    expect(await openBy(phone, shorter, door)).toBe('ok');
    expect(lockOf(door)?.state).toBe('proven');
  });

  it('that is taken back does not bring back what its lock refuses: the phone gets another grant', async () => {
    const endsAt = toInstant(house.ground.clock.now() + 2 * 3_600_000);
    const phone = await house.givePhone({ doors: [door], endsAt });
    const before = await house.lease(phone);
    await house.editKey(phone.keyId, { endsAt: toInstant(house.ground.clock.now() + 3_600_000) });
    await house.editKey(phone.keyId, { endsAt });
    const after = await house.lease(phone);
    await house.bring(door);
    expect([await openBy(phone, before, door), await openBy(phone, after, door)]).toEqual(['revoked', 'ok']);
  });

  it('goes on being refused when something else is told meanwhile', async () => {
    const phone = await house.givePhone({ doors: [door] });
    const grants = await house.lease(phone);
    await house.editKey(phone.keyId, revokedNow());
    await house.bring(door);
    const code = await house.giveCode({ digits: '246810', doors: [door] });
    await house.bring(door);
    await house.editKey(code.keyId, revokedNow());
    await house.bring(door);
    expect(await openBy(phone, grants, door)).toBe('revoked');
    expect(lockOf(door)?.state).toBe('proven');
  });

  it('is not proven where a lock cannot be told of all: what is left ends by itself, and that is said', async () => {
    const phones: Phone[] = [];
    const given = new Map<Phone, PhoneGrants>();
    for (let count = 0; count < 33; count += 1) {
      const phone = await house.givePhone({ doors: [door] });
      given.set(phone, await house.lease(phone));
      phones.push(phone);
      house.ground.clock.advance(1000);
    }
    for (const { keyId } of phones) await house.editKey(keyId, revokedNow());
    await house.bring(door);
    const states = house.revocations().map(({ locks }) => locks[0]?.state);
    expect(states.filter((state) => state === 'proven')).toHaveLength(32);
    const last = () => house.revocations().find(({ cause }) => cause.id === phones.at(-1)?.keyId)?.locks[0]?.state;
    expect(last()).toBe('pending');
    // What was proven stays true.
    const [first] = phones;
    if (first === undefined) throw new Error('There is no phone.');
    expect(await openBy(first, given.get(first) as PhoneGrants, door)).toBe('revoked');
    house.ground.clock.advance(leaseMs);
    await house.locks.plan();
    expect(last()).toBe('self-expired');
  });

  it('is not proven where a lock was told of one of its grants, and has no room for the other', async () => {
    const renewing = await house.givePhone({ doors: [door] });
    await house.lease(renewing);
    house.ground.clock.advance(leaseMs / 2 + 1000);
    await house.lease(renewing);
    const others: Phone[] = [];
    while (others.length < 31) {
      const phone = await house.givePhone({ doors: [door] });
      await house.lease(phone);
      others.push(phone);
    }
    for (const { keyId } of [...others, renewing]) await house.editKey(keyId, revokedNow());
    await house.bring(door);
    const states = new Map(house.revocations().map(({ cause, locks }) => [cause.id, locks[0]?.state]));
    expect(others.map(({ keyId }) => states.get(keyId))).toEqual(others.map(() => 'proven'));
    expect(states.get(renewing.keyId)).toBe('pending');
  });
});
