import { decidePermission, type EntranceId, type MemberId, type PropertyId } from '@latchwork/core';
import type { MemberPrincipal } from '../access/principal.js';
import type { Projection } from '../store/projection.js';
import type { StoredEvent } from '../store/schema/record.js';
import type { Row } from '../store/store.js';
import { standingOf } from '../unlock/unlock-state.js';
import { checkChannel, forbidden, ownerOfTheOne } from './authorize.js';
import type { Permission, ProblemAnswer } from './call.js';

/**
 * Whether a property exists for the caller: assigned by the flag or by a role (G10), open to the role on this channel
 * (G32), and the one property of an app's token.
 */
export function seesProperty(projection: Projection, caller: MemberPrincipal, propertyId: PropertyId): boolean {
  if (caller.appGrant !== undefined && caller.appGrant.propertyId !== propertyId) return false;
  if (standingOf(projection, caller.member.id, propertyId) === null) return false;
  return checkChannel(projection, caller, propertyId) === undefined;
}

/** Whether a permission to see Keys reaches this one. */
export function seesKey(permission: Permission | undefined, memberId: MemberId, key: Row<'accessKey'>): boolean {
  return permission?.scope === 'own' ? key.holderId === memberId : true;
}

/**
 * Whether a permission to see Keys reaches all of a property's: then also the names of the guests who hold them. Whoever
 * sees only Keys of their own has no guest among their holders.
 */
export function seesAllKeys(permission: Permission | undefined): boolean {
  return permission !== undefined && permission.scope !== 'own';
}

/** Which entrances a permission to see spaces reaches: all, the doors of one's own Keys, or the doors with a device. */
export function entranceFilter(
  projection: Projection,
  permission: Permission | undefined,
  memberId: MemberId,
): (id: EntranceId) => boolean {
  switch (permission?.scope) {
    case 'names-of-own-doors': {
      const keys = projection.accessKeys.group(memberId).filter((key) => key.revokedAt === null);
      const own = new Set(keys.flatMap((key) => key.entranceIds));
      return (id) => own.has(id);
    }
    case 'names-of-device-doors':
      return (id) => projection.devices.group(id).length > 0;
    default:
      return () => true;
  }
}

/** Whether an event of a feed is there for a caller to see. */
export type EventFilter = (event: StoredEvent) => boolean;

/** Which events a permission to see the audit reaches: all, those that concern oneself, or those about devices only. */
export function eventFilter(permission: Permission | undefined, memberId: MemberId): EventFilter {
  switch (permission?.scope) {
    case 'own':
      return (event) =>
        ('holderId' in event && event.holderId === memberId) ||
        ('memberId' in event.actor && event.actor.memberId === memberId);
    case 'devices':
      return ({ type }) => ['gateway.', 'device.', 'alarm.'].some((subject) => type.startsWith(subject));
    default:
      return () => true;
  }
}

/** Which attempts a permission to see the audit reaches. To whom only devices are shown, no person's door is. */
export function attemptFilter(
  permission: Permission | undefined,
  memberId: MemberId,
): (attempt: Row<'attempt'>) => boolean {
  switch (permission?.scope) {
    case 'own':
      return (attempt) => attempt.holderId === memberId;
    case 'devices':
      return () => false;
    default:
      return () => true;
  }
}

/**
 * Which events of an organization's own feed a caller may see: all, for whoever manages it; for an Admin of its workplace
 * those about users, directories and the organization itself (requirement 4.1: no role of one scheme reaches into the other).
 */
export function organizationEventFilter(
  projection: Projection,
  caller: MemberPrincipal,
  organization: Row<'organization'>,
): EventFilter | ProblemAnswer {
  const { id: memberId } = caller.member;
  const manages = decidePermission(projection.permissions, { memberId, action: 'organization.manage' });
  if (manages.allow || ownerOfTheOne(projection, caller, organization) !== undefined) return () => true;
  const administers = decidePermission(projection.permissions, { memberId, action: 'user.list' });
  if (!administers.allow) return { problem: forbidden(manages, organization) };
  return (event) => {
    if (!('organizationId' in event)) return false;
    if (!('memberId' in event)) return !event.type.startsWith('property.');
    return projection.members.get(event.memberId)?.workplaceRole !== null;
  };
}
