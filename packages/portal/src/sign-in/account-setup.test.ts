import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildSampleHotel, type SampleHotel, samplePassword } from '../harness/sample-hotel.test-rig.js';
import { buildSampleOffice, type SampleOffice } from '../harness/sample-office.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let hotel: SampleHotel;
let office: SampleOffice;
beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
  office = await buildSampleOffice(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});
beforeEach(() => test.clock.advance(60_000));

const gone = { info: { code: 'setup-token-invalid' } };
const owner = () => hotel.people.organization_owner.client;
// Signed in anew: the clock is moved by days.
const admin = async () => await office.people.admin.on('dashboard');
const setups = () => test.client().accountSetups;
const complete = (token: string, rest: { readonly name?: string; readonly password?: string } = {}) =>
  setups().complete({ token, password: samplePassword, ...rest });
let invited = 0;

async function invite(email = `guest-${++invited}@aurora.example`) {
  const propertyId = hotel.property.id;
  const { invitations } = await owner().invitations.createForProperty({ propertyId, emails: [email], role: 'team' });
  const member = invitations[0]?.member;
  if (member === undefined) throw new Error('Nobody was invited.');
  return { email, member, token: (await test.mails.lastTo(email)).token };
}

describe('what a set-up link shows', () => {
  it('G18: where the person is invited to and what is still needed, and uses nothing up', async () => {
    const { email, token } = await invite();
    const shown = {
      purpose: 'accept_invitation',
      organizationName: hotel.organization.name,
      propertyNames: [hotel.property.name],
      organizationOwner: false,
      offers: [`Team at ${hotel.property.name}`],
      workplace: false,
      ...{ email, name: null, signInMethod: 'email_password', password: 'new' },
    };
    for (let look = 0; look < 3; look++) expect(await setups().preview({ token })).toMatchObject(shown);
    // A scanner of mails that opens the link sees a page, and the server not even the token.
    expect((await test.send('GET', '/setup')).status).toBe(200);
    expect((await test.send('HEAD', '/setup')).status).toBe(200);
    await complete(token, { name: 'Gus' });
  });

  it('S13: whether there is a place in the workplace, and with it the booking app', async () => {
    const email = office.address('willa');
    await (await admin()).users.invite({ organizationId: office.organizationId, rows: [{ email }] });
    const { token } = await test.mails.lastTo(email);
    expect(await setups().preview({ token })).toMatchObject({ workplace: true, propertyNames: [], name: null });
  });
});

