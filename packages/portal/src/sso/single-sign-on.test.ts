import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { samplePassword } from '../harness/sample-hotel.test-rig.js';
import { buildSampleOffice } from '../harness/sample-office.test-rig.js';
import { openTestBrowser } from '../harness/test-browser.test-rig.js';
import { googlePerson, microsoftPerson, type SsoOffice, startSsoOffice } from './sso-office.test-rig.js';

let sso: SsoOffice;
beforeAll(async () => {
  sso = await startSsoOffice();
});
afterAll(async () => {
  await sso[Symbol.asyncDispose]();
});
beforeEach(() => {
  Object.assign(sso.google, { person: undefined, forge: undefined });
  Object.assign(sso.microsoft, { person: undefined, forge: undefined });
});

const tenant = randomUUID();
const passwordSignIn = (email: string) =>
  sso.test.client().sessions.create({ email, password: samplePassword, channel: 'mobile_app' });
const accountOf = (email: string) => sso.test.portal.projection.accounts.byUnique(email);

describe('users of a provider', () => {
  it('S11: accept with Google, sign in with it, and have no password', async () => {
    sso.google.person = googlePerson('gina-1');
    const { email } = await sso.join('gina', 'sso_google');
    const client = await sso.signIn('google');
    const me = await client.me();
    expect(me).toMatchObject({ member: { email, state: 'active' }, session: { method: 'sso_google' } });
    expect(accountOf(email)).toMatchObject({ passwordHash: null });
    await expect(passwordSignIn(email)).rejects.toMatchObject({ info: { code: 'sign-in-failed' } });
    const change = client.passwords.change({ currentPassword: samplePassword, newPassword: 'four quite new words' });
    await expect(change).rejects.toMatchObject({ info: { code: 'sso-required', method: 'sso_google' } });
    const mails = (await sso.test.mails.all()).length;
    await sso.test.client().passwords.requestReset({ email });
    await sso.test.portal.maintain();
    expect(await sso.test.mails.all()).toHaveLength(mails);
  });

  it('S12: accept with Microsoft 365, by tenant and object, whatever `sub` says', async () => {
    const oid = randomUUID();
    sso.microsoft.person = microsoftPerson(oid, tenant);
    const { email } = await sso.join('mia', 'sso_microsoft_365');
    sso.microsoft.person = microsoftPerson(oid, tenant);
    const me = await (await sso.signIn('microsoft_365')).me();
    expect(me).toMatchObject({ member: { email }, session: { method: 'sso_microsoft_365' } });
    await expect(passwordSignIn(email)).rejects.toMatchObject({ info: { code: 'sign-in-failed' } });
  });

  it('S12: the same object id of another tenant is somebody else', async () => {
    const oid = randomUUID();
    sso.microsoft.person = microsoftPerson(oid, tenant);
    await sso.join('max', 'sso_microsoft_365');
    sso.microsoft.person = microsoftPerson(oid, randomUUID());
    const { place, code } = await sso.begin('microsoft_365');
    expect({ status: place.status, code }).toEqual({ status: 401, code: null });
  });

  it('S12: a Google account does not satisfy Microsoft 365, nor the other way around', async () => {
    const { token } = await sso.invite('moritz', 'sso_microsoft_365');
    const browser = openTestBrowser(sso.test);
    sso.google.person = googlePerson('moritz-at-google');
    sso.microsoft.person = undefined;
    // The link leads to Microsoft alone, and there nobody says yes.
    const place = await sso.setUp(token, { browser });
    expect(place.status).toBe(401);
    expect(browser.trail.some((url) => url.startsWith(sso.google.registration.issuer))).toBe(false);

    // A person with both, each for one organization: each opens only its own.
    const elsewhere = await buildSampleOffice(sso.test);
    sso.google.person = googlePerson('both-at-google');
    const { email } = await sso.join('both', 'sso_google');
    const rows = [{ email, name: 'Both', signInMethod: 'sso_microsoft_365' as const }];
    await elsewhere.people.admin.client.users.invite({ organizationId: elsewhere.organizationId, rows });
    sso.microsoft.person = microsoftPerson(randomUUID(), tenant);
    expect((await sso.setUp((await sso.test.mails.lastTo(email)).token)).status).toBe(200);
    const wrong = sso.signIn('google', { organizationId: elsewhere.organizationId });
    await expect(wrong).rejects.toMatchObject({ info: { code: 'sign-in-failed' } });
    const right = await sso.signIn('microsoft_365', { organizationId: elsewhere.organizationId });
    expect((await right.me()).member.organizationId).toBe(elsewhere.organizationId);
    expect((await (await sso.signIn('google')).me()).member.organizationId).toBe(sso.office.organizationId);
  });

  it('S10: who signs in with a password cannot with a provider', async () => {
    sso.google.person = googlePerson('paula-at-google');
    const { client } = await sso.office.join('paula');
    expect((await client.me()).session).toMatchObject({ method: 'email_password' });
    const { place, code } = await sso.begin('google');
    expect({ status: place.status, code }).toEqual({ status: 401, code: null });
  });

  it('S11: the plan is asked at sign-in again', async () => {
    const other = await buildSampleOffice(sso.test);
    const { client: admin } = other.people.admin;
    const email = other.address('gerd');
    const rows = [{ email, name: 'Gerd', signInMethod: 'sso_google' as const }];
    await admin.users.invite({ organizationId: other.organizationId, rows });
    sso.google.person = googlePerson('gerd');
    expect((await sso.setUp((await sso.test.mails.lastTo(email)).token)).status).toBe(200);
    await sso.signIn('google');
    await admin.subscription.update({
      organizationId: other.organizationId,
      plan: 'business',
      version: (await admin.subscription.get({ organizationId: other.organizationId })).version,
    });
    const refused = { info: { code: 'plan-required', required: 'pro', plan: 'business' } };
    await expect(sso.signIn('google')).rejects.toMatchObject(refused);
  });

  it('S11, P-20: the plan stays while the last Admin who can sign in does so with Google', async () => {
    const { organizationId, people, address } = await buildSampleOffice(sso.test);
    const email = address('gloria');
    const rows = [{ email, name: 'Gloria', role: 'admin' as const, signInMethod: 'sso_google' as const }];
    await people.admin.client.users.invite({ organizationId, rows });
    sso.google.person = googlePerson('gloria');
    expect((await sso.setUp((await sso.test.mails.lastTo(email)).token)).status).toBe(200);
    const gloria = await sso.signIn('google', { channel: 'dashboard' });
    await gloria.users.remove({ memberId: people.admin.id, confirm: 'remove' });
    const { version, plan } = await gloria.subscription.get({ organizationId });
    const smaller = gloria.subscription.update({ organizationId, version, plan: 'business' });
    await expect(smaller).rejects.toMatchObject({ info: { code: 'last-of-role', role: 'admin' } });
    expect((await gloria.subscription.get({ organizationId })).plan).toBe(plan);
  });
});

