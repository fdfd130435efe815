import { expect, test } from 'vitest';
import { createFakeClock } from '../fake-clock.js';
import type { DirectoryFault } from './directory-faults.js';
import { documentedQuotas } from './directory-quota.js';
import { createFakeDirectory, type FakeDirectory } from './fake-directory.js';
import type { FakeDirectoryKind } from './fake-person.js';
import { signedIn } from './signed-in.test-rig.js';
import { startFakeDirectory } from './start-fake-directory.js';

const scim = (people = 5) => createFakeDirectory({ kind: 'scim', people });

const page = {
  microsoft_365: '/users?$top=2',
  google_workspace: '/users?customer=my_customer&maxResults=2',
  scim: '/Users?startIndex=1&count=2',
};
const listOf = { microsoft_365: 'value', google_workspace: 'users', scim: 'Resources' };
const nextOf = { microsoft_365: '@odata.nextLink', google_workspace: 'nextPageToken', scim: 'nextCursor' };

/** The first page of users with a fault on it, as bytes and as what they say. */
async function firstPage(kind: FakeDirectoryKind, fault: DirectoryFault, path = page[kind]) {
  const directory: FakeDirectory = createFakeDirectory({ kind, people: 5, cursors: true });
  const { ask } = await signedIn(directory);
  directory.faults.script(fault, { on: 'users' });
  const answer = await ask(path);
  const body = (await answer.json()) as Record<string, unknown>;
  const records = (body[listOf[kind]] ?? []) as readonly Record<string, unknown>[];
  return { directory, ask, answer, body, records, next: body[nextOf[kind]] as string | undefined };
}

const kinds: readonly FakeDirectoryKind[] = ['microsoft_365', 'google_workspace', 'scim'];
const cursorPage = { ...page, scim: '/Users?cursor=&count=2' };

/** The path of the page that a next link or token leads to. */
const pathOf = (kind: FakeDirectoryKind, directory: FakeDirectory, next = ''): string => {
  if (kind === 'microsoft_365') return next.replace(directory.urls.base, '');
  return kind === 'google_workspace' ? `${page[kind]}&pageToken=${next}` : `/Users?cursor=${next}&count=2`;
};

test.each(kinds)('case 8: %s throttles with seconds, a date, nothing, or something absurd', async (kind) => {
  const clock = createFakeClock({ startsAt: Date.now() });
  const directory: FakeDirectory = createFakeDirectory({ kind, people: 1, clock });
  const { ask } = await signedIn(directory);
  const headerFor = async (fault: Omit<Extract<DirectoryFault, { fault: 'throttle' }>, 'fault'>) => {
    directory.faults.script({ fault: 'throttle', ...fault });
    const answer = await ask(page[kind]);
    expect(answer.status).toBe(429);
    return answer.headers.get('retry-after');
  };
  expect(await headerFor({})).toBe('2');
  expect(await headerFor({ retryAfter: 17 })).toBe('17');
  expect(await headerFor({ retryAfter: null })).toBeNull();
  expect(await headerFor({ retryAfter: 1e9 })).toBe('1000000000');
  expect(Date.parse((await headerFor({ retryAfter: 'date', seconds: 30 })) ?? '')).toBe(
    Math.floor((clock.now() + 30_000) / 1_000) * 1_000,
  );
  expect((await ask(page[kind])).status).toBe(200);
});

test('Graph says how far over the limit it is', async () => {
  const directory = createFakeDirectory({ kind: 'microsoft_365', people: 1 });
  const { ask } = await signedIn(directory);
  directory.faults.script({ fault: 'throttle' });
  const answer = await ask('/users');
  expect(answer.headers.get('x-ms-throttle-limit-percentage')).toBe('1.6');
  expect(await answer.json()).toMatchObject({ error: { code: 'TooManyRequests' } });
});

