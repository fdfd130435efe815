import type { Event } from '@latchwork/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problemOf } from '../harness/failed-call.test-rig.js';
import { buildSampleHotel, giveKey, type SampleHotel, samplePassword } from '../harness/sample-hotel.test-rig.js';
import { connectGateway } from '../harness/scripted-gateway.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import {
  agreeInBrowser,
  appRequest,
  registerApp,
  sendForm,
  type ThirdPartyApp,
  tokenRequest,
  tokensFor,
  userBrowser,
} from '../harness/third-party-app.test-rig.js';

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

describe('unlocking through a third-party app', () => {
  it('C7, G33, G46: a housekeeper unlocks through an enabled app; every event names her, the app, the key and the door', async () => {
    await allow();
    const key = await giveKey(test, hotel, hotel.people.housekeeping.id);
    await using gateway = await connectGateway(hotel);
    const { client } = await tokensFor(test, hotel, app, hotel.people.housekeeping);
    const asked = client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 20 });
    const command = await gateway.next('unlock');
    await gateway.ack(command);
    await gateway.challenge(command, 'a1b2c3d4e5f60718');
    await gateway.next('token');
    await gateway.report(command, { outcome: 'executed', code: 'ok', bolt: 'unlocked' });
    const attempt = await asked;
    const memberId = hotel.people.housekeeping.id;
    const actor = { kind: 'app', appId: app.id, memberId, channel: 'integrated_app' };
    expect(attempt).toMatchObject({ state: 'confirmed', keyId: key.id, holderId: memberId, actor });
    const told = (await events()).filter((event) => 'attemptId' in event && event.attemptId === attempt.id);
    expect(told.map(({ type }) => type)).toEqual([
      'attempt.accepted',
      'attempt.sent',
      'attempt.acknowledged',
      'attempt.confirmed',
    ]);
    for (const event of told) {
      expect(event).toMatchObject({ actor, keyId: key.id, entranceId: hotel.entrance.id, channel: 'integrated_app' });
    }
  });

  it('G33: an app is off on a property until it is allowed there, and off again once it is forbidden', async () => {
    await giveKey(test, hotel, hotel.people.housekeeping.id);
    const browser = userBrowser(test, app);
    const page = await browser.open(appRequest(app).url);
    const typed = { email: hotel.people.housekeeping.email, password: samplePassword };
    const notYet = await sendForm(browser, page, 'sign-in', typed);
    expect(notYet).toMatchObject({ status: 403, text: expect.stringContaining('None of your properties has allowed') });
    expect(notYet.text).not.toContain(hotel.property.name);

    expect(await allow()).toMatchObject({ ...onProperty(), allowed: true });
    const { client, refreshToken } = await tokensFor(test, hotel, app, hotel.people.housekeeping);
    expect((await client.keys.listMine()).data).toHaveLength(1);

    await owner().integratedApps.forbid(onProperty());
    expect(await problemOf(client.keys.listMine())).toMatchObject({ code: 'channel-not-allowed' });
    const refused = await problemOf(client.unlock({ entranceId: hotel.entrance.id }));
    expect(refused).toMatchObject({ code: 'unlock-refused', because: 'channel-not-allowed' });
    const denied = (await events()).find((event) => event.type === 'unlock.denied');
    expect(denied).toMatchObject({
      because: 'channel-not-allowed',
      actor: { kind: 'app', appId: app.id, memberId: hotel.people.housekeeping.id },
    });
    expect(await refresh(refreshToken)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });

    await allow();
    expect((await client.keys.listMine()).data).toHaveLength(1);
    expect(await refresh(refreshToken)).toMatchObject({ status: 200 });
  });

  it('G33, ★12: an Installer with a Key opens with the Portal app and not through an enabled app', async () => {
    await allow();
    const { installer, housekeeping } = hotel.people;
    await giveKey(test, hotel, installer.id);
    const browser = userBrowser(test, app);
    const page = await browser.open(appRequest(app).url);
    const refusedPage = await sendForm(browser, page, 'sign-in', { email: installer.email, password: samplePassword });
    expect(refusedPage).toMatchObject({ status: 403, text: expect.stringContaining('Sign in with the Portal app.') });

    // Whoever becomes an Installer keeps the Key and the app, and the app opens nothing any more.
    await giveKey(test, hotel, housekeeping.id);
    const { client } = await tokensFor(test, hotel, app, housekeeping);
    const { version } = await owner().members.get({ memberId: housekeeping.id });
    const at = { propertyId: hotel.property.id, memberId: housekeeping.id };
    await owner().members.setAssignment({ ...at, role: 'installer', version });
    await using gateway = await connectGateway(hotel);
    const refused = await problemOf(client.unlock({ entranceId: hotel.entrance.id }));
    expect(refused).toMatchObject({ code: 'unlock-refused', because: 'channel-not-allowed' });
    expect(gateway.received).toEqual([]);
    for (const person of [installer, housekeeping]) {
      const attempt = await person.client.unlock({ entranceId: hotel.entrance.id });
      expect(attempt.state).toBe('sent');
    }
  });

  it('G33: without a Key an app opens nothing for anybody, whatever it is allowed', async () => {
    await allow();
    const { client } = await tokensFor(test, hotel, app, hotel.people.organization_owner);
    const refused = await problemOf(client.unlock({ entranceId: hotel.entrance.id }));
    expect(refused).toMatchObject({ code: 'unlock-refused', because: 'no-key' });
  });
});

