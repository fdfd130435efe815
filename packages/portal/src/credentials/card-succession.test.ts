import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCardDesk } from '../harness/card-desk.test-rig.js';
import { buildSampleHotel, newPublicKeyCard, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let hotel: SampleHotel;
let desk: ReturnType<typeof createCardDesk>;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
  desk = createCardDesk(test, hotel);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

const failing = (code: string, more: object = {}) => ({ info: { code, ...more } });
const onCard = async (keyId: string, keyCardId: string, more: object = {}) =>
  await desk.client.credentials.create({ keyId, kind: 'key_card', keyCardId, ...more });
const removedAt = async (credentialId: string) => (await desk.client.credentials.get({ credentialId })).removedAt;
const holderOf = async (keyId: string) => (await desk.client.keys.get({ keyId })).holderId;

describe('re-issue', () => {
  it('T9: the new card opens and from then on the old one does not, at a lock that nobody has reached since', async () => {
    const room = await desk.door('Room');
    const keyId = await desk.guestKey(room);
    const [old, next] = [await desk.card(), await desk.card()];
    const first = await onCard(keyId, old.id);
    await desk.bring(room);
    await desk.encode(old);
    expect(await room.lock.hold(old.card)).toBe('opened');
    const second = await onCard(keyId, next.id, { replacesId: first.id });
    expect(second.replacesId).toBe(first.id);
    // The lock learns of the new card before that is written: nobody is locked out, and nobody is let in twice.
    await desk.bring(room);
    expect(await removedAt(first.id)).toBeNull();
    expect(await room.lock.hold(old.card)).toBe('opened');
    await desk.encode(next);
    expect(await room.lock.hold(next.card)).toBe('opened');
    expect(await room.lock.hold(old.card)).toBe('superseded');
    expect(await room.lock.hold(next.card)).toBe('opened');
  });

  it('P-10: the old card ends by itself once the new one opens every door, and is in stock again', async () => {
    const [room, gate] = [await desk.door('Room'), await desk.door('Gate')];
    const keyId = await desk.guestKey(room, gate);
    const [old, next] = [await desk.card(), await desk.card()];
    const first = await onCard(keyId, old.id);
    await desk.bring(room, gate);
    await desk.encode(old);
    await onCard(keyId, next.id, { replacesId: first.id });
    await desk.encode(next);
    await desk.bring(room);
    expect(await removedAt(first.id)).toBeNull();
    expect(await gate.lock.hold(old.card)).toBe('opened');
    await desk.bring(gate);
    expect(await removedAt(first.id)).not.toBeNull();
    expect(await desk.keyCard(old)).toMatchObject({ state: 'in-stock', encoding: 'due' });
    await desk.bring(room, gate);
    expect(await room.lock.hold(old.card)).toBe('card-unknown');
    expect(await room.lock.hold(next.card)).toBe('opened');
  });

  it('P-10: a room move on the same card opens both rooms until the new one is sure, and then the new one alone', async () => {
    const [from, to, gate] = [await desk.door('From'), await desk.door('To'), await desk.door('Gate')];
    const before = await desk.guestKey(from, gate);
    const stock = await desk.card();
    const first = await onCard(before, stock.id);
    await desk.bring(from, gate);
    await desk.encode(stock);
    const { startsAt, endsAt } = await desk.client.keys.get({ keyId: before });
    const after = await desk.client.keys.create({
      ...{ propertyId: hotel.property.id, holderId: await holderOf(before), startsAt, endsAt },
      entranceIds: [to.entranceId, gate.entranceId],
    });
    const second = await onCard(after.id, stock.id, { replacesId: first.id });
    await desk.bring(to, gate);
    expect(await from.lock.hold(stock.card)).toBe('opened');
    expect(await desk.doorsOf(second.id)).toEqual(['pending: card-not-written', 'provisioned']);
    expect(await removedAt(first.id)).toBeNull();
    expect(await desk.encode(stock)).toMatchObject({ state: 'written', changed: 1 });
    for (const door of [from, to, gate]) expect(await door.lock.hold(stock.card)).toBe('opened');
    await desk.bring();
    expect(await removedAt(first.id)).not.toBeNull();
    expect(await desk.keyCard(stock)).toMatchObject({ state: 'assigned', credentialId: second.id, encoding: 'due' });
    await desk.bring(from, to, gate);
    expect(await from.lock.hold(stock.card)).toBe('card-unknown');
    for (const door of [to, gate]) expect(await door.lock.hold(stock.card)).toBe('opened');
    expect(await desk.encode(stock)).toMatchObject({ state: 'written', changed: 1 });
    expect((await desk.keyCard(stock)).encoding).toBe('current');
  });

  it('P-10: a longer stay needs no encoder: the card goes on, and the lock is told', async () => {
    const room = await desk.door('Room');
    const keyId = await desk.guestKey(room);
    const stock = await desk.card();
    const credential = await onCard(keyId, stock.id);
    await desk.bring(room);
    await desk.encode(stock);
    const { version } = await desk.client.keys.get({ keyId });
    const endsAt = new Date(test.clock.now() + 9 * 24 * 3_600_000).toISOString();
    await desk.client.keys.update({ keyId, endsAt, version });
    expect(await room.lock.hold(stock.card)).toBe('opened');
    await desk.bring(room);
    expect(await desk.doorsOf(credential.id)).toEqual(['provisioned']);
    expect((await desk.keyCard(stock)).encoding).toBe('current');
    expect(await room.lock.hold(stock.card)).toBe('opened');
  });

  it('is of a card of the same holder that has not ended and that nothing else replaces', async () => {
    const room = await desk.door('Room');
    const [keyId, others] = [await desk.guestKey(room), await desk.guestKey(room)];
    const first = await onCard(keyId, (await desk.card()).id);
    const next = await desk.card();
    const stranger = failing('credential-not-replaceable', { status: 409 });
    await expect(onCard(others, next.id, { replacesId: first.id })).rejects.toMatchObject(stranger);
    await onCard(keyId, next.id, { replacesId: first.id });
    const third = await desk.card();
    await expect(onCard(keyId, third.id, { replacesId: first.id })).rejects.toMatchObject(stranger);
    await desk.client.credentials.remove({ credentialId: first.id });
    await expect(onCard(keyId, third.id, { replacesId: first.id })).rejects.toMatchObject(stranger);
  });
});

describe('how many, how often, how strong', () => {
  it('a Key has one card and ten copies at once, and each of them opens', async () => {
    const room = await desk.door('Room');
    const keyId = await desk.guestKey(room);
    const cards = await Promise.all(Array.from({ length: 11 }, async () => await desk.card()));
    const credentials: string[] = [];
    for (const { id } of cards) credentials.push((await onCard(keyId, id)).id);
    const more = onCard(keyId, (await desk.card()).id);
    await expect(more).rejects.toMatchObject(failing('too-many-cards', { most: 11 }));
    await desk.bring(room);
    for (const stock of cards) {
      await desk.encode(stock);
      expect(await room.lock.hold(stock.card)).toBe('opened');
    }
    await desk.client.credentials.remove({ credentialId: credentials[0] ?? '' });
    expect((await onCard(keyId, (await desk.card()).id)).removedAt).toBeNull();
  });

  it('a card that opens once opens once at each of its doors', async () => {
    const [room, other] = [await desk.door('Room'), await desk.door('Other')];
    const stock = await desk.card();
    const credential = await onCard(await desk.guestKey(room, other), stock.id, { opensOnce: true });
    expect(credential.opensOnce).toBe(true);
    await desk.bring(room, other);
    await desk.encode(stock);
    for (const door of [room, other]) {
      expect(await door.lock.hold(stock.card)).toBe('opened');
      expect(await door.lock.hold(stock.card)).toBe('superseded');
    }
  });

  it('T17: below the class of the property no card is put on a Key, and the locks take none that was', async () => {
    const annex = await buildSampleHotel(test, 'Hotel Annex');
    const strict = createCardDesk(test, annex);
    const room = await strict.door('Room');
    const { id: propertyId } = annex.property;
    const plain = await strict.client.keyCards.enroll({
      ...{ propertyId, technology: 'uid', label: 'M', identity: '04aabbccddeeff' },
    });
    const keyId = await strict.guestKey(room);
    await strict.client.credentials.create({ keyId, kind: 'key_card', keyCardId: plain.id });
    const stock = await strict.card();
    await strict.client.credentials.create({ keyId, kind: 'key_card', keyCardId: stock.id });
    await strict.bring(room);
    await strict.encode(stock);
    const { createUidCard } = await import('@latchwork/testing');
    const copy = createUidCard(new Uint8Array(Buffer.from('04aabbccddeeff', 'hex')));
    expect(await room.lock.hold(copy)).toBe('opened');

    const set = async (minimumCardClass: number) => {
      const { version } = await strict.client.properties.get({ propertyId });
      const { settings } = await strict.client.properties.update({
        propertyId,
        version,
        settings: { minimumCardClass },
      });
      expect(settings.minimumCardClass).toBe(minimumCardClass);
      await strict.bring(room);
    };
    await set(2);
    expect(await room.lock.hold(copy)).toBe('card-class');
    expect(await room.lock.hold(stock.card)).toBe('opened');
    const weak = await strict.client.keyCards.enroll({
      ...{ propertyId, technology: 'uid', label: 'N', identity: '04aabbccddee00' },
    });
    const refused = strict.client.credentials.create({ keyId, kind: 'key_card', keyCardId: weak.id });
    await expect(refused).rejects.toMatchObject(failing('credential-too-weak', { kind: 'uid' }));
    await set(3);
    expect(await room.lock.hold(stock.card)).toBe('card-class');
    const aes = strict.client.credentials.create({ keyId, kind: 'key_card', keyCardId: (await strict.card()).id });
    await expect(aes).rejects.toMatchObject(failing('credential-too-weak', { kind: 'aes' }));
    const signing = await strict.client.keyCards.enroll({ propertyId, ...newPublicKeyCard('P') });
    await strict.client.credentials.create({ keyId, kind: 'key_card', keyCardId: signing.id });
    await set(0);
    expect(await room.lock.hold(copy)).toBe('opened');
  });

  it('staff have cards with AES secrets', async () => {
    const room = await desk.door('Room');
    const startsAt = new Date(test.clock.now() - 1000).toISOString();
    const key = await desk.client.keys.create({
      ...{ propertyId: hotel.property.id, holderId: hotel.people.housekeeping.id, entranceIds: [room.entranceId] },
      ...{ startsAt, endsAt: null },
    });
    const stock = await desk.card();
    await onCard(key.id, stock.id);
    await desk.bring(room);
    await desk.encode(stock);
    expect(await room.lock.hold(stock.card)).toBe('opened');
  });
});

describe('who writes cards', () => {
  it('G30: Team writes what is in stock and what Team gave, Housekeeping and the Installer nothing', async () => {
    const room = await desk.door('Room');
    const mine = createCardDesk(test, hotel, hotel.people.team);
    const stock = await desk.card();
    expect(await mine.encode(stock)).toMatchObject({ state: 'written' });
    await onCard(await desk.guestKey(room), stock.id);
    await expect(mine.encode(stock)).rejects.toMatchObject(failing('key-card-unknown'));
    for (const who of ['housekeeping', 'installer'] as const) {
      const call = createCardDesk(test, hotel, hotel.people[who]).encode(stock);
      await expect(call).rejects.toMatchObject(failing('forbidden', { action: 'key_card.assign' }));
    }
  });
});
