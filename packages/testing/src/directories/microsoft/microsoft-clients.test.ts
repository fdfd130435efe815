import type { GraphError, PageCollection } from '@microsoft/microsoft-graph-client';
import type { Organization, User } from '@microsoft/microsoft-graph-types';
import { expect, test } from 'vitest';
import { startFakeDirectory } from '../start-fake-directory.js';
import { graphClientOf, made, tokenOf, walk } from './microsoft-clients.test-rig.js';

test('MSAL signs in with a secret', async () => {
  const tenant = made();
  await expect(tokenOf(tenant, { clientSecret: tenant.credentials.clientSecret })).resolves.toMatch(/^eyFake/);
  await expect(tokenOf(tenant, { clientSecret: 'another' })).rejects.toMatchObject({ errorCode: 'invalid_client' });
});

test('MSAL signs in with a certificate, and with no other', async () => {
  const tenant = made();
  const { certificate, privateKey } = tenant.credentials;
  const { X509Certificate, generateKeyPairSync } = await import('node:crypto');
  const thumbprintSha256 = new X509Certificate(certificate).fingerprint256.replaceAll(':', '');
  await expect(tokenOf(tenant, { clientCertificate: { thumbprintSha256, privateKey } })).resolves.toMatch(/^eyFake/);
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const forged = { thumbprintSha256, privateKey: other.export({ type: 'pkcs8', format: 'pem' }) as string };
  await expect(tokenOf(tenant, { clientCertificate: forged })).rejects.toMatchObject({ errorCode: 'invalid_client' });
});

test('case 43: MSAL is refused once the secret has expired or the consent is gone', async () => {
  const tenant = made();
  const proof = { clientSecret: tenant.credentials.clientSecret };
  tenant.access.expireSecret();
  await expect(tokenOf(tenant, proof)).rejects.toMatchObject({ errorNo: 7_000_222 });
  tenant.access.grant();
  tenant.access.revoke();
  await expect(tokenOf(tenant, proof)).rejects.toMatchObject({ errorCode: 'unauthorized_client' });
});

test('the Graph client reads the organization', async () => {
  const tenant = made();
  const client = await graphClientOf(tenant);
  const { value } = (await client.api('/organization').get()) as { value: Organization[] };
  expect(value.map(({ id }) => id)).toEqual([tenant.tenantId]);
});

test('the Graph client walks every page of users, each person once', async () => {
  const tenant = made({ people: 1_234 });
  tenant.people.softDelete(tenant.people.all()[7]?.id ?? '');
  const client = await graphClientOf(tenant);
  const select = ['id', 'mail', 'givenName', 'surname', 'displayName', 'department', 'jobTitle', 'accountEnabled'];
  const first = (await client
    .api('/users')
    .select(select)
    .top(999)
    .header('ConsistencyLevel', 'eventual')
    .count(true)
    .get()) as PageCollection;
  expect(first['@odata.count']).toBe(1_233);
  const { items } = await walk<User>(client, first);
  expect(new Set(items.map(({ id }) => id))).toEqual(new Set(tenant.people.listed().map(({ id }) => id)));
  expect(items).toHaveLength(1_233);
  for (const user of items) {
    const person = tenant.people.get(user.id ?? '');
    expect(user).toEqual({
      id: person.id,
      mail: person.email,
      givenName: person.givenName,
      surname: person.familyName,
      displayName: person.displayName,
      department: person.department,
      jobTitle: person.title,
      accountEnabled: true,
    });
  }
  await expect(client.api('/users/$count').header('ConsistencyLevel', 'eventual').get()).resolves.toBe('1233');
});

