import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleGroup, type SampleGroup } from '../harness/sample-group.test-rig.js';
import {
  buildSampleHotel,
  giveKey,
  lockKeys,
  type Person,
  type SampleHotel,
  samplePassword,
  signIn,
} from '../harness/sample-hotel.test-rig.js';
import { connectGateway } from '../harness/scripted-gateway.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let group: SampleGroup;
let hotel: SampleHotel;

beforeAll(async () => {
  test = await startTestPortal();
  group = await buildSampleGroup(test);
  hotel = await buildSampleHotel(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

const stateOf = async (memberId: string) => (await group.owner.client.members.get({ memberId })).state;
const statusOf = async (token: string) => (await test.send('GET', '/v1/me', { token })).status;
const confirm = 'remove';

/** A Key to a new door of the harbor hotel. */
async function keyFor(person: Person) {
  const propertyId = group.harbor.id;
  const { client } = group.owner;
  const entrance = await client.entrances.create({ propertyId, name: 'Door' });
  await client.devices.create({ propertyId, kind: 'lock', name: 'Lock', entranceId: entrance.id, ...lockKeys() });
  return await client.keys.create({
    propertyId,
    holderId: person.id,
    entranceIds: [entrance.id],
    startsAt: '2026-01-01T00:00:00Z',
    endsAt: null,
  });
}

describe('removing', () => {
  it.each(['', 'Remove', 'REMOVE', 'delete', 'removed', 'remove me'])(
    'G38, G39: typing “%s” confirms nothing, and nothing is changed',
    async (typed) => {
      const person = await group.join(`safe-${randomUUID()}`, { harbor: 'team' });
      const before = await group.owner.client.members.get({ memberId: person.id });
      for (const path of [
        `/v1/members/${person.id}/removal`,
        `/v1/properties/${group.harbor.id}/members/${person.id}/removal`,
      ]) {
        const response = await test.send('POST', path, { token: group.owner.token, body: { confirm: typed } });
        expect([response.status, (await response.json()).code]).toEqual([422, 'confirmation-required']);
      }
      expect(await group.owner.client.members.get({ memberId: person.id })).toEqual(before);
      expect(await statusOf(person.token)).toBe(200);
    },
  );

  it('G36, G37, G40: removal at the organization ends every assignment, and a second one answers the same', async () => {
    const person = await group.join('rolf', { harbor: 'team', hill: 'owner' });
    const removed = await group.owner.client.members.remove({ memberId: person.id, confirm });
    expect(removed).toMatchObject({ state: 'removed', assignments: [], invitation: null });
    const rows = () => test.portal.projection.auditHead(removed.organizationId).seq;
    const before = rows();
    expect(await group.owner.client.members.remove({ memberId: person.id, confirm })).toEqual(removed);
    expect(rows()).toBe(before);
    const { organizationId } = group;
    const listed = await group.owner.client.members.listOfOrganization({ organizationId, limit: 200 });
    expect(listed.data.map(({ id }) => id)).not.toContain(person.id);
  });

  it('G39: spaces around the word do not matter', async () => {
    const { member } = await group.invite('spaced', { harbor: 'team' });
    const response = await test.send('POST', `/v1/members/${member.id}/removal`, {
      token: group.owner.token,
      body: { confirm: ' remove\n' },
    });
    expect((await response.json()).state).toBe('removed');
  });

  it('G36, G40: a manager of one property takes only that one away, as often as he asks', async () => {
    const manager = await group.join('mona', { harbor: 'general_manager' });
    const person = await group.join('both', { harbor: 'team', hill: 'team' });
    const remove = async () =>
      await manager.client.members.removeFromProperty({
        propertyId: group.harbor.id,
        memberId: person.id,
        confirm,
      });
    const first = await remove();
    expect(first.assignments).toEqual([]);
    expect(await remove()).toEqual(first);
    expect(await manager.client.members.remove({ memberId: person.id, confirm })).toEqual(first);
    const now = await group.owner.client.members.get({ memberId: person.id });
    expect(now).toMatchObject({ state: 'active', assignments: [{ propertyId: group.hill.id, role: 'team' }] });
    expect(await statusOf(person.token)).toBe(200);
  });

  it('G10, G40: a repeat is answered only where the member was removed', async () => {
    const manager = await group.join('two-houses', { harbor: 'general_manager', hill: 'general_manager' });
    const person = await group.join('one-house', { hill: 'team' });
    const remove = async (propertyId: string) =>
      await manager.client.members.removeFromProperty({ propertyId, memberId: person.id, confirm });
    expect((await remove(group.hill.id)).state).toBe('removed');
    expect((await remove(group.hill.id)).state).toBe('removed');
    await expect(remove(group.harbor.id)).rejects.toMatchObject({ info: { code: 'not-found' } });
  });

  it('G25, G27: nobody removes above the own ceiling', async () => {
    const manager = await group.join('gm-ceiling', { harbor: 'general_manager' });
    const hotelOwner = await group.join('owner-ceiling', { harbor: 'owner' });
    const refused = { info: { code: 'role-level-not-manageable' } };
    await expect(manager.client.members.remove({ memberId: hotelOwner.id, confirm })).rejects.toMatchObject(refused);
    await expect(hotelOwner.client.members.remove({ memberId: group.owner.id, confirm })).rejects.toMatchObject(
      refused,
    );
    const another = await group.join('another-owner', { harbor: 'owner' });
    const removed = await hotelOwner.client.members.remove({ memberId: another.id, confirm });
    expect(removed.state).toBe('removed');
  });

  it('G41: from the commit on nothing opens: sessions, API keys, Keys, links, by any token ever held', async () => {
    const { organizationId } = group;
    const person = await group.join('rita', { organizationOwner: true });
    const { token: second } = await test
      .client()
      .sessions.create({ email: person.email, password: samplePassword, channel: 'dashboard' });
    const { token: apiToken, apiKey } = await person.client.apiKeys.create({
      organizationId,
      name: 'Script',
      scopes: ['read'],
    });
    const key = await keyFor(person);
    const tokens = [person.token, second, apiToken];
    expect(await Promise.all(tokens.map(statusOf))).toEqual([200, 200, 200]);

    await group.owner.client.members.remove({ memberId: person.id, confirm });

    expect(await Promise.all(tokens.map(statusOf))).toEqual([401, 401, 401]);
    const signInAgain = test
      .client()
      .sessions.create({ email: person.email, password: samplePassword, channel: 'portal_app' });
    await expect(signInAgain).rejects.toMatchObject({ info: { code: 'sign-in-failed' } });
    expect((await group.owner.client.keys.get({ keyId: key.id })).revokedAt).not.toBeNull();
    for await (const listed of group.owner.client.apiKeys.listAll({ organizationId })) {
      if (listed.id === apiKey.id) expect(listed.revokedAt).not.toBeNull();
    }
    const { sessions, setupLinks } = test.portal.projection;
    const memberId = person.id as Parameters<typeof test.portal.projection.members.get>[0];
    expect(sessions.group(memberId).map(({ endedBecause }) => endedBecause)).toEqual(['removed', 'removed']);
    expect(setupLinks.group(memberId).every(({ endedAt }) => endedAt !== null)).toBe(true);
  });

  it('G41: the link of somebody removed before accepting is void', async () => {
    const { member, email } = await group.invite('void', { harbor: 'team' });
    const { token } = await test.mails.lastTo(email);
    await group.owner.client.members.remove({ memberId: member.id, confirm });
    const links = test.portal.projection.setupLinks.group(member.id);
    expect(links.map(({ endedAs }) => endedAs)).toEqual(['void']);
    const call = test.client().accountSetups.complete({ token, name: 'V', password: samplePassword });
    await expect(call).rejects.toMatchObject({ info: { status: 410 } });
  });

  it('G41: an event stream of the removed person ends', async () => {
    const person = await group.join('stream', { harbor: 'team' });
    const path = `/v1/properties/${group.harbor.id}/events/stream`;
    const response = await test.send('GET', path, { token: person.token });
    const reader = response.body?.getReader();
    await reader?.read();
    await group.owner.client.members.remove({ memberId: person.id, confirm });
    let told = '';
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      told += new TextDecoder().decode(value);
    }
    expect(told).not.toContain('membership.');
  });

  it('G41: an unlock that waits at the gateway is taken back: refused at once, and no token is signed for it', async () => {
    const { housekeeping, owner } = hotel.people;
    const gateway = await connectGateway(hotel);
    await giveKey(test, hotel, housekeeping.id);
    const attempt = await housekeeping.client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
    const command = await gateway.next('unlock');
    await gateway.ack(command);
    const waiting = owner.client.attempts.waitFor(attempt.id);
    await owner.client.members.remove({ memberId: housekeeping.id, confirm });
    expect(await waiting).toMatchObject({ state: 'refused', code: 'revoked' });
    await gateway.challenge(command, '00'.repeat(8));
    expect(await gateway.next('token-refused')).toMatchObject({ code: 'revoked' });
    expect(gateway.received.map(({ type }) => type)).not.toContain('token');
    const { data } = await owner.client.events.list({ propertyId: hotel.property.id, limit: 200 });
    const ends = data.filter((event) => 'attemptId' in event && event.attemptId === attempt.id);
    expect(ends.filter(({ type }) => type === 'attempt.refused')).toHaveLength(1);
    await gateway[Symbol.asyncDispose]();
  });

  it('G41: an unlock whose token is out goes on to its own end', async () => {
    const { installer, owner } = hotel.people;
    const gateway = await connectGateway(hotel);
    await giveKey(test, hotel, installer.id);
    const attempt = await installer.client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
    const command = await gateway.next('unlock');
    await gateway.ack(command);
    await gateway.challenge(command, '00'.repeat(8));
    await gateway.next('token');
    await owner.client.members.remove({ memberId: installer.id, confirm });
    expect((await owner.client.attempts.get({ attemptId: attempt.id })).state).toBe('acknowledged');
    await gateway.report(command, { outcome: 'executed', code: 'ok' });
    expect(await owner.client.attempts.waitFor(attempt.id)).toMatchObject({ state: 'confirmed' });
    await gateway[Symbol.asyncDispose]();
  });

  it('G42: whoever was removed comes back by a new invitation only, without the old Keys', async () => {
    const person = await group.join('back', { harbor: 'team' });
    const key = await keyFor(person);
    await group.owner.client.members.remove({ memberId: person.id, confirm });
    const version = (await group.owner.client.members.get({ memberId: person.id })).version;
    const revive = group.owner.client.members.update({
      memberId: person.id,
      version,
      ...group.offer({ harbor: 'team' }),
    });
    await expect(revive).rejects.toMatchObject({ info: { code: 'state-not-fitting', state: 'removed' } });
    const { member } = await group.invite('back', { harbor: 'team' });
    expect(member.id).not.toBe(person.id);
    const { token } = await test.mails.lastTo(person.email);
    const forgotten = test.client().accountSetups.complete({ token, name: 'Back', password: 'another password!' });
    await expect(forgotten).rejects.toThrow();
    const done = await test.client().accountSetups.complete({ token, name: 'Back', password: samplePassword });
    expect(done.member).toMatchObject({ id: member.id, state: 'active' });
    expect((await group.owner.client.keys.get({ keyId: key.id })).revokedAt).not.toBeNull();
    expect(await statusOf(person.token)).toBe(401);
    expect(await stateOf(person.id)).toBe('removed');
  });

  it('★3: everybody may leave by themselves, a property or all of it, but the last of a role', async () => {
    const person = await group.join('goer', { harbor: 'housekeeping', hill: 'installer' });
    const left = await person.client.members.leave({ propertyId: group.harbor.id });
    expect(left.assignments).toEqual([{ propertyId: group.hill.id, role: 'installer' }]);
    expect(await statusOf(person.token)).toBe(200);
    const gone = await person.client.members.leave({});
    expect(gone).toMatchObject({ state: 'removed', assignments: [] });
    expect(await statusOf(person.token)).toBe(401);
    const remove = group
      .join('no-role-operation', { harbor: 'housekeeping' })
      .then(async ({ client, id }) => await client.members.remove({ memberId: id, confirm }));
    await expect(remove).rejects.toMatchObject({ info: { status: 403 } });
  });

  it('G8: with a property its assignments, Keys and waiting unlocks end, and nobody sees it any more', async () => {
    const { organizationId, owner } = group;
    const annex = await owner.client.properties.create({ organizationId, name: 'Annex', timeZone: 'UTC' });
    const offer = { assignments: [{ propertyId: annex.id, role: 'team' as const }] };
    const emails = [group.address('only-there'), group.address('not-come-yet')];
    const { invitations } = await owner.client.invitations.create({ organizationId, emails, ...offer });
    const person = await signIn(test, { email: group.address('only-there') });
    const entrance = await owner.client.entrances.create({ propertyId: annex.id, name: 'Door' });
    const held = { propertyId: annex.id, entranceIds: [entrance.id], startsAt: '2026-01-01T00:00:00Z', endsAt: null };
    const keys = [
      await owner.client.keys.create({ ...held, holderId: person.id }),
      await owner.client.keys.create({ ...held, holderId: owner.id }),
    ];
    const half = owner.client.properties.remove({ propertyId: annex.id, confirm: 'Remove' as 'remove' });
    await expect(half).rejects.toMatchObject({ info: { code: 'confirmation-required' } });

    const removed = await owner.client.properties.remove({ propertyId: annex.id, confirm });
    expect(removed.removedAt).not.toBeNull();

    for (const client of [owner.client, person.client]) {
      for (const call of [
        client.properties.get({ propertyId: annex.id }),
        client.entrances.get({ entranceId: entrance.id }),
        client.unlock({ entranceId: entrance.id }),
      ]) {
        await expect(call).rejects.toMatchObject({
          info: { status: expect.toSatisfy((status) => [401, 404].includes(status)) },
        });
      }
    }
    const { accessKeys } = test.portal.projection;
    for (const { id } of keys) expect(accessKeys.get(id)?.revokedAt).toBe(test.clock.now());
    const listed = await owner.client.properties.list({ organizationId, limit: 200 });
    expect(listed.data.map(({ id }) => id)).not.toContain(annex.id);
    for (const { member } of invitations) expect((await stateOf(member.id)) === 'active').toBe(false);
    const { data } = await owner.client.events.listOfOrganization({ organizationId, limit: 200 });
    expect(data).toContainEqual(expect.objectContaining({ type: 'property.removed', removedPropertyId: annex.id }));
  });
});

describe('a property that is removed while its doors are in use', () => {
  it('G8, G41: each Key is revoked once and each waiting unlock taken back once', async () => {
    const closing = await buildSampleHotel(test, 'Hotel Closing');
    const { team, organization_owner: owner } = closing.people;
    const gateway = await connectGateway(closing);
    const keys = [await giveKey(test, closing, team.id), await giveKey(test, closing, owner.id)];
    const attempt = await team.client.unlock({ entranceId: closing.entrance.id, waitSeconds: 0 });
    await gateway.ack(await gateway.next('unlock'));
    await owner.client.properties.remove({ propertyId: closing.property.id, confirm });
    const feed = await test.portal.store.events(closing.property.id, { after: 0, limit: 1000 });
    const told = (type: string) => feed.filter(({ body }) => body.type === type).map(({ body }) => body);
    expect(
      told('key.revoked')
        .map((event) => 'keyId' in event && event.keyId)
        .sort(),
    ).toEqual(keys.map(({ id }) => id).sort());
    expect(told('attempt.refused')).toEqual([expect.objectContaining({ attemptId: attempt.id, code: 'revoked' })]);
    expect(await test.portal.store.attempt(attempt.id)).toMatchObject({ state: 'refused', code: 'revoked' });
    await gateway[Symbol.asyncDispose]();
  });
});
