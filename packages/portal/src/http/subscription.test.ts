import { describe, expect, it } from 'vitest';
import { buildSampleHotel, signIn } from '../harness/sample-hotel.test-rig.js';
import { buildSampleOffice, type SampleOffice } from '../harness/sample-office.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

const failing = (code: string, rest: object = {}) => ({ info: { code, ...rest } });
const hourMs = 60 * 60 * 1000;

async function change(office: SampleOffice, wish: object) {
  const { client } = office.people.admin;
  const { organizationId } = office;
  const { version } = await client.subscription.get({ organizationId });
  return await client.subscription.update({ organizationId, version, ...wish });
}

async function withOffice(
  options: Parameters<typeof buildSampleOffice>[1],
  run: (office: SampleOffice, test: TestPortal) => Promise<void>,
): Promise<void> {
  await using test = await startTestPortal();
  await run(await buildSampleOffice(test, options), test);
}

describe('licenses', () => {
  it('S31, P-22: an invitation takes a license until it is accepted, removed or replaced; one short is none', async () => {
    await withOffice({ licenses: 4 }, async (office) => {
      const { client } = office.people.admin;
      const { organizationId } = office;
      const rows = [{ email: office.address('one') }, { email: office.address('two') }];
      const short = client.users.invite({ organizationId, rows });
      await expect(short).rejects.toMatchObject(failing('license-shortfall', { needed: 2, available: 1 }));
      const usage = async () => (await client.subscription.get({ organizationId })).usage;
      expect(await usage()).toEqual({ assigned: 3, reserved: 0, available: 1 });
      const { invitations } = await client.users.invite({ organizationId, rows: rows.slice(0, 1) });
      expect(await usage()).toEqual({ assigned: 3, reserved: 1, available: 0 });
      const full = client.users.invite({ organizationId, rows: rows.slice(1) });
      await expect(full).rejects.toMatchObject(failing('license-shortfall', { needed: 1, available: 0 }));
      await client.users.remove({ memberId: invitations[0]?.user.id ?? '', confirm: 'remove' });
      expect(await usage()).toEqual({ assigned: 3, reserved: 0, available: 1 });
      await office.join('two');
      expect(await usage()).toEqual({ assigned: 4, reserved: 0, available: 0 });
      const unlicensed = [{ email: office.address('three'), role: 'admin' as const, licensed: false }];
      expect((await client.users.invite({ organizationId, rows: unlicensed })).invitations).toHaveLength(1);
      expect(await usage()).toEqual({ assigned: 4, reserved: 0, available: 0 });
    });
  });

  it('S31, P-22: of invitations sent at once for the last license, one is made', async () => {
    await withOffice({ licenses: 4 }, async (office) => {
      const { client } = office.people.admin;
      const { organizationId } = office;
      const calls = ['a', 'b', 'c', 'd', 'e'].map((name) =>
        client.users.invite({ organizationId, rows: [{ email: office.address(name) }] }),
      );
      const outcomes = await Promise.allSettled(calls);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect((await client.subscription.get({ organizationId })).usage).toMatchObject({ reserved: 1, available: 0 });
    });
  });

  it('S31: fewer licenses than are used cannot be bought, and giving a license back makes room', async () => {
    await withOffice({ licenses: 5 }, async (office) => {
      const { client } = office.people.admin;
      await expect(change(office, { licenses: 2 })).rejects.toMatchObject(failing('license-shortfall'));
      expect(await change(office, { licenses: 3 })).toMatchObject({ licenses: 3, usage: { available: 0 } });
      const memberId = office.people.member.id;
      const { version } = await client.users.get({ memberId });
      await client.users.update({ memberId, version, licensed: false });
      expect(await change(office, { licenses: 2 })).toMatchObject({ licenses: 2, usage: { available: 0 } });
      const back = client.users.update({ memberId, version: version + 1, licensed: true });
      await expect(back).rejects.toMatchObject(failing('license-shortfall', { needed: 1, available: 0 }));
    });
  });

  it('S39: without a license the booking channels are closed to every role at once, with one they open at once', async () => {
    await withOffice({}, async (office) => {
      const { client } = office.people.admin;
      const { organizationId } = office;
      for (const person of Object.values(office.people)) {
        const channels = [await person.on('mobile_app'), await person.on('web_reservation_portal')];
        const license = async (licensed: boolean) => {
          const { version } = await client.users.get({ memberId: person.id });
          await client.users.update({ memberId: person.id, version, licensed });
        };
        await license(false);
        for (const booking of channels) {
          const denied = failing('license-required', { explanation: expect.stringMatching(/license/) });
          await expect(booking.reservations.list({ organizationId })).rejects.toMatchObject(denied);
          await expect(booking.desks.list({ organizationId })).rejects.toMatchObject(denied);
        }
        await expect(person.on('mobile_app')).rejects.toMatchObject(failing('license-required'));
        await license(true);
        for (const booking of channels) expect((await booking.desks.list({ organizationId })).data).toHaveLength(2);
        expect((await (await person.on('mobile_app')).desks.list({ organizationId })).data).toHaveLength(2);
      }
    });
  });

  it('S39: a lapsed subscription closes booking to all; an Admin still administers, and renews it', async () => {
    await withOffice({}, async (office, test) => {
      const { organizationId } = office;
      const mobile = await office.people.member.on('mobile_app');
      const own = await office.people.admin.on('web_reservation_portal');
      const subscriptionEndsAt = new Date(test.clock.now() + hourMs).toISOString();
      expect(await change(office, { subscriptionEndsAt })).toMatchObject({ subscriptionEndsAt, warnings: [] });
      expect((await mobile.desks.list({ organizationId })).data).toHaveLength(2);
      test.clock.advance(hourMs);
      for (const client of [mobile, own]) {
        await expect(client.desks.list({ organizationId })).rejects.toMatchObject(failing('license-required'));
      }
      await expect(office.people.member.on('mobile_app')).rejects.toMatchObject(failing('license-required'));
      const { client } = office.people.admin;
      const memberId = office.people.member.id;
      expect(await client.users.get({ memberId })).toMatchObject({ licensed: true, licenseActive: false });
      expect(await client.subscription.get({ organizationId })).toMatchObject({
        warnings: [{ code: 'subscription-lapsed', endedAt: subscriptionEndsAt }],
      });
      await change(office, { subscriptionEndsAt: null });
      expect((await mobile.desks.list({ organizationId })).data).toHaveLength(2);
    });
  });
});

