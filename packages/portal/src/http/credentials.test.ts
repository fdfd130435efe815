import type { CredentialId } from '@latchwork/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proveAll } from '../harness/lock-rows.test-rig.js';
import {
  buildSampleHotel,
  giveKey,
  lockKeys,
  newCard,
  newPublicKeyCard,
  type Person,
  type SampleHotel,
} from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

const dayMs = 24 * 60 * 60 * 1000;

let test: TestPortal;
let hotel: SampleHotel;
/** Another door, without a lock. */
let gate: string;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
  gate = await addDoor();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

const propertyId = () => hotel.property.id;
const at = (ms: number) => new Date(test.clock.now() + ms).toISOString();
const failing = (code: string, more: object = {}) => ({ info: { code, ...more } });
const addDoor = async () =>
  (await hotel.people.owner.client.entrances.create({ propertyId: propertyId(), name: 'Gate' })).id;

async function giveGuest(by: Person, o: { readonly days?: number; readonly doors?: readonly string[] } = {}) {
  const { id: holderId } = await by.client.guests.create({ propertyId: propertyId(), name: 'Ingrid Visser' });
  const entranceIds = [...(o.doors ?? [hotel.entrance.id])];
  const period = { entranceIds, startsAt: at(0), endsAt: at((o.days ?? 2) * dayMs) };
  return await by.client.keys.create({ propertyId: propertyId(), holderId, ...period });
}

const enroll = async (card: ReturnType<typeof newCard> | ReturnType<typeof newPublicKeyCard> = newCard('M1')) =>
  await hotel.people.owner.client.keyCards.enroll({ propertyId: propertyId(), ...card });
const onCard = async (by: Person, keyId: string, keyCardId: string) =>
  await by.client.credentials.create({ keyId, kind: 'key_card', keyCardId });
const onCode = async (by: Person, keyId: string, digits?: string) =>
  await by.client.credentials.create({ keyId, kind: 'door_code', ...(digits === undefined ? {} : { digits }) });
const reveal = async (by: Person, credentialId: string) =>
  (await by.client.credentials.reveal({ credentialId })).digits;
const stateOf = async (keyCardId: string) => (await hotel.people.owner.client.keyCards.get({ keyCardId })).state;

