import { admin, type admin_directory_v1, auth } from '@googleapis/admin';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createFakeDirectory, type FakeDirectory, type FakeDirectoryOptions } from '../fake-directory.js';
import { startFakeDirectory } from '../start-fake-directory.js';
import { googleScope } from './google-directory.js';

type Tenant = FakeDirectory<'google_workspace'>;

const made = (options: Partial<FakeDirectoryOptions<'google_workspace'>> = {}): Tenant =>
  createFakeDirectory({ kind: 'google_workspace', ...options });

const readScopes = ['user', 'group', 'group.member'].map((name) => googleScope(`admin.directory.${name}.readonly`));

/** Google's own client and JWT sign-in; only the two hosts are others. */
function clientOf(
  tenant: Tenant,
  identity: { readonly subject?: string; readonly scopes?: readonly string[]; readonly key?: string } = {},
): admin_directory_v1.Admin {
  const { clientEmail, privateKey, privateKeyId, adminEmail } = tenant.credentials;
  const reach: typeof fetch = (input, init) => {
    const url = `${input instanceof Request ? input.url : input}`;
    return tenant.fetch(url.replace('https://oauth2.googleapis.com', tenant.urls.login), init);
  };
  const client = new auth.JWT({
    email: clientEmail,
    key: identity.key ?? privateKey,
    keyId: privateKeyId,
    subject: identity.subject ?? adminEmail,
    scopes: [...(identity.scopes ?? readScopes)],
    transporterOptions: { fetchImplementation: reach },
  });
  return admin({
    version: 'directory_v1',
    auth: client,
    rootUrl: `${tenant.urls.api}/`,
    fetchImplementation: reach,
    retry: false,
  });
}

async function everybody(
  client: admin_directory_v1.Admin,
  params: admin_directory_v1.Params$Resource$Users$List,
): Promise<admin_directory_v1.Schema$User[]> {
  const users: admin_directory_v1.Schema$User[] = [];
  let pageToken: string | undefined;
  do {
    const { data } = await client.users.list({ ...params, ...(pageToken === undefined ? {} : { pageToken }) });
    users.push(...(data.users ?? []));
    pageToken = data.nextPageToken ?? undefined;
  } while (pageToken !== undefined);
  return users;
}

const refusal = async (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => undefined,
    (error: { status?: number; response?: { status: number; data: unknown } }) => error.response,
  );

test("Google's client signs in by JWT and walks everybody, each once", async () => {
  const tenant = made({ people: 1_203 });
  const users = await everybody(clientOf(tenant), { customer: 'my_customer', maxResults: 500 });
  expect(users).toHaveLength(1_203);
  for (const user of users) {
    const person = tenant.people.get(user.id ?? '');
    expect(user).toMatchObject({
      primaryEmail: person.email,
      name: { givenName: person.givenName, familyName: person.familyName, fullName: person.displayName },
      suspended: false,
      archived: false,
      customerId: tenant.tenantId,
      organizations: [{ title: person.title, department: person.department, primary: true, customType: '' }],
    });
  }
  expect(new Set(users.map(({ id }) => id)).size).toBe(1_203);
  expect(tenant.requests.filter(({ operation }) => operation === 'token')).toHaveLength(1);
  expect(tenant.requests.filter(({ operation }) => operation === 'users')).toHaveLength(3);
});

test('a sign-in by another key, of nobody, or for a scope that was not delegated is refused', async () => {
  const tenant = made({ people: 3 });
  const { generateKeyPairSync } = await import('node:crypto');
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const list = { customer: 'my_customer' };
  expect(await refusal(clientOf(tenant, { key: `${key}` }).users.list(list))).toMatchObject({
    status: 400,
    data: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' },
  });
  expect(await refusal(clientOf(tenant, { subject: 'nobody@example.com' }).users.list(list))).toMatchObject({
    data: { error: 'invalid_grant' },
  });
  const writing = { scopes: [googleScope('admin.directory.user')] };
  expect(await refusal(clientOf(tenant, writing).users.list(list))).toMatchObject({
    status: 401,
    data: { error: 'unauthorized_client' },
  });
});

test('a person who is no admin reads nothing, one who is does, until suspended', async () => {
  const tenant = made({
    people: [{ email: 'admin@example.com', admin: true }, { email: 'user@example.com' }],
  });
  const list = { customer: 'my_customer' };
  expect(await refusal(clientOf(tenant, { subject: 'user@example.com' }).users.list(list))).toMatchObject({
    status: 403,
    data: { error: { errors: [{ reason: 'forbidden' }] } },
  });
  const client = clientOf(tenant, { subject: 'admin@example.com' });
  expect((await client.users.list(list)).data.users).toHaveLength(2);
  tenant.people.disable('admin@example.com');
  expect(await refusal(client.users.list(list))).toMatchObject({ status: 403 });
});