describe('plans', () => {
  it('S11, S12: without a workplace an Organization Owner has the plan, and nobody below', async () => {
    await using test = await startTestPortal();
    const { people, operator, organization, property } = await buildSampleHotel(test);
    const organizationId = organization.id;
    const { client } = people.organization_owner;
    const before = await client.subscription.get({ organizationId });
    expect(before.plan).toBe('basic');
    const offer = { organizationId, emails: ['gina@aurora.example'], organizationOwner: true } as const;
    const [gina] = offer.emails;
    const signInMethod = 'sso_google';
    const invited = [
      client.invitations.create({ ...offer, signInMethod }),
      client.invitations.import({ organizationId, rows: [{ email: gina, organizationOwner: true, signInMethod }] }),
      client.invitations.createForProperty({ propertyId: property.id, emails: [gina], role: 'team', signInMethod }),
    ];
    const notIncluded = failing('plan-required', { required: 'pro', plan: 'basic' });
    for (const call of invited) await expect(call).rejects.toMatchObject(notIncluded);
    for (const role of ['owner', 'general_manager', 'team'] as const) {
      const denied = failing('forbidden', { action: 'organization.manage', whoCould: ['organization_owner'] });
      const below = people[role].client.subscription;
      await expect(below.get({ organizationId })).rejects.toMatchObject(denied);
      await expect(below.update({ organizationId, version: before.version, plan: 'pro' })).rejects.toMatchObject(
        denied,
      );
    }
    const after = await client.subscription.update({ organizationId, version: before.version, plan: 'pro' });
    expect(after.plan).toBe('pro');
    await client.invitations.create({ ...offer, signInMethod });
    const other = await buildSampleHotel(test, 'Hotel Borealis');
    const away = other.people.organization_owner.client.subscription.get({ organizationId });
    await expect(away).rejects.toMatchObject(failing('not-found'));

    const email = 'sole@inn.example';
    const inn = await operator.organizations.create({
      name: 'Inn',
      kind: 'single_property',
      property: { name: 'Inn', timeZone: 'Europe/Berlin' },
      owner: { email },
    });
    const sole = (await signIn(test, { email })).client.subscription;
    const ofInn = { organizationId: inn.organization.id };
    const { version } = await sole.get(ofInn);
    expect(await sole.update({ ...ofInn, version, plan: 'business' })).toMatchObject({ plan: 'business' });
  });

  it.each([
    ['S11', 'sso_google'],
    ['S12', 'sso_microsoft_365'],
  ] as const)('%s: below Pro %s cannot be chosen, neither with an invitation nor later', async (_, signInMethod) => {
    await withOffice({ plan: 'business' }, async (office, test) => {
      const { client } = office.people.admin;
      const { organizationId } = office;
      const email = office.address('sso');
      const refused = client.users.invite({ organizationId, rows: [{ email, signInMethod }] });
      await expect(refused).rejects.toMatchObject(failing('plan-required', { required: 'pro', plan: 'business' }));
      expect((await test.mails.all()).some(({ to }) => to === email)).toBe(false);
      const memberId = office.people.member.id;
      const { version } = await client.users.get({ memberId });
      const later = client.users.update({ memberId, version, signInMethod });
      await expect(later).rejects.toMatchObject(failing('plan-required', { required: 'pro', plan: 'business' }));
      await change(office, { plan: 'pro' });
      const { invitations } = await client.users.invite({ organizationId, rows: [{ email, signInMethod }] });
      expect(invitations[0]?.user).toMatchObject({ signInMethod });
    });
  });

  it('S9, S10: exactly one of three methods; without one it is e-mail and password', async () => {
    await withOffice({}, async (office) => {
      const { client } = office.people.admin;
      const { organizationId } = office;
      const row = (signInMethod?: string) => ({ email: office.address(`by-${signInMethod}`), signInMethod }) as never;
      for (const wrong of ['password', 'sso', '', ['sso_google', 'email_password']]) {
        const call = client.users.invite({ organizationId, rows: [row(wrong as string)] });
        await expect(call).rejects.toMatchObject(failing('invalid-request'));
      }
      for (const method of ['email_password', 'sso_google', 'sso_microsoft_365', undefined]) {
        const { invitations } = await client.users.invite({ organizationId, rows: [row(method)] });
        expect(invitations[0]?.user.signInMethod).toBe(method ?? 'email_password');
      }
    });
  });

  it('S11: a smaller plan says whom it keeps out', async () => {
    await withOffice({}, async (office) => {
      const { client } = office.people.admin;
      const memberId = office.people.coordinator.id;
      const { version } = await client.users.get({ memberId });
      await client.users.update({ memberId, version, signInMethod: 'sso_google' });
      const kept = { code: 'sign-in-not-in-plan', required: 'pro', memberIds: [memberId] };
      expect(await change(office, { plan: 'basic' })).toMatchObject({ plan: 'basic', warnings: [kept] });
      expect(await change(office, { plan: 'pro' })).toMatchObject({ warnings: [] });
    });
  });

  it('two who change the subscription at once do not overwrite each other', async () => {
    await withOffice({}, async (office) => {
      const { client } = office.people.admin;
      const { organizationId } = office;
      const { version } = await client.subscription.get({ organizationId });
      await client.subscription.update({ organizationId, version, licenses: 30 });
      const stale = client.subscription.update({ organizationId, version, licenses: 25 });
      await expect(stale).rejects.toMatchObject(failing('version-stale', { currentVersion: version + 1 }));
    });
  });
});
