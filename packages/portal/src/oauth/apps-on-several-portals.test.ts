import { createPlainBrowser } from '@latchwork/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PortalGroup, startPortalGroup } from '../harness/portal-group.test-rig.js';
import {
  missingForPostgres,
  type PostgresCluster,
  startPostgresCluster,
} from '../harness/postgres-cluster.test-rig.js';
import { buildSampleHotel, type SampleHotel, samplePassword } from '../harness/sample-hotel.test-rig.js';
import type { TestPortal } from '../harness/test-portal.test-rig.js';
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

describe.skipIf(missingForPostgres !== '')(`apps at portals on one database ${missingForPostgres}`, () => {
  let cluster: PostgresCluster;
  let group: PortalGroup;
  let one: TestPortal;
  let two: TestPortal;
  let hotel: SampleHotel;
  let app: ThirdPartyApp;

  beforeAll(async () => {
    cluster = await startPostgresCluster();
    group = await startPortalGroup(cluster);
    one = await group.start();
    two = await group.start();
    hotel = await buildSampleHotel(one);
    app = await registerApp(hotel.people.organization_owner.client, hotel.organization.id);
    await hotel.people.organization_owner.client.integratedApps.allow({ propertyId: hotel.property.id, appId: app.id });
  });
  afterAll(async () => {
    await group[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });

  const refresh = async (at: TestPortal, refreshToken: string) =>
    await tokenRequest(at, app, { grant_type: 'refresh_token', refresh_token: refreshToken });
  const status = async (at: TestPortal, token: string) => (await at.send('GET', '/v1/me/keys', { token })).status;

  it('C7: every step of a sign-in may reach another portal, and so may every call', async () => {
    let turn = 0;
    const browser = createPlainBrowser({
      stopsAt: (url) => url.startsWith(app.redirectUri),
      fetch: async (request) => {
        turn += 1;
        return await (turn % 2 === 0 ? one : two).portal.fetch(request);
      },
    });
    const request = appRequest(app);
    const page = await browser.open(request.url);
    const typed = { email: hotel.people.housekeeping.email, password: samplePassword };
    const consent = await sendForm(browser, page, 'sign-in', typed);
    const back = await sendForm(browser, consent, 'consent', { property: hotel.property.id });
    expect(turn).toBeGreaterThan(5);
    const { body } = await exchangeCode(two, app, codeOf(back), request.verifier);
    const token = String(body['access_token']);
    expect([await status(one, token), await status(two, token)]).toEqual([200, 200]);
    const next = await refresh(one, String(body['refresh_token']));
    expect(next.status).toBe(200);
    expect(await refresh(two, String(body['refresh_token']))).toMatchObject({ body: { error: 'invalid_grant' } });
    expect(await status(one, String(next.body['access_token']))).toBe(401);
  });

  it('C7, G41: what ends at one portal has ended at the other with its next request', async () => {
    const { accessToken, refreshToken } = await tokensFor(one, hotel, app, hotel.people.team);
    expect(await status(two, accessToken)).toBe(200);
    const owner = two.client(hotel.people.organization_owner.token);
    await owner.integratedApps.forbid({ propertyId: hotel.property.id, appId: app.id });
    expect(await status(one, accessToken)).toBe(403);
    await owner.integratedApps.allow({ propertyId: hotel.property.id, appId: app.id });
    expect(await status(one, accessToken)).toBe(200);
    await owner.members.remove({ memberId: hotel.people.team.id, confirm: 'remove' });
    expect(await status(one, accessToken)).toBe(401);
    expect(await refresh(one, refreshToken)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('C7: of one code brought to both at once, one gets tokens at most, and keeps none', async () => {
    for (let round = 0; round < 5; round += 1) {
      const request = appRequest(app);
      const browser = createPlainBrowser({
        stopsAt: (url) => url.startsWith(app.redirectUri),
        fetch: one.portal.fetch,
      });
      const page = await browser.open(request.url);
      const typed = { email: hotel.people.owner.email, password: samplePassword };
      const consent = await sendForm(browser, page, 'sign-in', typed);
      const code = codeOf(await sendForm(browser, consent, 'consent', { property: hotel.property.id }));
      const answers = await Promise.all([one, two].map((portal) => exchangeCode(portal, app, code, request.verifier)));
      const given = answers.filter(({ status: answered }) => answered === 200);
      expect(given.length).toBeLessThanOrEqual(1);
      for (const { body } of given) expect(await status(one, String(body['access_token']))).toBe(401);
      for (const answer of answers) expect([200, 400]).toContain(answer.status);
    }
  });
});
