import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleHotel, type Person, type SampleHotel, signIn } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

const dayMs = 24 * 60 * 60 * 1000;

let test: TestPortal;
let hotel: SampleHotel;
let colleague: Person;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
  const propertyId = hotel.property.id;
  await hotel.people.owner.client.invitations.createForProperty({
    ...{ propertyId, role: 'team' },
    emails: ['second-team@example.com'],
  });
  colleague = await signIn(test, { email: 'second-team@example.com' });
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

const propertyId = () => hotel.property.id;
const at = (ms: number) => new Date(test.clock.now() + ms).toISOString();
const failing = (code: string, more: object = {}) => ({ info: { code, ...more } });

async function addGuest(by: Person, name = 'Ingrid Visser') {
  return await by.client.guests.create({ propertyId: propertyId(), name, email: 'ingrid@elsewhere.example' });
}

async function give(by: Person, holderId: string, days = 2) {
  const period = { entranceIds: [hotel.entrance.id], startsAt: at(0), endsAt: at(days * dayMs) };
  return await by.client.keys.create({ propertyId: propertyId(), holderId, ...period });
}

async function eventsSince(cursor: number) {
  const { client } = hotel.people.organization_owner;
  const all = [];
  for await (const event of client.events.listAll({ propertyId: propertyId() })) all.push(event);
  return all.filter((event) => Number(event.cursor) > cursor);
}

describe('G30: guests', () => {
  it.each(['organization_owner', 'owner', 'general_manager', 'team'] as const)('%s adds and edits one', async (who) => {
    const { client } = hotel.people[who];
    const guest = await client.guests.create({ propertyId: propertyId(), name: ' Ingrid Visser ' });
    expect(guest).toMatchObject({ name: 'Ingrid Visser', email: null, version: 1, removedAt: null });
    const { id: guestId, version } = guest;
    const edited = await client.guests.update({ guestId, version, email: 'iv@elsewhere.example' });
    expect(edited).toEqual({ ...guest, email: 'iv@elsewhere.example', version: 2 });
    expect(await client.guests.get({ guestId })).toEqual(edited);
    const listed = await client.guests.list({ propertyId: propertyId(), limit: 200 });
    expect(listed.data).toContainEqual(edited);
    const stale = client.guests.update({ guestId, version, name: 'Other' });
    await expect(stale).rejects.toMatchObject(failing('version-stale', { currentVersion: 2 }));
  });

  it('G34: the Installer sees none, and Housekeeping none either, not even by the id', async () => {
    const { id: guestId } = await addGuest(hotel.people.owner);
    const { installer, housekeeping } = hotel.people;
    const denied = failing('forbidden', { action: 'key.view' });
    await expect(installer.client.guests.list({ propertyId: propertyId() })).rejects.toMatchObject(denied);
    await expect(installer.client.guests.get({ guestId })).rejects.toMatchObject(denied);
    expect(await housekeeping.client.guests.list({ propertyId: propertyId() })).toEqual({ data: [], nextCursor: null });
    await expect(housekeeping.client.guests.get({ guestId })).rejects.toMatchObject(failing('not-found'));
    for (const { client } of [installer, housekeeping]) {
      const denied = failing('forbidden', { action: 'key.create_for_others' });
      const create = client.guests.create({ propertyId: propertyId(), name: 'X' });
      await expect(create).rejects.toMatchObject(denied);
      await expect(client.guests.update({ guestId, version: 1, name: 'X' })).rejects.toMatchObject(denied);
      await expect(client.guests.remove({ guestId })).rejects.toMatchObject(denied);
    }
  });

  it('a program needs the scope of Keys to see one', async () => {
    const { client } = hotel.people.organization_owner;
    const { id: guestId } = await addGuest(hotel.people.owner);
    const organizationId = hotel.organization.id;
    const reads = await client.apiKeys.create({ organizationId, name: 'Reads', scopes: ['read', 'people'] });
    const gives = await client.apiKeys.create({ organizationId, name: 'Gives', scopes: ['keys'] });
    const refused = test.client(reads.token).guests.get({ guestId });
    await expect(refused).rejects.toMatchObject(failing('scope-missing', { scope: 'keys' }));
    expect(await test.client(gives.token).guests.get({ guestId })).toMatchObject({ id: guestId });
  });
});

