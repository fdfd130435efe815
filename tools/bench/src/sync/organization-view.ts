import type { MemberId, OrganizationId } from '@latchwork/core';
import type { DirectoryLink, DirectoryState } from '@latchwork/core/directory';
import type { MemberFacts } from '@latchwork/core/people';
import type { KnownRecords } from '@latchwork/directory';
import { emailOf, idOf, indexOf, profileOf } from './graph-pages.js';

/**
 * An organization of which everybody came from the tenant as it was before. It is worked out as it is asked, since a portal
 * has its members in memory anyhow: what is measured is the sync.
 */
export function organizationOf(users: number, known: KnownRecords, bound: DirectoryState['bound']): DirectoryState {
  const organizationId = 'org_bench' as OrganizationId;
  const memberOf = (index: number): MemberFacts => {
    const email = emailOf(index);
    return {
      ...{ memberId: `mem_${index}` as MemberId, organizationId, state: 'active', organizationOwner: false },
      ...{ assignments: [], workplace: { role: 'member', licensed: true }, email, emailKey: email },
      ...{
        name: profileOf(index, 'before').displayName,
        deskId: null,
        signInMethod: 'email_password',
        canSignIn: true,
      },
    };
  };
  const linkOf = (index: number): DirectoryLink => ({
    ...{ directoryId: idOf(index), memberId: `mem_${index}` as MemberId },
    ...{ profile: profileOf(index, 'before'), removed: false },
  });
  const numberOf = (memberId: MemberId) => Number(memberId.slice('mem_'.length));
  const anybody = memberOf(0);
  return {
    people: {
      organization: {
        ...{ organizationId, kind: 'single_property', schemes: ['workplace'], plan: 'pro', licenses: 2 * users },
        ...{ subscriptionEndsAt: null, peerManagement: true },
      },
      hasProperty: () => false,
      properties: () => [],
      hasDesk: () => false,
      member: (memberId) => memberOf(numberOf(memberId)),
      memberByEmail(emailKey) {
        const index = Number(emailKey.split('@')[0]?.split('.')[2]);
        return index < users ? memberOf(index) : undefined;
      },
      // Only counted, and all of them count alike.
      *members() {
        for (let index = 0; index < users; index += 1) yield anybody;
      },
      invitationOf: () => undefined,
    },
    bound,
    link(directoryId) {
      const index = indexOf(directoryId);
      return index < users ? linkOf(index) : undefined;
    },
    linkOf: (memberId) => linkOf(numberOf(memberId)),
    *links() {
      for (const id of known.notUnchangedIds()) yield linkOf(indexOf(id));
    },
    linksLeftOut: known.unchangedIds.size,
    isLinkedElsewhere: () => false,
    removedLately: 0,
  };
}
