import type { Event } from '@latchwork/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problemOf } from '../harness/failed-call.test-rig.js';
import { buildSampleHotel, type SampleHotel, samplePassword } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import {
  appRequest,
  codeOf,
  registerApp,
  sendForm,
  type ThirdPartyApp,
  tokenRequest,
  tokensFor,
  userBrowser,
} from '../harness/third-party-app.test-rig.js';
import { secretsLastMs } from './oauth-secrets.js';

let test: TestPortal;
let hotel: SampleHotel;
let app: ThirdPartyApp;

beforeAll(async () => {
  test = await startTestPortal();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});
beforeEach(async () => {
  // A new minute, so that no test slows down the sign-ins of the next.
  test.clock.advance(600_000);
  hotel = await buildSampleHotel(test);
  app = await registerApp(owner(), hotel.organization.id);
});

const owner = () => hotel.people.organization_owner.client;
const onProperty = () => ({ propertyId: hotel.property.id, appId: app.id });
const allow = async () => await owner().integratedApps.allow(onProperty());
const refresh = async (refreshToken: string) =>
  await tokenRequest(test, app, { grant_type: 'refresh_token', refresh_token: refreshToken });

async function events(): Promise<readonly Event[]> {
  const found: Event[] = [];
  for await (const event of owner().events.listAll({ propertyId: hotel.property.id, limit: 200 })) found.push(event);
  return found;
}

