import type { DeskId, Instant, MemberId } from '@latchwork/core';
import {
  isLicenseActive,
  type ReservationFacts,
  type ReservationState,
  type WorkplaceMember,
} from '@latchwork/core/workplace';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';

/** A member as decisions in the workplace see them. */
export function workplaceMemberOf({ state, workplaceRole, licensed }: Row<'member'>): WorkplaceMember {
  return { state, workplace: workplaceRole === null ? null : { role: workplaceRole, licensed } };
}

/** Whether a member holds a license that counts now (S39). */
export function holdsActiveLicense(member: Row<'member'>, organization: Row<'organization'>, at: Instant): boolean {
  return isLicenseActive(workplaceMemberOf(member), organization, at);
}

/** Whose own desk each assigned desk of an organization is. */
export function deskHolders(projection: Projection, { id }: Row<'organization'>): ReadonlyMap<DeskId, MemberId> {
  const holders = new Map<DeskId, MemberId>();
  for (const member of projection.members.group(id)) {
    if (member.deskId !== null && member.state !== 'removed') holders.set(member.deskId, member.id);
  }
  return holders;
}

/** Lays core's view of an organization's reservations over the committed rows in memory. */
export function reservationStateOf(projection: Projection, organization: Row<'organization'>): ReservationState {
  let holders: ReadonlyMap<DeskId, MemberId> | undefined;
  return {
    subscription: organization,
    member: (memberId) => {
      const row = projection.members.get(memberId);
      return row?.organizationId === organization.id ? workplaceMemberOf(row) : undefined;
    },
    desk: (deskId) => {
      const row = projection.desks.get(deskId);
      if (row === undefined || row.organizationId !== organization.id || row.removedAt !== null) return undefined;
      holders ??= deskHolders(projection, organization);
      return { assignedTo: holders.get(deskId) ?? null };
    },
    reservation: (reservationId) => {
      const row = projection.reservations.get(reservationId);
      return row?.organizationId === organization.id ? factsOf(row) : undefined;
    },
    reservationsOf: (deskId) => projection.reservations.group(deskId).map(factsOf),
  };
}

function factsOf(row: Row<'reservation'>): ReservationFacts {
  const { id: reservationId, deskId, memberId, startsAt, endsAt, cancelledAt } = row;
  return { reservationId, deskId, memberId, startsAt, endsAt, cancelledAt };
}
