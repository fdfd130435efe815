import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleGroup, type SampleGroup } from '../harness/sample-group.test-rig.js';
import { type Person, signIn } from '../harness/sample-hotel.test-rig.js';
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

const fresh = (name: string) => group.address(`${name}-${randomUUID().slice(0, 8)}`);

describe('the team of an organization with several properties', () => {
  it('G3: is invited, assigned, edited and removed in one place, and every property follows', async () => {
    const { organizationId, owner, harbor, hill } = group;
    const { invitations, members } = owner.client;
    const email = fresh('mia');
    const made = await invitations.create({ organizationId, emails: [email], ...group.offer({ harbor: 'team' }) });
    const invited = made.invitations[0]?.member;
    if (invited === undefined) throw new Error('Nobody was invited.');
    const on = async (propertyId: string) => {
      const { data } = await members.list({ propertyId, limit: 200 });
      return data.find(({ id }) => id === invited.id)?.assignments.find((one) => one.propertyId === propertyId)?.role;
    };
    expect([await on(harbor.id), await on(hill.id)]).toEqual(['team', undefined]);

    const assigned = await members.update({
      ...{ memberId: invited.id, version: invited.version },
      ...group.offer({ harbor: 'team', hill: 'general_manager' }),
    });
    const mia = await signIn(test, { email });
    expect([await on(harbor.id), await on(hill.id)]).toEqual(['team', 'general_manager']);
    expect((await mia.client.entrances.create({ propertyId: hill.id, name: 'Gate' })).propertyId).toBe(hill.id);

    expect(assigned.version).toBeGreaterThan(invited.version);
    const { version } = await members.get({ memberId: mia.id });
    const edit = { propertyId: hill.id, memberId: mia.id, role: 'housekeeping', version } as const;
    await members.setAssignment(edit);
    expect([await on(harbor.id), await on(hill.id)]).toEqual(['team', 'housekeeping']);
    await expect(mia.client.entrances.create({ propertyId: hill.id, name: 'Fence' })).rejects.toMatchObject({
      info: { code: 'forbidden', role: 'housekeeping' },
    });

    await members.remove({ memberId: mia.id, confirm: 'remove' });
    expect([await on(harbor.id), await on(hill.id)]).toEqual([undefined, undefined]);
    await expect(mia.client.me()).rejects.toMatchObject({ info: { code: 'unauthenticated' } });
  });

  it('G43: an Organization Owner has all three properties, an Owner of two exactly those two', async () => {
    const lone = await buildSampleGroup(test, 'Three Houses');
    const { organizationId, owner, harbor, hill } = lone;
    const third = await owner.client.properties.create({ organizationId, name: 'Hotel Cove', timeZone: 'UTC' });
    const all = [harbor.id, hill.id, third.id];
    const second = await lone.join('olaf', { organizationOwner: true });
    const ofTwo = await lone.join('hugo', { harbor: 'owner', hill: 'owner' });
    const listed = async ({ client }: Person) =>
      (await client.properties.list({ organizationId, limit: 200 })).data.map(({ id }) => id);
    const manages = async ({ client }: Person) => {
      const reached = await Promise.all(
        all.map(async (propertyId) => {
          const made = await client.entrances.create({ propertyId, name: 'Door' }).catch(({ info }) => info.code);
          return typeof made === 'string' ? made : made.propertyId;
        }),
      );
      return reached;
    };
    for (const person of [owner, second]) {
      expect(await listed(person)).toEqual(all);
      expect(await manages(person)).toEqual(all);
    }
    expect(await listed(ofTwo)).toEqual([harbor.id, hill.id]);
    expect(await manages(ofTwo)).toEqual([harbor.id, hill.id, 'not-found']);
  });
});

describe('invitations that cannot be', () => {
  it('G11: a list that offers one address two things names both rows, and invites nobody', async () => {
    const { organizationId, owner } = group;
    const email = fresh('twice');
    const rows = [
      { email, ...group.offer({ harbor: 'team' }) },
      { email: fresh('fine'), ...group.offer({ harbor: 'team' }) },
      { email: email.toUpperCase(), ...group.offer({ harbor: 'owner' }) },
    ];
    const before = (await test.mails.all()).length;
    const refused = { code: 'batch-refused', rows: [{ row: 2, email: email.toUpperCase(), code: 'email-repeated' }] };
    for (const dryRun of [true, false]) {
      await expect(owner.client.invitations.import({ organizationId, rows, dryRun })).rejects.toMatchObject({
        info: { ...refused, rows: [{ ...refused.rows[0], explanation: expect.stringContaining('Row 1') }] },
      });
    }
    expect(await test.mails.all()).toHaveLength(before);
    // The same offer twice is one invitation (G14).
    const [first, other] = rows;
    if (first === undefined || other === undefined) throw new Error('There are no rows.');
    const same = [first, other, { ...first, email: email.toUpperCase() }];
    const { invitations } = await owner.client.invitations.import({ organizationId, rows: same });
    expect(invitations.map(({ row }) => row)).toEqual([0, 1]);
  });

  it('4.1: a scheme that the organization does not use invites nobody and is no reason to look for one', async () => {
    const { organizationId, owner } = group;
    const operator = test.client(test.portal.operatorKey.reveal());
    const email = `ada@office-${randomUUID().slice(0, 8)}.example`;
    const made = await operator.organizations.create({ name: 'Office', schemes: ['workplace'], owner: { email } });
    const admin = await signIn(test, { email, channel: 'dashboard' });
    const team = admin.client.invitations.create({
      ...{ organizationId: made.organization.id, emails: [fresh('team')], organizationOwner: true },
    });
    await expect(team).rejects.toMatchObject({ info: { code: 'scheme-not-in-use', scheme: 'hospitality' } });
    const users = owner.client.users.invite({ organizationId, rows: [{ email: fresh('user') }] });
    await expect(users).rejects.toMatchObject({ info: { code: 'not-found' } });
  });
});
