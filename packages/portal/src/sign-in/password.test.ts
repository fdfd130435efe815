import { hash } from '@node-rs/argon2';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildSampleHotel, type SampleHotel, samplePassword } from '../harness/sample-hotel.test-rig.js';
import { buildSampleOffice } from '../harness/sample-office.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { registerApp, tokenRequest, tokensFor } from '../harness/third-party-app.test-rig.js';

let test: TestPortal;
let hotel: SampleHotel;
beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});
beforeEach(() => test.clock.advance(10 * 60_000));

const newPassword = 'four quite new words';
const signIn = async (email: string, password: string) => {
  const { token } = await test.client().sessions.create({ email, password, channel: 'portal_app' });
  return test.client(token);
};
const failed = { info: { code: 'sign-in-failed' } };
const unauthenticated = { info: { code: 'unauthenticated' } };
/** Asks for a reset, and waits for what the answer does not wait for. */
const requestReset = async (email: string) => {
  await test.client().passwords.requestReset({ email });
  await test.portal.maintain();
};
const mailsTo = async (email: string) => (await test.mails.all()).filter(({ to }) => to === email);

describe('changing a password', () => {
  it('needs the present one, keeps this session and ends every other', async () => {
    const { email } = hotel.people.team;
    const here = await signIn(email, samplePassword);
    const elsewhere = await signIn(email, samplePassword);
    const wrong = here.passwords.change({ currentPassword: 'not this one', newPassword });
    await expect(wrong).rejects.toMatchObject(failed);
    const weak = here.passwords.change({ currentPassword: samplePassword, newPassword: 'iloveyou' });
    await expect(weak).rejects.toMatchObject({ info: { code: 'password-too-common', because: 'common' } });
    await here.passwords.change({ currentPassword: samplePassword, newPassword });
    await expect(here.me()).resolves.toMatchObject({ member: { email } });
    await expect(elsewhere.me()).rejects.toMatchObject(unauthenticated);
    await expect(hotel.people.team.client.me()).rejects.toMatchObject(unauthenticated);
    await expect(signIn(email, samplePassword)).rejects.toMatchObject(failed);
    await signIn(email, newPassword);
  });

  it('holds in every organization of the person', async () => {
    const { email } = hotel.people.installer;
    const office = await buildSampleOffice(test);
    await office.people.admin.client.users.invite({ organizationId: office.organizationId, rows: [{ email }] });
    const { token } = await test.mails.lastTo(email);
    await test.client().accountSetups.complete({ token, name: 'Ines', password: samplePassword });
    const booking = await test.client().sessions.create({ email, password: samplePassword, channel: 'mobile_app' });
    const here = await signIn(email, samplePassword);
    await here.passwords.change({ currentPassword: samplePassword, newPassword });
    await expect(test.client(booking.token).me()).rejects.toMatchObject(unauthenticated);
    await test.client().sessions.create({ email, password: newPassword, channel: 'mobile_app' });
  });
});

describe('a new password', () => {
  it.each(['change', 'reset'] as const)('C7: by %s ends what apps may do, and leaves API keys', async (way) => {
    const own = await buildSampleHotel(test, 'Hotel Borealis');
    const { organization_owner: person } = own.people;
    const { email, id: memberId } = person;
    const organizationId = own.organization.id;
    const propertyId = own.property.id;
    const app = await registerApp(person.client, organizationId);
    await person.client.integratedApps.allow({ propertyId, appId: app.id });
    const tokens = await tokensFor(test, own, app, person);
    const colleague = await tokensFor(test, own, app, own.people.team);
    const { token: apiKey } = await person.client.apiKeys.create({ organizationId, name: 'Rota', scopes: ['read'] });

    const here = await signIn(email, samplePassword);
    if (way === 'change') await here.passwords.change({ currentPassword: samplePassword, newPassword });
    else {
      await requestReset(email);
      const { token } = await test.mails.lastTo(email);
      await test.client().accountSetups.complete({ token, password: newPassword });
    }

    await expect(tokens.client.keys.listMine()).rejects.toMatchObject(unauthenticated);
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refreshToken };
    expect(await tokenRequest(test, app, refresh)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await colleague.client.keys.listMine()).data).toEqual([]);
    expect((await test.client(apiKey).me()).member.id).toBe(memberId);
    const since = await signIn(email, newPassword);
    const { data: events } = await since.events.list({ propertyId, limit: 200 });
    const told = events.filter(({ type }) => type === 'app_grant.revoked');
    expect(told).toMatchObject([{ memberId, appId: app.id, actor: { kind: 'member', memberId } }]);
    const { data: entries } = await since.audit.list({ organizationId, limit: 200 });
    const written = entries.filter(({ action }) => action === 'app_grant.revoked');
    expect(written).toMatchObject([{ propertyId, subject: { memberId, because: 'password_changed' } }]);
  });
});

