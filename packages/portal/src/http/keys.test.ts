import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleHotel, giveKey, type Person, type SampleHotel, signIn } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

const dayMs = 24 * 60 * 60 * 1000;

let test: TestPortal;
let hotel: SampleHotel;
let colleague: Person;
let sauna: string;

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
  const propertyId = hotel.property.id;
  const { client } = hotel.people.owner;
  await client.invitations.createForProperty({ propertyId, emails: ['second-team@example.com'], role: 'team' });
  colleague = await signIn(test, { email: 'second-team@example.com' });
  sauna = (await client.entrances.create({ propertyId, name: 'Sauna' })).id;
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

const at = (ms: number) => new Date(test.clock.now() + ms).toISOString();

/** A Key for the housekeeper for two days, unless said otherwise. */
async function make(by: Person, wish: { readonly holderId?: string; readonly entranceIds?: readonly string[] } = {}) {
  return await by.client.keys.create({
    propertyId: hotel.property.id,
    holderId: wish.holderId ?? hotel.people.housekeeping.id,
    entranceIds: wish.entranceIds ?? [hotel.entrance.id],
    startsAt: at(0),
    endsAt: at(2 * dayMs),
  });
}

async function settle(doorRange: readonly string[] | null, longestStayMs = 31 * dayMs): Promise<void> {
  const { client } = hotel.people.general_manager;
  const propertyId = hotel.property.id;
  const { version } = await client.properties.get({ propertyId });
  await client.properties.update({ propertyId, version, settings: { doorRange, longestStayMs } });
}

const failing = (code: string, more: object = {}) => ({ info: { code, ...more } });
const outOfRange = failing('forbidden', { because: 'within-door-range' });

describe('Keys as Team gives them', () => {
  it('G30: Team makes a Key for somebody else at a property that nobody has set up, for any of its doors', async () => {
    const { team, housekeeping } = hotel.people;
    const { settings } = await team.client.properties.get({ propertyId: hotel.property.id });
    expect(settings.doorRange).toBeNull();
    for (const holder of [housekeeping, colleague]) {
      const key = await make(team, { holderId: holder.id, entranceIds: [hotel.entrance.id, sauna] });
      expect(key).toMatchObject({ creatorId: team.id, holderId: holder.id, entranceIds: [hotel.entrance.id, sauna] });
      expect(await holder.client.keys.listMine()).toMatchObject({ data: [{ id: key.id }] });
    }
  });

  it('★10: but none for herself, which needs an Owner or General Manager', async () => {
    const { team, general_manager: manager } = hotel.people;
    const call = make(team, { holderId: team.id });
    await expect(call).rejects.toMatchObject(failing('forbidden', { because: 'needs-approval' }));
    expect((await make(manager, { holderId: manager.id })).holderId).toBe(manager.id);
  });
});

