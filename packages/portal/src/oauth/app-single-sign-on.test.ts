import { createPlainBrowser, type PlainBrowser } from '@latchwork/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { samplePassword } from '../harness/sample-hotel.test-rig.js';
import { portalOrigin } from '../harness/test-browser.test-rig.js';
import {
  appRequest,
  codeOf,
  exchangeCode,
  registerApp,
  sendForm,
  type ThirdPartyApp,
  tokenRequest,
  tokensFor,
} from '../harness/third-party-app.test-rig.js';
import { googlePerson, type SsoOffice, startSsoOffice } from '../sso/sso-office.test-rig.js';

let sso: SsoOffice;
let app: ThirdPartyApp;
let organizationId: string;
let propertyId: string;
let owner: ReturnType<SsoOffice['test']['client']>;

beforeAll(async () => {
  sso = await startSsoOffice();
  const { test } = sso;
  const made = await test.client(test.portal.operatorKey.reveal()).organizations.create({
    name: 'Hotel with desks',
    schemes: ['hospitality', 'workplace'],
    plan: 'pro',
    licenses: 10,
    owner: { email: 'olga@both.example' },
  });
  organizationId = made.organization.id;
  owner = (await accept('olga@both.example')).client;
  propertyId = (await owner.properties.create({ organizationId, name: 'Tower', timeZone: 'Europe/Berlin' })).id;
  app = await registerApp(owner, organizationId);
  await owner.integratedApps.allow({ propertyId, appId: app.id });
});
afterAll(async () => {
  await sso[Symbol.asyncDispose]();
});

async function accept(email: string, channel: 'dashboard' | 'mobile_app' = 'dashboard') {
  const { test } = sso;
  const { token } = await test.mails.lastTo(email);
  await test.client().accountSetups.complete({ token, name: email, password: samplePassword });
  const signedIn = await test.client().sessions.create({ email, password: samplePassword, channel });
  return { id: signedIn.member.id, email, token: signedIn.token, client: test.client(signedIn.token) };
}

function browser(): PlainBrowser {
  return createPlainBrowser({
    stopsAt: (url) => url.startsWith(app.redirectUri),
    fetch: async (request) =>
      new URL(request.url).origin === portalOrigin ? await sso.test.portal.fetch(request) : await fetch(request),
  });
}

const linkTo = (page: { readonly text: string }, label: string): string =>
  new RegExp(`<a [^>]*href="([^"]+)"[^>]*>${label}</a>`).exec(page.text)?.[1] ?? '';

it('C7, S11: whoever signs in with Google does so in an app’s sign-in too, and in no other way', async () => {
  await owner.invitations.createForProperty({
    propertyId,
    emails: ['gina@both.example'],
    role: 'housekeeping',
    signInMethod: 'sso_google',
  });
  sso.google.person = googlePerson('gina-1');
  expect((await sso.setUp((await sso.test.mails.lastTo('gina@both.example')).token)).status).toBe(200);

  const request = appRequest(app);
  const user = browser();
  const page = await user.open(request.url);
  const typed = { email: 'gina@both.example', password: samplePassword };
  expect(await sendForm(user, page, 'sign-in', typed)).toMatchObject({ status: 401 });
  const consent = await user.open(linkTo(page, 'Sign in with Google'));
  expect(consent.text).toContain('On which property?');
  const back = await sendForm(user, consent, 'consent', { property: propertyId });
  const { status, body } = await exchangeCode(sso.test, app, codeOf(back), request.verifier);
  expect(status).toBe(200);
  const me = await sso.test.client(String(body['access_token'])).me();
  expect(me.member).toMatchObject({ email: 'gina@both.example', signInMethod: 'sso_google' });
});

it('C7: a way back from Google counts once, in the sign-in it was for, and for whom the portal knows', async () => {
  sso.google.person = googlePerson('a stranger');
  const stranger = browser();
  const refused = await stranger.open(linkTo(await stranger.open(appRequest(app).url), 'Sign in with Google'));
  expect(refused.status).toBe(401);
  expect(refused.forms).toEqual([]);

  sso.google.person = googlePerson('gina-1');
  const seen: string[] = [];
  const watched = createPlainBrowser({
    stopsAt: (url) => url.includes('/sso?way=') && seen.push(url) > 0,
    fetch: async (request) =>
      new URL(request.url).origin === portalOrigin ? await sso.test.portal.fetch(request) : await fetch(request),
  });
  await watched.open(linkTo(await watched.open(appRequest(app).url), 'Sign in with Google'));
  const [wayBack = ''] = seen;
  expect(wayBack).toContain('code=');

  const other = browser();
  const otherPage = await other.open(appRequest(app).url);
  const elsewhere = new URL(otherPage.url);
  elsewhere.pathname += '/sso';
  elsewhere.search = new URL(wayBack).search;
  expect(await other.open(elsewhere.href)).toMatchObject({ status: 401, text: expect.stringContaining('Try again.') });
  expect((await other.open(wayBack)).status).toBe(400);
});

/** A user of the workplace and a housekeeper, whom an app acts for. */
async function userWithApp(email: string) {
  await owner.users.invite({ organizationId, rows: [{ email }] });
  const person = await accept(email, 'mobile_app');
  const member = await owner.members.get({ memberId: person.id });
  const assignments = [{ propertyId, role: 'housekeeping' as const }];
  await owner.members.update({ memberId: person.id, assignments, version: member.version });
  const tokens = await tokensFor(sso.test, { property: { id: propertyId } as never }, app, person);
  expect((await tokens.client.keys.listMine()).data).toEqual([]);
  const { version } = await owner.members.get({ memberId: person.id });
  return { ...tokens, memberId: person.id, version };
}

/** One event and one audit entry say that the grant ended, and why. */
async function isTold(memberId: string, because: string) {
  const { data: events } = await owner.events.list({ propertyId, limit: 200 });
  const told = events.filter((event) => event.type === 'app_grant.revoked' && event.memberId === memberId);
  expect(told).toMatchObject([{ appId: app.id }]);
  const { data: entries } = await owner.audit.list({ organizationId, limit: 200 });
  const isIt = ({ action, subject }: (typeof entries)[number]) =>
    action === 'app_grant.revoked' && subject['memberId'] === memberId;
  expect(entries.filter(isIt)).toMatchObject([{ propertyId, subject: { appId: app.id, because } }]);
}

it('C7, S38: whoever is deactivated is signed out of their apps', async () => {
  const { client, memberId } = await userWithApp('dora@both.example');
  await owner.users.deactivate({ memberId });
  await expect(client.keys.listMine()).rejects.toMatchObject({ info: { code: 'unauthenticated' } });
  await isTold(memberId, 'deactivated');
});

it('C7, S40: whoever signs in another way from now on is signed out of their apps', async () => {
  const { client, refreshToken, memberId, version } = await userWithApp('mona@both.example');
  await owner.users.update({ memberId, signInMethod: 'sso_google', version });
  await expect(client.keys.listMine()).rejects.toMatchObject({ info: { code: 'unauthenticated' } });
  await isTold(memberId, 'method_switched');
  const refresh = { grant_type: 'refresh_token', refresh_token: refreshToken };
  expect(await tokenRequest(sso.test, app, refresh)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
});