describe('a forgotten password', () => {
  it('is set anew by the link of a mail, once, and ends every session', async () => {
    const { email, client } = hotel.people.housekeeping;
    await requestReset(` ${email.toUpperCase()} `);
    const { token, link, kind } = await test.mails.lastTo(email);
    expect(kind).toBe('set_password');
    expect(link).toMatch(/^http:\/\/portal\.test\/setup#token=lwi_/);
    expect(await test.client().accountSetups.preview({ token })).toMatchObject({
      purpose: 'set_password',
      password: 'new',
    });
    await client.me();
    await test.client().accountSetups.complete({ token, password: newPassword });
    await expect(client.me()).rejects.toMatchObject(unauthenticated);
    await expect(signIn(email, samplePassword)).rejects.toMatchObject(failed);
    await signIn(email, newPassword);
    const again = test.client().accountSetups.complete({ token, password: samplePassword });
    await expect(again).rejects.toMatchObject({ info: { code: 'setup-token-invalid' } });
  });

  it('is answered the same for whoever asks, and mailed only to who has one', async () => {
    const invited = 'not-yet@aurora.example';
    const propertyId = hotel.property.id;
    const { client } = hotel.people.organization_owner;
    await client.invitations.createForProperty({ propertyId, emails: [invited], role: 'team' });
    const before = (await test.mails.all()).length;
    for (const email of ['nobody@nowhere.example', invited]) {
      const response = await test.send('POST', '/v1/password-resets', { body: { email } });
      expect([response.status, await response.text()]).toEqual([202, '']);
    }
    await test.portal.maintain();
    expect(await test.mails.all()).toHaveLength(before);
    const response = await test.send('POST', '/v1/password-resets', { body: { email: hotel.people.owner.email } });
    expect([response.status, await response.text()]).toEqual([202, '']);
    await test.portal.maintain();
    expect(await test.mails.all()).toHaveLength(before + 1);
  });

  it('is mailed once in five minutes, however often it is asked for', async () => {
    const { email } = hotel.people.general_manager;
    const before = (await mailsTo(email)).length;
    for (let ask = 0; ask < 5; ask++) await requestReset(email);
    expect(await mailsTo(email)).toHaveLength(before + 1);
    const { token: first } = await test.mails.lastTo(email);
    test.clock.advance(5 * 60_000);
    await requestReset(email);
    expect(await mailsTo(email)).toHaveLength(before + 2);
    // A link that was overtaken ends with the one that is used.
    const { token } = await test.mails.lastTo(email);
    await test.client().accountSetups.complete({ token, password: newPassword });
    const late = test.client().accountSetups.complete({ token: first, password: samplePassword });
    await expect(late).rejects.toMatchObject({ info: { code: 'setup-token-invalid' } });
  });

  it('ends with the hour, and with the membership', async () => {
    const { email, id } = hotel.people.owner;
    test.clock.advance(60_000);
    await requestReset(email);
    const { token: expired } = await test.mails.lastTo(email);
    test.clock.advance(60 * 60_000);
    const late = test.client().accountSetups.complete({ token: expired, password: newPassword });
    await expect(late).rejects.toMatchObject({ info: { code: 'setup-token-invalid' } });
    await requestReset(email);
    const { token } = await test.mails.lastTo(email);
    await hotel.people.organization_owner.client.members.remove({ memberId: id, confirm: 'remove' });
    const removed = test.client().accountSetups.complete({ token, password: newPassword });
    await expect(removed).rejects.toMatchObject({ info: { code: 'setup-token-invalid' } });
  });
});

describe('the hash of a password', () => {
  it('is made anew when it was made with other parameters, and signing in goes on', async () => {
    const { email } = hotel.people.organization_owner;
    const { projection, store } = test.portal;
    const account = projection.accounts.byUnique(email);
    if (account === undefined) throw new Error('There is no account.');
    const old = await hash(samplePassword, { algorithm: 2, memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    // As if it had been set before the parameters were raised.
    projection.apply([{ op: 'update', table: 'account', row: { ...account, passwordHash: old } }]);
    await signIn(email, samplePassword);
    const raised = projection.accounts.byUnique(email)?.passwordHash;
    expect(raised).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await store.rows('account')).find(({ id }) => id === account.id)?.passwordHash).toBe(raised);
    await signIn(email, samplePassword);
  });

  it('and no password, token or address stands in the log', () => {
    const log = test.log.join('\n');
    for (const secret of [samplePassword, newPassword, 'lwi_', 'lws_', '@aurora']) expect(log).not.toContain(secret);
  });
});
