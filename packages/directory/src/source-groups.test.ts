import { describe, expect, it } from 'vitest';
import { readFakeTenant, refusalOf } from './fake-source.test-rig.js';

const kinds = ['microsoft_365', 'google_workspace', 'scim'] as const;

describe.each(kinds)('groups of %s', (kind) => {
  it('S23: are not read unless they are asked for', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 4 });
    directory.groups.add({ name: 'Staff', memberIds: directory.people.all().map(({ id }) => id) });
    const { users, groupNames } = await source.readAll();
    expect(groupNames.size).toBe(0);
    for (const user of users) expect(user).not.toHaveProperty('groupIds');
    expect(directory.requests.filter(({ operation }) => ['groups', 'members'].includes(operation))).toEqual([]);
  });

  it('S23, case 34: have everybody who is in them through other groups, and each once', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 6 });
    const [a, b, c, d] = directory.people.all().map(({ id }) => id);
    const { groups } = directory;
    const inner = groups.add({ name: 'Inner', memberIds: [c ?? '', a ?? ''] });
    const middle = groups.add({ name: 'Middle', memberIds: [inner.id, b ?? ''] });
    const outer = groups.add({ name: 'Outer', memberIds: [middle.id, inner.id, a ?? ''] });
    const { users, groupNames } = await source.readAll({ groups: true });
    expect(new Map(groupNames)).toEqual(new Map([inner, middle, outer].map(({ id, name }) => [id, name])));
    const groupsOf = (id = ''): readonly string[] =>
      users.find(({ directoryId }) => directoryId === id)?.groupIds ?? ['?'];
    expect(groupsOf(a)).toEqual([inner.id, middle.id, outer.id].sort());
    expect(groupsOf(b)).toEqual([middle.id, outer.id].sort());
    expect(groupsOf(c)).toEqual([inner.id, middle.id, outer.id].sort());
    expect(groupsOf(d)).toEqual([]);
  });

  it('case 34: that contain each other have the same members, and reading them ends', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 3 });
    const [a, b] = directory.people.all().map(({ id }) => id);
    const one = directory.groups.add({ name: 'One', memberIds: [a ?? ''] });
    const two = directory.groups.add({ name: 'Two', memberIds: [b ?? '', one.id] });
    directory.groups.addMembers(one.id, two.id);
    const { users } = await source.readAll({ groups: true });
    for (const id of [a, b]) {
      expect(users.find(({ directoryId }) => directoryId === id)?.groupIds).toEqual([one.id, two.id].sort());
    }
  });

  it('case 34: of many members come over many pages', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 2_500 });
    const everybody = directory.people.all().map(({ id }) => id);
    const big = directory.groups.add({ name: 'Big', memberIds: everybody });
    const { users } = await source.readAll({ groups: true });
    expect(users.every(({ groupIds }) => groupIds?.[0] === big.id)).toBe(true);
  });

  it('case 35: that are gone are nobody’s any more', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 3 });
    const staff = directory.groups.add({ name: 'Staff', memberIds: directory.people.all().map(({ id }) => id) });
    expect((await source.readAll({ groups: true })).users.every(({ groupIds }) => groupIds?.length === 1)).toBe(true);
    directory.groups.remove(staff.id);
    const { users, groupNames } = await source.readAll({ groups: true });
    expect(groupNames.size).toBe(0);
    for (const { groupIds } of users) expect(groupIds).toEqual([]);
  });

  it('are told as forbidden where they may not be read, and not as empty', async () => {
    const { source, directory } = readFakeTenant({ kind, people: 3 });
    directory.faults.script({ fault: 'forbidden' }, { on: 'groups' });
    expect((await refusalOf(source.readAll({ groups: true }))).code).toBe('forbidden');
  });
});

it('a group of google_workspace that has the whole customer in it has everybody', async () => {
  const { source, directory } = readFakeTenant({ kind: 'google_workspace', people: 3 });
  const all = directory.groups.add({ name: 'Everyone', memberIds: [directory.tenantId] });
  const { users } = await source.readAll({ groups: true });
  for (const { groupIds } of users) expect(groupIds).toEqual([all.id]);
});

it('a SCIM server whose group resources have no members is believed about each user’s own groups', async () => {
  const { source, directory } = readFakeTenant({ kind: 'scim', people: 3 });
  const staff = directory.groups.add({ name: 'Staff', memberIds: directory.people.all().map(({ id }) => id) });
  directory.faults.script({ fault: 'drop-fields', fields: ['members'] }, { on: 'groups', times: 10 });
  const { users } = await source.readAll({ groups: true });
  for (const { groupIds } of users) expect(groupIds).toEqual([staff.id]);
});
