/** Which groups there are, and who is in them, through other groups too. */
export interface GroupMemberships {
  readonly names: ReadonlyMap<string, string>;
  /** Ids of the groups that a user is in. */
  of(userId: string): readonly string[];
}

/** Puts memberships together, in whatever order and however often they are told. */
export interface MembershipGathering extends GroupMemberships {
  addGroup(groupId: string, name: string): void;
  addMember(groupId: string, memberId: string): void;
  /** Everybody is in this group, whoever they are. */
  addEverybody(groupId: string): void;
}

/** Begins without a group. */
export function createMembershipGathering(): MembershipGathering {
  const names = new Map<string, string>();
  const groupsOf = new Map<string, Set<string>>();
  const everybody = new Set<string>();
  return {
    names,
    of: (userId) => [...new Set([...everybody, ...(groupsOf.get(userId) ?? [])])].sort(),
    addGroup: (groupId, name) => names.set(groupId, name),
    addMember(groupId, memberId) {
      const groups = groupsOf.get(memberId);
      if (groups) groups.add(groupId);
      else groupsOf.set(memberId, new Set([groupId]));
    },
    addEverybody: (groupId) => everybody.add(groupId),
  };
}