test('without $select there are the eleven defaults; what only one user tells is 501 in a list', async () => {
  const tenant = made({ people: 1 });
  const client = await graphClientOf(tenant);
  const { value } = (await client.api('/users').get()) as { value: User[] };
  expect(Object.keys(value[0] ?? {})).toHaveLength(11);
  expect(value[0]).not.toHaveProperty('accountEnabled');
  const refusal = async (path: string, ...select: string[]): Promise<Partial<GraphError>> =>
    client
      .api(path)
      .select(select)
      .get()
      .then(
        () => ({}),
        (error: GraphError) => error,
      );
  expect(await refusal('/users', 'id', 'aboutMe')).toMatchObject({ statusCode: 501 });
  expect(await refusal('/users', 'id', 'nickname')).toMatchObject({ statusCode: 400, code: 'BadRequest' });
  expect(await refusal('/users?$top=1000')).toMatchObject({ statusCode: 400, code: 'Request_UnsupportedQuery' });
  expect(await refusal('/users?$skip=5')).toMatchObject({ statusCode: 400 });
  expect(await refusal('/users/$count')).toMatchObject({ statusCode: 400, code: 'Request_BadRequest' });
});

test('filters, advanced ones only with a consistency level and a count', async () => {
  const tenant = made({
    people: [
      { email: 'a@example.com', givenName: "D'Arcy", department: 'Sales' },
      { email: 'b@example.com', kind: 'guest' },
      { email: 'c@elsewhere.example', department: 'Legal' },
    ],
  });
  tenant.people.disable('c@elsewhere.example');
  const client = await graphClientOf(tenant);
  const found = async (filter: string): Promise<(string | null | undefined)[]> => {
    const request = client
      .api('/users')
      .filter(filter)
      .select('mail')
      .count(true)
      .header('ConsistencyLevel', 'eventual');
    return ((await request.get()) as { value: User[] }).value.map(({ mail }) => mail).sort();
  };
  expect(await found("givenName eq 'D''Arcy'")).toEqual(['a@example.com']);
  expect(await found("userType eq 'Guest' or accountEnabled eq false")).toEqual([
    'b@example.com',
    'c@elsewhere.example',
  ]);
  expect(await found("department in ('Sales', 'Legal') and accountEnabled eq true")).toEqual(['a@example.com']);
  expect(await found("not(endswith(mail, '@example.com'))")).toEqual(['c@elsewhere.example']);
  expect(await found("startswith(mail, 'A@')")).toEqual(['a@example.com']);
  await expect(client.api('/users').filter("department ne 'Sales'").get()).rejects.toMatchObject({ statusCode: 400 });
  await expect(client.api('/users').filter('department lt 5').get()).rejects.toMatchObject({ statusCode: 400 });
});

test("Microsoft's own client waits out throttling and goes on", async () => {
  const tenant = made({ people: 30 });
  const client = await graphClientOf(tenant);
  tenant.faults.script({ fault: 'throttle', retryAfter: 0 }, { on: 'users', skip: 1, times: 2 });
  const { items } = await walk<User>(client, (await client.api('/users').top(10).get()) as PageCollection);
  expect(items).toHaveLength(30);
  expect(tenant.requests.map(({ status }) => status).filter((status) => status === 429)).toHaveLength(2);
});

test('a batch answers each request by itself, throttled ones too', async () => {
  const tenant = made({ people: 3 });
  const client = await graphClientOf(tenant);
  tenant.faults.script({ fault: 'throttle', retryAfter: 9 }, { on: 'groups' });
  const requests = ['/users?$select=id', '/groups', '/users/$count'].map((url, at) => ({
    id: `${at}`,
    method: 'GET',
    url,
  }));
  const { responses } = (await client.api('/$batch').post({ requests })) as {
    responses: { id: string; status: number; headers: Record<string, string>; body: { value?: unknown[] } }[];
  };
  expect(responses.map(({ status }) => status)).toEqual([200, 429, 400]);
  expect(responses[0]?.body.value).toHaveLength(3);
  expect(responses[1]?.headers).toMatchObject({ 'retry-after': '9' });
  const many = Array.from({ length: 21 }, (_, at) => ({ id: `${at}`, method: 'GET', url: '/users' }));
  await expect(client.api('/$batch').post({ requests: many })).rejects.toMatchObject({ statusCode: 400 });
});

