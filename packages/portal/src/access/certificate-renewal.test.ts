import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HouseDoor, type LockHouse, openLockHouse } from '../harness/lock-house.test-rig.js';
import { renewSigners } from './property-signers.js';

const dayMs = 24 * 60 * 60 * 1000;

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

const renew = async () => {
  const { projection, ledger, signers, ground } = house;
  await renewSigners({ projection, ledger, signers, now: ground.clock.now() });
  await house.locks.plan();
};

describe('a property whose certificates are renewed', () => {
  it('has what its locks have not taken yet signed anew, and a lock takes that after the former certificate has ended', async () => {
    await house.giveCode({ digits: '246810', doors: [other] });
    await house.bring(other);
    const settled = house.row(other).message;
    await house.giveCode({ digits: '135791', doors: [door] });
    const before = house.desired(door);
    house.ground.clock.advance(310 * dayMs);
    await renew();
    expect(house.desired(door).set?.certificate).not.toBe(before.set?.certificate);
    // Who has proven all has nothing to be told: certificates are for what is on its way.
    expect(house.row(other).message).toBe(settled);

    house.ground.clock.advance(60 * dayMs);
    await house.bring(door);
    expect(await door.lock.opensTo('135791')).toBe(true);
    await house.giveCode({ digits: '987123', doors: [other] });
    await house.bring(other);
    expect(await other.lock.opensTo('987123')).toBe(true);
    expect(await other.lock.opensTo('246810')).toBe(true);
  });

  it('and one whose are not has locks that take nothing any more', async () => {
    await house.giveCode({ digits: '135791', doors: [door] });
    house.ground.clock.advance(370 * dayMs);
    await house.bring(door).catch(() => undefined);
    expect(await door.lock.opensTo('135791')).toBe(false);
  });

  it('renewed twice at once, or too early, changes nothing more', async () => {
    house.ground.clock.advance(304 * dayMs);
    await renew();
    expect(house.projection.signers.all().every(({ createdAt }) => createdAt < house.ground.clock.now())).toBe(true);
    house.ground.clock.advance(dayMs);
    await Promise.all([renew(), renew()]);
    const keys = house.projection.signers.all().map(({ publicKey }) => publicKey);
    await renew();
    expect(house.projection.signers.all().map(({ publicKey }) => publicKey)).toEqual(keys);
    expect(keys).toHaveLength(4);
  });
});
