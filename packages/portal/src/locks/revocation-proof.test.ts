import { type Instant, toInstant } from '@latchwork/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HouseDoor, type LockHouse, openLockHouse } from '../harness/lock-house.test-rig.js';
import type { LockRevocation } from '../store/schema/locks.js';

const dayMs = 86_400_000;

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

/** How the door's lock stands to the only revocation. */
function lockOf(at: HouseDoor = door): LockRevocation {
  const [revocation, ...more] = house.revocations();
  const found = revocation?.locks.find(({ deviceId }) => deviceId === at.device.id);
  if (found === undefined || more.length > 0) throw new Error('There is not exactly one revocation with this lock.');
  return found;
}

const revokedNow = () => ({ revokedAt: house.ground.clock.now() });

describe('T8: a revocation', () => {
  it('is pending with the end of its exposure until a receipt of each lock stands at it, then proven, lock by lock', async () => {
    const endsAt = toInstant(house.ground.clock.now() + dayMs);
    const { keyId, credentialId } = await house.giveCode({ digits: '246810', endsAt });
    await house.bring(door);
    await house.bring(other);
    expect([await door.lock.opensTo('246810'), await other.lock.opensTo('246810')]).toEqual([true, true]);
    await house.editKey(keyId, revokedNow());
    const [revocation] = house.revocations();
    expect(revocation).toMatchObject({ cause: { type: 'key', id: keyId }, endedAt: null });
    for (const at of [door, other]) {
      expect(lockOf(at)).toMatchObject({
        ...{ state: 'pending', exposureEndsAt: endsAt, provenAt: null, credentialIds: [credentialId] },
        entranceId: at.entranceId,
      });
    }
    expect(await door.lock.opensTo('246810')).toBe(true);
    await house.bring(door, { parts: ['bulletin'] });
    expect(await door.lock.opensTo('246810')).toBe(false);
    expect(lockOf()).toMatchObject({ state: 'proven', provenAt: house.ground.clock.now() });
    expect(lockOf(other)).toMatchObject({ state: 'pending' });
    expect(house.revocations()[0]?.endedAt).toBeNull();
    await house.bring(other);
    expect(lockOf(other)).toMatchObject({ state: 'proven' });
    expect(house.revocations()[0]?.endedAt).toBe(house.ground.clock.now());
  });

  it('is not proven by a receipt from before it, however late that is told', async () => {
    const { keyId } = await house.giveCode({ digits: '246810' });
    const before = await house.carry(door);
    await house.editKey(keyId, revokedNow());
    await house.report(door, before);
    expect(lockOf()).toMatchObject({ state: 'pending' });
    expect(house.row(door).proven).toEqual(house.desired(door).proven);
  });

  it('is not proven by a receipt that comes before the portal has signed anything', async () => {
    const { keyId } = await house.giveCode({ digits: '246810' });
    const before = await house.carry(door);
    await Promise.all([house.editKey(keyId, revokedNow()), house.report(door, before)]);
    expect(house.row(door).proven).not.toBeNull();
    expect(lockOf()).toMatchObject({ state: 'pending' });
  });

  it('is not proven by what was planned before it', async () => {
    const given = [await house.giveCode({ digits: '246810' }), await house.giveCode({ digits: '135791' })];
    await house.bring(door);
    // The second comes while the lock is planned anew for the first.
    await Promise.all(given.map(async ({ keyId }) => await house.editKey(keyId, revokedNow())));
    const states = () => house.revocations().map(({ locks }) => locks.map(({ state }) => state));
    expect(states()).toEqual([
      ['pending', 'pending'],
      ['pending', 'pending'],
    ]);
    await house.bring(door);
    expect(states()).toEqual([
      ['proven', 'pending'],
      ['proven', 'pending'],
    ]);
  });

  it('is not proven by the receipt of another lock, nor by one that somebody else signed or changed', async () => {
    const { keyId } = await house.giveCode({ digits: '246810' });
    await house.bring(door);
    await house.editKey(keyId, revokedNow());
    const others = await house.carry(other);
    const mine = await house.carry(door);
    const told = house.row(door);
    const bent = mine.map((receipt) => receipt.map((byte, at) => (at === receipt.length - 1 ? byte ^ 1 : byte)));
    for (const receipts of [others, bent, [new Uint8Array(0)], [new Uint8Array(200)]]) {
      await house.report(door, receipts, { occurredAt: 0 });
    }
    expect(lockOf()).toMatchObject({ state: 'pending' });
    expect(house.row(door)).toMatchObject({ proven: told.proven, leaving: told.leaving });
    expect(house.log.filter((line) => line.includes('receipt is not of its lock')).length).toBeGreaterThanOrEqual(4);
    await house.report(door, mine);
    expect(lockOf()).toMatchObject({ state: 'proven' });
  });

  it('is not proven by the receipt of a lock that obeys another set of the same number, as after a restored database', async () => {
    await house.giveCode({ digits: '246810' });
    await house.bring(door);
    const restored = house.row(door);
    await house.giveCode({ digits: '135791' });
    const forgotten = await house.carry(door);
    await house.ledger.write((draft) => draft.update('lockDesired', restored));
    await house.giveCode({ digits: '975310' });
    expect(house.row(door).standing).toEqual({ ...restored.standing, revision: restored.standing.revision + 1 });
    await house.report(door, forgotten);
    expect(house.row(door).proven).toEqual(restored.proven);
    expect(house.log.filter((line) => line.includes('obeys another set of the same number'))).toHaveLength(1);
  });

  it('goes forward only: a lock that has proven it does not take that back with an older receipt', async () => {
    const { keyId } = await house.giveCode({ digits: '246810' });
    const older = await house.carry(door);
    await house.report(door, older);
    await house.editKey(keyId, revokedNow());
    await house.bring(door);
    const { proven } = house.row(door);
    await house.report(door, older, { occurredAt: house.ground.clock.now() + 1 });
    expect(house.row(door).proven).toEqual(proven);
    expect(lockOf()).toMatchObject({ state: 'proven' });
  });

  it('of a shorter Key is not proven by a later bulletin about somebody else, but by the set that has the new end', async () => {
    const { clock } = house.ground;
    const guest = await house.giveCode({ digits: '246810', endsAt: toInstant(clock.now() + 5 * dayMs) });
    const leaver = await house.giveCode({ digits: '135791' });
    await house.bring(door);
    await house.bring(other);
    const endsAt = toInstant(clock.now() + dayMs);
    await house.editKey(guest.keyId, { endsAt });
    expect(lockOf()).toMatchObject({ state: 'pending', exposureEndsAt: clock.now() + 5 * dayMs });
    await house.editKey(leaver.keyId, revokedNow());
    await house.bring(door, { parts: ['bulletin'] });
    const states = () =>
      house
        .revocations()
        .map(({ cause, locks }) => [cause.id, locks.find((at) => at.deviceId === door.device.id)?.state]);
    expect(states()).toEqual([
      [guest.keyId, 'pending'],
      [leaver.keyId, 'proven'],
    ]);
    expect(await door.lock.opensTo('246810')).toBe(true);
    await house.bring(door);
    expect(states()).toEqual([
      [guest.keyId, 'proven'],
      [leaver.keyId, 'proven'],
    ]);
    clock.advance(2 * dayMs);
    expect(await door.lock.opensTo('246810')).toBe(false);
  });

  it('ends by itself when what was ended has run out, and then is not called proven', async () => {
    const { clock } = house.ground;
    const { keyId } = await house.giveCode({ digits: '246810', endsAt: toInstant(clock.now() + dayMs) });
    await house.editKey(keyId, revokedNow());
    await house.locks.plan();
    expect(lockOf()).toMatchObject({ state: 'pending' });
    clock.advance(dayMs);
    await house.locks.plan();
    expect(lockOf()).toMatchObject({ state: 'self-expired', provenAt: null });
    expect(house.revocations()[0]?.endedAt).toBe(clock.now());
  });

  it('says where there was none to be had: the lock was taken away', async () => {
    const { keyId } = await house.giveCode({ digits: '246810', doors: [door] });
    await house.editKey(keyId, revokedNow());
    await house.ledger.write((draft) => draft.delete('device', door.device));
    expect(lockOf()).toMatchObject({ state: 'lock-removed', provenAt: null });
    expect(house.projection.lockDesired.get(door.device.id)).toBeUndefined();
    expect(house.published.at(-1)).toMatchObject({ tag: door.device.tag, text: null });
    // A gateway that was away then goes on with what it has, and is told when it says so.
    const before = house.published.length;
    const { gatewayId } = house.ground;
    const message = { v: 1, eventId: 'late', deviceId: door.device.id, standing: { epoch: 1, revision: 1 } } as const;
    const account = { parts: {}, receipts: [], occurredAt: 1, nextTryAt: null };
    await house.locks.reported({ gatewayId, tag: door.device.tag, message: { ...message, ...account } });
    expect(house.published.slice(before)).toEqual([{ gatewayId, tag: door.device.tag, text: null }]);
  });

  it('waits on for another lock when one was taken away, and what that one had proven stays proven', async () => {
    const earlier = await house.giveCode({ digits: '246810' });
    const later = await house.giveCode({ digits: '135791' });
    const states = ({ keyId }: typeof earlier) => {
      const locks = house.revocations().find(({ cause }) => cause.id === keyId)?.locks;
      return [door, other].map((at) => locks?.find(({ deviceId }) => deviceId === at.device.id)?.state);
    };
    await house.editKey(earlier.keyId, revokedNow());
    await house.bring(door);
    await house.editKey(later.keyId, revokedNow());
    await house.ledger.write((draft) => draft.delete('device', door.device));
    expect([states(earlier), states(later)]).toEqual([
      ['proven', 'pending'],
      ['lock-removed', 'pending'],
    ]);
    await house.bring(other);
    expect([states(earlier), states(later)]).toEqual([
      ['proven', 'proven'],
      ['lock-removed', 'proven'],
    ]);
  });

  it('is not of a lock that was never told, nor of what is over already', async () => {
    const { clock } = house.ground;
    const { keyId } = await house.giveCode({ digits: '246810', doors: [door], endsAt: toInstant(clock.now() + dayMs) });
    clock.advance(2 * dayMs);
    await house.editKey(keyId, { revokedAt: clock.now() as Instant });
    expect(house.revocations()).toEqual([]);
  });
});
