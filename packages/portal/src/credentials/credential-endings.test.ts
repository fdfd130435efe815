import type { Client } from '@latchwork/client';
import type { CredentialId, KeyCardId, KeyId } from '@latchwork/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buildSampleHotel,
  giveKey,
  newPublicKeyCard,
  type SampleHotel,
  signIn,
} from '../harness/sample-hotel.test-rig.js';
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

/** Somebody's Key on a card, which its lock was told of. */
interface Carried {
  readonly keyId: string;
  readonly keyCardId: string;
  readonly credentialId: string;
}

let invited = 0;

async function addHousekeeper(): Promise<string> {
  const email = `housekeeper-${++invited}@example.com`;
  await hotel.people.owner.client.invitations.createForProperty({
    ...{ propertyId: hotel.property.id, emails: [email], role: 'housekeeping' },
  });
  return (await signIn(test, { email })).id;
}

async function carry(holderId: string): Promise<Carried> {
  const { client } = hotel.people.owner;
  const { id: keyId } = await giveKey(test, hotel, holderId);
  const card = await client.keyCards.enroll({ propertyId: hotel.property.id, ...newPublicKeyCard('Card') });
  const { id: credentialId } = await client.credentials.create({ keyId, kind: 'key_card', keyCardId: card.id });
  await test.portal.planLocks();
  return { keyId, keyCardId: card.id, credentialId };
}

const addGuest = async () =>
  (await hotel.people.owner.client.guests.create({ propertyId: hotel.property.id, name: 'Ingrid Visser' })).id;

/** What happens to a card's Key, by everybody's way to end it. */
const endings: readonly (readonly [string, () => Promise<string>, (client: Client, o: Ending) => Promise<unknown>])[] =
  [
    ['its Key is revoked', addGuest, async (client, { keyId }) => await client.keys.revoke({ keyId })],
    [
      'its guest is removed',
      addGuest,
      async (client, { holderId }) => await client.guests.remove({ guestId: holderId }),
    ],
    [
      'its member is removed',
      addHousekeeper,
      async (client, { holderId }) => await client.members.remove({ memberId: holderId, confirm: 'remove' }),
    ],
    [
      'its member is taken from the property',
      addHousekeeper,
      async (client, { holderId: memberId }) =>
        await client.members.removeFromProperty({ propertyId: hotel.property.id, memberId, confirm: 'remove' }),
    ],
  ];
type Ending = Carried & { readonly holderId: string };

/** The positions of the events that name one of those ids, so that those of one command stand side by side. */
async function eventsOf(ids: readonly string[]) {
  const all = [];
  for await (const event of hotel.people.owner.client.events.listAll({ propertyId: hotel.property.id }))
    all.push(event);
  return all.filter((event) => ids.some((id) => JSON.stringify(event).includes(id)));
}

describe('G41, G42: a card ends with what it carries, in the same transaction', () => {
  it.each(endings)('%s', async (_, add, end) => {
    const { client } = hotel.people.organization_owner;
    const { projection } = test.portal;
    const holderId = await add();
    const carried = await carry(holderId);
    const bystander = await carry(await addGuest());
    const { keyId, keyCardId, credentialId } = carried;
    test.clock.advance(1000);
    await end(client, { ...carried, holderId });
    const now = test.clock.now();
    expect(projection.accessKeys.get(keyId as KeyId)).toMatchObject({ revokedAt: now });
    expect(projection.credentials.get(credentialId as CredentialId)).toMatchObject({ removedAt: now, version: 2 });
    expect(projection.keyCards.get(keyCardId as KeyCardId)).toMatchObject({ state: 'in-stock', version: 3 });
    expect(projection.credentials.get(bystander.credentialId as CredentialId)).toMatchObject({ removedAt: null });
    expect(projection.keyCards.get(bystander.keyCardId as KeyCardId)).toMatchObject({ state: 'assigned' });

    const told = await eventsOf([credentialId]);
    expect(told.map(({ type }) => type)).toEqual(['credential.created', 'credential.removed']);
    expect(told[1]).toMatchObject({ keyId, holderId, keyCardId, kind: 'key_card', actor: expect.anything() });
    // One revocation for the Key and its card, not one for each.
    const { data } = await client.revocations.list({ propertyId: hotel.property.id, limit: 200 });
    const mine = data.filter(({ locks }) =>
      locks.some(({ credentialIds }) => credentialIds.includes(credentialId as never)),
    );
    expect(mine).toMatchObject([
      { state: 'pending', locks: [{ deviceId: hotel.device.id, credentialIds: [credentialId] }] },
    ]);
    expect(mine[0]?.cause.type).not.toBe('credential');
  });

  it('its property is removed', async () => {
    const { client } = hotel.people.organization_owner;
    const { projection } = test.portal;
    const organizationId = hotel.organization.id;
    const { id: propertyId } = await client.properties.create({
      organizationId,
      name: 'Annex',
      timeZone: 'Europe/Paris',
    });
    const { id: entranceId } = await client.entrances.create({ propertyId, name: 'Door' });
    const { id: holderId } = await client.guests.create({ propertyId, name: 'Ingrid Visser' });
    const startsAt = new Date(test.clock.now()).toISOString();
    const key = await client.keys.create({ propertyId, holderId, entranceIds: [entranceId], startsAt, endsAt: null });
    const code = await client.credentials.create({ keyId: key.id, kind: 'door_code' });
    await client.properties.remove({ propertyId, confirm: 'remove' });
    expect(projection.credentials.get(code.id as CredentialId)).toMatchObject({ removedAt: test.clock.now() });
  });

  it('what ended before ends no second time', async () => {
    const { client } = hotel.people.owner;
    const { keyId, keyCardId, credentialId } = await carry(await addGuest());
    const ended = await client.credentials.remove({ credentialId });
    const other = await giveKey(test, hotel, await addGuest());
    const next = await client.credentials.create({ keyId: other.id, kind: 'key_card', keyCardId });
    test.clock.advance(1000);
    await client.keys.revoke({ keyId });
    expect(await client.credentials.get({ credentialId })).toMatchObject({ removedAt: ended.removedAt, version: 2 });
    expect(await client.keyCards.get({ keyCardId })).toMatchObject({ state: 'assigned', credentialId: next.id });
  });
});
