import fc from 'fast-check';
import SCIMMY from 'scimmy';
import { expect, test } from 'vitest';
import { createFakeDirectory, type FakeDirectory, type FakeDirectoryOptions } from '../fake-directory.js';
import { parseScimFilter } from './scim-filter.js';

type Tenant = FakeDirectory<'scim'>;

const made = (options: Partial<FakeDirectoryOptions<'scim'>> = {}): Tenant =>
  createFakeDirectory({ kind: 'scim', ...options });

interface Listed {
  readonly totalResults: number;
  readonly startIndex?: number;
  readonly itemsPerPage: number;
  readonly nextCursor?: string;
  readonly Resources?: readonly (Record<string, unknown> & { readonly id: string })[];
}

async function ask(tenant: Tenant, path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const { baseUrl, token } = tenant.credentials;
  const answer = await tenant.fetch(`${baseUrl}${path}`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.headers.get('content-type')).toMatch(/^application\/(scim\+)?json/);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const list = async (tenant: Tenant, path: string): Promise<Listed> =>
  (await ask(tenant, path)).body as unknown as Listed;

/** A page is never longer than asked for, and says how long it is. */
function expectLength(page: Listed, count: number): void {
  expect(page.itemsPerPage).toBe((page.Resources ?? []).length);
  expect(page.itemsPerPage).toBeLessThanOrEqual(count);
}

async function walkByIndex(tenant: Tenant, count: number, between: () => void = () => undefined): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const page = await list(tenant, `/Users?startIndex=${ids.length + 1}&count=${count}`);
    expectLength(page, count);
    ids.push(...(page.Resources ?? []).map(({ id }) => id));
    if ((page.Resources ?? []).length === 0 || ids.length >= page.totalResults) return ids;
    between();
  }
}

async function walkByCursor(tenant: Tenant, count: number, between: () => void = () => undefined): Promise<string[]> {
  const ids: string[] = [];
  let cursor = '';
  for (;;) {
    const page = await list(tenant, `/Users?cursor=${cursor}&count=${count}`);
    expectLength(page, count);
    ids.push(...(page.Resources ?? []).map(({ id }) => id));
    if (page.nextCursor === undefined) return ids;
    cursor = page.nextCursor;
    between();
  }
}

test("another project's reading of RFC 7643 takes every user and group as it comes", async () => {
  const tenant = made({ people: 20, maxResults: 50 });
  tenant.people.add({ kind: 'guest', email: 'guest@elsewhere.example', aliases: ['second@elsewhere.example'] });
  tenant.people.add({ givenName: null, email: null, userName: 'bare' });
  tenant.people.disable(tenant.people.all()[3]?.id ?? '');
  const memberIds = tenant.people.all().map(({ id }) => id);
  tenant.groups.add({ name: 'Everybody', memberIds });
  SCIMMY.Schemas.User.extend(SCIMMY.Schemas.EnterpriseUser as never);
  const users = await list(tenant, '/Users?count=50');
  for (const resource of users.Resources ?? []) {
    const read = new SCIMMY.Schemas.User(resource, 'out') as unknown as Record<string, unknown>;
    expect(read['id']).toBe(resource.id);
    expect(read['userName']).toBe(resource['userName']);
    expect(read['active']).toBe(resource['active']);
    expect(JSON.parse(JSON.stringify(read['emails'] ?? []))).toEqual(resource['emails'] ?? []);
  }
  const message = new SCIMMY.Messages.ListResponse(users as never) as unknown as Listed;
  expect(message.totalResults).toBe(22);
  const groups = await list(tenant, '/Groups');
  for (const resource of groups.Resources ?? []) {
    const read = new SCIMMY.Schemas.Group(resource, 'out') as unknown as { members: readonly unknown[] };
    expect(read.members).toHaveLength(22);
  }
});

test('what a directory announces of itself is read by another project, too', async () => {
  const tenant = made({ cursors: true });
  const config = (await ask(tenant, '/ServiceProviderConfig')).body;
  expect(new SCIMMY.Schemas.ServiceProviderConfig(config as never, 'out')).toMatchObject({
    filter: { supported: true },
  });
  expect(config).toMatchObject({ pagination: { cursor: true, index: true } });
  const types = await list(tenant, '/ResourceTypes');
  expect((types.Resources ?? []).map(({ id }) => id)).toEqual(['User', 'Group']);
  const schemas = await list(tenant, '/Schemas');
  expect((schemas.Resources ?? []).map(({ id }) => id)).toContain(SCIMMY.Schemas.User.definition.id);
  expect((await ask(made(), '/ServiceProviderConfig')).body).not.toHaveProperty('pagination');
});

