import type { PageCollection } from '@microsoft/microsoft-graph-client';
import type { Group, User } from '@microsoft/microsoft-graph-types';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { graphClientOf, made, tokenOf, walk } from './microsoft-clients.test-rig.js';

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

test('who loses an address while deleted and comes back in the same round has none (a shrunk failure)', async () => {
  const tenant = made({ people: [{ id: 'a', email: 'a@example.com' }] });
  const client = await graphClientOf(tenant);
  const first = (await client.api('/users/delta').select('id,mail').get()) as PageCollection;
  tenant.people.softDelete('a');
  tenant.people.change('a', { email: null });
  tenant.people.restore('a');
  const next = (await client.api(first['@odata.deltaLink'] as string).get()) as PageCollection;
  expect(next.value).toEqual([{ id: 'a', mail: null }]);
});

test('return=minimal tells of an edited user the edited fields alone', async () => {
  const tenant = made({ people: [{ id: 'a', email: 'a@example.com', givenName: 'Ada', title: 'Engineer' }] });
  const client = await graphClientOf(tenant);
  const first = (await client.api('/users/delta').select('id,mail,givenName,jobTitle').get()) as PageCollection;
  tenant.people.change('a', { title: null });
  const link = first['@odata.deltaLink'] as string;
  const minimal = (await client.api(link).header('Prefer', 'return=minimal').get()) as PageCollection;
  expect(minimal.value).toEqual([{ id: 'a', jobTitle: null }]);
  const whole = (await client.api(link).get()) as PageCollection;
  expect(whole.value).toEqual([{ id: 'a', mail: 'a@example.com', givenName: 'Ada', jobTitle: null }]);
});

test('case 13: where it is asked for, the deleted are told of in a first round, too', async () => {
  const tenant = made({ people: [{ id: 'a' }, { id: 'b' }], tombstonesInFirstRound: true });
  tenant.people.softDelete('a');
  const client = await graphClientOf(tenant);
  const first = (await client.api('/users/delta').select('id').get()) as PageCollection;
  expect(first.value).toEqual([{ id: 'a', '@removed': { reason: 'changed' } }, { id: 'b' }]);
});

test('pages of changes are as long as preferred, of the people asked for, and take no $top', async () => {
  const tenant = made({ people: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] });
  const client = await graphClientOf(tenant);
  const preferred = client.api('/users/delta').select('id').header('Prefer', 'odata.maxpagesize=2');
  const page = (await preferred.get()) as PageCollection;
  expect([page.value.length, page['@odata.deltaLink']]).toEqual([2, undefined]);
  const some = client.api('/users/delta').select('id').filter("id eq 'a' or id eq 'c'");
  expect(((await some.get()) as PageCollection).value).toEqual([{ id: 'a' }, { id: 'c' }]);
  await expect(client.api('/users/delta').top(5).get()).rejects.toMatchObject({ statusCode: 400 });
  await expect(client.api('/users/delta?$skiptoken=forged').get()).rejects.toMatchObject({ statusCode: 400 });
});
