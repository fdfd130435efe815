import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HouseDoor, type LockHouse, openLockHouse } from '../harness/lock-house.test-rig.js';
import { parcelOf } from '../harness/real-lock.test-rig.js';

let house: LockHouse;
let door: HouseDoor;

beforeEach(async () => {
  house = await openLockHouse();
  [door] = house.ground.doors;
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
});

type Phone = Awaited<ReturnType<LockHouse['givePhone']>>;

/** Brings the lock what is desired of it and asks for its log, as the holder of the grant that the portal gave the phone. */
const carryBy = async (phone: Phone) => {
  const { locks, certificate } = await house.lease(phone);
  const grant = locks.find(({ tag }) => tag === door.device.tag)?.grant?.object;
  if (grant === undefined || certificate === null) throw new Error('The phone has no grant.');
  const shown = { grant: bytesOf(grant), certificate: bytesOf(certificate) };
  return await door.lock.visit({ ...parcelOf(house.desired(door)), log: { after: 0 }, shown }, phone.keys);
};
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));

describe('T10: at the lock, by the grants that the portal gives phones', () => {
  it("a member's phone brings a revocation in and receipts and the log out; its receipts prove it", async () => {
    const courier = await house.givePhone({ doors: [door], holderId: house.ground.memberId });
    const guest = await house.givePhone({ doors: [door] });
    await house.lease(guest);
    await house.editKey(guest.keyId, { revokedAt: house.ground.clock.now() });
    const { parts, receipts, pages } = await carryBy(courier);
    expect(parts).toMatchObject({ bulletin: { outcome: 'done' }, log: { outcome: 'done' } });
    expect(pages.length).toBeGreaterThan(0);
    const state = () => house.revocations()[0]?.locks[0]?.state;
    // What is not of the lock counts for nothing, whoever brings it.
    await house.report(
      door,
      receipts.map((receipt) => receipt.map((byte, at) => (at === receipt.length - 1 ? byte ^ 1 : byte))),
    );
    expect(state()).toBe('pending');
    await house.report(door, receipts);
    expect(state()).toBe('proven');
  });

  it("a guest's phone gets nothing out of the log", async () => {
    const guest = await house.givePhone({ doors: [door] });
    await house.giveCode({ digits: '246810', doors: [door] });
    const { parts, pages } = await carryBy(guest);
    expect(parts.log).toMatchObject({ outcome: 'refused' });
    expect(pages).toEqual([]);
  });
});