test('filters choose as another project chooses', async () => {
  const tenant = made({ people: 12 });
  const [person] = tenant.people.all();
  const { Resources: resources = [] } = await list(tenant, '/Users?count=50');
  const chosen = (filter: string) => resources.filter(parseScimFilter(filter)).map(({ id }) => id);
  const shared = [
    `userName eq "${person?.userName}"`,
    `emails.value eq "${person?.email}"`,
    'active eq true and title eq "Manager"',
    'active eq false',
    'userName eq "nobody"',
  ];
  for (const filter of shared) {
    const others = new SCIMMY.Types.Filter(filter).match(resources as never) as readonly { id: string }[];
    expect([filter, chosen(filter)]).toEqual([filter, others.map(({ id }) => id)]);
  }
  expect(chosen(`userName eq "${person?.userName.toUpperCase()}"`)).toEqual([person?.id]);
  expect(chosen(`emails[type eq "work"].value eq "${person?.email}"`)).toEqual([person?.id]);
  expect(chosen(`emails[type eq "home"].value eq "${person?.email}"`)).toEqual([]);
  const found = await list(tenant, `/Users?filter=${encodeURIComponent(shared[0] ?? '')}`);
  expect(found.Resources?.map(({ id }) => id)).toEqual([person?.id]);
  const refused = await ask(tenant, `/Users?filter=${encodeURIComponent('userName co "a"')}`);
  expect(refused).toMatchObject({ status: 400, body: { scimType: 'invalidFilter', status: '400' } });
  // That reader throws what an error's body says.
  expect(() => new SCIMMY.Messages.ErrorResponse(refused.body as never)).toThrow(SCIMMY.Types.Error);
});

test('by index and by cursor, pages of any size add up to everybody (law)', async () => {
  const run = async (people: number, count: number, maxResults: number) => {
    const tenant = made({ people, cursors: true, maxResults });
    const everybody = tenant.people.all().map(({ id }) => id);
    expect((await walkByIndex(tenant, count)).sort()).toEqual([...everybody].sort());
    expect((await walkByCursor(tenant, count)).sort()).toEqual([...everybody].sort());
  };
  const small = fc.integer({ min: 1, max: 12 });
  await fc.assert(fc.asyncProperty(fc.nat(30), small, small, run), { numRuns: 60 });
});

test('case 14: deletions between pages by index hide people who are there; by cursor they hide nobody', async () => {
  const hidden = async (walk: typeof walkByIndex): Promise<number> => {
    const tenant = made({ people: 100, cursors: true });
    const ids = tenant.people.all().map(({ id }) => id);
    const walked = await walk(tenant, 10, () => {
      const [first] = tenant.people.all();
      if (first !== undefined) tenant.people.remove(first.id);
    });
    return ids.filter((id) => tenant.people.find(id) !== undefined && !walked.includes(id)).length;
  };
  expect(await hidden(walkByIndex)).toBeGreaterThan(0);
  expect(await hidden(walkByCursor)).toBe(0);
});

test('cursors grow old and are not forged', async () => {
  let now = Date.now();
  const tenant = made({ people: 5, cursors: true, clock: { now: () => now } });
  const { nextCursor } = await list(tenant, '/Users?cursor=&count=2');
  now += 3_600_001;
  expect((await ask(tenant, `/Users?cursor=${nextCursor}`)).body).toMatchObject({ scimType: 'expiredCursor' });
  expect((await ask(tenant, '/Users?cursor=forged')).body).toMatchObject({ scimType: 'invalidCursor' });
});

test('a token that is not ours, or no more, is refused; nothing is written', async () => {
  const tenant = made({ people: 2 });
  const answer = await tenant.fetch(`${tenant.credentials.baseUrl}/Users`, { headers: { authorization: 'Bearer x' } });
  expect(answer.status).toBe(401);
  tenant.access.revoke();
  expect((await ask(tenant, '/Users')).status).toBe(401);
  tenant.access.grant();
  expect((await ask(tenant, '/Users')).status).toBe(200);
  const { baseUrl, token } = tenant.credentials;
  const headers = { authorization: `Bearer ${token}` };
  expect((await tenant.fetch(`${baseUrl}/Users`, { method: 'POST', headers, body: '{}' })).status).toBe(501);
});

test('attributes are left in and out as asked; a single user and group, or 404', async () => {
  const tenant = made({ people: 2 });
  const [person] = tenant.people.all();
  const group = tenant.groups.add({ name: 'Few', memberIds: [person?.id ?? ''] });
  const { Resources: [some] = [] } = await list(tenant, '/Users?attributes=userName,emails.value');
  expect(Object.keys(some ?? {}).sort()).toEqual(['emails', 'id', 'schemas', 'userName']);
  expect((await ask(tenant, `/Groups/${group.id}?excludedAttributes=members`)).body).not.toHaveProperty('members');
  expect((await ask(tenant, `/Users/${person?.id}`)).body).toMatchObject({ groups: [{ display: 'Few' }] });
  tenant.people.softDelete(person?.id ?? '');
  expect((await ask(tenant, `/Users/${person?.id}`)).status).toBe(404);
});
