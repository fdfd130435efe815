import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditHash } from '../audit-chain.js';
import { buildSampleGroup, type SampleGroup } from '../harness/sample-group.test-rig.js';
import { type Person, samplePassword, signIn } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let group: SampleGroup;

beforeAll(async () => {
  test = await startTestPortal();
  group = await buildSampleGroup(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

async function collect<Item>(items: AsyncGenerator<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('an organization', () => {
  it('is renamed and settled with its version', async () => {
    const { organizationId, owner } = group;
    const before = await owner.client.organizations.get({ organizationId });
    const after = await owner.client.organizations.update({ organizationId, version: before.version, name: 'Aurora' });
    expect(after).toEqual({ ...before, name: 'Aurora', version: before.version + 1 });
    const both = await owner.client.organizations.update({
      organizationId,
      version: after.version,
      name: 'Aurora Group',
      peerManagement: true,
    });
    expect(both).toMatchObject({ name: 'Aurora Group', version: after.version + 1 });
    const stale = owner.client.organizations.update({ organizationId, version: before.version, name: 'Lost' });
    await expect(stale).rejects.toMatchObject({ info: { code: 'version-stale', currentVersion: both.version } });
  });

  it('4.1: one that starts to use the workplace gets its first Admin by name, and stops while nobody has a role there', async () => {
    const both = await buildSampleGroup(test, 'Growing Group');
    const { organizationId, owner } = both;
    const { version } = await owner.client.organizations.get({ organizationId });
    const schemes = ['hospitality', 'workplace'] as const;
    const grown = await owner.client.organizations.update({ organizationId, version, schemes });
    expect(grown.schemes).toEqual(schemes);
    expect((await owner.client.me()).member.workplace).toEqual({ role: 'admin', licensed: false, deskId: null });
    const shrink = owner.client.organizations.update({
      organizationId,
      version: grown.version,
      schemes: ['hospitality'],
    });
    await expect(shrink).rejects.toMatchObject({ info: { code: 'scheme-in-use', scheme: 'workplace', members: 1 } });
  });

  it.each([
    [['hospitality'], { organizationOwner: true, workplace: null }],
    [['workplace'], { organizationOwner: false, workplace: { role: 'admin', licensed: true, deskId: null } }],
    [
      ['hospitality', 'workplace'],
      { organizationOwner: true, workplace: { role: 'admin', licensed: false, deskId: null } },
    ],
  ] as const)('4.1: whoever an organization of %s begins with can invite everybody else', async (schemes, first) => {
    const { owner } = await group.operator.organizations.create({
      name: 'Anew',
      schemes,
      licenses: 1,
      owner: { email: `first@${randomUUID().slice(0, 8)}.example` },
    });
    expect(owner).toMatchObject({ ...first, state: 'inactive' });
  });

  it('a single property comes with its property, and no organization does', async () => {
    const owner = { email: `x@${randomUUID().slice(0, 8)}.example` };
    const create = async (body: object) =>
      (await test.send('POST', '/v1/organizations', { token: test.portal.operatorKey.reveal(), body })).status;
    expect(await create({ name: 'A', kind: 'single_property', owner })).toBe(400);
    expect(await create({ name: 'A', owner, property: { name: 'P', timeZone: 'UTC' } })).toBe(400);
    expect(await create({ name: 'A', owner, schemes: ['workplace', 'workplace'] })).toBe(400);
  });
});

describe('what is on record', () => {
  it('the organization’s feed tells of memberships, by ids only; the properties’ feeds of roles there', async () => {
    const { organizationId, owner, harbor } = group;
    const person = await group.join('told', { harbor: 'team' });
    const { version } = await owner.client.members.get({ memberId: person.id });
    const grown = await owner.client.members.update({
      memberId: person.id,
      version,
      ...group.offer({ harbor: 'team', hill: 'installer' }),
    });
    await owner.client.members.setAssignment({
      propertyId: harbor.id,
      memberId: person.id,
      version: grown.version,
      role: 'installer',
    });
    await owner.client.members.remove({ memberId: person.id, confirm: 'remove' });
    const events = await collect(owner.client.events.listOfOrganizationAll({ organizationId }));
    const own = events.filter((event) => 'memberId' in event && event.memberId === person.id);
    expect(own.map(({ type }) => type)).toEqual([
      'membership.invited',
      'membership.activated',
      'membership.updated',
      'membership.removed',
    ]);
    expect(JSON.stringify(events)).not.toContain('@');
    const there = await collect(owner.client.events.listAll({ propertyId: harbor.id }));
    const types = there.filter((event) => 'memberId' in event && event.memberId === person.id).map(({ type }) => type);
    expect(types).toEqual(['member.invited', 'member.activated', 'member.updated', 'member.removed']);
  });

  it('the organization’s feed is for who manages it; an Admin sees what concerns users', async () => {
    const { organizationId } = group;
    const manager = await group.join('reader', { harbor: 'general_manager' });
    await expect(manager.client.events.listOfOrganization({ organizationId })).rejects.toMatchObject({
      info: { code: 'forbidden', action: 'organization.manage' },
    });
    const mixed = await buildSampleGroup(test, 'Mixed Group');
    const { version } = await mixed.owner.client.organizations.get({ organizationId: mixed.organizationId });
    await mixed.owner.client.organizations.update({
      organizationId: mixed.organizationId,
      version,
      schemes: ['hospitality', 'workplace'],
    });
    const email = mixed.address('ada');
    const { token } = await test
      .client()
      .sessions.create({ email: mixed.owner.email, password: samplePassword, channel: 'dashboard' });
    await test.client(token).users.invite({
      organizationId: mixed.organizationId,
      rows: [{ email, role: 'admin', licensed: false }],
    });
    const team = await mixed.invite('not-a-user', { harbor: 'team' });
    const ada = await signInOn(email);
    const seen = await collect(ada.client.events.listOfOrganizationAll({ organizationId: mixed.organizationId }));
    expect(seen.some((event) => event.type === 'membership.invited')).toBe(true);
    expect(JSON.stringify(seen)).not.toContain(team.member.id);
    expect(JSON.stringify(seen)).not.toContain(mixed.harbor.id);
  });

  it('the audit is whole: numbered without a gap, each hash over the one before, and about nobody’s name or address', async () => {
    const { organizationId, owner } = group;
    const entries = await collect(owner.client.audit.listAll({ organizationId, limit: 7 }));
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
    expect(JSON.stringify(entries)).not.toMatch(/@|Aurora|Harbor|correct horse/);
    const actions = new Set(entries.map(({ action }) => action));
    for (const action of [
      'organization.created',
      'property.created',
      'member.invited',
      'member.activated',
      'member.removed',
    ]) {
      expect(actions).toContain(action);
    }
    let hash = '';
    for (const { seq, at, action, actor, propertyId, subject, hash: kept } of entries) {
      hash = auditHash(hash, JSON.stringify({ seq, at, action, actor, propertyId, subject }));
      expect(kept, `entry ${seq}`).toBe(hash);
    }
    const hotelOwner = await group.join('not-the-whole', { harbor: 'owner' });
    await expect(hotelOwner.client.audit.list({ organizationId })).rejects.toMatchObject({
      info: { code: 'forbidden' },
    });
    const beyond = owner.client.audit.list({ organizationId, cursor: '999999' });
    await expect(beyond).rejects.toMatchObject({ info: { code: 'invalid-request' } });
  });
});

describe('the access review', () => {
  it('G49: shows members, roles, properties, Keys, last use and age, to each only what is in sight', async () => {
    const { organizationId, owner, harbor, hill } = group;
    const person = await group.join('reviewed', { harbor: 'team', hill: 'owner' });
    await person.client.me();
    const entrance = await owner.client.entrances.create({ propertyId: harbor.id, name: 'Door' });
    await owner.client.keys.create({
      propertyId: harbor.id,
      holderId: person.id,
      entranceIds: [entrance.id],
      startsAt: '2026-01-01T00:00:00Z',
      endsAt: null,
    });
    await test.portal.maintain();
    const all = await collect(owner.client.accessReview.listAll({ organizationId, limit: 3 }));
    const row = all.find(({ memberId }) => memberId === person.id);
    expect(row).toMatchObject({
      email: person.email,
      state: 'active',
      keys: 1,
      assignments: [
        { propertyId: harbor.id, role: 'team' },
        { propertyId: hill.id, role: 'owner' },
      ],
      lastSeenAt: expect.stringMatching(/:00\.000Z$/),
      createdAt: expect.any(String),
      findings: [],
    });
    const manager = await group.join('reviewer', { harbor: 'general_manager' });
    for (const rows of [
      await collect(manager.client.accessReview.listAll({ organizationId })),
      await collect(manager.client.accessReview.listOfPropertyAll({ propertyId: harbor.id })),
    ]) {
      const seen = rows.find(({ memberId }) => memberId === person.id);
      expect(seen?.assignments).toEqual([{ propertyId: harbor.id, role: 'team' }]);
      expect(JSON.stringify(rows)).not.toContain(hill.id);
      expect(rows.map(({ memberId }) => memberId)).toContain(owner.id);
    }
    for (const role of ['housekeeping', 'installer'] as const) {
      const other = await group.join(`no-review-${role}`, { harbor: role });
      await expect(other.client.accessReview.list({ organizationId })).rejects.toMatchObject({
        info: { code: 'forbidden', action: 'access_review.view' },
      });
    }
  });

  it('★4, G49: a property that hides its audit from Team is left out of Team’s review', async () => {
    const lone = await buildSampleGroup(test, 'Discreet Group');
    const { organizationId, owner, harbor, hill } = lone;
    const team = await lone.join('team', { harbor: 'team', hill: 'team' });
    const both = await lone.join('both', { harbor: 'installer', hill: 'installer' });
    const hidden = await lone.join('hidden', { harbor: 'installer' });
    const settings = { auditHiddenFromTeam: true };
    await owner.client.properties.update({ propertyId: harbor.id, version: harbor.version, settings });
    const rows = await collect(team.client.accessReview.listAll({ organizationId }));
    expect(rows.map(({ memberId }) => memberId)).not.toContain(hidden.id);
    expect(rows.find(({ memberId }) => memberId === both.id)?.assignments).toEqual([
      { propertyId: hill.id, role: 'installer' },
    ]);
  });

  it('G50: finds who never accepted and who was not seen for as long as asked, in both meanings of inactive', async () => {
    const lone = await buildSampleGroup(test, 'Quiet Group');
    const { organizationId, owner } = lone;
    const quiet = await lone.join('quiet', { harbor: 'team' });
    await quiet.client.me();
    const { member } = await lone.invite('never', { harbor: 'team' });
    await test.portal.maintain();
    test.clock.advance(9 * 24 * 3600 * 1000);
    const findings = async (unseenDays: number) => {
      const rows = await collect(owner.client.accessReview.listAll({ organizationId, unseenDays }));
      return Object.fromEntries(rows.map((row) => [row.memberId, row.findings]));
    };
    const after9 = await findings(9);
    expect(after9[member.id]).toEqual([{ code: 'never-accepted', expired: true }]);
    expect(after9[quiet.id]).toEqual([{ code: 'not-seen', since: expect.any(String) }]);
    expect((await findings(10))[quiet.id]).toEqual([]);
  });

  it('G48: finds roles of which only what a smaller one permits was used', async () => {
    const lone = await buildSampleGroup(test, 'Ample Group');
    const { organizationId, owner, harbor } = lone;
    const ample = await lone.join('ample', { harbor: 'owner' });
    const busy = await lone.join('busy', { harbor: 'general_manager' });
    await ample.client.events.list({ propertyId: harbor.id });
    await ample.client.properties.get({ propertyId: harbor.id });
    await busy.client.properties.get({ propertyId: harbor.id });
    await busy.client.invitations.create({
      organizationId,
      emails: [lone.address('new')],
      ...lone.offer({ harbor: 'team' }),
    });
    await test.portal.maintain();
    const rows = await collect(owner.client.accessReview.listAll({ organizationId }));
    const findingsOf = (person: Person) => rows.find(({ memberId }) => memberId === person.id)?.findings;
    expect(findingsOf(ample)).toEqual([
      { code: 'could-be-lower', propertyId: harbor.id, role: 'owner', suggested: 'team' },
    ]);
    expect(findingsOf(busy)).toEqual([]);
  });
});

async function signInOn(email: string): Promise<Person> {
  return await signIn(test, { email, channel: 'dashboard' });
}
