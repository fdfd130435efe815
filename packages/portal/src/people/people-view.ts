import type { MemberId, PropertyId } from '@latchwork/core';
import type { InvitationFacts, MemberFacts, PeopleState } from '@latchwork/core/people';
import type { Projection } from '../store/projection.js';
import { memberName } from '../store/row-indexes.js';
import type { Row } from '../store/store.js';

/** What a command makes besides people, before it is committed: an organization with its first property. */
export interface JustMade {
  readonly propertyIds?: readonly PropertyId[];
}

/** Lays core's view of one organization's people over the committed rows in memory; nothing is copied. */
export function peopleStateOf(
  projection: Projection,
  organization: Row<'organization'>,
  made: JustMade = {},
): PeopleState {
  const { id: organizationId, kind, schemes, plan, licenses, subscriptionEndsAt, peerManagement } = organization;
  const inOrganization = (row: Row<'member'> | undefined) =>
    row?.organizationId === organizationId ? memberFactsOf(projection, row) : undefined;
  return {
    organization: { organizationId, kind, schemes, plan, licenses, subscriptionEndsAt, peerManagement },
    hasProperty: (propertyId) => {
      const property = projection.properties.get(propertyId);
      if (property === undefined) return made.propertyIds?.includes(propertyId) ?? false;
      return property.organizationId === organizationId && property.removedAt === null;
    },
    properties: () => presentProperties(projection, organization),
    hasDesk: (deskId) => {
      const desk = projection.desks.get(deskId);
      return desk?.organizationId === organizationId && desk.removedAt === null;
    },
    member: (memberId) => inOrganization(projection.members.get(memberId)),
    memberByEmail: (emailKey) => inOrganization(projection.members.byUnique(memberName({ organizationId, emailKey }))),
    members: () => presentMembers(projection, organization),
    licensesHeld: () => projection.peopleCounts.licensesHeld(organizationId),
    invitationOf: (memberId) => invitationFactsOf(openInvitationOf(projection, memberId)),
  };
}

function* presentProperties(projection: Projection, { id }: Row<'organization'>): Generator<PropertyId> {
  for (const row of projection.properties.group(id)) if (row.removedAt === null) yield row.id;
}

function* presentMembers(projection: Projection, { id }: Row<'organization'>): Generator<MemberFacts> {
  for (const row of projection.members.group(id)) {
    if (row.state !== 'removed') yield memberFactsOf(projection, row);
  }
}

/** A member as decisions about people see it. What takes a look-up is looked up when it is asked for. */
export function memberFactsOf(projection: Projection, row: Row<'member'>): MemberFacts {
  const { id: memberId, organizationId, state, organizationOwner, workplaceRole, licensed } = row;
  const { email, emailKey, name, deskId, signInMethod } = row;
  return {
    memberId,
    organizationId,
    state,
    organizationOwner,
    get assignments() {
      return projection.assignments.group(memberId);
    },
    ...(workplaceRole === null ? {} : { workplace: { role: workplaceRole, licensed } }),
    email,
    emailKey,
    name,
    deskId,
    signInMethod,
    get canSignIn() {
      return canSignIn(projection, row);
    },
  };
}

/** Whether a member's account has what the member's sign-in method needs. */
export function canSignIn(projection: Projection, { accountId, signInMethod }: Row<'member'>): boolean {
  if (accountId === null) return false;
  return signInMethod === 'email_password'
    ? typeof projection.accounts.get(accountId)?.passwordHash === 'string'
    : projection.identities.group(accountId).some(({ provider }) => provider === signInMethod);
}

/** The invitation of a member that has not ended, whether or not its link has expired. */
export function openInvitationOf(projection: Projection, memberId: MemberId): Row<'invitation'> | undefined {
  return projection.invitations.group(memberId).findLast(({ endedAt }) => endedAt === null);
}

function invitationFactsOf(row: Row<'invitation'> | undefined): InvitationFacts | undefined {
  if (row === undefined) return undefined;
  const { id: invitationId, memberId, grantor, expiresAt } = row;
  return { invitationId, memberId, grantor, expiresAt };
}
