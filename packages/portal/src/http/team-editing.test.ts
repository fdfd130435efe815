import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleGroup, type SampleGroup } from '../harness/sample-group.test-rig.js';
import { lockKeys, type Person } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let group: SampleGroup;
let manager: Person;
let hotelOwner: Person;

beforeAll(async () => {
  test = await startTestPortal();
  group = await buildSampleGroup(test);
  manager = await group.join('gerd', { harbor: 'general_manager' });
  hotelOwner = await group.join('hugo', { harbor: 'owner' });
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

const versionOf = async (memberId: string) => (await group.owner.client.members.get({ memberId })).version;

/** Sets a role on the harbor hotel as somebody, with the version there is. */
async function setRole(by: Person, memberId: string, role: 'owner' | 'general_manager' | 'team' | 'installer') {
  const version = await versionOf(memberId);
  return await by.client.members.setAssignment({ propertyId: group.harbor.id, memberId, version, role });
}

describe('who sees whom', () => {
  it('G8, G9: an Organization Owner reaches every property, later ones too, without being assigned', async () => {
    const { organizationId, owner, hill } = group;
    const second = await group.join('olaf', { organizationOwner: true });
    expect((await second.client.me()).member.assignments).toEqual([]);
    expect((await second.client.properties.get({ propertyId: hill.id })).id).toBe(hill.id);
    const later = await owner.client.properties.create({ organizationId, name: 'Hotel Later', timeZone: 'UTC' });
    expect((await second.client.properties.get({ propertyId: later.id })).id).toBe(later.id);
    const person = await group.invite('g9', { hill: 'team' });
    const { version } = person.member;
    const edited = await second.client.members.update({
      memberId: person.member.id,
      version,
      assignments: [{ propertyId: later.id, role: 'owner' }],
    });
    expect(edited.assignments).toEqual([{ propertyId: later.id, role: 'owner' }]);
  });

  it('G10: a property without an assignment is as absent as one that never was: itself, its people, its events', async () => {
    const stranger = await group.join('silas', { hill: 'installer' });
    const { member, invitation } = await group.invite('unseen', { hill: 'team' });
    const nothing = (prefix: string) => `${prefix}_01jd0000000000000000000000`;
    const pairs: readonly (readonly [string, string, object?])[] = [
      [`/v1/properties/${group.hill.id}`, `/v1/properties/${nothing('prop')}`],
      [`/v1/properties/${group.hill.id}/members`, `/v1/properties/${nothing('prop')}/members`],
      [`/v1/properties/${group.hill.id}/events`, `/v1/properties/${nothing('prop')}/events`],
      [`/v1/members/${member.id}`, `/v1/members/${nothing('mem')}`],
      [`/v1/members/${stranger.id}`, `/v1/members/${nothing('mem')}`],
      [`/v1/invitations/${invitation.id}`, `/v1/invitations/${nothing('inv')}`],
      [`/v1/members/${member.id}/removal`, `/v1/members/${nothing('mem')}/removal`, { confirm: 'remove' }],
      [`/v1/invitations/${invitation.id}/removal`, `/v1/invitations/${nothing('inv')}/removal`, {}],
      [
        `/v1/properties/${group.harbor.id}/members/${member.id}/removal`,
        `/v1/properties/${group.harbor.id}/members/${nothing('mem')}/removal`,
        { confirm: 'remove' },
      ],
      [
        `/v1/properties/${group.hill.id}/invitations`,
        `/v1/properties/${nothing('prop')}/invitations`,
        { emails: ['x@example.com'], role: 'team' },
      ],
    ];
    for (const [there, nowhere, body] of pairs) {
      const method = body === undefined ? 'GET' : 'POST';
      const options = {
        token: manager.token,
        ...(body === undefined || there.endsWith('invitations/removal') ? {} : { body }),
      };
      const hidden = await test.send(method, there, options);
      const absent = await test.send(method, nowhere, options);
      expect([there, hidden.status], there).toEqual([there, 404]);
      expect(await hidden.text(), there).toBe(await absent.text());
    }
  });

  it('G10: a member shared with an unseen property shows only the role on the seen one', async () => {
    const both = await group.join('bea', { harbor: 'team', hill: 'owner' });
    const seen = await manager.client.members.get({ memberId: both.id });
    expect(seen.assignments).toEqual([{ propertyId: group.harbor.id, role: 'team' }]);
    const listed = (await manager.client.members.list({ propertyId: group.harbor.id, limit: 200 })).data;
    expect(JSON.stringify(listed)).not.toContain(group.hill.id);
  });

  it('G21: a manager’s list of the organization holds who stands on his property, an Organization Owner’s all', async () => {
    const { organizationId, owner } = group;
    const here = await group.invite('here', { harbor: 'housekeeping' });
    const elsewhere = await group.invite('elsewhere', { hill: 'housekeeping' });
    const idsFor = async (person: Person) => {
      const ids: string[] = [];
      for await (const { id } of person.client.members.listOfOrganizationAll({ organizationId })) ids.push(id);
      return ids;
    };
    const seen = await idsFor(manager);
    expect(seen).toEqual(expect.arrayContaining([here.member.id, manager.id, hotelOwner.id, owner.id]));
    expect(seen).not.toContain(elsewhere.member.id);
    expect(await idsFor(owner)).toEqual(expect.arrayContaining([here.member.id, elsewhere.member.id]));
    const invited = (await manager.client.invitations.list({ organizationId, limit: 200 })).data;
    expect(invited.map(({ member }) => member.id)).toContain(here.member.id);
    expect(invited.map(({ member }) => member.id)).not.toContain(elsewhere.member.id);
  });

  it('G28, G31, G45: Team looks at the team and changes nothing of it', async () => {
    const team = await group.join('tina', { harbor: 'team' });
    expect((await team.client.members.get({ memberId: manager.id })).email).toBe(manager.email);
    const { version } = await team.client.members.get({ memberId: hotelOwner.id });
    const edit = team.client.members.setAssignment({
      propertyId: group.harbor.id,
      memberId: hotelOwner.id,
      version,
      role: 'team',
    });
    await expect(edit).rejects.toMatchObject({ info: { code: 'forbidden', action: 'member.edit_role', role: 'team' } });
    const self = team.client.members.update({
      memberId: team.id,
      version: await versionOf(team.id),
      assignments: [{ propertyId: group.harbor.id, role: 'owner' }],
    });
    await expect(self).rejects.toMatchObject({ info: { status: 403 } });
  });

  it.each([
    ['housekeeping', 'G32, G46'],
    ['installer', 'G34, G47'],
  ] as const)('%s learns nobody’s name or address (%s)', async (role, _source) => {
    const person = await group.join(`quiet-${role}`, { harbor: role });
    const { organizationId } = group;
    const calls = [
      person.client.members.list({ propertyId: group.harbor.id }),
      person.client.members.listOfOrganization({ organizationId }),
      person.client.invitations.list({ organizationId }),
    ];
    for (const call of calls) await expect(call).rejects.toMatchObject({ info: { code: 'forbidden' } });
    await expect(person.client.members.get({ memberId: manager.id })).rejects.toMatchObject({
      info: { code: 'not-found' },
    });
    expect((await person.client.members.get({ memberId: person.id })).id).toBe(person.id);
  });
});

describe('editing', () => {
  it.each(['email', 'emailKey'])(
    'G19, G53: no edit of a member or an invitation takes an address (%s)',
    async (field) => {
      const { member } = await group.invite(`fixed-${field}`, { harbor: 'team' });
      const before = await group.owner.client.members.get({ memberId: member.id });
      for (const path of [`/v1/members/${member.id}`, `/v1/properties/${group.harbor.id}/members/${member.id}`]) {
        const response = await test.send('PATCH', path, {
          token: group.owner.token,
          headers: { 'if-match': '*' },
          body: { role: 'team', [field]: 'other@example.com' },
        });
        const problem = await response.json();
        expect(problem.code).toBe(field === 'email' ? 'email-immutable' : 'invalid-request');
      }
      expect(await group.owner.client.members.get({ memberId: member.id })).toEqual(before);
    },
  );

  it('G20: the role of somebody invited changes, and stands when the invitation is accepted', async () => {
    const { member, email } = await group.invite('changed', { harbor: 'housekeeping' });
    const edited = await setRole(group.owner, member.id, 'team');
    expect(edited).toMatchObject({ state: 'inactive', version: member.version + 1 });
    const { token } = await test.mails.lastTo(email);
    const done = await test
      .client()
      .accountSetups.complete({ token, name: 'Carla', password: 'a long enough password' });
    expect(done.member.assignments).toEqual([{ propertyId: group.harbor.id, role: 'team' }]);
  });

  it('G20: the role of somebody active changes on the next decision, also within a session', async () => {
    const person = await group.join('next', { harbor: 'installer' });
    const list = async () => await person.client.members.list({ propertyId: group.harbor.id });
    await expect(list()).rejects.toMatchObject({ info: { code: 'forbidden' } });
    await setRole(manager, person.id, 'team');
    expect((await list()).data.length).toBeGreaterThan(0);
    await setRole(manager, person.id, 'installer');
    await expect(list()).rejects.toMatchObject({ info: { code: 'forbidden' } });
  });

  it('G22, G27, G54: an edit needs the right over the old and the new role', async () => {
    const person = await group.join('olle', { harbor: 'team' });
    await expect(setRole(manager, person.id, 'owner')).rejects.toMatchObject({
      info: {
        code: 'role-level-not-manageable',
        status: 403,
        actor: 'general_manager',
        target: 'owner',
        propertyId: group.harbor.id,
        whoCould: ['organization_owner', 'owner'],
        explanation:
          'General Manager may neither give nor take the role Owner; this takes Organization Owner or Owner.',
      },
    });
    await expect(setRole(manager, hotelOwner.id, 'team')).rejects.toMatchObject({
      info: { code: 'role-level-not-manageable', target: 'owner' },
    });
    await expect(setRole(hotelOwner, group.owner.id, 'team')).rejects.toMatchObject({
      info: { code: 'role-level-not-manageable', actor: 'owner', target: 'organization_owner' },
    });
    expect((await group.owner.client.members.get({ memberId: person.id })).assignments[0]?.role).toBe('team');
  });

  it('G22: an edit needs the right over every property touched', async () => {
    const person = await group.join('petra', { harbor: 'team' });
    const version = await versionOf(person.id);
    const assignments = [
      { propertyId: group.harbor.id, role: 'team' },
      { propertyId: group.hill.id, role: 'team' },
    ] as const;
    const call = manager.client.members.update({ memberId: person.id, version, assignments });
    await expect(call).rejects.toMatchObject({ info: { code: 'property-not-found', propertyId: group.hill.id } });
    expect(await versionOf(person.id)).toBe(version);
  });

  it('G24, G25, G44: an Owner manages Owners; G26: a General Manager everything on the property but those', async () => {
    const second = await group.join('zoe', { harbor: 'team' });
    expect((await setRole(hotelOwner, second.id, 'owner')).assignments[0]?.role).toBe('owner');
    expect((await setRole(hotelOwner, second.id, 'team')).assignments[0]?.role).toBe('team');
    const property = await manager.client.properties.get({ propertyId: group.harbor.id });
    const renamed = await manager.client.properties.update({
      propertyId: property.id,
      version: property.version,
      name: 'Hotel Harbor',
    });
    expect(renamed.version).toBe(property.version + 1);
    const organization = await manager.client.organizations.get({ organizationId: group.organizationId });
    const settings = manager.client.organizations.update({
      organizationId: group.organizationId,
      version: organization.version,
      name: 'Mine',
    });
    await expect(settings).rejects.toMatchObject({ info: { code: 'forbidden', action: 'organization.manage' } });
  });

  it('G15, P-20: the last Organization Owner who can sign in keeps the flag, whoever asks', async () => {
    const slug = await buildSampleGroup(test, 'Lone Group');
    const { owner } = slug;
    await slug.invite('not-there-yet', { organizationOwner: true });
    const { version } = await owner.client.members.get({ memberId: owner.id });
    const demote = owner.client.members.update({
      memberId: owner.id,
      version,
      organizationOwner: false,
      ...slug.offer({ harbor: 'owner' }),
    });
    await expect(demote).rejects.toMatchObject({ info: { code: 'last-of-role', role: 'organization_owner' } });
    await expect(owner.client.members.leave({})).rejects.toMatchObject({ info: { code: 'last-of-role' } });
    const remove = owner.client.members.remove({ memberId: owner.id, confirm: 'remove' });
    await expect(remove).rejects.toMatchObject({ info: { code: 'last-of-role' } });
    await slug.join('there', { organizationOwner: true });
    const demoted = await owner.client.members.update({
      memberId: owner.id,
      version,
      organizationOwner: false,
      ...slug.offer({ harbor: 'owner' }),
    });
    expect(demoted).toMatchObject({ organizationOwner: false });
  });

  it('★16: peer management off keeps General Managers from managing each other, on every path', async () => {
    const strict = await buildSampleGroup(test, 'Strict Group');
    const { organizationId, owner } = strict;
    const [first, second] = [
      await strict.join('gm-one', { harbor: 'general_manager' }),
      await strict.join('gm-two', { harbor: 'general_manager' }),
    ];
    const { version } = await owner.client.organizations.get({ organizationId });
    await owner.client.organizations.update({ organizationId, version, peerManagement: false });
    const target = await owner.client.members.get({ memberId: second.id });
    const refused = { info: { code: 'role-level-not-manageable', target: 'general_manager' } };
    const propertyId = strict.harbor.id;
    const edit = first.client.members.setAssignment({
      propertyId,
      memberId: second.id,
      version: target.version,
      role: 'team',
    });
    await expect(edit).rejects.toMatchObject(refused);
    const remove = first.client.members.removeFromProperty({ propertyId, memberId: second.id, confirm: 'remove' });
    await expect(remove).rejects.toMatchObject(refused);
    const emails = [strict.address('gm-three')];
    const invite = first.client.invitations.createForProperty({ propertyId, emails, role: 'general_manager' });
    await expect(invite).rejects.toMatchObject(refused);
  });

  it('a name is changed by oneself, and by whoever may edit the member', async () => {
    const person = await group.join('nameless', { harbor: 'team' });
    const named = await person.client.members.update({
      memberId: person.id,
      version: await versionOf(person.id),
      name: 'Nadia',
    });
    expect(named.name).toBe('Nadia');
    const again = await manager.client.members.update({ memberId: person.id, version: named.version, name: null });
    expect(again.name).toBeNull();
    const other = person.client.members.update({
      memberId: hotelOwner.id,
      version: await versionOf(hotelOwner.id),
      name: 'Nobody',
    });
    await expect(other).rejects.toMatchObject({ info: { status: 403 } });
  });
});

describe('versions', () => {
  it('G23: of two edits of the same version one is done and the other is told which version there is', async () => {
    const person = await group.join('raced', { harbor: 'team' });
    const version = await versionOf(person.id);
    const edit = async (role: 'installer' | 'general_manager') =>
      await group.owner.client.members.setAssignment({
        propertyId: group.harbor.id,
        memberId: person.id,
        version,
        role,
      });
    const [first, second] = await Promise.allSettled([edit('installer'), edit('general_manager')]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({
      reason: { info: { code: 'version-stale', status: 412, currentVersion: version + 1 } },
    });
    const now = await group.owner.client.members.get({ memberId: person.id });
    expect(now).toMatchObject({ version: version + 1, assignments: [{ role: 'installer' }] });
  });

  it('G23: an edit says which version it saw; `*` takes any, and replies carry the version as ETag', async () => {
    const { member } = await group.invite('etag', { harbor: 'team' });
    const path = `/v1/members/${member.id}`;
    const { token } = group.owner;
    const body = { name: 'Eta' };
    const without = await test.send('PATCH', path, { token, body });
    expect([without.status, (await without.json()).code]).toEqual([428, 'version-required']);
    const odd = await test.send('PATCH', path, { token, body, headers: { 'if-match': '1' } });
    expect(odd.status).toBe(400);
    expect((await odd.json()).detail).toContain('in quotes, such as "2"');
    const read = await test.send('GET', path, { token });
    expect(read.headers.get('etag')).toBe('"1"');
    const any = await test.send('PATCH', path, { token, body, headers: { 'if-match': '*' } });
    expect([any.status, any.headers.get('etag')]).toEqual([200, '"2"']);
  });

  it('G23: a repeat of an edit with its idempotency key gets the first reply, not `version-stale`', async () => {
    const { member } = await group.invite('repeat', { harbor: 'team' });
    const edit = { memberId: member.id, version: member.version, name: 'Rita' };
    const options = { idempotencyKey: 'the-same-edit' };
    const first = await group.owner.client.members.update(edit, options);
    expect(await group.owner.client.members.update(edit, options)).toEqual(first);
  });

  it('G23: losing a property ends the Keys there and nothing elsewhere', async () => {
    const person = await group.join('loser', { harbor: 'team', hill: 'team' });
    const keys = await Promise.all(
      [group.harbor, group.hill].map(async ({ id: propertyId }) => {
        const entrance = await group.owner.client.entrances.create({ propertyId, name: 'Door' });
        const lock = { kind: 'lock', name: 'Lock', entranceId: entrance.id, ...lockKeys() } as const;
        await group.owner.client.devices.create({ propertyId, ...lock });
        return await group.owner.client.keys.create({
          propertyId,
          holderId: person.id,
          entranceIds: [entrance.id],
          startsAt: '2026-01-01T00:00:00Z',
          endsAt: null,
        });
      }),
    );
    await group.owner.client.members.update({
      memberId: person.id,
      version: await versionOf(person.id),
      ...group.offer({ hill: 'team' }),
    });
    const [lost, kept] = await Promise.all(
      keys.map(async ({ id }) => await group.owner.client.keys.get({ keyId: id })),
    );
    expect(lost?.revokedAt).not.toBeNull();
    expect(kept?.revokedAt).toBeNull();
    const { data } = await group.owner.client.events.list({ propertyId: group.harbor.id, limit: 200 });
    expect(data).toContainEqual(expect.objectContaining({ type: 'key.revoked', keyId: lost?.id, holderId: person.id }));
    expect(data).toContainEqual(
      expect.objectContaining({
        type: 'member.removed',
        memberId: person.id,
        formerRole: 'team',
        because: 'role_taken',
      }),
    );
    await expect(person.client.properties.get({ propertyId: group.harbor.id })).rejects.toMatchObject({
      info: { code: 'not-found' },
    });
    expect((await person.client.me()).member.assignments).toHaveLength(1);
  });
});