describe('an app’s token ends', () => {
  const reads = async (client: { keys: { listMine(): Promise<unknown> } }) => await problemOf(client.keys.listMine());
  const gone = { code: 'unauthenticated' };
  /** One event and one audit entry say that the member's grant ended, by the Organization Owner. */
  const isTold = async (memberId: string, because: string) => {
    const actor = { kind: 'member', memberId: hotel.people.organization_owner.id };
    const told = (await events()).filter(({ type }) => type === 'app_grant.revoked');
    expect(told).toEqual([expect.objectContaining({ memberId, appId: app.id })]);
    expect(told).toMatchObject([{ actor }]);
    const { data } = await owner().audit.list({ organizationId: hotel.organization.id, limit: 200 });
    const written = data.filter(({ action }) => action === 'app_grant.revoked');
    expect(written).toMatchObject([{ actor, subject: { memberId, appId: app.id, because } }]);
  };

  it('C7: when its member revokes it, and only that one', async () => {
    await allow();
    const first = await tokensFor(test, hotel, app, hotel.people.team);
    const second = await tokensFor(test, hotel, app, hotel.people.team);
    const { data } = await hotel.people.team.client.appGrants.listMine();
    expect(data).toMatchObject([
      { appId: app.id, appName: 'Doors & More', propertyId: hotel.property.id, scopes: ['read', 'unlock'] },
      { appId: app.id },
    ]);
    const foreign = hotel.people.owner.client.appGrants.revokeMine({ appGrantId: data[0]?.id ?? '' });
    expect(await problemOf(foreign)).toMatchObject({ code: 'not-found' });
    await hotel.people.team.client.appGrants.revokeMine({ appGrantId: data[0]?.id ?? '' });
    await hotel.people.team.client.appGrants.revokeMine({ appGrantId: data[0]?.id ?? '' });
    expect(await reads(first.client)).toMatchObject(gone);
    expect(await refresh(first.refreshToken)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await second.client.keys.listMine()).data).toEqual([]);
    expect((await hotel.people.team.client.appGrants.listMine()).data).toHaveLength(1);
  });

  it('C7, G41: when its member is removed', async () => {
    await allow();
    const { client, refreshToken } = await tokensFor(test, hotel, app, hotel.people.housekeeping);
    const { id: memberId } = hotel.people.housekeeping;
    await owner().members.remove({ memberId, confirm: 'remove' });
    expect(await reads(client)).toMatchObject(gone);
    expect(await refresh(refreshToken)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    await isTold(memberId, 'removed');
  });

  it('C7, G23: when its member loses the property, told once', async () => {
    await allow();
    const { id: memberId } = hotel.people.housekeeping;
    await tokensFor(test, hotel, app, hotel.people.housekeeping);
    const propertyId = hotel.property.id;
    await owner().members.removeFromProperty({ propertyId, memberId, confirm: 'remove' });
    await isTold(memberId, 'removed');
  });

  it('C7, G23: when its member moves to another property, only what was for the one', async () => {
    await allow();
    const { id: memberId } = hotel.people.team;
    const organizationId = hotel.organization.id;
    const annex = await owner().properties.create({ organizationId, name: 'Annex', timeZone: 'Europe/Lisbon' });
    const { client } = await tokensFor(test, hotel, app, hotel.people.team);
    const { version } = await owner().members.get({ memberId });
    await owner().members.update({ memberId, version, assignments: [{ propertyId: annex.id, role: 'team' }] });
    expect(await reads(client)).toMatchObject(gone);
    await isTold(memberId, 'property_lost');
  });

  it('C7: when the app is removed, on every property, and its sign-in with it', async () => {
    await allow();
    const { client, refreshToken } = await tokensFor(test, hotel, app, hotel.people.team);
    await owner().apps.remove({ appId: app.id });
    await owner().apps.remove({ appId: app.id });
    expect(await reads(client)).toMatchObject(gone);
    expect(await refresh(refreshToken)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect((await userBrowser(test, app).open(appRequest(app).url)).status).toBe(400);
    expect(await problemOf(owner().apps.get({ appId: app.id }))).toMatchObject({ code: 'not-found' });
    expect(await problemOf(allow())).toMatchObject({ code: 'not-found' });
    expect((await events()).map(({ type }) => type)).toContain('integrated_app.forbidden');
  });

  it('C7: when the app itself revokes it', async () => {
    await allow();
    const { client, refreshToken, accessToken } = await tokensFor(test, hotel, app, hotel.people.team);
    expect(await tokenRequest(test, app, { token: accessToken }, '/oauth/revoke')).toMatchObject({ status: 200 });
    expect(await reads(client)).toMatchObject(gone);
    expect(await refresh(refreshToken)).toMatchObject({ body: { error: 'invalid_grant' } });
    const revoked = (await events()).find(({ type }) => type === 'app_grant.revoked');
    expect(revoked).toMatchObject({ actor: { kind: 'app', appId: app.id } });
  });

  it('C7: after ten minutes by itself; a refresh token gives the next, 14 days unused and 90 days in all', async () => {
    await allow();
    const tokens = await tokensFor(test, hotel, app, hotel.people.team);
    test.clock.advance(10 * 60_000 - 1);
    expect((await tokens.client.keys.listMine()).data).toEqual([]);
    test.clock.advance(1);
    expect(await reads(tokens.client)).toMatchObject(gone);
    let { refreshToken } = tokens;
    const day = 24 * 60 * 60_000;
    for (let days = 13; days < 90; days += 13) {
      test.clock.advance(13 * day);
      const { status, body } = await refresh(refreshToken);
      expect(status, `${days} days`).toBe(200);
      refreshToken = String(body['refresh_token']);
    }
    test.clock.advance(13 * day);
    expect(await refresh(refreshToken)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });

    hotel = await buildSampleHotel(test);
    app = await registerApp(owner(), hotel.organization.id);
    await allow();
    const idle = await tokensFor(test, hotel, app, hotel.people.team);
    test.clock.advance(14 * day + 1);
    expect(await refresh(idle.refreshToken)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    await test.portal.maintain();
    expect(test.portal.projection.appTokens.all()).toEqual([]);
  });

  it('C7: what the server signs with is sealed and renewed every 90 days, and breaks no sign-in under way', async () => {
    const secrets = () => test.portal.projection.oauthSecrets.all();
    const kids = async () => {
      const response = await test.portal.fetch(new Request('http://portal.test/oauth/jwks'));
      const { keys } = (await response.json()) as { readonly keys: readonly { kid: string; d?: string }[] };
      for (const key of keys) expect(key.d).toBeUndefined();
      return keys.map(({ kid }) => kid);
    };
    await allow();
    const last = secrets().at(-1);
    if (last === undefined) throw new Error('There are no secrets.');
    expect(Buffer.from(last.secretsSealed, 'base64url').toString('latin1')).not.toContain('cookieSecret');
    test.clock.advance(last.createdAt + secretsLastMs - test.clock.now() - 60_000);
    await test.portal.maintain();
    expect(secrets().at(-1)).toEqual(last);

    const browser = userBrowser(test, app);
    const page = await browser.open(appRequest(app).url);
    const before = await kids();
    test.clock.advance(60_000);
    await test.portal.maintain();
    expect(secrets().at(-1)?.generation).toBe(last.generation + 1);
    expect(secrets().length).toBeLessThanOrEqual(2);
    const after = await kids();
    expect(after).toHaveLength(2);
    expect(after[1]).toBe(before[0]);
    const typed = { email: hotel.people.team.email, password: samplePassword };
    const consent = await sendForm(browser, page, 'sign-in', typed);
    const back = await sendForm(browser, consent, 'consent', { property: hotel.property.id });
    expect(codeOf(back)).toMatch(/^[\w-]{43}$/);
  });
});
