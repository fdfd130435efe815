import type { FakeGroup, FakePerson, GroupDraft } from './fake-person.js';
import { completeGroup, type FakeTenant } from './fake-tenant.js';

/** Editing a fake tenant's groups. A group is named by id or by name; members by their ids. */
export interface FakeGroups {
  add(draft: GroupDraft): FakeGroup;
  get(group: string): FakeGroup;
  all(): readonly FakeGroup[];
  rename(group: string, name: string): FakeGroup;
  /** Puts people or groups in; cycles are allowed, as Microsoft allows them. */
  addMembers(group: string, ...memberIds: readonly string[]): FakeGroup;
  removeMembers(group: string, ...memberIds: readonly string[]): FakeGroup;
  remove(group: string): void;
  /** Everybody in the group, through other groups too; each once. */
  peopleOf(group: string): readonly FakePerson[];
}

/** The ids of everything in a group: its own members first, then those of groups in it; each once, cycles or not. */
export function transitiveMemberIds(tenant: FakeTenant, groupId: string): readonly string[] {
  const seen = new Set<string>();
  const open = [groupId];
  for (let at = open.shift(); at !== undefined; at = open.shift()) {
    for (const memberId of tenant.groups.get(at)?.memberIds ?? []) {
      if (seen.has(memberId) || memberId === groupId) continue;
      seen.add(memberId);
      if (tenant.groups.has(memberId)) open.push(memberId);
    }
  }
  return [...seen];
}

/** The editing side of a tenant's groups. */
export function createGroups(tenant: FakeTenant): FakeGroups {
  const { groups } = tenant;
  const get = (who: string): FakeGroup => {
    const found = groups.get(who) ?? [...groups.values()].find(({ name }) => name === who);
    if (found === undefined) throw new Error(`The fake directory has no group ${who}.`);
    return found;
  };
  const put = (group: FakeGroup): FakeGroup => {
    groups.set(group.id, group);
    return group;
  };
  return {
    add: (draft) => {
      const group = completeGroup(tenant, draft);
      put(group);
      tenant.record({ of: 'group', id: group.id, change: 'added', fields: Object.keys(group) });
      return group;
    },
    get,
    all: () => [...groups.values()],
    rename: (who, name) => {
      const group = get(who);
      tenant.record({ of: 'group', id: group.id, change: 'changed', fields: ['name'] });
      return put({ ...group, name });
    },
    addMembers: (who, ...memberIds) => {
      const group = get(who);
      const added = memberIds.filter((id) => !group.memberIds.includes(id));
      for (const memberId of added) {
        tenant.record({ of: 'membership', id: group.id, memberId, change: 'added', fields: [] });
      }
      return put({ ...group, memberIds: [...group.memberIds, ...added] });
    },
    removeMembers: (who, ...memberIds) => {
      const group = get(who);
      for (const memberId of memberIds) {
        tenant.record({ of: 'membership', id: group.id, memberId, change: 'removed', fields: [] });
      }
      return put({ ...group, memberIds: group.memberIds.filter((id) => !memberIds.includes(id)) });
    },
    remove: (who) => {
      const { id } = get(who);
      groups.delete(id);
      for (const other of [...groups.values()]) {
        if (!other.memberIds.includes(id)) continue;
        put({ ...other, memberIds: other.memberIds.filter((memberId) => memberId !== id) });
        tenant.record({ of: 'membership', id: other.id, memberId: id, change: 'removed', fields: [] });
      }
      tenant.record({ of: 'group', id, change: 'removed', fields: [] });
    },
    peopleOf: (who) =>
      transitiveMemberIds(tenant, get(who).id).flatMap((id) => {
        const person = tenant.people.get(id);
        return person === undefined || person.standing === 'deleted' ? [] : [person];
      }),
  };
}
