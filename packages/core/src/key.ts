import type { AccessSchedule } from './access-schedule.js';
import type { EntranceId, KeyId, MemberId, PropertyId } from './identifiers.js';
import type { Instant } from './instant.js';

/**
 * The permission of a person for entrances and a period: the only thing that opens a door. No role does.
 * Its period is half open: `startsAt ≤ t < endsAt`.
 */
export interface Key {
  readonly id: KeyId;
  readonly propertyId: PropertyId;
  /** Who may open with it. */
  readonly holderId: MemberId;
  /** Who made it; decides who may edit it (G31). */
  readonly creatorId: MemberId;
  readonly entranceIds: readonly EntranceId[];
  readonly startsAt: Instant;
  /** `null`: without end. */
  readonly endsAt: Instant | null;
  /** `null`: at any hour of the period. Read in the property's time zone. */
  readonly schedule: AccessSchedule | null;
  /** Not `null`: revoked, for good, whatever the time of asking. */
  readonly revokedAt: Instant | null;
}
