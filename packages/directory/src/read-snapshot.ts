import type { DirectoryKind, DirectoryUser } from '@latchwork/core/directory';
import type { ReadOptions, ReadSnapshot } from './directory-source.js';
import type { Gathering } from './gathering.js';
import type { GroupMemberships } from './group-memberships.js';
import type { Reading } from './http/reading.js';

/** What was read, with what shows that it is all. */
export function takeSnapshot(options: {
  readonly kind: DirectoryKind;
  readonly tenantId: string;
  readonly coverage: ReadSnapshot['coverage'];
  readonly reading: Reading;
  readonly gathering: Gathering;
  readonly known: ReadOptions['known'];
  readonly memberships: GroupMemberships | undefined;
  readonly sawLastPage: boolean;
  readonly malformed: number;
  readonly deltaToken: string | null;
}): ReadSnapshot {
  const { kind, tenantId, coverage, reading, gathering, known, memberships, sawLastPage, malformed, deltaToken } =
    options;
  const unchangedIds = known?.unchangedIds ?? new Set<string>();
  const users: DirectoryUser[] = [];
  let present = unchangedIds.size;
  for (const user of gathering.users()) {
    // Seen again later, and then it was to the byte what was applied last.
    if (unchangedIds.has(user.directoryId)) continue;
    if (user.standing !== 'deleted') present += 1;
    users.push(memberships ? { ...user, groupIds: memberships.of(user.directoryId) } : user);
  }
  return {
    kind,
    tenantId,
    // One question is asked of each make: for everybody there is. Groups narrow nothing.
    scope: 'everybody',
    coverage,
    users,
    unchangedIds,
    evidence: {
      pages: reading.pages,
      sawLastPage,
      counted: coverage === 'everybody' ? reading.counted : null,
      distinct: present,
      malformed,
    },
    groupNames: memberships?.names ?? new Map(),
    deltaToken,
  };
}