describe('accepting an invitation', () => {
  it('G18: sets name and password and makes the member active, once', async () => {
    const { token, member, email } = await invite();
    const done = await complete(token, { name: ' Gus ' });
    expect(done.member).toMatchObject({ id: member.id, name: 'Gus', state: 'active' });
    await expect(complete(token, { name: 'Gus' })).rejects.toMatchObject(gone);
    await expect(setups().preview({ token })).rejects.toMatchObject(gone);
    const signedIn = await test.client().sessions.create({ email, password: samplePassword, channel: 'portal_app' });
    expect(signedIn.member.id).toBe(member.id);
  });

  it('G18: of two at once one succeeds', async () => {
    const { token } = await invite();
    const both = await Promise.allSettled([complete(token, { name: 'One' }), complete(token, { name: 'Two' })]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: gone });
  });

  it('of two links to one new address at once, the second is told that there is an account now', async () => {
    const { email, token } = await invite();
    await (await admin()).users.invite({ organizationId: office.organizationId, rows: [{ email }] });
    const { token: other } = await test.mails.lastTo(email);
    const both = await Promise.allSettled([complete(token, { name: 'One' }), complete(other, { name: 'Two' })]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { info: { code: 'conflict' } } });
    const left = both[0]?.status === 'rejected' ? token : other;
    expect(await setups().preview({ token: left })).toMatchObject({ password: 'existing' });
  });

  it('G18, G52: is over when the invitation is removed or replaced', async () => {
    const removed = await invite();
    const { id } = removed.member.invitation ?? { id: '' };
    await owner().invitations.remove({ invitationId: id });
    await expect(complete(removed.token, { name: 'Gus' })).rejects.toMatchObject(gone);

    const replaced = await invite();
    await owner().invitations.replace({ invitationId: replaced.member.invitation?.id ?? '' });
    await expect(complete(replaced.token, { name: 'Gus' })).rejects.toMatchObject(gone);
    const second = await test.mails.lastTo(replaced.email);
    expect(second.token).not.toBe(replaced.token);
    await complete(second.token, { name: 'Gus' });
  });

  it('P-23, G52: says that it has expired, and when, for as long as it is neither removed nor replaced', async () => {
    const { token, member } = await invite();
    const { id: invitationId, expiresAt: expiredAt } = member.invitation ?? { id: '', expiresAt: '' };
    test.clock.advance(Date.parse(expiredAt) - test.clock.now() - 1);
    expect(await setups().preview({ token })).toMatchObject({ purpose: 'accept_invitation' });
    test.clock.advance(1);
    const expired = { info: { status: 410, code: 'invitation-expired', expiredAt } };
    for (let time = 0; time < 40; time++) await expect(setups().preview({ token })).rejects.toMatchObject(expired);
    await expect(complete(token, { name: 'Gus' })).rejects.toMatchObject(expired);
    expect((await test.send('POST', '/sso/setup', { body: { token } })).status).toBe(410);
    const { email } = hotel.people.organization_owner;
    const session = { email, password: samplePassword, channel: 'portal_app' } as const;
    const again = test.client((await test.client().sessions.create(session)).token);
    expect((await again.members.get({ memberId: member.id })).state).toBe('inactive');
    await again.invitations.remove({ invitationId });
    await expect(complete(token, { name: 'Gus' })).rejects.toMatchObject(gone);
  });

  it('asks for a name where the invitation has none, and for a password worth its name', async () => {
    const { token } = await invite();
    const nameless = { info: { code: 'invalid-request', issues: [{ in: 'body', pointer: '/name' }] } };
    await expect(complete(token)).rejects.toMatchObject(nameless);
    const weak = [
      ['password123', 'common'],
      ['Hotel Aurora1', 'personal'],
      ['gustav-gustav', 'personal'],
    ] as const;
    for (const [password, because] of weak) {
      const call = complete(token, { name: 'Gustav', password });
      await expect(call, password).rejects.toMatchObject({ info: { code: 'password-too-common', because } });
    }
    await expect(complete(token, { name: 'Gustav', password: 'seven77' })).rejects.toMatchObject({
      info: { code: 'invalid-request' },
    });
    // Nothing of all that used the link up, and whatever characters are fine.
    await complete(token, { name: 'Gustav', password: '  пароль 🚪 mit Leerzeichen ' });
  });

  it('P-21: is refused when whoever invited could not any more, and leaves no account behind', async () => {
    const email = 'uncovered@aurora.example';
    const propertyId = hotel.property.id;
    const manager = 'manager@aurora.example';
    await owner().invitations.createForProperty({ propertyId, emails: [manager], role: 'general_manager' });
    const { member } = await complete((await test.mails.lastTo(manager)).token, { name: 'Mara' });
    const { token } = await test.client().sessions.create({
      ...{ email: manager, password: samplePassword, channel: 'portal_app' },
    });
    await test.client(token).invitations.createForProperty({ propertyId, emails: [email], role: 'team' });
    await owner().members.setAssignment({
      ...{ propertyId, memberId: member.id, role: 'housekeeping' },
      version: (await owner().members.get({ memberId: member.id })).version,
    });
    const mailed = (await test.mails.lastTo(email)).token;
    const refused = { info: { code: 'invitation-not-covered' } };
    await expect(complete(mailed, { name: 'Ulf' })).rejects.toMatchObject(refused);
    expect(test.portal.projection.accounts.byUnique(email)).toBeUndefined();
    await expect(complete(mailed, { name: 'Ulf' })).rejects.toMatchObject(refused);
  });

  it('G12: everything else of the API needs somebody signed in', async () => {
    const { token, member } = await invite();
    for (const path of ['/v1/me', `/v1/members/${member.id}`, `/v1/properties/${hotel.property.id}`]) {
      expect((await test.send('GET', path)).status, path).toBe(401);
      expect((await test.send('GET', path, { token })).status, path).toBe(401);
    }
  });
});

