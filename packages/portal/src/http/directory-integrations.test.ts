import { generateKeyPairSync } from 'node:crypto';
import type { Client } from '@latchwork/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DirectoryOffice, startDirectoryOffice } from '../harness/sample-directory.test-rig.js';
import { buildSampleOffice } from '../harness/sample-office.test-rig.js';

let at: DirectoryOffice;
beforeAll(async () => {
  at = await startDirectoryOffice({ people: 3, authorized: false });
});
afterAll(async () => {
  await at[Symbol.asyncDispose]();
});

const failing = (code: string, rest: object = {}) => ({ info: { code, ...rest } });
const privateKey = () =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
type Credentials = DirectoryOffice['credentials'];
const push: Credentials = { kind: 'scim_push' };
const google = (): Credentials => ({
  kind: 'google_workspace',
  clientEmail: 'reader@project.example',
  privateKey: privateKey(),
  adminEmail: 'admin@corp.example',
});

/** An office of its own on the same portal, with nothing connected. */
async function newOffice(): Promise<{ readonly organizationId: string; readonly client: Client }> {
  const office = await buildSampleOffice(at.test);
  return { organizationId: office.organizationId, client: office.people.admin.client };
}

describe('adding a directory', () => {
  it('S19: no review and no sync before an integration has been authorized', async () => {
    const { id: integrationId, state } = at.integration;
    expect(state).toBe('pending');
    const early = at.admin.directoryReviews.start({ integrationId });
    await expect(early).rejects.toMatchObject(failing('integration-not-authorized', { state: 'pending' }));
    expect(at.fake.requests).toEqual([]);
  });

  it('S20: an organization has one integration of each kind, and the second is told of the first', async () => {
    const { organizationId, client } = await newOffice();
    const first = await client.directoryIntegrations.create({ organizationId, credentials: push });
    const second = client.directoryIntegrations.create({ organizationId, credentials: push });
    await expect(second).rejects.toMatchObject(failing('integration-exists', { integrationId: first.id }));
    const other = await client.directoryIntegrations.create({ organizationId, credentials: google() });
    const { data } = await client.directoryIntegrations.list({ organizationId });
    expect(data.map(({ id, kind }) => [id, kind])).toEqual([
      [first.id, 'scim_push'],
      [other.id, 'google_workspace'],
    ]);
  });

  it('S20: Admins alone; others learn that, and another organization learns nothing', async () => {
    const { id: integrationId, organizationId } = at.integration;
    for (const role of ['coordinator', 'member'] as const) {
      const { client } = at.office.people[role];
      const calls = [
        () => client.directoryIntegrations.create({ organizationId, credentials: push }),
        () => client.directoryIntegrations.list({ organizationId }),
        () => client.directoryIntegrations.get({ integrationId }),
        () => client.directoryIntegrations.authorize({ integrationId }),
        () => client.directoryIntegrations.remove({ integrationId }),
        () => client.directoryReviews.start({ integrationId }),
      ];
      for (const call of calls) await expect(call()).rejects.toMatchObject(failing('forbidden'));
    }
    const stranger = await newOffice();
    const calls = [
      () => stranger.client.directoryIntegrations.get({ integrationId }),
      () => stranger.client.directoryIntegrations.remove({ integrationId }),
      () => stranger.client.directoryReviews.start({ integrationId }),
      () => stranger.client.directoryIntegrations.list({ organizationId }),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject(failing('not-found'));
  });

  it('S33: automatic sync is off', async () => {
    expect(at.integration.automaticSync).toEqual({ enabled: false, nextRunAt: null });
  });

  it('S32: a sign-in method that the plan does not have is refused', async () => {
    const office = await buildSampleOffice(at.test, { plan: 'business' });
    const { client } = office.people.admin;
    const { organizationId } = office;
    const wish = { organizationId, credentials: push, signInMethod: 'sso_google' } as const;
    const refusal = failing('plan-required', { required: 'pro', plan: 'business' });
    await expect(client.directoryIntegrations.create(wish)).rejects.toMatchObject(refusal);
    const made = await client.directoryIntegrations.create({ ...wish, signInMethod: 'email_password' });
    const { id: integrationId, version } = made;
    const edit = client.directoryIntegrations.update({ integrationId, version, signInMethod: 'sso_microsoft_365' });
    await expect(edit).rejects.toMatchObject(refusal);
  });

  it('keeps credentials sealed, and never gives them back', async () => {
    const { organizationId, client } = await newOffice();
    const secret = 'hush-hush-client-secret';
    const credentials = { kind: 'microsoft_365', tenantId: 't', clientId: 'client-7', clientSecret: secret } as const;
    const made = await client.directoryIntegrations.create({ organizationId, credentials });
    expect(made).toMatchObject({ kind: 'microsoft_365', state: 'pending', connectedAs: 'client-7' });
    const shown = [made, await client.directoryIntegrations.get({ integrationId: made.id })];
    const audit = await client.events.listOfOrganization({ organizationId, limit: 200 });
    const stored = await at.test.portal.store.rows('directoryIntegration');
    expect(stored.find(({ id }) => id === made.id)?.credentialsSealed).toMatch(/^[\w-]+$/);
    expect(JSON.stringify([shown, audit, stored, at.test.log])).not.toContain(secret);
  });

  it('refuses keys that cannot be read, addresses inside, and credentials of another directory', async () => {
    const { organizationId, client } = await newOffice();
    const create = async (credentials: Credentials) =>
      await client.directoryIntegrations.create({ organizationId, credentials });
    await expect(create({ ...google(), privateKey: 'no key' } as Credentials)).rejects.toMatchObject(
      failing('credentials-unreadable'),
    );
    const pull = (baseUrl: string): Credentials => ({ kind: 'scim_pull', baseUrl, token: 't' });
    const refused = [
      ['http://directory.example/scim', 'scheme'],
      ['https://user:word@directory.example/scim', 'credentials'],
      ['https://10.0.0.7/scim', 'address'],
      ['https://[::1]/scim', 'address'],
      ['https://169.254.169.254/', 'address'],
    ] as const;
    for (const [url, because] of refused) {
      await expect(create(pull(url)), url).rejects.toMatchObject(failing('address-not-allowed', { because }));
    }
    const { id: integrationId, version } = await create(push);
    const other = client.directoryIntegrations.update({ integrationId, version, credentials: google() });
    await expect(other).rejects.toMatchObject(failing('credentials-of-other-kind', { kind: 'scim_push' }));
  });
});

describe('letting the portal in', () => {
  it('S21: pending, authorized, and revoked once the directory refuses; nobody is asked with what was refused', async () => {
    await using own = await startDirectoryOffice({ people: 2, authorized: false });
    const { admin, fake } = own;
    const { id: integrationId } = own.integration;
    const authorized = await admin.directoryIntegrations.authorize({ integrationId });
    expect(authorized).toMatchObject({ state: 'authorized', tenantId: fake.tenantId, health: 'healthy' });
    await own.sync();
    fake.access.revoke();
    const again = admin.directoryIntegrations.authorize({ integrationId });
    await expect(again).rejects.toMatchObject(failing('directory-unreadable', { fault: 'unauthorized' }));
    const revoked = await admin.directoryIntegrations.get({ integrationId });
    expect(revoked).toMatchObject({ state: 'revoked', health: 'needs_reauthorization', linked: 2 });
    const early = admin.directoryReviews.start({ integrationId });
    await expect(early).rejects.toMatchObject(failing('integration-not-authorized', { state: 'revoked' }));
    fake.access.grant();
    expect(await admin.directoryIntegrations.authorize({ integrationId })).toMatchObject({
      state: 'authorized',
      health: 'healthy',
    });
    const { organizationId } = own.office;
    const { data } = await admin.events.listOfOrganization({ organizationId, limit: 200 });
    const told = data.flatMap(({ type }) => (type.startsWith('directory_integration') ? [type] : []));
    expect(told).toEqual([
      'directory_integration.created',
      'directory_integration.authorized',
      'directory_integration.health_changed',
      'directory_integration.authorized',
      'directory_integration.health_changed',
    ]);
  });

  it('case 43: a secret that ran out, or a consent taken back, fails a review and removes nobody', async () => {
    await using own = await startDirectoryOffice({ people: 4 });
    await own.sync();
    const before = await own.admin.users.list({ organizationId: own.office.organizationId, limit: 200 });
    own.fake.access.expireTokens();
    own.fake.access.expireSecret();
    expect(await own.review()).toMatchObject({ state: 'failed', fault: 'unauthorized', counts: null });
    const { id: integrationId } = own.integration;
    expect(await own.admin.directoryIntegrations.get({ integrationId })).toMatchObject({
      state: 'revoked',
      health: 'needs_reauthorization',
    });
    const after = await own.admin.users.list({ organizationId: own.office.organizationId, limit: 200 });
    expect(after.data.map(({ id, state }) => [id, state])).toEqual(before.data.map(({ id, state }) => [id, state]));
  });

  it('a directory that pushes is not asked; it gets a token, shown once, that ends the former one', async () => {
    const { organizationId, client } = await newOffice();
    const { id: integrationId } = await client.directoryIntegrations.create({ organizationId, credentials: push });
    const refusal = failing('integration-kind-not-fitting', { kind: 'scim_push' });
    await expect(client.directoryIntegrations.authorize({ integrationId })).rejects.toMatchObject(refusal);
    const first = await client.directoryIntegrations.rotateScimToken({ integrationId });
    expect(first).toMatchObject({
      baseUrl: 'http://portal.test/scim/v2',
      directoryIntegration: { state: 'authorized' },
    });
    const second = await client.directoryIntegrations.rotateScimToken({ integrationId });
    expect(second.token).not.toBe(first.token);
    const stored = JSON.stringify(await at.test.portal.store.rows('directoryIntegration'));
    for (const { token } of [first, second]) expect(stored).not.toContain(token);
    await expect(client.directoryReviews.start({ integrationId })).rejects.toMatchObject(refusal);
  });
});

describe('changing and removing an integration', () => {
  it('demands the version that was seen, and other credentials have to be authorized anew', async () => {
    await using own = await startDirectoryOffice({ people: 1 });
    const { id: integrationId, version } = own.integration;
    const { directoryIntegrations } = own.admin;
    const edited = await directoryIntegrations.update({
      integrationId,
      version,
      guests: 'sync',
      ownDomains: ['Corp.Example'],
    });
    expect(edited).toMatchObject({
      guests: 'sync',
      ownDomains: ['corp.example'],
      state: 'authorized',
      version: version + 1,
    });
    await expect(directoryIntegrations.update({ integrationId, version, guests: 'skip' })).rejects.toMatchObject(
      failing('version-stale', { currentVersion: version + 1 }),
    );
    const renewed = await directoryIntegrations.update({
      ...{ integrationId, version: edited.version },
      credentials: own.credentials,
    });
    expect(renewed).toMatchObject({ state: 'pending', tenantId: null });
  });

  it('ends its reviews and forgets its links; whoever came by it stays as they are', async () => {
    await using own = await startDirectoryOffice({ people: 2 });
    await own.sync();
    const review = await own.review();
    const { id: integrationId } = own.integration;
    await own.admin.directoryIntegrations.remove({ integrationId });
    const gone = failing('not-found');
    await expect(own.admin.directoryIntegrations.get({ integrationId })).rejects.toMatchObject(gone);
    await expect(own.admin.directoryReviews.get({ reviewId: review.id })).rejects.toMatchObject(gone);
    const { store, projection } = own.test.portal;
    expect(await store.rows('directoryLink')).toEqual([]);
    expect(await store.rows('directoryReview')).toEqual([]);
    expect(projection.directoryIntegrations.size).toBe(0);
    for (const { email } of own.fake.people.listed()) {
      expect(await own.user(email ?? '')).toMatchObject({ state: 'inactive', licensed: true });
    }
  });
});