test('case 43: the reading admin leaves, or the delegation is taken back', async () => {
  const tenant = made({ people: 3 });
  const client = clientOf(tenant);
  await client.users.list({ customer: 'my_customer' });
  tenant.access.dismissReader();
  expect(await refusal(client.users.list({ customer: 'my_customer' }))).toMatchObject({ status: 403 });
  expect(await refusal(clientOf(tenant).users.list({ customer: 'my_customer' }))).toMatchObject({
    data: { error: 'invalid_grant' },
  });
  tenant.access.grant();
  tenant.access.revoke();
  expect(await refusal(client.users.list({ customer: 'my_customer' }))).toMatchObject({ status: 401 });
});

test('exactly one of customer and domain; a domain leaves out whoever is of another one (case 33)', async () => {
  const tenant = made({ people: [{ email: 'a@example.com' }, { email: 'b@second.example' }] });
  const client = clientOf(tenant);
  expect(await refusal(client.users.list({}))).toMatchObject({ status: 400 });
  expect(await refusal(client.users.list({ customer: 'my_customer', domain: 'example.com' }))).toMatchObject({
    status: 400,
  });
  expect(await refusal(client.users.list({ customer: 'Cother' }))).toMatchObject({ status: 404 });
  expect(await everybody(client, { customer: tenant.tenantId })).toHaveLength(2);
  const ofDomain = await everybody(client, { domain: 'second.example' });
  expect(ofDomain.map(({ primaryEmail }) => primaryEmail)).toEqual(['b@second.example']);
});

test('case 1: an empty list has no users at all', async () => {
  const { data } = await clientOf(made()).users.list({ customer: 'my_customer' });
  expect(data).not.toHaveProperty('users');
  expect(data.kind).toBe('admin#directory#users');
});

test('case 6: a mask without nextPageToken ends the walk after the first page; one with it does not', async () => {
  const tenant = made({ people: 25 });
  const client = clientOf(tenant);
  const list = { customer: 'my_customer', maxResults: 10 };
  expect(await everybody(client, { ...list, fields: 'users(id,primaryEmail)' })).toHaveLength(10);
  const users = await everybody(client, { ...list, fields: 'nextPageToken,users(id,name/fullName)' });
  expect(users).toHaveLength(25);
  expect(Object.keys(users[0] ?? {}).sort()).toEqual(['id', 'name']);
  expect(Object.keys(users[0]?.name ?? {})).toEqual(['fullName']);
  expect(await refusal(client.users.list({ ...list, fields: 'users(id' }))).toMatchObject({ status: 400 });
});

test('page tokens last three days; pages are at most 500, of groups 200', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 1) });
  onTestFinished(() => void vi.useRealTimers());
  const tenant = made({ people: 25 });
  const list = { customer: 'my_customer', maxResults: 10 };
  const { data } = await clientOf(tenant).users.list(list);
  const next = { ...list, pageToken: data.nextPageToken ?? '' };
  vi.setSystemTime(Date.UTC(2026, 0, 4));
  expect((await clientOf(tenant).users.list(next)).data.users).toHaveLength(10);
  vi.setSystemTime(Date.UTC(2026, 0, 4, 0, 0, 1));
  expect(await refusal(clientOf(tenant).users.list(next))).toMatchObject({ status: 400 });
  expect(await refusal(clientOf(tenant).users.list({ ...list, maxResults: 501 }))).toMatchObject({ status: 400 });
  expect(await refusal(clientOf(tenant).groups.list({ ...list, maxResults: 201 }))).toMatchObject({ status: 400 });
  expect(await refusal(clientOf(tenant).users.list({ ...list, pageToken: 'forged' }))).toMatchObject({ status: 400 });
});

test('suspended, archived, guests and the deleted show as Google shows them', async () => {
  const tenant = made({ people: 4, domain: 'example.com' });
  const [suspended, archived, deleted] = tenant.people.all().map(({ id }) => id) as [string, string, string];
  tenant.people.add({ kind: 'guest', email: 'guest@elsewhere.example' });
  tenant.people.add({ kind: 'room', email: 'room@example.com' });
  tenant.people.disable(suspended);
  tenant.people.archive(archived);
  tenant.people.softDelete(deleted);
  const client = clientOf(tenant);
  const users = await everybody(client, { customer: 'my_customer' });
  expect(users).toHaveLength(4);
  const byId = new Map(users.map((user) => [user.id, user]));
  expect(byId.get(suspended)).toMatchObject({ suspended: true, suspensionReason: 'ADMIN' });
  expect(byId.get(archived)).toMatchObject({ archived: true, suspended: false });
  expect(users.filter((user) => 'isGuestUser' in user)).toHaveLength(1);
  const gone = await everybody(client, { customer: 'my_customer', showDeleted: 'true' });
  expect(gone.map(({ id }) => id)).toEqual([deleted]);
  expect(gone[0]?.deletionTime).toMatch(/^\d{4}-/);
});