describe('G30: the Key of a guest', () => {
  it('is given, read, edited and revoked as any Key, and Team is bound to the property’s range', async () => {
    const { team } = hotel.people;
    const { id: holderId } = await addGuest(team);
    const key = await give(team, holderId);
    expect(key).toMatchObject({ holderId, creatorId: team.id });
    const { id: keyId, version } = key;
    expect(await team.client.keys.update({ keyId, version, endsAt: at(dayMs) })).toMatchObject({ holderId });
    const tooLong = give(team, holderId, 400);
    await expect(tooLong).rejects.toMatchObject(failing('forbidden', { because: 'within-door-range' }));
    expect(await team.client.keys.revoke({ keyId })).toMatchObject({ holderId, revokedAt: at(0) });
    const events = (await eventsSince(0)).filter((event) => 'keyId' in event && event.keyId === keyId);
    expect(events.map((event) => [event.type, 'holderId' in event && event.holderId])).toEqual([
      ['key.created', holderId],
      ['key.updated', holderId],
      ['key.revoked', holderId],
    ]);
  });

  it('is not given to a guest of another property, to a removed one, or to nobody', async () => {
    const { owner, organization_owner: head } = hotel.people;
    const other = await head.client.properties.create({
      ...{ organizationId: hotel.organization.id, name: 'Annex', timeZone: 'Europe/Paris' },
    });
    const elsewhere = await head.client.guests.create({ propertyId: other.id, name: 'Ingrid' });
    const gone = await addGuest(owner);
    await owner.client.guests.remove({ guestId: gone.id });
    for (const holderId of [elsewhere.id, gone.id, 'gst_01jd0000000000000000000000']) {
      const call = give(owner, holderId);
      await expect(call).rejects.toMatchObject(
        failing('invalid-request', { issues: [expect.objectContaining({ pointer: '/holderId' })] }),
      );
    }
  });

  it('counts for nobody’s access review, and stands in nobody’s own Keys', async () => {
    const { owner } = hotel.people;
    const before = await owner.client.accessReview.listOfProperty({ propertyId: propertyId(), limit: 200 });
    await give(owner, (await addGuest(owner)).id);
    const after = await owner.client.accessReview.listOfProperty({ propertyId: propertyId(), limit: 200 });
    expect(after.data.map(({ memberId, keys }) => [memberId, keys])).toEqual(
      before.data.map(({ memberId, keys }) => [memberId, keys]),
    );
    expect((await owner.client.keys.listMine({ limit: 200 })).data).toEqual([]);
  });
});

describe('removing a guest', () => {
  it('G41: ends every Key of the guest in the same transaction, for good, and a repeat changes nothing', async () => {
    const { general_manager: manager, team } = hotel.people;
    const guest = await addGuest(team);
    const keys = [await give(team, guest.id), await give(manager, guest.id)];
    const bystander = await give(team, (await addGuest(team)).id);
    const revoked = await manager.client.keys.revoke({ keyId: keys[0]?.id ?? '' });
    test.clock.advance(1000);
    const cursor = Number((await eventsSince(0)).at(-1)?.cursor);

    const removed = await manager.client.guests.remove({ guestId: guest.id });
    expect(removed).toEqual({ ...guest, version: 2, removedAt: at(0) });
    expect(await manager.client.keys.get({ keyId: revoked.id })).toEqual(revoked);
    expect(await manager.client.keys.get({ keyId: keys[1]?.id ?? '' })).toMatchObject({ revokedAt: at(0) });
    expect(await manager.client.keys.get({ keyId: bystander.id })).toMatchObject({ revokedAt: null });
    const told = await eventsSince(cursor);
    expect(told.map(({ type }) => type)).toEqual(['key.revoked', 'guest.removed']);
    expect(told).toMatchObject([{ keyId: keys[1]?.id, holderId: guest.id }, { guestId: guest.id }]);

    expect(await manager.client.guests.remove({ guestId: guest.id })).toEqual(removed);
    expect(await manager.client.guests.get({ guestId: guest.id })).toEqual(removed);
    const { data } = await manager.client.guests.list({ propertyId: propertyId(), limit: 200 });
    expect(data.map(({ id }) => id)).not.toContain(guest.id);
    const edit = manager.client.guests.update({ guestId: guest.id, version: 2, name: 'X' });
    await expect(edit).rejects.toMatchObject(failing('guest-removed', { status: 409 }));
    expect(await eventsSince(cursor)).toHaveLength(2);
  });

  it('G31: Team removes a guest whose Keys are all of her own making, and no other: then nothing has changed', async () => {
    const { team } = hotel.people;
    const mine = await addGuest(team);
    const own = await give(team, mine.id);
    const shared = await addGuest(team);
    const ofMine = await give(team, shared.id);
    const ofColleague = await give(colleague, shared.id);

    const refused = team.client.guests.remove({ guestId: shared.id });
    await expect(refused).rejects.toMatchObject(failing('forbidden', { action: 'key.edit_others' }));
    expect(await team.client.guests.get({ guestId: shared.id })).toEqual(shared);
    for (const key of [ofMine, ofColleague]) expect(await team.client.keys.get({ keyId: key.id })).toEqual(key);

    await team.client.guests.remove({ guestId: mine.id });
    expect(await team.client.keys.get({ keyId: own.id })).toMatchObject({ revokedAt: at(0) });
    // A Key that is revoked already stands in nobody's way.
    await colleague.client.keys.revoke({ keyId: ofColleague.id });
    expect(await team.client.guests.remove({ guestId: shared.id })).toMatchObject({ removedAt: at(0) });
  });

  it('leaves neither name nor address in events, audit or log', async () => {
    const { owner, organization_owner: head } = hotel.people;
    const guest = await owner.client.guests.create({
      propertyId: propertyId(),
      name: 'Quirin Unmistakable',
      email: 'quirin@unmistakable.example',
    });
    await give(owner, guest.id);
    await owner.client.guests.remove({ guestId: guest.id });
    const audit = [];
    for await (const entry of head.client.audit.listAll({ organizationId: hotel.organization.id })) audit.push(entry);
    const record = JSON.stringify([await eventsSince(0), audit, test.log]);
    expect(record).toContain(guest.id);
    expect(record).not.toMatch(/quirin|unmistakable/i);
  });
});
