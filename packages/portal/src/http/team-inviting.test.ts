import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleGroup, type SampleGroup } from '../harness/sample-group.test-rig.js';
import { samplePassword, signIn } from '../harness/sample-hotel.test-rig.js';
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

const fresh = (name = 'new') => group.address(`${name}-${randomUUID().slice(0, 8)}`);
const mailsTo = async (email: string) => (await test.mails.all()).filter(({ to }) => to === email);
const organizationRows = () =>
  test.portal.projection.members.group(group.organizationId).filter(({ state }) => state !== 'removed').length;

describe('inviting the team', () => {
  it('G1: an organization holds several properties, and each belongs to it', async () => {
    const { organizationId, owner, harbor, hill } = group;
    const { data } = await owner.client.properties.list({ organizationId });
    expect(data.map(({ id }) => id)).toEqual([harbor.id, hill.id]);
    expect(data.every((property) => property.organizationId === organizationId)).toBe(true);
  });

  it('G2, G3, G43: one invitation and one acceptance give a role on each of several properties', async () => {
    const { organizationId, owner, harbor, hill } = group;
    const email = fresh('nina');
    const assignments = [
      { propertyId: harbor.id, role: 'owner' },
      { propertyId: hill.id, role: 'housekeeping' },
    ] as const;
    const { invitations } = await owner.client.invitations.create({ organizationId, emails: [email], assignments });
    expect(invitations).toEqual([
      expect.objectContaining({
        row: 0,
        email,
        member: expect.objectContaining({ state: 'inactive', assignments, organizationOwner: false, version: 1 }),
      }),
    ]);
    const nina = await signIn(test, { email });
    expect((await nina.client.me()).member).toMatchObject({ state: 'active', assignments, invitation: null });
    expect((await nina.client.properties.get({ propertyId: harbor.id })).name).toBe('Hotel Harbor');
    await expect(nina.client.properties.get({ propertyId: hill.id })).rejects.toMatchObject({
      info: { code: 'forbidden', because: 'role-lacks-action' },
    });
  });

  it('G4: a single property invites on its own, by its Owner', async () => {
    const slug = randomUUID().slice(0, 8);
    const { organization, property, owner } = await group.operator.organizations.create({
      name: 'Guest House Lake',
      kind: 'single_property',
      owner: { email: `lena@${slug}.example` },
      property: { name: 'Guest House Lake', timeZone: 'Europe/Zurich' },
    });
    if (property === null) throw new Error('There is no property.');
    expect(organization.kind).toBe('single_property');
    expect(owner).toMatchObject({
      organizationOwner: false,
      assignments: [{ propertyId: property.id, role: 'owner' }],
    });
    const lena = await signIn(test, { email: `lena@${slug}.example` });
    const emails = [`timo@${slug}.example`];
    await lena.client.invitations.createForProperty({ propertyId: property.id, emails, role: 'team' });
    const timo = await signIn(test, { email: `timo@${slug}.example` });
    expect((await timo.client.me()).member.assignments).toEqual([{ propertyId: property.id, role: 'team' }]);
    const call = timo.client.invitations.createForProperty({
      propertyId: property.id,
      emails: ['x@y.example'],
      role: 'team',
    });
    await expect(call).rejects.toMatchObject({ info: { code: 'forbidden', action: 'member.invite' } });
  });

  it('G4: within an organization a manager invites to the own property too', async () => {
    const manager = await group.join('greta', { harbor: 'general_manager' });
    const emails = [fresh()];
    const propertyId = group.harbor.id;
    const { invitations } = await manager.client.invitations.createForProperty({
      propertyId,
      emails,
      role: 'installer',
    });
    expect(invitations[0]?.member.assignments).toEqual([{ propertyId, role: 'installer' }]);
  });

  it('G5: a single property has no organization-level invitations until the operator sets it up as an organization', async () => {
    const slug = randomUUID().slice(0, 8);
    const made = await group.operator.organizations.create({
      name: 'Hostel',
      kind: 'single_property',
      owner: { email: `a@${slug}.example` },
      property: { name: 'Hostel', timeZone: 'UTC' },
    });
    const organizationId = made.organization.id;
    const owner = await signIn(test, { email: `a@${slug}.example` });
    const invite = async () =>
      await owner.client.invitations.create({
        organizationId,
        emails: [`b@${slug}.example`],
        assignments: [{ propertyId: made.property?.id ?? '', role: 'team' }],
      });
    await expect(invite()).rejects.toMatchObject({ info: { code: 'organization-required', status: 409 } });
    const another = owner.client.properties.create({ organizationId, name: 'Annex', timeZone: 'UTC' });
    await expect(another).rejects.toMatchObject({ info: { code: 'organization-required' } });
    const organization = await group.operator.organizations.setUp({ organizationId });
    expect(organization.kind).toBe('organization');
    expect(await group.operator.organizations.setUp({ organizationId })).toEqual(organization);
    expect((await owner.client.me()).member).toMatchObject({ organizationOwner: true, assignments: [] });
    expect((await invite()).invitations).toHaveLength(1);
  });

  it.each(['team', 'housekeeping', 'installer'] as const)(
    'G6: %s has no permission to invite, and is told which one is missing and who has it',
    async (role) => {
      const person = await group.join(`g6-${role}`, { harbor: role });
      const before = organizationRows();
      const email = fresh();
      const call = person.client.invitations.create({
        organizationId: group.organizationId,
        emails: [email],
        ...group.offer({ harbor: 'housekeeping' }),
      });
      await expect(call).rejects.toMatchObject({
        info: {
          code: 'forbidden',
          status: 403,
          because: 'role-lacks-action',
          action: 'member.invite',
          role,
          whoCould: ['organization_owner', 'owner', 'general_manager'],
        },
      });
      expect(organizationRows()).toBe(before);
      expect(await mailsTo(email)).toEqual([]);
    },
  );

  it('G7: whoever is no Organization Owner needs at least one property', async () => {
    const { organizationId, owner } = group;
    for (const offer of [{}, { assignments: [] }, { organizationOwner: false }]) {
      const call = owner.client.invitations.create({ organizationId, emails: [fresh()], ...offer });
      await expect(call).rejects.toMatchObject({
        info: { code: 'batch-refused', rows: [{ code: 'property-missing' }] },
      });
    }
  });

  it('G11: several addresses get the same properties and roles, one invitation and one mail each', async () => {
    const { organizationId, owner } = group;
    const emails = [fresh('a'), fresh('b'), fresh('c')];
    const offer = group.offer({ harbor: 'team', hill: 'team' });
    const { invitations, warnings } = await owner.client.invitations.create({ organizationId, emails, ...offer });
    expect(warnings).toEqual([]);
    expect(invitations.map(({ row, email }) => [row, email])).toEqual(emails.map((email, row) => [row, email]));
    expect(new Set(invitations.map(({ member }) => member.id)).size).toBe(3);
    for (const { member } of invitations) expect(member.assignments).toEqual(offer.assignments);
    for (const email of emails) expect(await mailsTo(email)).toHaveLength(1);
  });

  it('G11 ★: when any row is at fault nothing is done, no mail leaves, and each row at fault says why', async () => {
    const { organizationId, owner } = group;
    const known = await group.join('known', { hill: 'team' });
    const before = organizationRows();
    const good = fresh('good');
    const emails = [good, 'no address', known.email.toUpperCase(), 'also@nothing'];
    const call = owner.client.invitations.create({ organizationId, emails, ...group.offer({ harbor: 'team' }) });
    await expect(call).rejects.toMatchObject({
      info: {
        code: 'batch-refused',
        status: 422,
        rows: [
          { row: 1, email: 'no address', code: 'email-invalid', explanation: expect.any(String) },
          { row: 2, email: known.email.toUpperCase(), code: 'email-in-use' },
          { row: 3, email: 'also@nothing', code: 'email-invalid' },
        ],
      },
    });
    expect(organizationRows()).toBe(before);
    expect(await mailsTo(good)).toEqual([]);
  });

  it('G12, G13: inviting lives under the organization and takes a signed-in person', async () => {
    const path = `/v1/organizations/${group.organizationId}/invitations`;
    const body = { emails: [fresh()], ...group.offer({ harbor: 'team' }) };
    expect((await test.send('POST', path, { body })).status).toBe(401);
    expect((await test.send('POST', path, { body, token: group.owner.token })).status).toBe(201);
  });

  it('G14: an empty list is refused, addresses are trimmed and compared in lower case, duplicates collapse', async () => {
    const { organizationId, owner } = group;
    const offer = group.offer({ hill: 'installer' });
    const nobody = owner.client.invitations.create({ organizationId, emails: [], ...offer });
    await expect(nobody).rejects.toMatchObject({ info: { code: 'nobody-invited' } });
    const email = fresh('Mixed.Case');
    const emails = [`  ${email} `, email.toUpperCase()];
    const { invitations, warnings } = await owner.client.invitations.create({ organizationId, emails, ...offer });
    expect(invitations.map((invited) => invited.email)).toEqual([email]);
    expect(warnings).toEqual([{ code: 'address-repeated', row: 1, firstRow: 0 }]);
    expect(await mailsTo(email)).toHaveLength(1);
    const again = owner.client.invitations.create({ organizationId, emails: [email.toLowerCase()], ...offer });
    await expect(again).rejects.toMatchObject({ info: { rows: [{ code: 'email-in-use' }] } });
  });

  it('G15: only an Organization Owner makes another one', async () => {
    const { organizationId } = group;
    const hotelOwner = await group.join('hal', { harbor: 'owner', hill: 'owner' });
    const call = hotelOwner.client.invitations.create({ organizationId, emails: [fresh()], organizationOwner: true });
    await expect(call).rejects.toMatchObject({
      info: {
        code: 'role-level-not-manageable',
        actor: 'owner',
        target: 'organization_owner',
        whoCould: ['organization_owner'],
      },
    });
    const { member } = await group.invite('second-owner', { organizationOwner: true });
    expect(member).toMatchObject({ organizationOwner: true, assignments: [] });
  });

  it('G15 ★: the flag and roles on properties contradict each other', async () => {
    const { organizationId, owner } = group;
    const offer = { ...group.offer({ harbor: 'team' }), organizationOwner: true };
    const call = owner.client.invitations.create({ organizationId, emails: [fresh()], ...offer });
    await expect(call).rejects.toMatchObject({ info: { rows: [{ code: 'owner-with-assignments' }] } });
  });

  it('G16: each property takes one of five roles, and each pair is checked', async () => {
    const { organizationId, owner, harbor } = group;
    for (const role of ['owner', 'general_manager', 'team', 'housekeeping', 'installer'] as const) {
      const made = await owner.client.invitations.create({
        organizationId,
        emails: [fresh()],
        ...group.offer({ harbor: role }),
      });
      expect(made.invitations[0]?.member.assignments).toEqual([{ propertyId: harbor.id, role }]);
    }
    const path = `/v1/organizations/${organizationId}/invitations`;
    const body = { emails: [fresh()], assignments: [{ propertyId: harbor.id, role: 'organization_owner' }] };
    expect((await test.send('POST', path, { token: owner.token, body })).status).toBe(400);
    const twice = [
      { propertyId: harbor.id, role: 'team' },
      { propertyId: harbor.id, role: 'installer' },
    ] as const;
    const call = owner.client.invitations.create({ organizationId, emails: [fresh()], assignments: twice });
    await expect(call).rejects.toMatchObject({ info: { rows: [{ code: 'assignment-repeated' }] } });
  });

  it('G10, G16: a property of another organization, or one that was removed, is no property to assign', async () => {
    const { organizationId, owner } = group;
    const other = await buildSampleGroup(test, 'Other Group');
    const gone = await owner.client.properties.create({ organizationId, name: 'Gone', timeZone: 'UTC' });
    await owner.client.properties.remove({ propertyId: gone.id, confirm: 'remove' });
    for (const { id: propertyId } of [other.harbor, gone]) {
      const assignments = [{ propertyId, role: 'team' as const }];
      const call = owner.client.invitations.create({ organizationId, emails: [fresh()], assignments });
      await expect(call).rejects.toMatchObject({ info: { rows: [{ code: 'property-not-found' }] } });
    }
  });

  it('G16, G27: a General Manager invites to the own property, below Owner; every pair counts', async () => {
    const { organizationId, harbor, hill } = group;
    const manager = await group.join('gm', { harbor: 'general_manager' });
    const invite = async (assignments: readonly { propertyId: string; role: 'owner' | 'team' | 'general_manager' }[]) =>
      await manager.client.invitations.create({ organizationId, emails: [fresh()], assignments });
    await expect(invite([{ propertyId: harbor.id, role: 'owner' }])).rejects.toMatchObject({
      info: { code: 'role-level-not-manageable', actor: 'general_manager', target: 'owner' },
    });
    await expect(
      invite([
        { propertyId: harbor.id, role: 'team' },
        { propertyId: hill.id, role: 'team' },
      ]),
    ).rejects.toMatchObject({ info: { code: 'batch-refused', rows: [{ code: 'property-not-found' }] } });
    const made = await invite([{ propertyId: harbor.id, role: 'general_manager' }]);
    expect(made.invitations).toHaveLength(1);
  });

  it('G17: the rows are there when the call answers, the mail leaves after that, and a repeat sends no second one', async () => {
    const { organizationId, owner } = group;
    const email = fresh();
    const input = { organizationId, emails: [email], ...group.offer({ harbor: 'team' }) };
    const idempotencyKey = randomUUID();
    const first = await owner.client.invitations.create(input, { idempotencyKey });
    expect(first.invitations[0]?.invitation).toMatchObject({ state: 'open', mail: 'queued' });
    expect(await owner.client.invitations.create(input, { idempotencyKey })).toEqual(first);
    expect(await mailsTo(email)).toHaveLength(1);
    const invitationId = first.invitations[0]?.invitation.id ?? '';
    expect((await owner.client.invitations.get({ invitationId })).invitation.mail).toBe('sent');
  });

  it('G18: the link of the mail stands in no reply', async () => {
    const { organizationId, owner } = group;
    const email = fresh();
    const path = `/v1/organizations/${organizationId}/invitations`;
    const body = { emails: [email], ...group.offer({ harbor: 'team' }) };
    const response = await test.send('POST', path, { token: owner.token, body });
    const text = await response.text();
    const { token } = await test.mails.lastTo(email);
    expect(token).toMatch(/^lwi_/);
    expect(text).not.toContain('lwi_');
    expect(text).not.toContain(token);
  });

  it('G48: a role is never implied, and the smallest one for a list of actions is suggested', async () => {
    const path = `/v1/properties/${group.harbor.id}/invitations`;
    const response = await test.send('POST', path, { token: group.owner.token, body: { emails: [fresh()] } });
    expect(response.status).toBe(400);
    const { client } = group.owner;
    expect(await client.roles.suggest({ actions: ['lock.manage', 'key_card.manage'] })).toMatchObject({
      hospitality: 'installer',
    });
    expect(await client.roles.suggest({ actions: ['key.create_for_others'] })).toMatchObject({ hospitality: 'team' });
    expect(await client.roles.suggest({ actions: ['portal_settings.edit', 'member.invite'] })).toMatchObject({
      hospitality: 'general_manager',
    });
    expect(await client.roles.suggest({ actions: ['invitation.edit_email'] })).toEqual({
      hospitality: null,
      workplace: null,
      uncovered: ['invitation.edit_email'],
    });
  });

  it('G51: a dry run checks the whole list and warns of addresses that look mistyped, and does nothing', async () => {
    const { organizationId, owner } = group;
    const before = organizationRows();
    const offer = group.offer({ harbor: 'team' });
    const emails = ['paula@gmial.com', fresh()];
    const { invitations, warnings } = await owner.client.invitations.create({
      organizationId,
      emails,
      ...offer,
      dryRun: true,
    });
    expect(invitations).toEqual([]);
    expect(warnings).toEqual([{ code: 'address-looks-mistyped', row: 0, suggestion: 'paula@gmail.com' }]);
    const bad = owner.client.invitations.create({ organizationId, emails: ['x'], ...offer, dryRun: true });
    await expect(bad).rejects.toMatchObject({
      info: { code: 'batch-refused', rows: [{ row: 0, code: 'email-invalid' }] },
    });
    expect(organizationRows()).toBe(before);
    expect(await mailsTo('paula@gmial.com')).toEqual([]);
  });

  it('P-21: rows of an imported list each have their own offer, and one too high refuses all', async () => {
    const { organizationId, owner } = group;
    const manager = await group.join('importer', { harbor: 'general_manager' });
    const rows = [
      { email: fresh('one'), name: 'One', ...group.offer({ harbor: 'team' }) },
      { email: fresh('two'), ...group.offer({ harbor: 'owner' }) },
    ];
    const before = organizationRows();
    await expect(manager.client.invitations.import({ organizationId, rows })).rejects.toMatchObject({
      info: { code: 'role-level-not-manageable', target: 'owner' },
    });
    expect(organizationRows()).toBe(before);
    const { invitations } = await owner.client.invitations.import({ organizationId, rows });
    expect(invitations.map(({ member }) => [member.name, member.assignments[0]?.role])).toEqual([
      ['One', 'team'],
      [null, 'owner'],
    ]);
  });

  it('P-21: an invitation made by somebody demoted since is not accepted', async () => {
    const manager = await group.join('demoted', { harbor: 'general_manager' });
    const email = fresh();
    const propertyId = group.harbor.id;
    await manager.client.invitations.createForProperty({ propertyId, emails: [email], role: 'general_manager' });
    const { version } = await group.owner.client.members.get({ memberId: manager.id });
    await group.owner.client.members.setAssignment({ propertyId, memberId: manager.id, version, role: 'team' });
    const { token } = await test.mails.lastTo(email);
    const call = test.client().accountSetups.complete({ token, name: 'Late', password: samplePassword });
    await expect(call).rejects.toMatchObject({ info: { code: 'invitation-not-covered' } });
  });
});
