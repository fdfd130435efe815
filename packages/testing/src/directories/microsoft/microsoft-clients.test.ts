import { ConfidentialClientApplication, type Configuration, type INetworkModule } from '@azure/msal-node';
import {
  AuthenticationHandler,
  type AuthenticationProvider,
  Client,
  type Context,
  type GraphError,
  type Middleware,
  type PageCollection,
  PageIterator,
  RetryHandler,
  RetryHandlerOptions,
} from '@microsoft/microsoft-graph-client';
import type { Group, Organization, User } from '@microsoft/microsoft-graph-types';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFakeDirectory, type FakeDirectory, type FakeDirectoryOptions } from '../fake-directory.js';
import { startFakeDirectory } from '../start-fake-directory.js';

type Tenant = FakeDirectory<'microsoft_365'>;

/** MSAL speaks https only; this carries what it sends to wherever the fake is. */
function networkTo(tenant: Tenant): INetworkModule {
  const send = async (method: string, url: string, options?: { headers?: Record<string, string>; body?: string }) => {
    const answer = await tenant.fetch(url, {
      method,
      ...(options?.headers === undefined ? {} : { headers: options.headers }),
      ...(options?.body === undefined ? {} : { body: options.body }),
    });
    return { headers: Object.fromEntries(answer.headers), body: (await answer.json()) as never, status: answer.status };
  };
  return {
    sendGetRequestAsync: (url, options) => send('GET', url, options),
    sendPostRequestAsync: (url, options) => send('POST', url, options),
  };
}

function msalFor(tenant: Tenant, proof: Partial<Configuration['auth']>): ConfidentialClientApplication {
  return new ConfidentialClientApplication({
    auth: {
      clientId: tenant.credentials.clientId,
      authority: `${tenant.urls.login}/${tenant.tenantId}`,
      knownAuthorities: [new URL(tenant.urls.login).host],
      ...proof,
    },
    system: { networkClient: networkTo(tenant) },
  });
}

async function tokenOf(tenant: Tenant, proof: Partial<Configuration['auth']>): Promise<string> {
  const scopes = ['https://graph.microsoft.com/.default'];
  const result = await msalFor(tenant, proof).acquireTokenByClientCredential({ scopes });
  return result?.accessToken ?? '';
}

/** Microsoft's Graph client with its own authentication and retries, at the fake. */
async function graphClientOf(tenant: Tenant): Promise<Client> {
  const accessToken = await tokenOf(tenant, { clientSecret: tenant.credentials.clientSecret });
  const provider: AuthenticationProvider = { getAccessToken: async () => accessToken };
  const last: Middleware = {
    async execute(context: Context) {
      context.response = await tenant.fetch(context.request, context.options);
    },
  };
  const authentication = new AuthenticationHandler(provider);
  const retry = new RetryHandler(new RetryHandlerOptions(0, 3));
  authentication.setNext(retry);
  retry.setNext(last);
  return Client.initWithMiddleware({
    middleware: authentication,
    baseUrl: `${tenant.urls.api}/`,
    customHosts: new Set([new URL(tenant.urls.api).hostname]),
  });
}

async function walk<T>(client: Client, first: PageCollection): Promise<{ items: T[]; deltaLink: string | undefined }> {
  const items: T[] = [];
  const pages = new PageIterator(client, first, (item: T) => {
    items.push(item);
    return true;
  });
  await pages.iterate();
  expect(pages.isComplete()).toBe(true);
  return { items, deltaLink: pages.getDeltaLink() };
}

const made = (options: Partial<FakeDirectoryOptions<'microsoft_365'>> = {}): Tenant =>
  createFakeDirectory({ kind: 'microsoft_365', ...options });

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

