import { expect, test } from 'vitest';
import { createFakeDirectory } from './fake-directory.js';
import type { FakeDirectoryKind } from './fake-person.js';

const kinds: readonly FakeDirectoryKind[] = ['microsoft_365', 'google_workspace', 'scim'];
const dayMs = 86_400_000;

test.each(kinds)('the same seed gives the same %s tenant, another one another', (kind) => {
  const people = (seed: number) => createFakeDirectory({ kind, people: 40, seed, clock: { now: () => 0 } });
  expect(people(3).people.all()).toEqual(people(3).people.all());
  expect(people(3).credentials).toEqual(people(3).credentials);
  expect(people(3).people.all()).not.toEqual(people(4).people.all());
});

test.each(kinds)('10,000 invented people of %s have 10,000 ids and addresses', (kind) => {
  const { people } = createFakeDirectory({ kind, people: 10_000 });
  expect(new Set(people.all().map(({ id }) => id)).size).toBe(10_000);
  expect(new Set(people.all().map(({ email }) => email)).size).toBe(10_000);
});

test('ids look as the make has them', () => {
  const idOf = (kind: FakeDirectoryKind) => createFakeDirectory({ kind, people: 1 }).people.all()[0]?.id;
  expect(idOf('microsoft_365')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(idOf('google_workspace')).toMatch(/^1\d{20}$/);
});

test('case 30: a soft deletion at Microsoft renames the UPN, and taking it back renames it again', () => {
  const { people } = createFakeDirectory({ kind: 'microsoft_365', people: [{ email: 'ada@example.com' }] });
  const person = people.get('ada@example.com');
  const deleted = people.softDelete(person.id);
  expect(deleted.userName).toBe(`${person.id.replaceAll('-', '')}ada@example.com`);
  expect(deleted.email).toBe('ada@example.com');
  expect(people.listed()).toEqual([]);
  expect(people.restore(person.id)).toEqual(person);
});

test('somebody who was disabled comes back disabled', () => {
  const { people } = createFakeDirectory({ kind: 'google_workspace', people: [{ email: 'ada@example.com' }] });
  people.disable('ada@example.com');
  people.softDelete('ada@example.com');
  expect(people.restore('ada@example.com').standing).toBe('disabled');
});

test.each([
  ['microsoft_365', 30],
  ['google_workspace', 20],
] as const)('%s takes a deletion back within %i days', (kind, days) => {
  let now = 0;
  const { people } = createFakeDirectory({ kind, people: 2, clock: { now: () => now } });
  const [early, late] = people.all().map(({ id }) => id) as [string, string];
  people.softDelete(early);
  people.softDelete(late);
  now = days * dayMs;
  expect(people.restore(early).standing).toBe('enabled');
  now += 1;
  expect(() => people.restore(late)).toThrow('gone for good');
});

test('case 20: whoever is recreated has the same address and another id', () => {
  const { people, groups } = createFakeDirectory({
    kind: 'scim',
    people: [{ email: 'ada@example.com', title: 'Engineer' }],
  });
  const before = people.get('ada@example.com');
  groups.add({ name: 'All', memberIds: [before.id] });
  const after = people.recreate(before.id);
  expect(after.id).not.toBe(before.id);
  expect(after).toMatchObject({ email: 'ada@example.com', title: 'Engineer' });
  expect(people.find(before.id)).toBeUndefined();
  expect(groups.get('All').memberIds).toEqual([]);
});

test('case 16: two people swap their addresses, and are found under the new ones', () => {
  const { people } = createFakeDirectory({
    kind: 'google_workspace',
    people: [
      { id: '1', email: 'a@example.com' },
      { id: '2', email: 'b@example.com' },
    ],
  });
  people.changeEmail('1', 'b@example.com');
  people.changeEmail('2', 'a@example.com');
  expect([people.get('a@example.com').id, people.get('B@example.com').id]).toEqual(['2', '1']);
  expect(people.get('1').userName).toBe('b@example.com');
});

test('a guest of Microsoft has a name of the tenant and an address of their own (case 27)', () => {
  const { people } = createFakeDirectory({ kind: 'microsoft_365', domain: 'example.com' });
  const guest = people.add({ kind: 'guest', email: 'friend@elsewhere.example', guestState: 'PendingAcceptance' });
  expect(guest.userName).toBe('friend_elsewhere.example#EXT#@example.com');
  expect(guest.guestState).toBe('PendingAcceptance');
});

test('every edit is in the journal, in order, with what it changed', () => {
  const tenant = createFakeDirectory({ kind: 'microsoft_365', people: [{ id: 'a', email: 'a@example.com' }] });
  const group = tenant.groups.add({ name: 'All', memberIds: ['a'] });
  tenant.people.rename('a', { givenName: 'Ada' });
  tenant.people.changeEmail('a', 'ada@example.com');
  tenant.people.softDelete('a');
  tenant.people.restore('a');
  tenant.people.remove('a');
  expect(tenant.changes.map(({ of, id, change }) => `${of} ${id === 'a' ? 'a' : 'group'} ${change}`)).toEqual([
    'person a added',
    'group group added',
    'person a changed',
    'person a changed',
    'person a soft-deleted',
    'person a restored',
    'membership group removed',
    'person a removed',
  ]);
  expect(tenant.changes[2]?.fields).toEqual(['givenName', 'displayName']);
  expect(tenant.changes[3]?.fields).toEqual(['email', 'userName']);
  expect(tenant.changes.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(tenant.groups.get(group.id).memberIds).toEqual([]);
});

test('nobody is edited who is not there, and no id is given twice', () => {
  const { people, groups } = createFakeDirectory({ kind: 'scim', people: [{ id: 'a' }] });
  expect(() => people.rename('b', { givenName: 'B' })).toThrow('nobody named b');
  expect(() => people.add({ id: 'a' })).toThrow('a already');
  expect(() => groups.get('none')).toThrow('no group none');
});

test('case 34: a cycle of groups ends, and each person of it counts once', () => {
  const { groups, people } = createFakeDirectory({ kind: 'microsoft_365', people: 3 });
  const ids = people.all().map(({ id }) => id);
  const first = groups.add({ name: 'First', memberIds: ids.slice(0, 2) });
  const second = groups.add({ name: 'Second', memberIds: [...ids.slice(1), first.id] });
  groups.addMembers('First', second.id);
  expect(
    groups
      .peopleOf('First')
      .map(({ id }) => id)
      .sort(),
  ).toEqual([...ids].sort());
  expect(groups.peopleOf('Second')).toHaveLength(3);
});
