import type { Client } from '@latchwork/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiKeyForm } from '../access/api-key-token.js';
import { problemOf } from '../harness/failed-call.test-rig.js';
import { buildSampleHotel, giveKey, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

let test: TestPortal;
let hotel: SampleHotel;

beforeAll(async () => {
  test = await startTestPortal();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});
beforeEach(async () => {
  test.clock.advance(600_000);
  hotel = await buildSampleHotel(test);
});

const owner = () => hotel.people.organization_owner.client;
const organizationId = () => hotel.organization.id;
const propertyId = () => hotel.property.id;
type Scopes = Parameters<Client['apiKeys']['create']>[0]['scopes'];

async function makeKey(scopes: Scopes, more: { readonly expiresAt?: string } = {}, maker: Client = owner()) {
  const made = await maker.apiKeys.create({ organizationId: organizationId(), name: 'PMS', scopes, ...more });
  return { ...made, client: test.client(made.token) };
}

const soon = (ms: number) => new Date(test.clock.now() + ms).toISOString();
const isOver = { code: 'unauthenticated' };

describe('an API key', () => {
  it('is shown once, recognizable to scanners; the portal keeps its hash and its last characters', async () => {
    const { apiKey, token } = await makeKey(['read']);
    expect(token).toMatch(apiKeyForm);
    expect(apiKey).toMatchObject({ scopes: ['read'], hint: token.slice(-4), expiresAt: null, lastUsedAt: null });
    const { data } = await owner().apiKeys.list({ organizationId: organizationId() });
    expect(data).toEqual([apiKey]);
    expect(JSON.stringify(test.portal.projection.apiKeys.all())).not.toContain(token);
    expect(test.log.join('\n')).not.toContain(token);
    const tampered = `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`;
    expect(await problemOf(test.client(tampered).me())).toMatchObject(isOver);
  });

  it('has its creator’s rights as far as its scopes reach, and no others', async () => {
    const { client } = await makeKey(['read', 'hardware']);
    expect(await client.properties.get({ propertyId: propertyId() })).toEqual(hotel.property);
    const entrance = await client.entrances.create({ propertyId: propertyId(), name: 'Sauna' });
    const beyond: readonly (readonly [Promise<unknown>, string])[] = [
      [client.members.list({ propertyId: propertyId() }), 'people'],
      [
        client.invitations.create({
          organizationId: organizationId(),
          emails: ['x@example.com'],
          organizationOwner: true,
        }),
        'people',
      ],
      [client.unlock({ entranceId: entrance.id }), 'unlock'],
      [client.properties.create({ organizationId: organizationId(), name: 'Annex', timeZone: 'UTC' }), 'settings'],
      [client.keys.revoke({ keyId: 'key_01jd0000000000000000000000' }), 'keys'],
    ];
    for (const [call, scope] of beyond) expect(await problemOf(call)).toMatchObject({ code: 'scope-missing', scope });
  });

  it('makes, rotates and revokes no API key and no app, and lets no app act, whatever its scopes', async () => {
    const all: Scopes = ['read', 'unlock', 'keys', 'people', 'hardware', 'settings'];
    const { apiKey, client } = await makeKey(all);
    const at = { organizationId: organizationId() };
    for (const call of [
      client.apiKeys.create({ ...at, name: 'Twin', scopes: ['read'] }),
      client.apiKeys.list(at),
      client.apiKeys.rotate({ apiKeyId: apiKey.id }),
      client.apiKeys.revoke({ apiKeyId: apiKey.id }),
      client.apps.create({ ...at, name: 'A', kind: 'public', redirectUris: ['https://a.example/b'], scopes: ['read'] }),
      client.sessions.deleteCurrent(),
    ]) {
      expect(await problemOf(call)).toMatchObject({ code: 'forbidden', because: 'caller-kind' });
    }
  });

  it('has to say what it is for: no scope, an unknown or a repeated one is refused', async () => {
    for (const scopes of [[], ['admin'], ['read', 'read']]) {
      const call = owner().apiKeys.create({ organizationId: organizationId(), name: 'X', scopes: scopes as never });
      expect(await problemOf(call)).toMatchObject({ code: 'invalid-request' });
    }
    for (const role of ['owner', 'general_manager', 'team', 'housekeeping', 'installer'] as const) {
      expect(await problemOf(makeKey(['read'], {}, hotel.people[role].client)), role).toMatchObject({
        code: 'forbidden',
      });
    }
  });

  it('P-19: ends with its creator’s membership, at the next request', async () => {
    const email = 'second@owners.example';
    await owner().invitations.create({ organizationId: organizationId(), emails: [email], organizationOwner: true });
    const { token } = await test.mails.lastTo(email);
    await test.client().accountSetups.complete({ token, name: 'Sam', password: 'correct horse battery staple' });
    const session = { email, password: 'correct horse battery staple' } as const;
    const signedIn = await test.client().sessions.create({ ...session, channel: 'dashboard' });
    const { apiKey, client } = await makeKey(['read'], {}, test.client(signedIn.token));
    expect(await client.properties.get({ propertyId: propertyId() })).toEqual(hotel.property);
    await owner().members.remove({ memberId: signedIn.member.id, confirm: 'remove' });
    expect(await problemOf(client.me())).toMatchObject(isOver);
    const { data } = await owner().apiKeys.list({ organizationId: organizationId() });
    expect(data.find(({ id }) => id === apiKey.id)?.revokedAt).not.toBeNull();
  });

  it('ends at its expiry and when it is revoked, and tells when it was used last', async () => {
    expect(await problemOf(makeKey(['read'], { expiresAt: soon(0) }))).toMatchObject({ code: 'invalid-request' });
    const { apiKey, client } = await makeKey(['read'], { expiresAt: soon(60_000) });
    test.clock.advance(59_999);
    const usedAt = soon(0);
    await client.me();
    const listed = async () => {
      const { data } = await owner().apiKeys.list({ organizationId: organizationId() });
      return data.find(({ id }) => id === apiKey.id);
    };
    expect(await listed()).toMatchObject({ lastUsedAt: usedAt });
    await test.portal.maintain();
    test.clock.advance(1);
    expect(await problemOf(client.me())).toMatchObject(isOver);
    expect(await listed()).toMatchObject({ lastUsedAt: usedAt });

    const other = await makeKey(['read']);
    await owner().apiKeys.revoke({ apiKeyId: other.apiKey.id });
    await owner().apiKeys.revoke({ apiKeyId: other.apiKey.id });
    expect(await problemOf(other.client.me())).toMatchObject(isOver);
  });
});

describe('rotating an API key', () => {
  it('gives a new one that takes over; both work until the overlap ends, and then only the new one', async () => {
    const old = await makeKey(['read', 'hardware']);
    const made = await owner().apiKeys.rotate({ apiKeyId: old.apiKey.id, overlapSeconds: 3600 });
    expect(made.apiKey).toMatchObject({
      name: 'PMS',
      scopes: ['read', 'hardware'],
      rotatedFromId: old.apiKey.id,
      expiresAt: null,
    });
    const fresh = test.client(made.token);
    test.clock.advance(3_599_999);
    await old.client.me();
    await fresh.me();
    test.clock.advance(1);
    expect(await problemOf(old.client.me())).toMatchObject(isOver);
    await fresh.me();
    const { data } = await owner().audit.list({ organizationId: organizationId(), limit: 200 });
    expect(data.find(({ action }) => action === 'api_key.rotated')?.subject).toMatchObject({
      apiKeyId: made.apiKey.id,
      rotatedFromId: old.apiKey.id,
    });
  });

  it('never makes a key live longer than it was made for, and happens once', async () => {
    const old = await makeKey(['read'], { expiresAt: soon(60_000) });
    const made = await owner().apiKeys.rotate({ apiKeyId: old.apiKey.id, overlapSeconds: 86_400 });
    expect(made.apiKey.expiresAt).toBe(old.apiKey.expiresAt);
    const { data } = await owner().apiKeys.list({ organizationId: organizationId() });
    expect(data.find(({ id }) => id === old.apiKey.id)?.expiresAt).toBe(old.apiKey.expiresAt);
    expect(await problemOf(owner().apiKeys.rotate({ apiKeyId: old.apiKey.id }))).toMatchObject({ code: 'conflict' });
    await owner().apiKeys.revoke({ apiKeyId: made.apiKey.id });
    expect(await problemOf(owner().apiKeys.rotate({ apiKeyId: made.apiKey.id }))).toMatchObject({ code: 'conflict' });
    const gone = await makeKey(['read'], { expiresAt: soon(1) });
    test.clock.advance(1);
    expect(await problemOf(owner().apiKeys.rotate({ apiKeyId: gone.apiKey.id }))).toMatchObject({ code: 'conflict' });
  });

  it('P-19: binds the new key to whoever rotates, and the same request twice makes one', async () => {
    const old = await makeKey(['read']);
    const options = { idempotencyKey: 'rotate-once' };
    const first = await owner().apiKeys.rotate({ apiKeyId: old.apiKey.id, overlapSeconds: 0 }, options);
    const again = await owner().apiKeys.rotate({ apiKeyId: old.apiKey.id, overlapSeconds: 0 }, options);
    expect(again).toEqual(first);
    expect(first.apiKey.creatorId).toBe(hotel.people.organization_owner.id);
    expect(await problemOf(old.client.me())).toMatchObject(isOver);
  });
});

describe('a key of somebody who may less now', () => {
  it('G33, G32: of Housekeeping reads nothing and opens nothing through the API', async () => {
    const { id, client: owners } = hotel.people.organization_owner;
    await giveKey(test, hotel, id);
    const { client } = await makeKey(['read', 'unlock']);
    expect((await client.keys.listMine()).data).toHaveLength(1);
    // Somebody else becomes an Owner first: the last one keeps the flag (P-20).
    const heir = hotel.people.owner;
    const before = await owners.members.get({ memberId: heir.id });
    await owners.members.update({ memberId: heir.id, organizationOwner: true, version: before.version });
    const self = await heir.client.members.get({ memberId: id });
    await heir.client.members.update({
      memberId: id,
      organizationOwner: false,
      assignments: [{ propertyId: propertyId(), role: 'housekeeping' }],
      version: self.version,
    });
    expect((await owners.keys.listMine()).data).toHaveLength(1);
    expect((await client.keys.listMine()).data).toEqual([]);
    for (const call of [
      client.entrances.list({ propertyId: propertyId() }),
      client.keys.list({ propertyId: propertyId() }),
      client.events.list({ propertyId: propertyId() }),
    ]) {
      expect(await problemOf(call)).toMatchObject({ code: 'channel-not-allowed' });
    }
    const refused = await problemOf(client.unlock({ entranceId: hotel.entrance.id }));
    expect(refused).toMatchObject({ code: 'unlock-refused', because: 'channel-not-allowed' });
  });
});
