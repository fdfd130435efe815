import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addCard, doubt, proveAll } from '../harness/lock-rows.test-rig.js';
import { buildSampleHotel, giveKey, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

const hourMs = 3_600_000;

let test: TestPortal;
let hotel: SampleHotel;

beforeEach(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
});
afterEach(async () => {
  await test[Symbol.asyncDispose]();
});

const at = (ms: number) => new Date(test.clock.now() + ms).toISOString();
const failing = (code: string, more: object = {}) => ({ info: { code, ...more } });

async function guestKey(o: { readonly from?: number; readonly hours?: number } = {}) {
  const { client } = hotel.people.owner;
  const propertyId = hotel.property.id;
  const { id: holderId } = await client.guests.create({ propertyId, name: 'Ingrid' });
  return await client.keys.create({
    ...{ propertyId, holderId, entranceIds: [hotel.entrance.id] },
    ...{ startsAt: at((o.from ?? 0) * hourMs), endsAt: at(((o.from ?? 0) + (o.hours ?? 24)) * hourMs) },
  });
}

async function access() {
  return await hotel.people.owner.client.entrances.getAccess({ entranceId: hotel.entrance.id });
}

const reasons = async () => (await access()).credentials.map(({ because }) => because);

describe('P-5: who can open this door now', () => {
  it('of a door that nothing was given to: nobody', async () => {
    expect(await access()).toEqual({
      ...{ entranceId: hotel.entrance.id, at: at(0), credentials: [], members: [] },
      locks: [{ deviceId: hotel.device.id, setApply: 'atomic', isUpToDate: false, provenAt: null }],
    });
  });

  it('a card may open from when its lock was told, and does once the lock has proven it', async () => {
    const key = await guestKey();
    const credentialId = await addCard(test, hotel.people.owner, key.id);
    const told = await access();
    const here = {
      ...{ deviceId: hotel.device.id, credentialId, keyId: key.id, holderId: key.holderId, until: key.endsAt },
    };
    expect(told.credentials).toEqual([{ ...here, because: 'not-confirmed' }]);
    expect(told.locks).toMatchObject([{ isUpToDate: false, provenAt: null }]);
    test.clock.advance(1000);
    await proveAll(test, hotel.device.id);
    const proven = await access();
    expect(proven.credentials).toEqual([{ ...here, because: 'confirmed' }]);
    expect(proven.locks).toEqual([
      { deviceId: hotel.device.id, setApply: 'atomic', isUpToDate: true, provenAt: at(0) },
    ]);
    expect(proven.members).toEqual([]);
  });

  it('P-6: of a lock that tells of less than it had proven nothing counts as confirmed, and its door is unknown', async () => {
    const { client } = hotel.people.owner;
    const key = await guestKey();
    const credentialId = await addCard(test, hotel.people.owner, key.id);
    await proveAll(test, hotel.device.id);
    expect(await reasons()).toEqual(['confirmed']);
    await doubt(test, hotel.device.id);
    expect(await access()).toMatchObject({
      credentials: [{ because: 'not-confirmed' }],
      locks: [{ isUpToDate: false }],
    });
    expect(await client.credentials.get({ credentialId })).toMatchObject({ doors: [{ state: 'unknown' }] });
    const { data } = await client.doorVisits.list({ propertyId: hotel.property.id });
    expect(data).toMatchObject([{ deviceId: hotel.device.id, brings: ['set'], since: at(0) }]);
  });

  it('P-6: a revoked Key’s card stays in the answer until the lock has proven its removal', async () => {
    const { client } = hotel.people.owner;
    const key = await guestKey();
    await addCard(test, hotel.people.owner, key.id);
    await proveAll(test, hotel.device.id);
    await client.keys.revoke({ keyId: key.id });
    expect(await access()).toMatchObject({
      credentials: [{ because: 'removal-unproven', until: key.endsAt }],
      locks: [{ isUpToDate: false }],
    });
    await test.portal.planLocks();
    expect(await reasons()).toEqual(['removal-unproven']);
    await proveAll(test, hotel.device.id);
    expect(await reasons()).toEqual([]);
  });

  it('a Key made shorter opens by its former end until the lock has proven the new one', async () => {
    const { client } = hotel.people.owner;
    const key = await guestKey({ hours: 24 });
    await addCard(test, hotel.people.owner, key.id);
    await proveAll(test, hotel.device.id);
    const { id: keyId, version } = key;
    await client.keys.update({ keyId, version, endsAt: at(hourMs) });
    test.clock.advance(2 * hourMs);
    expect((await access()).credentials).toMatchObject([{ because: 'not-confirmed', until: key.endsAt }]);
    test.clock.advance(22 * hourMs);
    expect(await reasons()).toEqual([]);
  });

  it('a stay that is to come opens nothing yet, and one that is over nothing more', async () => {
    await addCard(test, hotel.people.owner, (await guestKey({ from: 5, hours: 2 })).id);
    await proveAll(test, hotel.device.id);
    expect(await reasons()).toEqual([]);
    test.clock.advance(5 * hourMs);
    expect(await reasons()).toEqual(['confirmed']);
    test.clock.advance(2 * hourMs);
    expect(await reasons()).toEqual([]);
  });

  it('listed apart: members whose Key opens by app, and no guest among them', async () => {
    const { housekeeping, team, owner } = hotel.people;
    const key = await giveKey(test, hotel, housekeeping.id);
    await guestKey();
    expect((await access()).members).toEqual([{ memberId: housekeeping.id, keyId: key.id, until: null }]);
    const until = at(hourMs);
    await owner.client.keys.create({
      ...{ propertyId: hotel.property.id, holderId: team.id, entranceIds: [hotel.entrance.id] },
      ...{ startsAt: at(0), endsAt: until },
    });
    const members = (await access()).members;
    expect(members.map(({ memberId }) => memberId)).toEqual([housekeeping.id, team.id].sort());
    expect(members.find(({ memberId }) => memberId === team.id)).toMatchObject({ until });
    await owner.client.keys.revoke({ keyId: key.id });
    test.clock.advance(hourMs);
    expect((await access()).members).toEqual([]);
  });

  it('is for whoever may see every Key: neither the Installer nor Housekeeping', async () => {
    const entranceId = hotel.entrance.id;
    const { installer, housekeeping, team } = hotel.people;
    await giveKey(test, hotel, housekeeping.id);
    expect(await team.client.entrances.getAccess({ entranceId })).toMatchObject({ entranceId });
    const forbidden = failing('forbidden', { action: 'key.view' });
    await expect(installer.client.entrances.getAccess({ entranceId })).rejects.toMatchObject(forbidden);
    await expect(housekeeping.client.entrances.getAccess({ entranceId })).rejects.toMatchObject(failing('not-found'));
  });
});
