import type { KeyCardId } from '@latchwork/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCardDesk } from '../harness/card-desk.test-rig.js';
import { buildSampleHotel, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
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

const onCard = async (keyId: string, keyCardId: string) =>
  await desk.client.credentials.create({ keyId, kind: 'key_card', keyCardId });
const failing = (code: string, more: object = {}) => ({ info: { code, ...more } });

describe.each(['ntag-424', 'desfire'] as const)('a card with AES secrets: %s', (chip) => {
  it('G30, C4: opens its doors once the locks are told and it is written, and not before', async () => {
    const [room, gate] = [await desk.door('Room'), await desk.door('Gate')];
    const stock = await desk.card(chip);
    expect(await desk.keyCard(stock)).toMatchObject({ technology: 'aes', chip, encoding: 'due', state: 'in-stock' });
    const credential = await onCard(await desk.guestKey(room, gate), stock.id);
    await desk.bring(room, gate);
    expect(await desk.doorsOf(credential.id)).toEqual(['pending: card-not-written', 'pending: card-not-written']);
    expect(await room.lock.hold(stock.card)).toBe('card-clone-suspect');

    expect(await desk.encode(stock)).toMatchObject({ state: 'written', changed: 3, fault: null });
    expect(await desk.keyCard(stock)).toMatchObject({ encoding: 'current', state: 'assigned' });
    expect(await desk.doorsOf(credential.id)).toEqual(['provisioned', 'provisioned']);
    expect(await room.lock.hold(stock.card)).toBe('opened');
    expect(await gate.lock.hold(stock.card)).toBe('opened');
    expect(await desk.encode(stock)).toMatchObject({ state: 'written', changed: 0 });
  });

  it('P-25: lifted or silent at any command, the next laying goes on, and nobody claims what is not proven', async () => {
    const room = await desk.door('Room');
    const issued = async () => {
      const stock = await desk.card(chip);
      const credential = await onCard(await desk.guestKey(room), stock.id);
      await desk.bring(room);
      return { ...stock, credentialId: credential.id };
    };
    const undisturbed = await issued();
    let commands = 0;
    const transmit = async (apdu: Uint8Array) => {
      commands += 1;
      return (await undisturbed.card.transmit?.(apdu)) ?? new Uint8Array(0);
    };
    await desk.encode({ ...undisturbed, card: { ...undisturbed.card, transmit } });
    for (let at = 0; at < commands; at += 1) {
      const stock = await issued();
      stock.card.faults[at % 2 === 0 ? 'silentAfter' : 'liftAfter'] = at;
      await expect(desk.encode(stock)).rejects.toThrow('left the field');
      expect((await desk.keyCard(stock)).encoding).toBe('broken-off');
      expect(await desk.doorsOf(stock.credentialId)).toEqual(['pending: card-not-written']);
      delete stock.card.faults.silentAfter;
      delete stock.card.faults.liftAfter;
      expect(await desk.encode(stock)).toMatchObject({ state: 'written' });
      expect((await desk.keyCard(stock)).encoding).toBe('current');
      expect(await room.lock.hold(stock.card)).toBe('opened');
    }
    expect(commands).toBeGreaterThan(8);
  });
});

describe('the whole life of a card', () => {
  it('wiped when it comes back, it opens nothing; given back to its maker when it is retired', async () => {
    const room = await desk.door('Room');
    const stock = await desk.card();
    const credential = await onCard(await desk.guestKey(room), stock.id);
    await desk.bring(room);
    await desk.encode(stock);
    await desk.client.credentials.remove({ credentialId: credential.id });
    expect(await desk.keyCard(stock)).toMatchObject({ encoding: 'due', state: 'in-stock' });
    // The lock was not told yet; what is not on the card any more opens nothing there.
    expect(await room.lock.hold(stock.card)).toBe('opened');
    expect(await desk.encode(stock)).toMatchObject({ state: 'written', changed: 1 });
    expect(await room.lock.hold(stock.card)).toBe('card-clone-suspect');
    await desk.client.keyCards.retire({ keyCardId: stock.id });
    expect(await desk.encode(stock)).toMatchObject({ state: 'written', changed: 1 });
    expect(await desk.encode(stock)).toMatchObject({ state: 'written', changed: 0 });
    const again = test.portal.projection.keyCards.get(stock.id as KeyCardId);
    expect(again?.slots).toEqual([]);
  });

  it('T22: each lock has another secret of the card, and none is that of another card', async () => {
    const [a, b] = [await desk.door('A'), await desk.door('B')];
    const keyId = await desk.guestKey(a, b);
    const cards = [await desk.card(), await desk.card()];
    for (const { id } of cards) await onCard(keyId, id);
    await desk.bring(a, b);
    for (const stock of cards) await desk.encode(stock);
    for (const stock of cards) for (const door of [a, b]) expect(await door.lock.hold(stock.card)).toBe('opened');
    const slots = cards.map(({ id }) => test.portal.projection.keyCards.get(id as KeyCardId)?.slots);
    expect(slots.map((all) => all?.map(({ keyNumber, wanted }) => [keyNumber, wanted]))).toEqual(
      Array(2).fill([
        [0, hotel.property.lockTrust.property],
        [1, a.lock.keys.tag],
        [2, b.lock.keys.tag],
      ]),
    );
  });

  it('T22: what was written for one lock opens no other one, under the same number of the same card', async () => {
    const [a, b] = [await desk.door('A'), await desk.door('B')];
    const stock = await desk.card();
    const first = await onCard(await desk.guestKey(a), stock.id);
    await desk.bring(a);
    await desk.encode(stock);
    expect(await a.lock.hold(stock.card)).toBe('opened');
    await desk.client.credentials.remove({ credentialId: first.id });
    await desk.encode(stock);
    await onCard(await desk.guestKey(b), stock.id);
    await desk.bring(b);
    await desk.encode(stock);
    const slots = test.portal.projection.keyCards.get(stock.id as KeyCardId)?.slots;
    expect(slots?.map(({ keyNumber, wanted }) => [keyNumber, wanted]).at(-1)).toEqual([1, b.lock.keys.tag]);
    expect(await b.lock.hold(stock.card)).toBe('opened');
    // Nobody has told this lock that the card is not its own any more.
    expect(await a.lock.hold(stock.card)).toBe('card-clone-suspect');
  });

  it('a card with no room for all its doors says so at the one that it does not open', async () => {
    const doors = await Promise.all(['1', '2', '3', '4', '5'].map((name) => desk.door(name)));
    const stock = await desk.card('ntag-424');
    const credential = await onCard(await desk.guestKey(...doors), stock.id);
    await desk.bring(...doors);
    await desk.encode(stock);
    expect(await desk.doorsOf(credential.id)).toEqual([...Array(4).fill('provisioned'), 'failed: no-card-slot']);
    const bigger = await desk.card('desfire');
    const second = await onCard((await desk.client.credentials.get({ credentialId: credential.id })).keyId, bigger.id);
    await desk.bring(...doors);
    await desk.encode(bigger);
    expect(await desk.doorsOf(second.id)).toEqual(Array(5).fill('provisioned'));
  });

  it('a lost card is written no more until it is back', async () => {
    const stock = await desk.card();
    await desk.client.keyCards.reportLost({ keyCardId: stock.id });
    await expect(desk.encode(stock)).rejects.toMatchObject(failing('key-card-not-fitting', { state: 'lost' }));
    await desk.client.keyCards.return({ keyCardId: stock.id });
    expect(await desk.encode(stock)).toMatchObject({ state: 'written', changed: 1 });
  });
});

describe('what an encoder may not do', () => {
  it('knows no card that is not enrolled, nor one that is told by its number', async () => {
    const propertyId = hotel.property.id;
    const { client } = desk;
    const call = client.cardEncodings.begin({ propertyId, identity: '04000000000001' });
    await expect(call).rejects.toMatchObject(failing('key-card-unknown', { status: 409 }));
    await client.keyCards.enroll({ propertyId, technology: 'uid', label: 'M', identity: '04000000000001' });
    const plain = client.cardEncodings.begin({ propertyId, identity: '04000000000001' });
    await expect(plain).rejects.toMatchObject(failing('key-card-unknown'));
  });

  it('goes on with no talk that is old, made up, of another card, or overtaken', async () => {
    const propertyId = hotel.property.id;
    const [one, two] = [await desk.card(), await desk.card()];
    const begin = async ({ card }: typeof one) =>
      await desk.client.cardEncodings.begin({ propertyId, identity: Buffer.from(card.uid()).toString('hex') });
    const answer = async (keyCardId: string, dialogue: string) =>
      await desk.client.cardEncodings.answer({ keyCardId, dialogue, answer: '9000' });
    const stale = failing('card-encoding-stale');
    const first = await begin(one);
    await expect(answer(two.id, first.ask?.dialogue ?? '')).rejects.toMatchObject(stale);
    await expect(answer(one.id, 'bWFkZSB1cA')).rejects.toMatchObject(stale);
    const second = await begin(one);
    await expect(answer(one.id, first.ask?.dialogue ?? '')).rejects.toMatchObject(stale);
    expect(await answer(one.id, second.ask?.dialogue ?? '')).toMatchObject({ state: 'asking' });
    test.clock.advance(61_000);
    await expect(answer(one.id, second.ask?.dialogue ?? '')).rejects.toMatchObject(stale);
  });

  it('a card that is not what it was enrolled as is left alone, with why', async () => {
    const [mine, other] = [await desk.card(), await desk.card()];
    await desk.encode(other);
    const posing = { ...mine, card: { ...other.card, uid: mine.card.uid } };
    expect(await desk.encode(posing)).toMatchObject({ state: 'failed', fault: 'foreign' });
    expect((await desk.keyCard(mine)).encoding).toBe('broken-off');
    expect(await desk.encode(mine)).toMatchObject({ state: 'written' });
  });

  it('learns no secret: what it passes on is not in any reply, event, audit entry or log line (P-30)', async () => {
    const room = await desk.door('Room');
    const stock = await desk.card();
    await onCard(await desk.guestKey(room), stock.id);
    await desk.encode(stock);
    const uid = Buffer.from(stock.card.uid()).toString('hex');
    const events: string[] = [];
    for await (const event of desk.client.events.listAll({ propertyId: hotel.property.id })) {
      if ('keyCardId' in event && event.keyCardId === stock.id) events.push(JSON.stringify(event));
    }
    expect(events.some((text) => text.includes('"key_card.encoded"'))).toBe(true);
    expect(events.join()).not.toContain(uid);
  });
});
