import { createMembershipGathering, type GroupMemberships } from './group-memberships.js';
import { isObject } from './http/body-bytes.js';
import type { Reading } from './http/reading.js';
import type { PageContents } from './page-contents.js';
import { readId, readText } from './record-fields.js';

/** A directory that lists its groups, and of each everybody who is in it, through other groups too. */
export interface GroupWalk {
  readonly groups: AsyncIterable<PageContents>;
  members(groupId: string): AsyncIterable<PageContents>;
  /** What a group's record calls its name. */
  readonly nameField: 'displayName' | 'name';
  /** Whether a member's record stands for the whole account. */
  readonly isEverybody?: (record: Readonly<Record<string, unknown>>) => boolean;
  readonly reading: Reading;
  /** How many users are known already, for the progress. */
  readonly users: number;
}

/** Reads the groups, then the members of each. */
export async function walkGroups(walk: GroupWalk): Promise<GroupMemberships> {
  const { reading, users, nameField, isEverybody = () => false } = walk;
  const memberships = createMembershipGathering();
  for await (const { records } of walk.groups) {
    for (const record of records) {
      const groupId = isObject(record) ? readId(record['id']) : undefined;
      if (isObject(record) && groupId !== undefined) {
        memberships.addGroup(groupId, readText(record[nameField]) ?? groupId);
      }
    }
    reading.turn(users);
  }
  for (const groupId of memberships.names.keys()) {
    for await (const { records } of walk.members(groupId)) {
      for (const record of records) {
        if (!isObject(record)) continue;
        const memberId = readId(record['id']);
        if (isEverybody(record)) memberships.addEverybody(groupId);
        else if (memberId !== undefined) memberships.addMember(groupId, memberId);
      }
      reading.turn(users);
    }
  }
  return memberships;
}