test('the delta of users: everybody first, then changes, soft deletions and deletions for good', async () => {
  const tenant = made({ people: 450, deltaPageSize: 200 });
  const client = await graphClientOf(tenant);
  const first = (await client.api('/users/delta').select(['id', 'mail', 'displayName']).get()) as PageCollection;
  expect(first.value).toHaveLength(200);
  const whole = await walk<User>(client, first);
  expect(whole.items).toHaveLength(450);
  const [soft, gone, renamed, unseen] = tenant.people.all().map(({ id }) => id) as [string, string, string, string];
  tenant.people.softDelete(soft);
  tenant.people.remove(gone);
  tenant.people.rename(renamed, { givenName: 'Other' });
  tenant.people.change(unseen, { department: 'Elsewhere' });
  const added = tenant.people.add({ email: 'new@example.com' });
  const second = await walk<User & { '@removed'?: { reason: string } }>(
    client,
    (await client.api(whole.deltaLink ?? '').get()) as PageCollection,
  );
  expect(second.items).toEqual([
    { id: soft, '@removed': { reason: 'changed' } },
    { id: gone, '@removed': { reason: 'deleted' } },
    { id: renamed, mail: tenant.people.get(renamed).email, displayName: tenant.people.get(renamed).displayName },
    { id: added.id, mail: 'new@example.com' },
  ]);
  tenant.people.restore(soft);
  const third = await walk<User>(client, (await client.api(second.deltaLink ?? '').get()) as PageCollection);
  expect(third.items.map(({ id }) => id)).toEqual([soft]);
  expect(third.items[0]).not.toHaveProperty('@removed');
  const fourth = (await client.api(third.deltaLink ?? '').get()) as PageCollection;
  expect(fourth.value).toEqual([]);
});

test('a latest token gives nobody now and whatever changes from then on (case 14)', async () => {
  const tenant = made({ people: 5 });
  const client = await graphClientOf(tenant);
  const latest = (await client.api('/users/delta?$deltatoken=latest&$select=mail').get()) as PageCollection;
  expect(latest.value).toEqual([]);
  const added = tenant.people.add({ email: 'new@example.com' });
  const changes = (await client.api(latest['@odata.deltaLink'] as string).get()) as PageCollection;
  expect(changes.value).toEqual([{ id: added.id, mail: 'new@example.com' }]);
});

test('case 10: tokens live seven days; forgotten ones are 410 with a place to begin anew, or syncStateNotFound', async () => {
  let now = Date.now();
  const tenant = made({ people: 5, clock: { now: () => now } });
  const link = async (): Promise<string> => {
    const client = await graphClientOf(tenant);
    return ((await client.api('/users/delta').get()) as PageCollection)['@odata.deltaLink'] as string;
  };
  const ask = async (url: string): Promise<Response> => {
    const token = await tokenOf(tenant, { clientSecret: tenant.credentials.clientSecret });
    return tenant.fetch(url, { headers: { authorization: `Bearer ${token}` } });
  };
  const old = await link();
  now += 6.9 * 86_400_000;
  expect((await ask(old)).status).toBe(200);
  now += 0.2 * 86_400_000;
  const gone = await ask(old);
  expect(gone.status).toBe(410);
  const anew = await ask(gone.headers.get('location') ?? '');
  expect(((await anew.json()) as PageCollection).value).toHaveLength(5);
  const fresh = await link();
  now += 1;
  tenant.forgetChanges('sync-state-not-found');
  now += 1;
  const unknown = await ask(fresh);
  expect(unknown.status).toBe(400);
  expect(await unknown.json()).toMatchObject({ error: { code: 'syncStateNotFound' } });
});