test.each(kinds)(
  'case 3: %s answers with a login page, another content type, half a body, or not at all',
  async (kind) => {
    const directory: FakeDirectory = createFakeDirectory({ kind, people: 5 });
    const { ask } = await signedIn(directory);
    directory.faults.script({ fault: 'html' });
    const html = await ask(page[kind]);
    expect([html.status, html.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    directory.faults.script({ fault: 'content-type', type: 'text/plain' });
    expect((await ask(page[kind])).headers.get('content-type')).toBe('text/plain');
    directory.faults.script({ fault: 'truncate', at: 0.5 });
    await expect(ask(page[kind]).then((answer) => answer.text())).rejects.toThrow(TypeError);
    directory.faults.script({ fault: 'hang-up' });
    await expect(ask(page[kind])).rejects.toThrow(TypeError);
  },
);

test.each(kinds)('the same of %s over a socket', async (kind) => {
  await using directory = await startFakeDirectory({ kind, people: 5 });
  const { token } = await signedIn(directory);
  const ask = () => fetch(`${directory.urls.base}${page[kind]}`, { headers: { authorization: `Bearer ${token}` } });
  directory.faults.script({ fault: 'truncate', at: 0.5 });
  await expect(ask().then((answer) => answer.text())).rejects.toThrow(TypeError);
  directory.faults.script({ fault: 'hang-up' });
  await expect(ask()).rejects.toThrow(TypeError);
  expect((await ask()).status).toBe(200);
});

test.each(kinds)('%s leaves fields out of one page, or the whole list', async (kind) => {
  const { records } = await firstPage(kind, { fault: 'drop-fields', fields: ['displayName', 'name'] });
  expect(records).toHaveLength(2);
  for (const record of records)
    expect(Object.keys(record)).not.toContain(kind === 'microsoft_365' ? 'displayName' : 'name');
  expect((await firstPage(kind, { fault: 'drop-list' })).body).not.toHaveProperty(listOf[kind]);
  const lost = await firstPage(kind, { fault: 'lose-records' }, cursorPage[kind]);
  expect([lost.records, lost.next === undefined]).toEqual([[], false]);
  expect((await firstPage(kind, { fault: 'drop-next' }, cursorPage[kind])).next).toBeUndefined();
});

test.each(kinds)('case 5: an empty page of %s leads to the page that was asked for', async (kind) => {
  const { records, next, ask, directory } = await firstPage(kind, { fault: 'empty-page' }, cursorPage[kind]);
  expect(records).toEqual([]);
  // It must not look like a page that leads to itself.
  expect(next).not.toBe(`${directory.urls.base}${cursorPage[kind]}`);
  const after = (await (await ask(pathOf(kind, directory, next))).json()) as Record<string, unknown[]>;
  const direct = (await (await ask(cursorPage[kind])).json()) as Record<string, unknown[]>;
  expect(after[listOf[kind]]).toEqual(direct[listOf[kind]]);
});

test.each(kinds)('case 4: a next page of %s that is the same page again', async (kind) => {
  const { records, next, ask, directory } = await firstPage(kind, { fault: 'self-link' }, cursorPage[kind]);
  const again = (await (await ask(pathOf(kind, directory, next))).json()) as Record<string, unknown[]>;
  expect(again[listOf[kind]]).toEqual(records);
});

test.each(kinds)('case 4: two pages of %s that lead to each other', async (kind) => {
  const directory: FakeDirectory = createFakeDirectory({ kind, people: 8, cursors: true });
  const { ask } = await signedIn(directory);
  directory.faults.script({ fault: 'cycle' }, { on: 'users', skip: 1, times: 20 });
  const seen: string[] = [];
  let path = cursorPage[kind];
  for (let pages = 0; pages < 6; pages += 1) {
    const body = (await (await ask(path)).json()) as Record<string, unknown>;
    seen.push((body[listOf[kind]] as { id: string }[])[0]?.id ?? '');
    path = pathOf(kind, directory, body[nextOf[kind]] as string);
  }
  expect(new Set(seen).size).toBe(2);
});

test('a SCIM server that listens to no startIndex', async () => {
  const directory = scim();
  const { ask } = await signedIn(directory);
  directory.faults.script({ fault: 'self-link' }, { skip: 1 });
  const first = await (await ask('/Users?startIndex=1&count=2')).json();
  expect(await (await ask('/Users?startIndex=3&count=2')).json()).toEqual(first);
});

test('case 4: a link abroad; whoever follows it leaves a token on record', async () => {
  const { next, directory } = await firstPage('microsoft_365', { fault: 'foreign-link' });
  expect(next).toMatch(`${directory.urls.foreign}/v1.0/users?`);
  const answer = await directory.fetch(next ?? '', { headers: { authorization: 'Bearer given-away' } });
  expect(await answer.json()).toMatchObject({ value: [] });
  expect(directory.requests.at(-1)).toMatchObject({ origin: directory.urls.foreign, token: 'given-away' });
});

test('every other host is out of reach', async () => {
  await expect(scim().fetch('https://graph.microsoft.com/v1.0/users')).rejects.toThrow('fetch failed');
});

test('case 11: somebody comes twice and contradicts; somebody comes again with a name alone', async () => {
  const twice = await firstPage('microsoft_365', { fault: 'contradict', fields: { mail: 'else@example.net' } });
  expect(twice.records).toHaveLength(3);
  expect(twice.records[2]).toEqual({ ...twice.records[0], mail: 'else@example.net' });
  const directory = createFakeDirectory({ kind: 'microsoft_365', people: 5 });
  const { ask } = await signedIn(directory);
  directory.faults.script({ fault: 'partial', fields: { displayName: 'Only A Name' } }, { on: 'users', skip: 1 });
  const first = (await (await ask(page.microsoft_365)).json()) as {
    value: { id: string }[];
    '@odata.nextLink': string;
  };
  const second = (await (
    await directory.fetch(first['@odata.nextLink'], { headers: (await signedIn(directory)).headers })
  ).json()) as typeof first;
  expect(second.value.at(-1)).toEqual({ id: first.value[0]?.id, displayName: 'Only A Name' });
});

test('case 7: counts are off by n', async () => {
  const directory = createFakeDirectory({ kind: 'microsoft_365', people: 5 });
  const { ask } = await signedIn(directory);
  directory.faults.script({ fault: 'count-off', by: 3 }, { on: ['count', 'users'], times: 2 });
  const eventual = { consistencylevel: 'eventual' };
  expect(await (await ask('/users/$count', eventual)).text()).toBe('8');
  expect(await (await ask('/users?$count=true', eventual)).json()).toMatchObject({ '@odata.count': 8 });
  expect((await firstPage('scim', { fault: 'count-off', by: -2 })).body).toMatchObject({ totalResults: 3 });
});

test('a script is for an operation, a number of requests and a condition, and can be taken back', async () => {
  const directory = scim();
  const { ask } = await signedIn(directory);
  const statuses = async (...paths: string[]) => {
    const all: number[] = [];
    for (const path of paths) all.push((await ask(path)).status);
    return all;
  };
  directory.faults.script({ fault: 'unauthorized' }, { on: 'users', skip: 1, times: 2 });
  expect(await statuses('/Users', '/Groups', '/Users', '/Users', '/Users')).toEqual([200, 200, 401, 401, 200]);
  directory.faults.script({ fault: 'forbidden' }, { when: ({ url }) => url.searchParams.has('filter') });
  expect(await statuses('/Users', '/Users?filter=active%20eq%20true', '/Users')).toEqual([200, 403, 200]);
  const undo = directory.faults.script({ fault: 'answer', status: 502 }, { times: 5 });
  expect(await statuses('/Users')).toEqual([502]);
  undo();
  expect(await statuses('/Users')).toEqual([200]);
  directory.faults.script({ fault: 'answer', status: 502 }, { times: 5 });
  directory.faults.clear();
  expect(await statuses('/Users')).toEqual([200]);
  expect(directory.requests.flatMap(({ faults }) => faults)).toEqual([
    'unauthorized',
    'unauthorized',
    'forbidden',
    'answer',
  ]);
});

test('the tenant changes while it is read, and answers come when the clock says so', async () => {
  const clock = createFakeClock();
  const directory = createFakeDirectory({ kind: 'scim', people: 2, clock });
  const { ask } = await signedIn(directory);
  directory.faults.script({ fault: 'meanwhile', run: () => void directory.people.add() });
  expect(await (await ask('/Users')).json()).toMatchObject({ totalResults: 3 });
  directory.faults.script({ fault: 'slow', delayMs: 60_000 });
  const asked = ask('/Users');
  let answered = false;
  const noticed = asked.then(() => {
    answered = true;
  });
  await clock.advance(59_999);
  expect(answered).toBe(false);
  await clock.advance(1);
  await noticed;
  expect(answered).toBe(true);
});

test('a request that is given up is not waited for', async () => {
  const clock = createFakeClock();
  const directory = createFakeDirectory({ kind: 'scim', people: 2, clock });
  const { baseUrl, token } = directory.credentials;
  directory.faults.script({ fault: 'slow', delayMs: 60_000 });
  const giveUp = new AbortController();
  const headers = { authorization: `Bearer ${token}` };
  const asked = directory.fetch(`${baseUrl}/Users`, { headers, signal: giveUp.signal });
  giveUp.abort(new Error('given up'));
  await expect(asked).rejects.toThrow('given up');
});

test('a quota of Graph is spent by units, warned of from 0.8, and back when Retry-After is over', async () => {
  const clock = createFakeClock({ startsAt: Date.now() });
  const quota = { units: 10, perMs: 10_000 };
  const directory = createFakeDirectory({ kind: 'microsoft_365', people: 50, clock, quota });
  const { ask } = await signedIn(directory);
  const used = async (path: string) => {
    const { status, headers } = await ask(path);
    return [status, headers.get('x-ms-throttle-limit-percentage') ?? headers.get('retry-after')];
  };
  const group = directory.groups.add({ name: 'All' });
  expect(await used(`/groups/${group.id}/transitiveMembers`)).toEqual([200, null]);
  expect(await used('/users')).toEqual([200, null]);
  expect(await used('/users?$select=id')).toEqual([200, '0.80']);
  expect(await used('/users?$select=id&$top=5')).toEqual([200, '0.90']);
  await clock.advance(2_500);
  expect(await used('/users/$count')).toEqual([400, '1.00']);
  const throttled = await ask('/users');
  expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '8']);
  await clock.advance(7_500);
  expect(await used('/users')).toEqual([200, null]);
});