test('a sign-in changes the ETag and the time of the last one, and nothing of the profile', async () => {
  const tenant = made({ people: 1 });
  const client = clientOf(tenant);
  const [before] = await everybody(client, { customer: 'my_customer' });
  tenant.people.visit(before?.id ?? '');
  const [after] = await everybody(client, { customer: 'my_customer' });
  expect(after?.etag).not.toBe(before?.etag);
  expect(after?.lastLoginTime).not.toBe(before?.lastLoginTime);
  const { etag, lastLoginTime, thumbnailPhotoEtag, ...profile } = after ?? {};
  expect(before).toMatchObject(profile);
});

test('groups and members, nested ones flattened when asked', async () => {
  const tenant = made({ people: 220 });
  const ids = tenant.people.all().map(({ id }) => id);
  const inner = tenant.groups.add({ name: 'Inner', memberIds: ids.slice(200) });
  const outer = tenant.groups.add({ name: 'Outer', memberIds: [...ids.slice(0, 205), inner.id, tenant.tenantId] });
  const client = clientOf(tenant);
  const { data } = await client.groups.list({ customer: 'my_customer' });
  expect(data.groups?.map(({ name, directMembersCount }) => [name, directMembersCount]).sort()).toEqual([
    ['Inner', '20'],
    ['Outer', '207'],
  ]);
  const members = async (includeDerivedMembership: boolean): Promise<admin_directory_v1.Schema$Member[]> => {
    const all: admin_directory_v1.Schema$Member[] = [];
    let pageToken: string | undefined;
    do {
      const page = await client.members.list({
        groupKey: outer.id,
        includeDerivedMembership,
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      all.push(...(page.data.members ?? []));
      pageToken = page.data.nextPageToken ?? undefined;
    } while (pageToken !== undefined);
    return all;
  };
  const typesOf = (list: readonly admin_directory_v1.Schema$Member[], type: string) =>
    list.filter((member) => member.type === type).length;
  const direct = await members(false);
  expect(['USER', 'GROUP', 'CUSTOMER'].map((type) => typesOf(direct, type))).toEqual([205, 1, 1]);
  expect(typesOf(await members(true), 'USER')).toBe(220);
  expect(await refusal(client.members.list({ groupKey: 'nothing' }))).toMatchObject({ status: 404 });
});

test('case 9: rate limits arrive as 403 with a reason, in the shape that the client reads', async () => {
  const tenant = made({ people: 1 });
  const client = clientOf(tenant);
  for (const [as, status, reason] of [
    ['rate-403', 403, 'userRateLimitExceeded'],
    ['quota-403', 403, 'quotaExceeded'],
    ['too-many-requests', 429, 'rateLimitExceeded'],
    ['unavailable-503', 503, 'backendError'],
  ] as const) {
    tenant.faults.script({ fault: 'throttle', as });
    expect(await refusal(client.users.list({ customer: 'my_customer' }))).toMatchObject({
      status,
      data: { error: { code: status, errors: [{ reason }] } },
    });
  }
});

test('one user by id or address, the customer, and the groups of a user', async () => {
  const tenant = made({ people: [{ id: '101', email: 'ada@example.com' }] });
  const { id } = tenant.groups.add({ name: 'All', memberIds: ['101'] });
  tenant.groups.add({ name: 'Nobody' });
  const client = clientOf(tenant, { scopes: [...readScopes, googleScope('admin.directory.customer.readonly')] });
  expect((await client.users.get({ userKey: '101' })).data.primaryEmail).toBe('ada@example.com');
  expect((await client.users.get({ userKey: 'Ada@example.com' })).data.id).toBe('101');
  expect((await client.customers.get({ customerKey: 'my_customer' })).data.id).toBe(tenant.tenantId);
  expect((await client.groups.list({ userKey: '101' })).data.groups?.map((group) => group.id)).toEqual([id]);
  tenant.people.softDelete('101');
  expect(await refusal(client.users.get({ userKey: '101' }))).toMatchObject({ status: 404 });
  expect(await refusal(client.orgunits.list({ customerId: 'my_customer' }))).toMatchObject({ status: 404 });
});

test('users by a query: suspended ones, or an address', async () => {
  const tenant = made({ people: [{ email: 'ada@example.com' }, { email: 'bob@example.com' }] });
  tenant.people.disable('bob@example.com');
  const client = clientOf(tenant);
  const found = async (query: string) =>
    (await everybody(client, { customer: 'my_customer', query })).map(({ primaryEmail }) => primaryEmail);
  expect(await found('isSuspended=true')).toEqual(['bob@example.com']);
  expect(await found('isSuspended=false')).toEqual(['ada@example.com']);
  expect(await found('email=ADA@example.com')).toEqual(['ada@example.com']);
  expect(await refusal(found('orgName=x'))).toMatchObject({ status: 400 });
});

test('the same wire over a socket', async () => {
  await using tenant = await startFakeDirectory({ kind: 'google_workspace', people: 12 });
  const reached = { ...tenant, fetch: ((input, init) => fetch(input, init)) as typeof fetch };
  const users = await everybody(clientOf(reached), { customer: 'my_customer', maxResults: 5 });
  expect(users).toHaveLength(12);
});