describe('who says which app may act', () => {
  it('C7: Owner and General Manager allow and forbid it, audited and as events; Team, Housekeeping and Installer do not', async () => {
    for (const role of ['owner', 'general_manager'] as const) {
      const { client, id } = hotel.people[role];
      await client.integratedApps.allow(onProperty());
      await client.integratedApps.allow(onProperty());
      await client.integratedApps.forbid(onProperty());
      const own = (await events()).filter(({ actor }) => 'memberId' in actor && actor.memberId === id);
      const types = own.map(({ type }) => type).filter((type) => type.startsWith('integrated_app'));
      expect(types, role).toEqual(['integrated_app.allowed', 'integrated_app.forbidden']);
    }
    for (const role of ['team', 'housekeeping', 'installer'] as const) {
      const call = hotel.people[role].client.integratedApps.allow(onProperty());
      expect(await problemOf(call), role).toMatchObject({ code: 'forbidden', because: 'role-lacks-action' });
    }
    const { data } = await owner().audit.list({ organizationId: hotel.organization.id, limit: 200 });
    const written = data.filter(({ action }) => action.startsWith('integrated_app'));
    expect(written).toHaveLength(4);
    expect(written[0]).toMatchObject({ propertyId: hotel.property.id, subject: { appId: app.id } });
  });

  it('C5: an app is registered by the Organization Owner, or by the Owner of a single property, and shown its secret once', async () => {
    for (const role of ['owner', 'general_manager', 'team', 'housekeeping', 'installer'] as const) {
      const call = registerApp(hotel.people[role].client, hotel.organization.id);
      expect(await problemOf(call), role).toMatchObject({ code: 'forbidden' });
    }
    const made = await owner().apps.create({
      organizationId: hotel.organization.id,
      name: 'Server',
      kind: 'confidential',
      redirectUris: ['https://server.example/back'],
      scopes: ['read'],
    });
    expect(made.clientSecret).toMatch(/^lwc_[\w-]{43}$/);
    expect(await owner().apps.get({ appId: made.app.id })).toEqual(made.app);
    expect(JSON.stringify(made.app)).not.toContain(made.clientSecret);
    const { data } = await owner().apps.list({ organizationId: hotel.organization.id });
    expect(data.map(({ id }) => id)).toEqual([app.id, made.app.id]);
    expect(test.log.join('\n')).not.toContain(made.clientSecret);

    const single = await hotel.operator.organizations.create({
      name: 'Guest House',
      kind: 'single_property',
      owner: { email: 'greta@guesthouse.example' },
      property: { name: 'Guest House', timeZone: 'Europe/Berlin' },
    });
    const { token } = await test.mails.lastTo('greta@guesthouse.example');
    await test.client().accountSetups.complete({ token, name: 'Greta', password: samplePassword });
    const session = { email: 'greta@guesthouse.example', password: samplePassword, channel: 'dashboard' } as const;
    const greta = test.client((await test.client().sessions.create(session)).token);
    expect((await registerApp(greta, single.organization.id)).id).toMatch(/^app_/);
  });

  it('C5, G10: another tenant’s app is none, neither to read nor to allow', async () => {
    const other = await buildSampleHotel(test, 'Hotel Borealis');
    const { client } = other.people.organization_owner;
    expect(await problemOf(client.apps.get({ appId: app.id }))).toMatchObject({ code: 'not-found' });
    const there = { propertyId: other.property.id, appId: app.id };
    expect(await problemOf(client.integratedApps.allow(there))).toMatchObject({ code: 'not-found' });
    expect((await client.integratedApps.list({ propertyId: other.property.id })).data).toEqual([]);
  });
});