describe('the first binding', () => {
  it('S11: is refused when the plan has lost single sign-on since, and leaves nothing behind', async () => {
    const other = await buildSampleOffice(sso.test);
    const { client: admin } = other.people.admin;
    const { organizationId } = other;
    const email = other.address('late');
    const rows = [{ email, name: 'Late', signInMethod: 'sso_google' as const }];
    await admin.users.invite({ organizationId, rows });
    const { token } = await sso.test.mails.lastTo(email);
    const { version } = await admin.subscription.get({ organizationId });
    await admin.subscription.update({ organizationId, plan: 'basic', version });
    sso.google.person = googlePerson('late');
    const place = await sso.setUp(token);
    expect(place.status).toBe(409);
    expect(place.text).toContain('cannot be accepted');
    expect(accountOf(email)).toBeUndefined();
    expect((await sso.begin('google')).place.status).toBe(401);
    await admin.subscription.update({ organizationId, plan: 'pro', version: version + 1 });
    expect((await sso.setUp(token)).status).toBe(200);
  });

  it('is made by a link alone: an account of the same address at the provider gets nothing', async () => {
    const { token, email } = await sso.invite('greta', 'sso_google');
    sso.google.person = { ...googlePerson('greta-1'), name: email };
    const { place } = await sso.begin('google');
    expect(place.status).toBe(401);
    expect(place.text).not.toContain('Office');
    expect(place.text).toContain('https://desk.example/signed-in?tab=1&#38;error=sign-in-failed');
    expect((await sso.setUp(token)).status).toBe(200);
    await sso.signIn('google');
  });

  it('G18: uses the link up; who comes second with it gets nothing', async () => {
    const { token } = await sso.invite('gustav', 'sso_google');
    sso.google.person = googlePerson('gustav');
    const slow = openTestBrowser(sso.test);
    const begun = (await (await slow.post('/sso/setup', { token })).json()) as { readonly url: string };
    expect((await sso.setUp(token)).status).toBe(200);
    sso.google.person = googlePerson('somebody else');
    expect((await slow.open(begun.url)).status).toBe(410);
    const { place } = await sso.begin('google');
    expect(place.status).toBe(401);
  });

  it('is not made for an identity that signs in with another address', async () => {
    sso.google.person = googlePerson('one-person');
    await sso.join('first-address', 'sso_google');
    const { token } = await sso.invite('second-address', 'sso_google');
    const place = await sso.setUp(token);
    expect(place.status).toBe(409);
    expect(place.text).toContain('another e-mail address');
    expect((await sso.test.client().accountSetups.preview({ token })).purpose).toBe('accept_invitation');
  });

  it('does not let a second identity in while another organization relies on the first', async () => {
    sso.google.person = googlePerson('hanna-real');
    const { email } = await sso.join('hanna', 'sso_google');
    const other = await buildSampleOffice(sso.test);
    const rows = [{ email, name: 'Hanna', signInMethod: 'sso_google' as const }];
    await other.people.admin.client.users.invite({ organizationId: other.organizationId, rows });
    const { token } = await sso.test.mails.lastTo(email);
    sso.google.person = googlePerson('hanna-false');
    expect((await sso.setUp(token)).status).toBe(409);
    sso.google.person = googlePerson('hanna-real');
    expect((await sso.setUp(token)).status).toBe(200);

    // Now she is in two, and says which.
    const { code, codeVerifier } = await sso.begin('google');
    const several = sso.test.client().sso.complete({ code: code ?? '', codeVerifier });
    await expect(several).rejects.toMatchObject({
      info: { code: 'organization-required-to-sign-in', organizations: [{ name: 'Office' }, { name: 'Office' }] },
    });
    const organizationId = other.organizationId;
    const { member } = await sso.test.client().sso.complete({ code: code ?? '', codeVerifier, organizationId });
    expect(member.organizationId).toBe(organizationId);
  });

  it('is not undone by a password: such a link takes none', async () => {
    const { token } = await sso.invite('gert', 'sso_google');
    const complete = sso.test.client().accountSetups.complete({ token, password: samplePassword });
    await expect(complete).rejects.toMatchObject({ info: { code: 'sso-required', method: 'sso_google' } });
    expect(await sso.test.client().accountSetups.preview({ token })).toMatchObject({ password: 'none' });
  });
});

