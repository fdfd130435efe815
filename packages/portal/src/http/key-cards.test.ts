import type { CredentialId, KeyCardId } from '@latchwork/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buildSampleHotel,
  giveKey,
  newCard,
  newPublicKeyCard,
  type Person,
  type SampleHotel,
} from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

const dayMs = 24 * 60 * 60 * 1000;

let test: TestPortal;
let hotel: SampleHotel;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

const propertyId = () => hotel.property.id;
const at = (ms: number) => new Date(test.clock.now() + ms).toISOString();
const failing = (code: string, more: object = {}) => ({ info: { code, ...more } });
const enroll = async (by: Person) => await by.client.keyCards.enroll({ propertyId: propertyId(), ...newCard('M1') });

async function giveGuest(by: Person, days = 2) {
  const { id: holderId } = await by.client.guests.create({ propertyId: propertyId(), name: 'Ingrid Visser' });
  const period = { entranceIds: [hotel.entrance.id], startsAt: at(0), endsAt: at(days * dayMs) };
  return await by.client.keys.create({ propertyId: propertyId(), holderId, ...period });
}

async function onCard(by: Person, keyId: string, keyCardId: string) {
  return await by.client.credentials.create({ keyId, kind: 'key_card', keyCardId });
}

async function eventsOf(keyCardId: string) {
  const types: string[] = [];
  for await (const event of hotel.people.owner.client.events.listAll({ propertyId: propertyId() })) {
    if ('keyCardId' in event && event.keyCardId === keyCardId) types.push(event.type);
  }
  return types;
}

describe('G35: the stock of key cards', () => {
  it.each(['organization_owner', 'owner', 'general_manager', 'installer'] as const)(
    '%s enrolls, lists and retires a card',
    async (who) => {
      const { client } = hotel.people[who];
      const card = await client.keyCards.enroll({ propertyId: propertyId(), ...newCard(' M1 204 ') });
      expect(card).toMatchObject({ label: 'M1 204', technology: 'uid', state: 'in-stock', credentialId: null });
      expect(await client.keyCards.get({ keyCardId: card.id })).toEqual(card);
      expect((await client.keyCards.list({ propertyId: propertyId(), limit: 200 })).data).toContainEqual(card);
      const retired = await client.keyCards.retire({ keyCardId: card.id });
      expect(retired).toEqual({ ...card, state: 'retired', version: 2 });
      expect(await client.keyCards.retire({ keyCardId: card.id })).toEqual(retired);
      expect(await eventsOf(card.id)).toEqual(['key_card.enrolled', 'key_card.retired']);
    },
  );

  it('★9: Team sees the stock and changes nothing of it; Housekeeping sees none', async () => {
    const { team, housekeeping, owner } = hotel.people;
    const card = await enroll(owner);
    expect(await team.client.keyCards.get({ keyCardId: card.id })).toEqual(card);
    const denied = failing('forbidden', { action: 'key_card.manage' });
    await expect(enroll(team)).rejects.toMatchObject(denied);
    await expect(team.client.keyCards.retire({ keyCardId: card.id })).rejects.toMatchObject(denied);
    await expect(team.client.keyCards.return({ keyCardId: card.id })).rejects.toMatchObject(denied);
    const hidden = failing('forbidden', { action: 'key_card.view' });
    await expect(housekeeping.client.keyCards.list({ propertyId: propertyId() })).rejects.toMatchObject(hidden);
    await expect(housekeeping.client.keyCards.get({ keyCardId: card.id })).rejects.toMatchObject(hidden);
  });

  it('G35: the Installer puts no Key on a card', async () => {
    const card = await enroll(hotel.people.installer);
    const key = await giveGuest(hotel.people.owner);
    const denied = failing('forbidden', { action: 'key_card.assign' });
    await expect(onCard(hotel.people.installer, key.id, card.id)).rejects.toMatchObject(denied);
  });

  it('one card is one card of its property, however its number is written', async () => {
    const { client } = hotel.people.organization_owner;
    const card = newCard('A');
    await client.keyCards.enroll({ propertyId: propertyId(), ...card });
    const again = { ...card, label: 'B', identity: card.identity.toUpperCase() };
    const twice = client.keyCards.enroll({ propertyId: propertyId(), ...again });
    await expect(twice).rejects.toMatchObject(failing('key-card-enrolled', { status: 409 }));
    const organizationId = hotel.organization.id;
    const annex = await client.properties.create({ organizationId, name: 'Annex', timeZone: 'Europe/Paris' });
    expect(await client.keyCards.enroll({ propertyId: annex.id, ...again })).toMatchObject({ propertyId: annex.id });
  });

  it.each([
    ['a UID drawn anew at every tap', 'uid', '08a1b2c3'],
    ['the first part of a longer UID', 'uid', '88a1b2c3'],
    ['no size of a UID', 'uid', '04a1b2c3d4'],
    ['half a byte', 'uid', '04a1b2c3d4e5f'],
    ['no hexadecimal digits', 'uid', '04a1b2zz'],
    ['a public key that is not compressed', 'public-key', `04${'11'.repeat(64)}`],
    ['no point of the curve', 'public-key', `02${'ff'.repeat(32)}`],
  ] as const)('does not take %s', async (_, technology, identity) => {
    const call = hotel.people.owner.client.keyCards.enroll({
      propertyId: propertyId(),
      technology,
      label: 'X',
      identity,
    });
    const issues = [expect.objectContaining({ pointer: '/identity' })];
    await expect(call).rejects.toMatchObject(failing('invalid-request', { issues }));
  });
});