describe('G30: a Key on a card', () => {
  it('is that of one Key at a time, and in stock again when it is taken away', async () => {
    const { owner, general_manager: manager } = hotel.people;
    const [key, other] = [await giveGuest(owner), await giveGuest(owner)];
    const card = await enroll();
    const credential = await onCard(manager, key.id, card.id);
    expect(credential).toMatchObject({
      keyId: key.id,
      kind: 'key_card',
      keyCardId: card.id,
      version: 1,
      removedAt: null,
    });
    await expect(onCard(owner, other.id, card.id)).rejects.toMatchObject(
      failing('key-card-not-fitting', { status: 409, state: 'assigned' }),
    );
    expect((await owner.client.credentials.list({ keyId: other.id })).data).toEqual([]);

    const removed = await owner.client.credentials.remove({ credentialId: credential.id });
    expect(removed).toMatchObject({ id: credential.id, version: 2, removedAt: at(0) });
    expect(await owner.client.credentials.remove({ credentialId: credential.id })).toEqual(removed);
    expect(await stateOf(card.id)).toBe('in-stock');
    const next = await onCard(owner, other.id, card.id);
    // Ended is ended: the card is another Key's now and stays so (G42).
    expect(await owner.client.credentials.remove({ credentialId: credential.id })).toEqual(removed);
    expect(await owner.client.credentials.get({ credentialId: next.id })).toEqual(next);
    expect(await stateOf(card.id)).toBe('assigned');
    expect((await owner.client.credentials.list({ keyId: key.id })).data).toEqual([removed]);
  });

  it('is taken from a Key whose time is over', async () => {
    const { owner } = hotel.people;
    const card = await enroll();
    const stay = await giveGuest(owner, { days: 1 });
    const former = await onCard(owner, stay.id, card.id);
    const next = await giveGuest(owner, { days: 5 });
    test.clock.advance(dayMs - 1);
    await expect(onCard(owner, next.id, card.id)).rejects.toMatchObject(failing('key-card-not-fitting'));
    test.clock.advance(1);
    const credential = await onCard(owner, next.id, card.id);
    expect(await owner.client.keyCards.get({ keyCardId: card.id })).toMatchObject({ credentialId: credential.id });
    expect(await owner.client.credentials.get({ credentialId: former.id })).toMatchObject({ removedAt: at(0) });
  });

  it('is none of another property, nor of nobody, nor of a revoked Key', async () => {
    const { owner, organization_owner: head } = hotel.people;
    const organizationId = hotel.organization.id;
    const annex = await head.client.properties.create({ organizationId, name: 'Annex', timeZone: 'Europe/Paris' });
    const elsewhere = await head.client.keyCards.enroll({ propertyId: annex.id, ...newCard('A') });
    const key = await giveGuest(owner);
    for (const keyCardId of [elsewhere.id, 'card_01jd0000000000000000000000']) {
      await expect(onCard(head, key.id, keyCardId)).rejects.toMatchObject(
        failing('invalid-request', { issues: [expect.objectContaining({ pointer: '/keyCardId' })] }),
      );
    }
    const card = await enroll();
    await owner.client.keys.revoke({ keyId: key.id });
    await expect(onCard(owner, key.id, card.id)).rejects.toMatchObject(failing('key-revoked', { revokedAt: at(0) }));
    expect(await stateOf(card.id)).toBe('in-stock');
  });

  it('of a member is on nothing that anybody could copy or tell', async () => {
    const { owner, team } = hotel.people;
    const key = await giveKey(test, hotel, team.id);
    const uid = await enroll();
    await expect(onCard(owner, key.id, uid.id)).rejects.toMatchObject(failing('credential-too-weak', { kind: 'uid' }));
    await expect(onCode(owner, key.id)).rejects.toMatchObject(failing('credential-too-weak', { kind: 'door_code' }));
    await expect(onCode(owner, key.id, '135790')).rejects.toMatchObject(failing('credential-too-weak'));
    expect(await stateOf(uid.id)).toBe('in-stock');
    const strong = await enroll(newPublicKeyCard('S'));
    expect(await onCard(owner, key.id, strong.id)).toMatchObject({ keyCardId: strong.id });
  });

  it('Team does so with Keys that Team gave, and with no others (G30, ★9)', async () => {
    const { owner, team } = hotel.people;
    const [mine, other] = [await giveGuest(team), await giveGuest(owner)];
    const [card, spare] = [await enroll(), await enroll()];
    const credential = await onCard(team, mine.id, card.id);
    await expect(onCard(team, other.id, spare.id)).rejects.toMatchObject(failing('forbidden', { because: 'not-own' }));
    const others = await onCard(owner, other.id, spare.id);
    const taken = team.client.credentials.remove({ credentialId: others.id });
    await expect(taken).rejects.toMatchObject(failing('forbidden', { because: 'not-own' }));
    expect(await team.client.credentials.get({ credentialId: others.id })).toEqual(others);
    expect(await team.client.credentials.remove({ credentialId: credential.id })).toMatchObject({ removedAt: at(0) });
  });
});

