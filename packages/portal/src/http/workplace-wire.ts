import type { Colleague, Desk, Invitation, Reservation, Subscription, User } from '@latchwork/contract';
import type { Instant, MemberId } from '@latchwork/core';
import type { Row } from '../store/store.js';
import { timestampOf, timestampOrNull } from '../wire-time.js';
import { holdsActiveLicense } from '../workplace/workplace-view.js';

/** A user of the workplace as the API shows it to an Admin. */
export function userOf(
  row: Row<'member'>,
  seen: {
    readonly organization: Row<'organization'>;
    readonly invitation: Invitation | null;
    readonly at: Instant;
  },
): User {
  const { id, organizationId, name, email, state, workplaceRole, licensed, deskId, signInMethod, version } = row;
  return {
    id,
    organizationId,
    name,
    email,
    state,
    role: workplaceRole,
    licensed,
    licenseActive: holdsActiveLicense(row, seen.organization, seen.at),
    deskId,
    signInMethod,
    invitation: seen.invitation,
    version,
    createdAt: timestampOf(row.createdAt),
    lastSeenAt: timestampOrNull(row.lastSeenAt),
  };
}

/** A user as colleagues see them: a name, and no more (★c). */
export function colleagueOf({ id, name }: Row<'member'>): Colleague {
  return { id, name };
}

/** A desk as the API shows it: to whom it is assigned is for those who assign. */
export function deskOf(
  { id, organizationId, name, createdAt }: Row<'desk'>,
  seen: { readonly holderId: MemberId | undefined; readonly callerId: MemberId; readonly mayAssign: boolean },
): Desk {
  const { holderId, callerId, mayAssign } = seen;
  const isOwn = holderId === callerId;
  return {
    id,
    organizationId,
    name,
    assigned: holderId === undefined ? 'nobody' : isOwn ? 'caller' : 'other',
    assignedTo: holderId !== undefined && (isOwn || mayAssign) ? holderId : null,
    createdAt: timestampOf(createdAt),
  };
}

/** A reservation as the API shows it. */
export function reservationOf(row: Row<'reservation'>): Reservation {
  const { id, organizationId, deskId, memberId, creatorId, version } = row;
  return {
    id,
    organizationId,
    deskId,
    memberId,
    creatorId,
    startsAt: timestampOf(row.startsAt),
    endsAt: timestampOf(row.endsAt),
    version,
    createdAt: timestampOf(row.createdAt),
    cancelledAt: timestampOrNull(row.cancelledAt),
  };
}

/** A subscription as the API shows it. */
export function subscriptionOf(
  organization: Row<'organization'>,
  seen: Pick<Subscription, 'usage' | 'warnings'>,
): Subscription {
  const { id: organizationId, plan, licenses, subscriptionEndsAt, version } = organization;
  const { usage, warnings } = seen;
  return {
    organizationId,
    plan,
    licenses,
    subscriptionEndsAt: timestampOrNull(subscriptionEndsAt),
    usage: { ...usage },
    warnings: [...warnings],
    version,
  };
}
