import type {
  EntranceId,
  HospitalityStanding,
  Instant,
  MemberId,
  PropertyId,
  UnlockCommand,
  UnlockState,
} from '@latchwork/core';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';

/** Gathers what `decideUnlock` rests on, from the committed state in memory. */
export function unlockStateOf(projection: Projection, memberId: MemberId, entranceId: EntranceId): UnlockState {
  const entrance = projection.entrances.get(entranceId);
  const found = entrance === undefined ? undefined : projection.properties.get(entrance.propertyId);
  const property = found?.removedAt === null ? found : undefined;
  const member = projection.members.get(memberId);
  const place =
    entrance === undefined || property === undefined
      ? null
      : {
          entranceId,
          propertyId: property.id,
          timeZone: property.timeZone,
          lockIds: projection.devices.group(entranceId).map((device) => device.id),
          mode: entrance.mode,
          remoteUnlock: property.settings.remoteUnlock,
          integratedApps: property.integratedApps,
        };
  const holder =
    member === undefined
      ? null
      : {
          memberId,
          state: member.state,
          standing: property === undefined ? null : standingOf(projection, memberId, property.id),
        };
  return { holder, place, keys: projection.accessKeys.group(memberId) };
}

/** Where a member stands towards a property: by the Organization Owner flag, by an assignment, or not at all (G10). */
export function standingOf(
  projection: Projection,
  memberId: MemberId,
  propertyId: PropertyId,
): HospitalityStanding | null {
  const member = projection.members.get(memberId);
  const property = projection.properties.get(propertyId);
  if (member === undefined || property === undefined || member.organizationId !== property.organizationId) return null;
  if (property.removedAt !== null) return null;
  if (member.organizationOwner) return 'organization_owner';
  return projection.assignments.get(`${memberId}/${propertyId}`)?.role ?? null;
}

type Asked = Pick<Row<'attempt'>, 'holderId' | 'entranceId' | 'channel' | 'app' | 'deadline'>;

/** The question that an attempt puts to the decision. */
export function commandOf({ holderId, entranceId, channel, app, deadline }: Asked, at: Instant): UnlockCommand {
  return { memberId: holderId, entranceId, channel, at, deadline, ...(app === null ? {} : { app }) };
}