describe('what an app’s token reaches', () => {
  it('C5: one property and no other, though its member is assigned to both', async () => {
    await allow();
    const annex = await owner().properties.create({
      organizationId: hotel.organization.id,
      name: 'Annex',
      timeZone: 'Europe/Berlin',
    });
    await owner().integratedApps.allow({ propertyId: annex.id, appId: app.id });
    const door = await owner().entrances.create({ propertyId: annex.id, name: 'Annex door' });
    const person = hotel.people.organization_owner;
    const { client } = await tokensFor(test, hotel, app, person);
    expect(await client.properties.get({ propertyId: hotel.property.id })).toMatchObject({ id: hotel.property.id });
    for (const call of [
      client.properties.get({ propertyId: annex.id }),
      client.entrances.get({ entranceId: door.id }),
      client.unlock({ entranceId: door.id }),
      client.events.list({ propertyId: annex.id }),
      client.organizations.get({ organizationId: hotel.organization.id }),
      client.properties.list({ organizationId: hotel.organization.id }),
    ]) {
      expect(await problemOf(call)).toMatchObject({ code: 'not-found' });
    }
    const keyOf = async (propertyId: string, entranceId: string) =>
      await owner().keys.create({
        propertyId,
        holderId: person.id,
        entranceIds: [entranceId],
        startsAt: new Date(test.clock.now() - 1000).toISOString(),
        endsAt: null,
      });
    const [here] = [await keyOf(hotel.property.id, hotel.entrance.id), await keyOf(annex.id, door.id)];
    expect((await client.keys.listMine()).data.map(({ id }) => id)).toEqual([here.id]);
    expect((await owner().keys.listMine()).data).toHaveLength(2);
    const elsewhere = await problemOf(owner().unlock({ entranceId: door.id }));
    const attemptId = 'attemptId' in elsewhere ? String(elsewhere.attemptId) : '';
    expect(await owner().attempts.get({ attemptId })).toMatchObject({ id: attemptId });
    expect(await problemOf(client.attempts.get({ attemptId }))).toMatchObject({ code: 'not-found' });
    const me = await client.me();
    expect(me).toMatchObject({ session: null, apiKey: null, appGrant: { appId: app.id, scopes: ['read', 'unlock'] } });
  });

  it('C5: what its scopes cover, though its member may more, and nothing that is for signed-in people alone', async () => {
    await allow();
    const { client, accessToken } = await tokensFor(test, hotel, app, hotel.people.organization_owner, 'read');
    const { propertyId } = onProperty();
    expect(await problemOf(client.unlock({ entranceId: hotel.entrance.id }))).toMatchObject({
      code: 'scope-missing',
      scope: 'unlock',
    });
    expect(await problemOf(client.entrances.create({ propertyId, name: 'Gate' }))).toMatchObject({ scope: 'hardware' });
    expect(await problemOf(client.members.list({ propertyId }))).toMatchObject({
      code: 'scope-missing',
      scope: 'people',
    });
    for (const call of [
      client.apiKeys.create({ organizationId: hotel.organization.id, name: 'Mine', scopes: ['read'] }),
      client.integratedApps.allow(onProperty()),
      client.appGrants.listMine(),
      client.sessions.listMine(),
    ]) {
      expect(await problemOf(call)).toMatchObject({ code: 'forbidden', because: 'caller-kind' });
    }
    const raw = await test.send('GET', `/v1/properties/${propertyId}/members`, { token: accessToken });
    expect(raw.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope", scope="people"');
  });

  it('C5, G10: its member is offered only properties of theirs that have allowed the app', async () => {
    await allow();
    const names = ['Annex', 'Barn'];
    const others = await Promise.all(
      names.map((name) =>
        owner().properties.create({ organizationId: hotel.organization.id, name, timeZone: 'Europe/Berlin' }),
      ),
    );
    await owner().integratedApps.allow({ propertyId: others[0]?.id ?? '', appId: app.id });
    const offered = async (person: { readonly email: string }) => {
      const browser = userBrowser(test, app);
      const page = await browser.open(appRequest(app).url);
      const consent = await sendForm(browser, page, 'sign-in', { email: person.email, password: samplePassword });
      return consent.forms.find(({ action }) => action.endsWith('/consent'))?.choices['property'];
    };
    expect(await offered(hotel.people.organization_owner)).toEqual([hotel.property.id, others[0]?.id]);
    expect(await offered(hotel.people.housekeeping)).toEqual([hotel.property.id]);
    const page = await agreeInBrowser(test, app, appRequest(app), {
      person: hotel.people.housekeeping,
      propertyId: others[0]?.id ?? '',
    });
    expect(page).toMatchObject({ status: 422, text: expect.stringContaining('Choose one of these properties.') });
  });
});
