import type { Client } from '@latchwork/client';
import type { DeviceId } from '@latchwork/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proveAll } from '../harness/lock-rows.test-rig.js';
import {
  buildSampleHotel,
  lockKeys,
  newCard,
  newPublicKeyCard,
  type SampleHotel,
} from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

const hourMs = 3_600_000;

let test: TestPortal;
let hotel: SampleHotel;
let client: Client;
/** The door that a driven lock alone guards. */
let shed: string;
let drivenId: string;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
  client = hotel.people.owner.client;
  shed = (await client.entrances.create({ propertyId: hotel.property.id, name: 'Shed' })).id;
  drivenId = await addDriven(shed);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

const at = (ms: number) => new Date(test.clock.now() + ms).toISOString();
const takesNone = { info: { code: 'lock-takes-no-credentials', status: 409 } };

async function addDriven(entranceId: string): Promise<string> {
  const place = { propertyId: hotel.property.id, entranceId, kind: 'lock', name: 'Driven', driver: 'mqtt' } as const;
  return (await client.devices.create({ ...place, ...lockKeys() })).id;
}

async function guestKey(entranceIds: readonly string[]) {
  const propertyId = hotel.property.id;
  const { id: holderId } = await client.guests.create({ propertyId, name: 'Ingrid' });
  const period = { startsAt: at(0), endsAt: at(24 * hourMs) };
  return await client.keys.create({ propertyId, holderId, entranceIds: [...entranceIds], ...period });
}

async function onCard(keyId: string, card: ReturnType<typeof newCard | typeof newPublicKeyCard> = newCard('Card')) {
  const { id: keyCardId } = await client.keyCards.enroll({ propertyId: hotel.property.id, ...card });
  return await client.credentials.create({ keyId, kind: 'key_card', keyCardId });
}

const accessAt = async (entranceId: string) => await client.entrances.getAccess({ entranceId });

