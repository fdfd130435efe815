import type { DeviceId } from '@latchwork/core';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSealer } from '../access/sealer.js';
import {
  buildSampleHotel,
  giveKey,
  newCard,
  newPublicKeyCard,
  type SampleHotel,
} from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { openLockSet } from '../locks/lock-set.js';
import { Secret } from '../secret.js';

const sealingKey = new Secret('5a'.repeat(32));
const sealer = createSealer(createNodeCrypto(), sealingKey);

let test: TestPortal;
let hotel: SampleHotel;

beforeAll(async () => {
  test = await startTestPortal({ config: { sealingKey } });
  hotel = await buildSampleHotel(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

/** The set that the lock was last told, by what each credential is proven with. */
async function toldSet() {
  await test.portal.planLocks();
  const row = test.portal.projection.lockDesired.get(hotel.device.id as DeviceId);
  const set = row?.entriesSealed == null ? [] : openLockSet(sealer, row.deviceId, row.entriesSealed);
  return new Map(set.map(({ credentialId, entry }) => [credentialId as string, entry]));
}

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

it('a lock is told what was given through the API, with what the cards and codes are, and what is staff’s', async () => {
  const { client } = hotel.people.owner;
  const propertyId = hotel.property.id;
  const { id: guestId } = await client.guests.create({ propertyId, name: 'Ingrid Visser' });
  const guestKey = await giveKey(test, hotel, guestId);
  const staffKey = await giveKey(test, hotel, hotel.people.housekeeping.id);
  const [uid, strong] = [newCard('Guest'), newPublicKeyCard('Staff')];
  const guestCard = await client.keyCards.enroll({ propertyId, ...uid, identity: uid.identity.toUpperCase() });
  const staffCard = await client.keyCards.enroll({ propertyId, ...strong });
  const put = async (keyId: string, keyCardId: string) =>
    (await client.credentials.create({ keyId, kind: 'key_card', keyCardId })).id;
  const onCard = await put(guestKey.id, guestCard.id);
  const onStaffCard = await put(staffKey.id, staffCard.id);
  const { id: onCode } = await client.credentials.create({ keyId: guestKey.id, kind: 'door_code' });
  const { digits } = await client.credentials.reveal({ credentialId: onCode });

  const set = await toldSet();
  expect([...set.keys()].toSorted()).toEqual([onCard, onStaffCard, onCode].toSorted());
  expect(set.get(onCard)?.credential).toEqual({ kind: 'uid', uid: bytes(uid.identity) });
  expect(set.get(onStaffCard)?.credential).toEqual({ kind: 'public-key', publicKey: bytes(strong.identity) });
  expect(set.get(onCode)?.credential).toMatchObject({ kind: 'code', digits, salt: { length: 16 } });
  const isStaff = [onCard, onStaffCard, onCode].map((id) => set.get(id)?.flags?.includes('staff') ?? false);
  expect(isStaff).toEqual([false, true, false]);

  await client.keyCards.reportLost({ keyCardId: guestCard.id });
  expect([...(await toldSet()).keys()].toSorted()).toEqual([onStaffCard, onCode].toSorted());
  await client.keyCards.return({ keyCardId: guestCard.id });
  const again = await put(guestKey.id, guestCard.id);
  expect([...(await toldSet()).keys()]).toContain(again);
  await client.keys.revoke({ keyId: guestKey.id });
  expect([...(await toldSet()).keys()]).toEqual([onStaffCard]);
});