test('whatever happens to people, rounds of changes add up to the list (law)', async () => {
  const edits = fc.array(fc.tuple(fc.nat(6), fc.nat(30)), { maxLength: 25 });
  const run = async (rounds: readonly (readonly (readonly [number, number])[])[], deltaPageSize: number) => {
    const tenant = made({ people: 12, deltaPageSize });
    const client = await graphClientOf(tenant);
    const known = new Map<string, User>();
    const take = async (first: PageCollection): Promise<string> => {
      const { items, deltaLink } = await walk<User & { '@removed'?: unknown }>(client, first);
      for (const item of items) {
        if (item['@removed'] === undefined) known.set(item.id ?? '', { ...known.get(item.id ?? ''), ...item });
        else known.delete(item.id ?? '');
      }
      return deltaLink ?? '';
    };
    let link = await take((await client.api('/users/delta').select(['id', 'mail', 'surname']).get()) as PageCollection);
    for (const round of rounds) {
      for (const [what, whom] of round) {
        const all = tenant.people.all();
        const person = all[whom % Math.max(all.length, 1)];
        if (what === 0 || person === undefined) tenant.people.add({});
        else if (what === 1) tenant.people.remove(person.id);
        else if (what === 2) tenant.people.softDelete(person.id);
        else if (what === 3 && person.standing === 'deleted') tenant.people.restore(person.id);
        else if (what === 4) tenant.people.changeEmail(person.id, `moved${whom}@example.com`);
        else if (what === 5) tenant.people.change(person.id, { email: null });
        else tenant.people.rename(person.id, { familyName: `Name${whom}` });
      }
      link = await take((await client.api(link).get()) as PageCollection);
      const told = [...known.values()].map(({ id, mail, surname }) => [id, mail ?? null, surname ?? null]).sort();
      const there = tenant.people.listed().map((person) => [person.id, person.email, person.familyName]);
      expect(told).toEqual(there.sort());
    }
  };
  await fc.assert(fc.asyncProperty(fc.array(edits, { maxLength: 3 }), fc.integer({ min: 1, max: 9 }), run), {
    numRuns: 60,
  });
});

test('groups: direct, transitive and cyclic members, and their changes', async () => {
  const tenant = made({ people: 60, deltaPageSize: 2 });
  const ids = tenant.people.all().map(({ id }) => id);
  const outer = tenant.groups.add({ name: 'Outer', memberIds: ids.slice(0, 50) });
  const inner = tenant.groups.add({ name: 'Inner', memberIds: [...ids.slice(48, 55), outer.id] });
  tenant.groups.addMembers('Outer', inner.id);
  const client = await graphClientOf(tenant);
  const groups = await walk<Group>(
    client,
    (await client.api('/groups').select('id,displayName').get()) as PageCollection,
  );
  expect(groups.items.map(({ displayName }) => displayName).sort()).toEqual(['Inner', 'Outer']);
  const members = async (path: string): Promise<Set<string | undefined>> => {
    const { items } = await walk<User>(
      client,
      (await client.api(`/groups/${outer.id}/${path}`).top(20).get()) as PageCollection,
    );
    expect(items).toHaveLength(new Set(items.map(({ id }) => id)).size);
    return new Set(items.map(({ id }) => id));
  };
  expect(await members('members')).toEqual(new Set([...ids.slice(0, 50), inner.id]));
  expect(await members('transitiveMembers/microsoft.graph.user')).toEqual(new Set(ids.slice(0, 55)));
  expect(tenant.groups.peopleOf('Outer')).toHaveLength(55);

  interface GroupChange extends Group {
    readonly 'members@delta'?: readonly { readonly id: string; readonly '@removed'?: unknown }[];
  }
  const delta = (await client.api('/groups/delta').select('displayName,members').get()) as PageCollection;
  const whole = await walk<GroupChange>(client, delta);
  const toldOf = (id: string) => whole.items.filter((item) => item.id === id);
  expect(toldOf(outer.id).length).toBeGreaterThan(1);
  expect(toldOf(outer.id).flatMap((item) => item['members@delta'] ?? [])).toHaveLength(51);
  tenant.groups.removeMembers('Outer', ids[0] ?? '');
  tenant.groups.addMembers('Inner', ids[59] ?? '');
  const next = await walk<GroupChange>(client, (await client.api(whole.deltaLink ?? '').get()) as PageCollection);
  expect(Object.fromEntries(next.items.map((item) => [item.displayName, item['members@delta']]))).toEqual({
    Outer: [{ '@odata.type': '#microsoft.graph.user', id: ids[0], '@removed': { reason: 'deleted' } }],
    Inner: [{ '@odata.type': '#microsoft.graph.user', id: ids[59] }],
  });
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