describe('a Key on a door code', () => {
  it('has digits that are drawn, and none in any reply but the one that tells them', async () => {
    const { owner } = hotel.people;
    const key = await giveGuest(owner);
    const made = [];
    for (let count = 0; count < 20; count += 1) made.push(await onCode(owner, key.id));
    const digits = await Promise.all(made.map(async ({ id }) => await reveal(owner, id)));
    expect(new Set(digits).size).toBe(20);
    for (const one of digits) expect(one).toMatch(/^\d{6}$/);
    expect(new Set(digits.map((one) => one[0])).size).toBeGreaterThan(2);
    expect(made[0]).toMatchObject({ kind: 'door_code', keyCardId: null });
    const shown = JSON.stringify([made, await owner.client.credentials.list({ keyId: key.id })]);
    for (const one of digits) expect(shown).not.toContain(`"${one}"`);
  });

  it('has digits that are chosen, which no other code of the property has: a lock that is taken tells its own', async () => {
    const { owner } = hotel.people;
    const key = await giveGuest(owner);
    const code = await onCode(owner, key.id, '0042');
    expect(await reveal(owner, code.id)).toBe('0042');
    await expect(onCode(owner, (await giveGuest(owner)).id, '0042')).rejects.toMatchObject(failing('door-code-in-use'));
    await expect(onCode(owner, key.id, '0042')).rejects.toMatchObject(failing('door-code-in-use', { status: 409 }));
    const elsewhere = await giveGuest(owner, { doors: [gate] });
    await expect(onCode(owner, elsewhere.id, '0042')).rejects.toMatchObject(failing('door-code-in-use'));
    await owner.client.credentials.remove({ credentialId: code.id });
  });

  it('T22: is for one door of its Key, and for no other', async () => {
    const { owner } = hotel.people;
    const doors = [gate, hotel.entrance.id];
    const { id: keyId } = await giveGuest(owner, { doors });
    const on = async (o: { readonly entranceId?: string }) =>
      await owner.client.credentials.create({ keyId, kind: 'door_code', ...o });
    const unsaid = failing('invalid-request', { issues: [{ pointer: '/entranceId' }] });
    await expect(on({})).rejects.toMatchObject(unsaid);
    await expect(on({ entranceId: await addDoor() })).rejects.toMatchObject(unsaid);
    const [first, second] = [await on({ entranceId: gate }), await on({ entranceId: hotel.entrance.id })];
    expect([first, second].map(({ entranceId }) => entranceId)).toEqual(doors);
    expect([first, second].map((code) => code.doors.map(({ entranceId }) => entranceId))).toEqual([
      [gate],
      [hotel.entrance.id],
    ]);
    expect(await reveal(owner, first.id)).not.toBe(await reveal(owner, second.id));
  });

  it.each(['123', '12345678901', '12a4', ' 1234', '１２３４'])('never has the digits "%s"', async (digits) => {
    const key = await giveGuest(hotel.people.owner);
    await expect(onCode(hotel.people.owner, key.id, digits)).rejects.toMatchObject(failing('invalid-request'));
  });

  it('P-6: has digits that ended only when each lock has proven their end', async () => {
    const { owner } = hotel.people;
    const door = await addDoor();
    const lock = { kind: 'lock', name: 'L', entranceId: door, ...lockKeys() } as const;
    const device = await owner.client.devices.create({ propertyId: propertyId(), ...lock });
    const code = await onCode(owner, (await giveGuest(owner, { doors: [door] })).id, '971353');
    await test.portal.planLocks();
    expect(code.doors).toMatchObject([{ entranceId: door, deviceId: device.id, state: 'pending' }]);
    const again = async () => await onCode(owner, (await giveGuest(owner, { doors: [door] })).id, '971353');
    const stateNow = async () =>
      (await owner.client.credentials.get({ credentialId: code.id })).doors.map(({ state }) => state);
    await proveAll(test, device.id);
    expect(await stateNow()).toEqual(['provisioned']);
    await owner.client.credentials.remove({ credentialId: code.id });
    expect(await stateNow()).toEqual(['removing']);
    await expect(again()).rejects.toMatchObject(failing('door-code-in-use'));
    await test.portal.planLocks();
    expect(await stateNow()).toEqual(['removing']);
    await expect(again()).rejects.toMatchObject(failing('door-code-in-use'));
    await proveAll(test, device.id);
    expect(await stateNow()).toEqual(['removed']);
    expect(await reveal(owner, (await again()).id)).toBe('971353');
  });

  it('stays the only one with its digits when its Key, which was over, is opened to again', async () => {
    const { owner } = hotel.people;
    const [door, far] = [await addDoor(), await addDoor()];
    const key = await giveGuest(owner, { days: 1, doors: [far] });
    await onCode(owner, key.id, '8642');
    const { id: keyId, version } = key;
    // Over, it opens nothing, so that somebody else may have the digits; then it is not made longer.
    test.clock.advance(dayMs);
    await onCode(owner, (await giveGuest(owner, { doors: [door] })).id, '8642');
    const longer = owner.client.keys.update({ keyId, version, endsAt: at(dayMs) });
    await expect(longer).rejects.toMatchObject(failing('door-code-in-use'));
    expect(await owner.client.keys.update({ keyId, version, entranceIds: [gate] })).toMatchObject({ version: 2 });
  });
});