describe('a lock whose driver brings it no credentials', () => {
  it('P-28: guards a door alone: no card, code or phone is made for it, and a card stays in the stock', async () => {
    const key = await guestKey([shed]);
    const { id: keyCardId } = await client.keyCards.enroll({ propertyId: hotel.property.id, ...newCard('Card') });
    await expect(client.credentials.create({ keyId: key.id, kind: 'key_card', keyCardId })).rejects.toMatchObject(
      takesNone,
    );
    await expect(client.credentials.create({ keyId: key.id, kind: 'door_code' })).rejects.toMatchObject(takesNone);
    await expect(client.credentials.create({ keyId: key.id, kind: 'smart_key' })).rejects.toMatchObject(takesNone);
    expect((await client.keyCards.get({ keyCardId })).state).toBe('in-stock');
    expect((await client.credentials.list({ keyId: key.id })).data).toEqual([]);
  });

  it('P-28: of a Key for several doors, a code for this one is refused, and one for another is made', async () => {
    const key = await guestKey([hotel.entrance.id, shed]);
    const code = (entranceId: string) =>
      client.credentials.create({ keyId: key.id, kind: 'door_code', entranceId, digits: '482915' });
    await expect(code(shed)).rejects.toMatchObject(takesNone);
    expect(await code(hotel.entrance.id)).toMatchObject({ doors: [{ deviceId: hotel.device.id, state: 'pending' }] });
  });

  it('P-28, P-5: a card stands there as failed, counts at the other door, and is told of to no such lock', async () => {
    const key = await guestKey([hotel.entrance.id, shed]);
    const card = await onCard(key.id);
    await test.portal.planLocks();
    await proveAll(test, hotel.device.id);
    const failed = { entranceId: shed, deviceId: drivenId, state: 'failed', cause: 'not-by-driver', nextTryAt: null };
    expect((await client.credentials.get({ credentialId: card.id })).doors).toEqual([
      { entranceId: hotel.entrance.id, deviceId: hotel.device.id, state: 'provisioned', cause: null, nextTryAt: null },
      failed,
    ]);
    expect(test.portal.projection.lockDesired.get(drivenId as DeviceId)).toBeUndefined();
    expect(await accessAt(shed)).toMatchObject({
      locks: [{ deviceId: drivenId, setApply: 'none', isUpToDate: false, provenAt: null }],
      credentials: [],
    });
    expect((await accessAt(hotel.entrance.id)).credentials).toContainEqual(
      expect.objectContaining({ credentialId: card.id, because: 'confirmed' }),
    );
  });

  it('P-28: beside a lock that takes it, each stands by itself', async () => {
    const propertyId = hotel.property.id;
    const { id: entranceId } = await client.entrances.create({ propertyId, name: 'Barn' });
    const made = { propertyId, entranceId, kind: 'lock', name: 'Barn', ...lockKeys() } as const;
    const { id: ownId } = await client.devices.create(made);
    const besideId = await addDriven(entranceId);
    const key = await guestKey([entranceId]);
    const card = await onCard(key.id);
    await test.portal.planLocks();
    await proveAll(test, ownId);
    const { doors } = await client.credentials.get({ credentialId: card.id });
    expect(new Map(doors.map(({ deviceId, state }) => [deviceId, state]))).toEqual(
      new Map([
        [ownId, 'provisioned'],
        [besideId, 'failed'],
      ]),
    );
    expect((await accessAt(entranceId)).credentials).toMatchObject([{ deviceId: ownId }]);
  });

  it('P-5: is in no revocation, which ends with the proof of the others, and is nobody’s to visit', async () => {
    const key = await guestKey([hotel.entrance.id, shed]);
    const card = await onCard(key.id);
    await test.portal.planLocks();
    await proveAll(test, hotel.device.id);
    await client.credentials.remove({ credentialId: card.id });
    await test.portal.planLocks();
    const { data } = await client.revocations.list({ propertyId: hotel.property.id });
    const { locks } = await client.revocations.get({ revocationId: data.at(-1)?.id ?? '' });
    expect(locks.map(({ deviceId, state }) => [deviceId, state])).toEqual([[hotel.device.id, 'pending']]);
    const { doors } = await client.credentials.get({ credentialId: card.id });
    expect(doors.find(({ deviceId }) => deviceId === drivenId) ?? { state: 'removed' }).toMatchObject({
      state: 'removed',
    });
    const visits = await client.doorVisits.list({ propertyId: hotel.property.id });
    expect(visits.data.map(({ deviceId }) => deviceId)).not.toContain(drivenId);
  });

  it('P-10: keeps no card from taking the place of another', async () => {
    const key = await guestKey([hotel.entrance.id, shed]);
    const former = await onCard(key.id, newPublicKeyCard('Old'));
    const propertyId = hotel.property.id;
    const { id: keyCardId } = await client.keyCards.enroll({ propertyId, ...newPublicKeyCard('New') });
    const input = { keyId: key.id, kind: 'key_card', keyCardId, replacesId: former.id } as const;
    await client.credentials.create(input);
    await test.portal.planLocks();
    expect((await client.credentials.get({ credentialId: former.id })).removedAt).toBeNull();
    await proveAll(test, hotel.device.id);
    await test.portal.planLocks();
    expect((await client.credentials.get({ credentialId: former.id })).removedAt).toBe(at(0));
  });

  it('P-28: gives a phone no grant, and the phone stands there as failed', async () => {
    const key = await guestKey([hotel.entrance.id, shed]);
    const phone = await client.credentials.create({ keyId: key.id, kind: 'smart_key' });
    const { code } = await client.credentials.createPhoneCode({ credentialId: phone.id });
    const publicKey = lockKeys().publicKey;
    const { locks } = await test.client().phones.activate({ code, publicKey });
    expect(new Map(locks.map(({ deviceId, grant }) => [deviceId, grant !== null]))).toEqual(
      new Map([
        [hotel.device.id, true],
        [drivenId, false],
      ]),
    );
    const { doors } = await client.credentials.get({ credentialId: phone.id });
    expect(new Map(doors.map(({ deviceId, state, cause }) => [deviceId, [state, cause]]))).toEqual(
      new Map([
        [hotel.device.id, ['provisioned', null]],
        [drivenId, ['failed', 'not-by-driver']],
      ]),
    );
  });

  it('has no room taken of the secrets of a card', async () => {
    const key = await guestKey([hotel.entrance.id, shed]);
    const propertyId = hotel.property.id;
    const made = { propertyId, label: 'A', technology: 'aes', chip: 'ntag-424', identity: '04112233445566' } as const;
    const card = await client.keyCards.enroll(made);
    await client.credentials.create({ keyId: key.id, kind: 'key_card', keyCardId: card.id });
    const { slots } = test.portal.projection.keyCards.get(card.id) ?? { slots: [] };
    expect(slots.flatMap(({ keyNumber, wanted }) => (keyNumber > 0 ? [wanted] : []))).toEqual([hotel.device.tag]);
  });
});
