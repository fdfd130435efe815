import { createMembershipGathering, type GroupMemberships } from '../group-memberships.js';
import { isObject } from '../http/body-bytes.js';
import { readId, readText } from '../record-fields.js';
import { readAttribute } from './scim-attribute.js';

/** Puts together what group resources and users' own records say of memberships. */
export interface ScimGroups {
  takeGroup(resource: unknown): void;
  /** Takes what a user's record says of the groups that the user is in. */
  takeUser(resource: unknown): void;
  /** Who is in which group, through other groups too. Groups that contain each other have the same members. */
  flatten(): GroupMemberships;
}

/** Begins without a group. */
export function createScimGroups(): ScimGroups {
  const names = new Map<string, string>();
  const membersOf = new Map<string, Set<string>>();
  const join = (groupId: string, memberId: string): void => {
    const members = membersOf.get(groupId);
    if (members) members.add(memberId);
    else membersOf.set(groupId, new Set([memberId]));
  };

  return {
    takeGroup(resource) {
      const groupId = isObject(resource) ? readId(readAttribute(resource, 'id')) : undefined;
      if (!isObject(resource) || groupId === undefined) return;
      names.set(groupId, readText(readAttribute(resource, 'displayName')) ?? groupId);
      for (const memberId of readValues(readAttribute(resource, 'members'))) join(groupId, memberId.id);
    },
    takeUser(resource) {
      const userId = isObject(resource) ? readId(readAttribute(resource, 'id')) : undefined;
      if (!isObject(resource) || userId === undefined) return;
      for (const { id, display } of readValues(readAttribute(resource, 'groups'))) {
        if (!names.has(id)) names.set(id, display ?? id);
        join(id, userId);
      }
    },
    flatten() {
      const memberships = createMembershipGathering();
      for (const [groupId, name] of names) {
        memberships.addGroup(groupId, name);
        const reached = new Set([groupId]);
        // A set that grows while it is gone through: each group in it is opened once, rings included.
        for (const inner of reached) {
          for (const memberId of membersOf.get(inner) ?? []) {
            if (names.has(memberId)) reached.add(memberId);
            else memberships.addMember(groupId, memberId);
          }
        }
      }
      return memberships;
    },
  };
}

function readValues(list: unknown): readonly { readonly id: string; readonly display: string | null | undefined }[] {
  if (!Array.isArray(list)) return [];
  return list.filter(isObject).flatMap((entry) => {
    const id = readId(readAttribute(entry, 'value'));
    return id === undefined ? [] : [{ id, display: readText(readAttribute(entry, 'display')) }];
  });
}