describe('an address that has an account already', () => {
  it('joins with the password it has, and no link sets another one', async () => {
    const email = hotel.people.team.email;
    const rows = [{ email }];
    await (await admin()).users.invite({ organizationId: office.organizationId, rows });
    const { token } = await test.mails.lastTo(email);
    expect(await setups().preview({ token })).toMatchObject({ password: 'existing' });
    const wrong = complete(token, { name: 'Tim', password: 'a brand new password' });
    await expect(wrong).rejects.toMatchObject({ info: { code: 'sign-in-failed' } });
    await expect(
      test.client().sessions.create({ email, password: 'a brand new password', channel: 'portal_app' }),
    ).rejects.toMatchObject({ info: { code: 'sign-in-failed' } });
    expect((await complete(token, { name: 'Tim' })).member.organizationId).toBe(office.organizationId);
  });

  it('signs in to the organization that has the channel, and says which when several have', async () => {
    const { email } = hotel.people.team;
    const signIn = (channel: 'portal_app' | 'mobile_app' | 'dashboard', organizationId?: string) =>
      test.client().sessions.create({
        ...{ email, password: samplePassword, channel },
        ...(organizationId === undefined ? {} : { organizationId }),
      });
    expect((await signIn('portal_app')).member.organizationId).toBe(hotel.organization.id);
    expect((await signIn('mobile_app')).member.organizationId).toBe(office.organizationId);
    const organizations = [
      { id: hotel.organization.id, name: hotel.organization.name },
      { id: office.organizationId, name: 'Office' },
    ];
    const which = {
      info: { code: 'organization-required-to-sign-in', organizations: expect.arrayContaining(organizations) },
    };
    await expect(signIn('dashboard')).rejects.toMatchObject(which);
    for (const { id } of organizations) expect((await signIn('dashboard', id)).member.organizationId).toBe(id);
    const other = await buildSampleOffice(test);
    await expect(signIn('dashboard', other.organizationId)).rejects.toMatchObject({ info: { code: 'sign-in-failed' } });
  });

  it('is guessed at a link as slowly as at signing in', async () => {
    const { email } = hotel.people.general_manager;
    await (await admin()).users.invite({ organizationId: office.organizationId, rows: [{ email }] });
    const { token } = await test.mails.lastTo(email);
    for (let guess = 0; guess < 5; guess++) {
      const call = complete(token, { name: 'Gero', password: `guess number ${guess}` });
      await expect(call).rejects.toMatchObject({ info: { code: 'sign-in-failed' } });
    }
    const sixth = complete(token, { name: 'Gero' });
    await expect(sixth).rejects.toMatchObject({ info: { code: 'rate-limited' } });
    test.clock.advance(60_000);
    await complete(token, { name: 'Gero' });
  });
});

describe('made-up links', () => {
  it('are slowed down, while a real one is heard at once', async () => {
    const { token } = await invite();
    const codes: string[] = [];
    for (let guess = 0; guess < 35; guess++) {
      const code = await setups()
        .preview({ token: `lwi_${guess}` })
        .catch((error) => error.info.code);
      codes.push(code);
    }
    expect(new Set(codes.slice(0, 30))).toEqual(new Set(['setup-token-invalid']));
    expect(codes.at(-1)).toBe('rate-limited');
    await complete(token, { name: 'Gus' });
  });
});