describe('S40: switching how a user signs in', () => {
  it('to a provider: sessions end, the password is gone, the mail binds the provider; and back', async () => {
    const { client: admin } = sso.office.people.admin;
    const user = await sso.office.join('sabine');
    const session = await user.on('mobile_app');
    const read = async () => await admin.users.get({ memberId: user.id });
    const switchTo = async (signInMethod: 'sso_google' | 'email_password') =>
      await admin.users.update({ memberId: user.id, signInMethod, version: (await read()).version });
    expect((await switchTo('sso_google')).signInMethod).toBe('sso_google');

    await expect(session.me()).rejects.toMatchObject({ info: { code: 'unauthenticated' } });
    await expect(user.client.me()).rejects.toMatchObject({ info: { code: 'unauthenticated' } });
    await expect(passwordSignIn(user.email)).rejects.toMatchObject({ info: { code: 'sign-in-failed' } });
    expect(accountOf(user.email)).toMatchObject({ passwordHash: null });

    sso.google.person = googlePerson('sabine');
    expect((await sso.begin('google')).place.status).toBe(401);
    const mail = await sso.test.mails.lastTo(user.email);
    expect(mail.subject).toContain('Google');
    expect((await sso.setUp(mail.token)).status).toBe(200);
    expect((await (await sso.signIn('google')).me()).member.id).toBe(user.id);

    await switchTo('email_password');
    await expect(sso.signIn('google')).rejects.toMatchObject({ info: { code: 'sign-in-failed' } });
    const { token } = await sso.test.mails.lastTo(user.email);
    await sso.test.client().accountSetups.complete({ token, password: samplePassword });
    await expect(passwordSignIn(user.email)).resolves.toMatchObject({ session: { method: 'email_password' } });
  });

  it('while invited: the link of the invitation goes the new way', async () => {
    const { client: admin } = sso.office.people.admin;
    const { email, token } = await sso.invite('sven', 'email_password');
    const users = await admin.users.list({ organizationId: sso.office.organizationId, limit: 200 });
    const { id: memberId, version } = users.data.find((user) => user.email === email) ?? { id: '', version: 0 };
    await admin.users.update({ memberId, signInMethod: 'sso_microsoft_365', version });
    expect(await sso.test.client().accountSetups.preview({ token })).toMatchObject({ password: 'none' });
    sso.microsoft.person = microsoftPerson(randomUUID(), tenant);
    expect((await sso.setUp(token)).status).toBe(200);
    await sso.signIn('microsoft_365');
  });

  it('S12: while at the provider: who comes back with the former one is not let in', async () => {
    const { client: admin } = sso.office.people.admin;
    const { email, token } = await sso.invite('stefan', 'sso_google');
    sso.google.person = googlePerson('stefan');
    const browser = openTestBrowser(sso.test);
    const { url } = (await (await browser.post('/sso/setup', { token })).json()) as { readonly url: string };
    const users = await admin.users.list({ organizationId: sso.office.organizationId, limit: 200 });
    const { id: memberId, version } = users.data.find((user) => user.email === email) ?? { id: '', version: 0 };
    await admin.users.update({ memberId, signInMethod: 'sso_microsoft_365', version });
    const place = await browser.open(url);
    expect(place.status).toBe(409);
    expect(place.text).toContain('in another way');
    expect(accountOf(email)).toBeUndefined();
  });

  it('a former identity does not come back with the method: only the one bound last signs in', async () => {
    const { client: admin } = sso.office.people.admin;
    sso.google.person = googlePerson('otto-old');
    const { email } = await sso.join('otto', 'sso_google');
    const users = await admin.users.list({ organizationId: sso.office.organizationId, limit: 200 });
    const memberId = users.data.find((user) => user.email === email)?.id ?? '';
    for (const signInMethod of ['email_password', 'sso_google'] as const) {
      const { version } = await admin.users.get({ memberId });
      await admin.users.update({ memberId, signInMethod, version });
    }
    sso.google.person = googlePerson('otto-new');
    expect((await sso.setUp((await sso.test.mails.lastTo(email)).token)).status).toBe(200);
    await sso.signIn('google');
    sso.google.person = googlePerson('otto-old');
    expect((await sso.begin('google')).place.status).toBe(401);
  });
});