test.each(['microsoft_365', 'google_workspace'] as const)('a token of %s is good for an hour', async (kind) => {
  const clock = createFakeClock({ startsAt: Date.now() });
  const directory: FakeDirectory = createFakeDirectory({ kind, people: 1, clock });
  const { ask } = await signedIn(directory);
  await clock.advance(3_598_000);
  expect((await ask(page[kind])).status).toBe(200);
  await clock.advance(2_000);
  expect((await ask(page[kind])).status).toBe(401);
});

test('over the quota Google answers 403 and says no time, SCIM 429', async () => {
  const quota = { units: 2, perMs: 60_000 };
  for (const [kind, status, retryAfter] of [
    ['google_workspace', 403, null],
    ['scim', 429, '60'],
  ] as const) {
    const directory: FakeDirectory = createFakeDirectory({ kind, people: 1, quota });
    const { ask } = await signedIn(directory);
    await ask(page[kind]);
    await ask(page[kind]);
    const over = await ask(page[kind]);
    expect([over.status, over.headers.get('retry-after')]).toEqual([status, retryAfter]);
  }
});

test.each(kinds)('at the quota that %s documents, a small tenant is read without throttling', async (kind) => {
  const clock = { now: () => 1_767_225_600_000 };
  const directory: FakeDirectory = createFakeDirectory({ kind, people: 5, clock, quota: documentedQuotas[kind] });
  const { ask } = await signedIn(directory);
  for (let pages = 0; pages < 20; pages += 1) await ask(page[kind]);
  expect(directory.requests.filter(({ status }) => status === 429 || status === 403)).toEqual([]);
});

test.each([
  ['microsoft_365', 'User.Read.All'],
  ['google_workspace', 'https://www.googleapis.com/auth/admin.directory.user.readonly'],
] as const)('a permission of %s that is withdrawn is 403, tokens that ran out are 401', async (kind, permission) => {
  const directory: FakeDirectory = createFakeDirectory({ kind, people: 1 });
  const { ask } = await signedIn(directory);
  directory.access.withdraw(permission);
  expect((await ask(page[kind])).status).toBe(403);
  directory.access.grant();
  expect((await ask(page[kind])).status).toBe(200);
  directory.access.expireTokens();
  expect((await ask(page[kind])).status).toBe(401);
});