describe('editing a Key', () => {
  it('G30: Team edits a Key of her own making: doors, period and hours; what is left out stays', async () => {
    const { team } = hotel.people;
    const key = await make(team);
    expect(key.version).toBe(1);
    const schedule = { windows: [{ weekdays: 31, startMinute: 480, endMinute: 1020 }] };
    const changed = await team.client.keys.update({
      ...{ keyId: key.id, version: key.version, entranceIds: [sauna, sauna], endsAt: at(3 * dayMs), schedule },
    });
    expect(changed).toEqual({ ...key, entranceIds: [sauna], endsAt: at(3 * dayMs), schedule, version: 2 });
    expect(await team.client.keys.get({ keyId: key.id })).toEqual(changed);
    const later = await team.client.keys.update({ keyId: key.id, version: 2, startsAt: at(dayMs), schedule: null });
    expect(later).toEqual({ ...changed, startsAt: at(dayMs), schedule: null, version: 3 });
  });

  it('G30, P-16: is told as an event and written into the audit, with who did it', async () => {
    const { team, organization_owner: owner } = hotel.people;
    const { id: keyId, holderId } = await make(team);
    await team.client.keys.update({ keyId, version: 1, entranceIds: [sauna] });
    const told = [];
    for await (const event of owner.client.events.listAll({ propertyId: hotel.property.id })) told.push(event);
    const actor = { kind: 'member', memberId: team.id, channel: 'portal_app' };
    const fact = { type: 'key.updated', propertyId: hotel.property.id, actor };
    expect(told.at(-1)).toMatchObject({ ...fact, keyId, holderId, entranceIds: [sauna] });
    const written = [];
    for await (const entry of owner.client.audit.listAll({ organizationId: hotel.organization.id }))
      written.push(entry);
    const subject = { keyId, holderId, entranceIds: [sauna] };
    const entry = written.find(({ action, subject: of }) => action === 'key.updated' && of['keyId'] === keyId);
    expect(entry).toMatchObject({ actor, propertyId: hotel.property.id, subject });
  });

  it('G31: another’s Key Team sees, and neither edits nor revokes, be it a colleague’s, a manager’s or for herself', async () => {
    const { team, general_manager: manager } = hotel.people;
    const others = [await make(colleague), await make(manager), await make(manager, { holderId: team.id })];
    for (const key of others) {
      expect(await team.client.keys.get({ keyId: key.id })).toEqual(key);
      const denied = failing('forbidden', { because: 'role-lacks-action', action: 'key.edit_others', role: 'team' });
      const edit = team.client.keys.update({ keyId: key.id, version: key.version, endsAt: at(3 * dayMs) });
      await expect(edit).rejects.toMatchObject(denied);
      await expect(team.client.keys.revoke({ keyId: key.id })).rejects.toMatchObject(denied);
      expect(await manager.client.keys.get({ keyId: key.id })).toEqual(key);
    }
    const { version, id: keyId } = others[0] as { readonly version: number; readonly id: string };
    expect(await manager.client.keys.update({ keyId, version, endsAt: null })).toMatchObject({ endsAt: null });
  });

  it('★10: what Team may not give she does not edit into being either', async () => {
    const { team } = hotel.people;
    const edit = async (change: object) => await team.client.keys.update({ keyId: key.id, version: 1, ...change });
    await settle([hotel.entrance.id], 2 * dayMs);
    const key = await make(team);
    await expect(edit({ entranceIds: [hotel.entrance.id, sauna] })).rejects.toMatchObject(outOfRange);
    await expect(edit({ endsAt: null })).rejects.toMatchObject(outOfRange);
    await expect(edit({ endsAt: at(2 * dayMs + 1) })).rejects.toMatchObject(outOfRange);
    await expect(edit({ startsAt: at(-1) })).rejects.toMatchObject(outOfRange);
    expect(await edit({ endsAt: at(dayMs) })).toMatchObject({ version: 2 });
    await settle(null);
  });

  it('★10: a Key that somebody gave herself as a manager she does not make longer as Team', async () => {
    const { owner } = hotel.people;
    const propertyId = hotel.property.id;
    const email = 'was-manager@example.com';
    await owner.client.invitations.createForProperty({ propertyId, emails: [email], role: 'general_manager' });
    const person = await signIn(test, { email });
    const key = await make(person, { holderId: person.id });
    const { version } = await owner.client.members.get({ memberId: person.id });
    await owner.client.members.setAssignment({ propertyId, memberId: person.id, version, role: 'team' });
    const edit = person.client.keys.update({ keyId: key.id, version: 1, endsAt: at(3 * dayMs) });
    await expect(edit).rejects.toMatchObject(failing('forbidden', { because: 'needs-approval' }));
  });

  it('G30: a revoked Key stays as it was', async () => {
    const { team } = hotel.people;
    const { id: keyId } = await make(team);
    const revoked = await team.client.keys.revoke({ keyId });
    expect(revoked.version).toBe(2);
    const edit = team.client.keys.update({ keyId, version: 2, endsAt: at(3 * dayMs) });
    await expect(edit).rejects.toMatchObject(failing('key-revoked', { status: 409 }));
    expect(await team.client.keys.get({ keyId })).toEqual(revoked);
  });

  it('G30: an edit of an older version is refused', async () => {
    const { team, owner } = hotel.people;
    const { id: keyId } = await make(team);
    await owner.client.keys.update({ keyId, version: 1, endsAt: at(dayMs) });
    const edit = team.client.keys.update({ keyId, version: 1, entranceIds: [sauna] });
    await expect(edit).rejects.toMatchObject(failing('version-stale', { currentVersion: 2 }));
  });

  it('a Key that makes no sense is refused, whichever half of it is new', async () => {
    const { client } = hotel.people.owner;
    const { id: keyId } = await make(hotel.people.owner);
    const wrong = (pointer: string) => failing('invalid-request', { issues: [expect.objectContaining({ pointer })] });
    const edit = async (change: object) => await client.keys.update({ keyId, version: 1, ...change });
    await expect(edit({ endsAt: at(0) })).rejects.toMatchObject(wrong('/endsAt'));
    await expect(edit({ startsAt: at(2 * dayMs) })).rejects.toMatchObject(wrong('/startsAt'));
    await expect(edit({ startsAt: at(dayMs), endsAt: at(dayMs) })).rejects.toMatchObject(wrong('/endsAt'));
    const stranger = await buildSampleHotel(test, 'Hotel Borealis');
    const stray = edit({ entranceIds: [hotel.entrance.id, stranger.entrance.id] });
    await expect(stray).rejects.toMatchObject(wrong('/entranceIds/1'));
    await expect(edit({ holderId: hotel.people.team.id })).rejects.toMatchObject(wrong('/holderId'));
  });

  it('opens from then on what it now names, and nothing else', async () => {
    const { owner } = hotel.people;
    const { client } = await (async () => {
      const propertyId = hotel.property.id;
      const email = 'edited@example.com';
      await owner.client.invitations.createForProperty({ propertyId, emails: [email], role: 'team' });
      return await signIn(test, { email });
    })();
    const me = (await client.me()).member.id;
    const key = await giveKey(test, hotel, me);
    const refusal = async (entranceId: string) =>
      await client
        .unlock({ entranceId })
        .catch((error: { readonly info: { readonly code: string } }) => error.info.code);
    // The gateway is away, so the decision was to unlock.
    expect([await refusal(hotel.entrance.id), await refusal(sauna)]).toEqual(['gateway-offline', 'unlock-refused']);
    await owner.client.keys.update({ keyId: key.id, version: 1, entranceIds: [sauna] });
    expect(await refusal(hotel.entrance.id)).toBe('unlock-refused');
    await owner.client.keys.update({
      keyId: key.id,
      version: 2,
      entranceIds: [hotel.entrance.id],
      startsAt: at(dayMs),
    });
    expect(await refusal(hotel.entrance.id)).toBe('unlock-refused');
    await owner.client.keys.update({ keyId: key.id, version: 3, startsAt: at(0) });
    expect(await refusal(hotel.entrance.id)).toBe('gateway-offline');
  });
});