describe('★6: the digits of a code', () => {
  it('are told to whoever gave the Key, and to who manages the property, each time with an entry in the audit', async () => {
    const { team, owner, general_manager: manager, organization_owner: head } = hotel.people;
    const key = await giveGuest(team);
    const { id: credentialId } = await onCode(team, key.id);
    const digits = await reveal(team, credentialId);
    for (const who of [team, owner, manager, head]) expect(await reveal(who, credentialId)).toBe(digits);
    const told = [];
    const organizationId = hotel.organization.id;
    for await (const entry of head.client.audit.listAll({ organizationId })) {
      if (entry.action === 'credential.revealed' && entry.subject['credentialId'] === credentialId) told.push(entry);
    }
    const tellers = told.map(({ actor }) => ('memberId' in actor ? actor.memberId : null));
    expect(tellers.toSorted()).toEqual([team, team, owner, manager, head].map(({ id }) => id).toSorted());
    expect(told[0]?.subject).toMatchObject({ credentialId, keyId: key.id });
  });

  it('are told to no other', async () => {
    const { team, owner, housekeeping, installer, organization_owner: head } = hotel.people;
    const key = await giveGuest(owner);
    const { id: credentialId } = await onCode(owner, key.id);
    await expect(reveal(team, credentialId)).rejects.toMatchObject(failing('forbidden', { because: 'not-own' }));
    await expect(reveal(housekeeping, credentialId)).rejects.toMatchObject(failing('not-found'));
    await expect(reveal(installer, credentialId)).rejects.toMatchObject(
      failing('forbidden', { action: 'credential.reveal' }),
    );
    const organizationId = hotel.organization.id;
    const scopes = ['read', 'keys', 'hardware', 'people', 'settings', 'unlock'] as const;
    const { token } = await head.client.apiKeys.create({ organizationId, name: 'All', scopes: [...scopes] });
    const program = test.client(token).credentials.reveal({ credentialId });
    await expect(program).rejects.toMatchObject(failing('forbidden', { because: 'caller-kind' }));
  });

  it('are chosen by nobody who may not read them all: the answer would tell which are in use', async () => {
    const { team, owner } = hotel.people;
    const key = await giveGuest(team);
    await onCode(owner, (await giveGuest(owner)).id, '192837');
    for (const digits of ['192837', '000111']) {
      await expect(onCode(team, key.id, digits)).rejects.toMatchObject(
        failing('forbidden', { because: 'digits-chosen' }),
      );
    }
    expect(await onCode(team, key.id)).toMatchObject({ kind: 'door_code' });
  });

  it('are not told of what has ended, nor of a card', async () => {
    const { owner } = hotel.people;
    const key = await giveGuest(owner);
    const code = await onCode(owner, key.id);
    await owner.client.credentials.remove({ credentialId: code.id });
    await expect(reveal(owner, code.id)).rejects.toMatchObject(failing('credential-ended', { removedAt: at(0) }));
    const card = await onCard(owner, key.id, (await enroll()).id);
    await expect(reveal(owner, card.id)).rejects.toMatchObject(failing('credential-ended', { removedAt: null }));
  });
});

describe('what a credential is at its doors', () => {
  it('each door of its Key, without a lock too', async () => {
    const { owner } = hotel.people;
    const key = await giveGuest(owner, { doors: [hotel.entrance.id, gate] });
    const credential = await onCard(owner, key.id, (await enroll()).id);
    expect(credential.doors).toEqual([
      { entranceId: hotel.entrance.id, deviceId: hotel.device.id, state: 'pending', cause: null, nextTryAt: null },
      { entranceId: gate, deviceId: null, state: 'pending', cause: 'no-lock', nextTryAt: null },
    ]);
  });

  it('also a former one, until its lock has proven that it opens no more', async () => {
    const { owner } = hotel.people;
    const key = await giveGuest(owner);
    const { id: credentialId } = await onCard(owner, key.id, (await enroll()).id);
    await test.portal.planLocks();
    await proveAll(test, hotel.device.id);
    await owner.client.keys.update({ keyId: key.id, version: key.version, entranceIds: [gate] });
    const doors = async () =>
      (await owner.client.credentials.get({ credentialId })).doors.map(({ entranceId, state }) => [entranceId, state]);
    expect(await doors()).toEqual([
      [gate, 'pending'],
      [hotel.entrance.id, 'removing'],
    ]);
    await test.portal.planLocks();
    await proveAll(test, hotel.device.id);
    expect((await doors()).map(([, state]) => state)).not.toContain('removing');
  });

  it('Housekeeping sees that of her own Key alone', async () => {
    const { owner, housekeeping } = hotel.people;
    const mine = await onCard(
      owner,
      (await giveKey(test, hotel, housekeeping.id)).id,
      (await enroll(newPublicKeyCard('H'))).id,
    );
    const other = await onCode(owner, (await giveGuest(owner)).id);
    expect(await housekeeping.client.credentials.get({ credentialId: mine.id })).toEqual(mine);
    expect((await housekeeping.client.credentials.list({ keyId: mine.keyId })).data).toEqual([mine]);
    const { client } = housekeeping;
    await expect(client.credentials.get({ credentialId: other.id })).rejects.toMatchObject(failing('not-found'));
    await expect(client.credentials.list({ keyId: other.keyId })).rejects.toMatchObject(failing('not-found'));
    expect(test.portal.projection.credentials.get(mine.id as CredentialId)).toBeDefined();
  });
});
