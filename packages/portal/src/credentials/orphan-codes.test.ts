import { afterAll, beforeAll, expect, it } from 'vitest';
import { proveAll } from '../harness/lock-rows.test-rig.js';
import { buildSampleHotel, lockKeys, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let hotel: SampleHotel;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

it('P-5: a code whose door its Key names no more ends by itself, with a revocation until its lock has proven that', async () => {
  const { client } = hotel.people.organization_owner;
  const propertyId = hotel.property.id;
  const { id: other } = await client.entrances.create({ propertyId, name: 'Room 102' });
  const device = { propertyId, kind: 'lock', name: 'Lock 102', entranceId: other, ...lockKeys() } as const;
  const { id: otherDevice } = await client.devices.create(device);
  const { id: holderId } = await client.guests.create({ propertyId, name: 'Ingrid Visser' });
  const startsAt = new Date(test.clock.now() - 1_000).toISOString();
  const here = hotel.entrance.id;
  const key = await client.keys.create({ propertyId, holderId, entranceIds: [here, other], startsAt, endsAt: null });
  const code = async (entranceId: string) =>
    await client.credentials.create({ keyId: key.id, kind: 'door_code', entranceId });
  const [stays, orphan] = [await code(here), await code(other)];
  await test.portal.planLocks();
  await proveAll(test, hotel.device.id);
  await proveAll(test, otherDevice);

  await client.keys.update({ keyId: key.id, version: key.version, entranceIds: [here] });
  const read = async (credentialId: string) => await client.credentials.get({ credentialId });
  expect(await read(stays.id)).toMatchObject({ removedAt: null, doors: [{ entranceId: here, state: 'provisioned' }] });
  expect(await read(orphan.id)).toMatchObject({ doors: [{ entranceId: other, state: 'removing' }] });
  expect((await read(orphan.id)).removedAt).not.toBeNull();
  const pending = (await client.revocations.list({ propertyId, state: 'pending' })).data;
  expect(pending).toMatchObject([
    { cause: { type: 'credential', id: orphan.id }, locks: [{ deviceId: otherDevice, credentialIds: [orphan.id] }] },
  ]);

  // The door comes back to the Key; the code does not.
  await client.keys.update({ keyId: key.id, version: key.version + 1, entranceIds: [here, other] });
  expect((await read(orphan.id)).removedAt).not.toBeNull();
});