describe('a card that is lost', () => {
  it('opens no more, in the same transaction; found again it is another’s, and what it was does not come back (G42)', async () => {
    const { team, owner } = hotel.people;
    const card = await enroll(owner);
    const key = await giveGuest(owner);
    const credential = await onCard(owner, key.id, card.id);
    expect(await owner.client.keyCards.get({ keyCardId: card.id })).toEqual({
      ...{ ...card, state: 'assigned', credentialId: credential.id, version: 2 },
    });

    const lost = await team.client.keyCards.reportLost({ keyCardId: card.id });
    expect(lost).toEqual({ ...card, state: 'lost', version: 3 });
    const ended = await owner.client.credentials.get({ credentialId: credential.id });
    expect(ended).toMatchObject({ removedAt: at(0), version: 2 });
    expect(await owner.client.keys.get({ keyId: key.id })).toEqual(key);
    expect(await team.client.keyCards.reportLost({ keyCardId: card.id })).toEqual(lost);

    await expect(onCard(owner, key.id, card.id)).rejects.toMatchObject(
      failing('key-card-not-fitting', { state: 'lost' }),
    );
    const found = await owner.client.keyCards.return({ keyCardId: card.id });
    expect(found).toEqual({ ...card, version: 4 });
    expect(await owner.client.credentials.get({ credentialId: credential.id })).toEqual(ended);
    const next = await onCard(owner, (await giveGuest(owner)).id, card.id);
    expect(next.id).not.toBe(credential.id);
    expect(await eventsOf(card.id)).toEqual([
      ...['key_card.enrolled', 'credential.created', 'credential.removed', 'key_card.lost'],
      ...['key_card.returned', 'credential.created'],
    ]);
  });

  it('Housekeeping reports her own card, and no other, not even one that was hers', async () => {
    const { owner, housekeeping, team } = hotel.people;
    const { id: keyCardId } = await owner.client.keyCards.enroll({
      propertyId: propertyId(),
      ...newPublicKeyCard('H'),
    });
    const key = await giveKey(test, hotel, housekeeping.id);
    const first = await onCard(owner, key.id, keyCardId);
    await owner.client.credentials.remove({ credentialId: first.id });
    const report = () => housekeeping.client.keyCards.reportLost({ keyCardId });
    await expect(report()).rejects.toMatchObject(failing('not-found'));
    await onCard(owner, (await giveKey(test, hotel, team.id)).id, keyCardId);
    await expect(report()).rejects.toMatchObject(failing('not-found'));
    const { credentialId } = await owner.client.keyCards.get({ keyCardId });
    await owner.client.credentials.remove({ credentialId: credentialId ?? '' });
    await onCard(owner, key.id, keyCardId);
    const lost = await report();
    expect(lost).toMatchObject({ state: 'lost', credentialId: null });
    expect(await report()).toEqual(lost);
  });

  it('what is in use is not retired, what is in stock is not returned from anywhere, and what is retired stays so', async () => {
    const { client } = hotel.people.owner;
    const { id: keyCardId } = await enroll(hotel.people.owner);
    const { id: credentialId } = await onCard(hotel.people.owner, (await giveGuest(hotel.people.owner)).id, keyCardId);
    for (const call of [client.keyCards.retire, client.keyCards.return]) {
      await expect(call({ keyCardId })).rejects.toMatchObject(failing('key-card-not-fitting', { state: 'assigned' }));
    }
    expect(test.portal.projection.credentials.get(credentialId as CredentialId)?.removedAt).toBeNull();
    await client.credentials.remove({ credentialId });
    await client.keyCards.retire({ keyCardId });
    for (const call of [client.keyCards.reportLost, client.keyCards.return]) {
      await expect(call({ keyCardId })).rejects.toMatchObject(failing('key-card-not-fitting', { state: 'retired' }));
    }
    expect(test.portal.projection.keyCards.get(keyCardId as KeyCardId)).toMatchObject({ state: 'retired', version: 4 });
  });
});