test('the same wire over a socket: plain fetch walks the loopback server', async () => {
  await using tenant = await startFakeDirectory({ kind: 'microsoft_365', people: 150 });
  const { clientId, clientSecret } = tenant.credentials;
  const scope = 'https://graph.microsoft.com/.default';
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope,
  });
  const signedIn = await fetch(tenant.urls.token, { method: 'POST', body });
  const { access_token: token } = (await signedIn.json()) as { access_token: string };
  let users = 0;
  let next: string | undefined = `${tenant.urls.base}/users?$top=60`;
  while (next !== undefined) {
    const answer: Response = await fetch(next, { headers: { authorization: `Bearer ${token}` } });
    const page = (await answer.json()) as PageCollection;
    users += page.value.length;
    next = page['@odata.nextLink'];
  }
  expect(users).toBe(150);
  expect(new Set(tenant.requests.map(({ origin, token: shown }) => `${origin} ${shown}`))).toEqual(
    new Set([`${tenant.urls.login} null`, `${tenant.urls.api} ${token}`]),
  );
});

test('one user by id or UPN, who may tell what a list does not; the deleted in a list of their own', async () => {
  const tenant = made({
    people: [
      { id: 'a', email: 'ada@example.com' },
      { id: 'b', email: 'bob@example.com' },
    ],
  });
  const client = await graphClientOf(tenant);
  expect(await client.api('/users/a').select('id,mail,aboutMe').get()).toMatchObject({
    id: 'a',
    mail: 'ada@example.com',
  });
  expect(await client.api('/users/Bob@example.com').get()).toMatchObject({ id: 'b' });
  tenant.people.softDelete('b');
  await expect(client.api('/users/b').get()).rejects.toMatchObject({
    statusCode: 404,
    code: 'Request_ResourceNotFound',
  });
  const deleted = (await client.api('/directory/deletedItems/microsoft.graph.user').get()) as { value: User[] };
  expect(deleted.value.map(({ id, userPrincipalName }) => [id, userPrincipalName])).toEqual([
    ['b', 'bbob@example.com'],
  ]);
});

test('users in the order of a name, page by page', async () => {
  const people = ['Cleo', 'ada', 'Bob', 'Dora', 'eve'].map((displayName) => ({ displayName }));
  const client = await graphClientOf(made({ people }));
  const inOrder = async (order: string): Promise<(string | null | undefined)[]> => {
    const first = (await client.api('/users').top(2).query({ $orderby: order }).get()) as PageCollection;
    return (await walk<User>(client, first)).items.map(({ displayName }) => displayName);
  };
  expect(await inOrder('displayName')).toEqual(['ada', 'Bob', 'Cleo', 'Dora', 'eve']);
  expect(await inOrder('displayName desc')).toEqual(['eve', 'Dora', 'Cleo', 'Bob', 'ada']);
  await expect(client.api('/users?$orderby=surname').get()).rejects.toMatchObject({ statusCode: 400 });
});

test('a group by itself, and what is not there, not written, and not of this version', async () => {
  const tenant = made();
  const { id } = tenant.groups.add({ name: 'All' });
  const client = await graphClientOf(tenant);
  expect(await client.api(`/groups/${id}`).get()).toMatchObject({ displayName: 'All' });
  await expect(client.api('/groups/none').get()).rejects.toMatchObject({ statusCode: 404 });
  await expect(client.api('/groups/none/members').get()).rejects.toMatchObject({ statusCode: 404 });
  await expect(client.api('/planets').get()).rejects.toMatchObject({ statusCode: 400 });
  await expect(client.api('/users').post({})).rejects.toMatchObject({ statusCode: 405 });
  await expect(client.api('/users').version('beta').get()).rejects.toMatchObject({ statusCode: 400 });
});
