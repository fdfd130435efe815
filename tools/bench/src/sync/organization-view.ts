import type { MemberId, OrganizationId } from '@latchwork/core';
import type { DirectoryLink, DirectoryState } from '@latchwork/core/directory';
import type { MemberFacts } from '@latchwork/core/people';
import type { KnownRecords } from '@latchwork/directory';
import { emailOf, fateOf, idOf, indexOf, profileOf, type Tenant } from './graph-pages.js';

const organizationId = 'org_bench' as OrganizationId;

/** An organization of which everybody came from the tenant as it was before. */
export interface Organization {
  readonly users: number;
  /** Whoever of them differs from the tenant as it is now; nobody else is ever asked for. */
  readonly differing: ReadonlyMap<number, { readonly link: DirectoryLink; readonly member: MemberFacts }>;
}

/** Makes the organization; a portal has its members in memory before any sync begins. */
export function createOrganization({ users, turnover }: Tenant): Organization {
  const differing = new Map<number, { readonly link: DirectoryLink; readonly member: MemberFacts }>();
  for (let index = 0; index < users; index += 1) {
    if (fateOf(index, turnover) !== 'stays') differing.set(index, { link: linkOf(index), member: memberOf(index) });
  }
  return { users, differing };
}

/** What a plan sees of the organization. */
export function stateOf(
  { users, differing }: Organization,
  known: KnownRecords,
  bound: DirectoryState['bound'],
): DirectoryState {
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
      member: (memberId) => differing.get(numberOf(memberId))?.member,
      memberByEmail: (emailKey) => differing.get(Number(emailKey.split('@')[0]?.split('.')[2]))?.member,
      // Only counted, and all of them count alike.
      *members() {
        for (let index = 0; index < users; index += 1) yield anybody;
      },
      invitationOf: () => undefined,
    },
    bound,
    link: (directoryId) => differing.get(indexOf(directoryId))?.link,
    linkOf: (memberId) => differing.get(numberOf(memberId))?.link,
    *links() {
      for (const id of known.notUnchangedIds()) {
        const found = differing.get(indexOf(id));
        if (found === undefined) throw new Error(`${id} does not differ`);
        yield found.link;
      }
    },
    linksLeftOut: known.unchangedIds.size,
    isLinkedElsewhere: () => false,
    removedLately: 0,
  };
}

function memberOf(index: number): MemberFacts {
  const email = emailOf(index);
  return {
    ...{ memberId: `mem_${index}` as MemberId, organizationId, state: 'active', organizationOwner: false },
    ...{ assignments: [], workplace: { role: 'member', licensed: true }, email, emailKey: email },
    ...{ name: profileOf(index).displayName, deskId: null, signInMethod: 'email_password' },
    canSignIn: true,
  };
}

function linkOf(index: number): DirectoryLink {
  return {
    ...{ directoryId: idOf(index), memberId: `mem_${index}` as MemberId },
    ...{ profile: profileOf(index), removed: false },
  };
}
