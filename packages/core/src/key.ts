import type { AccessSchedule } from './access-schedule.js';
import type { EntranceId, GuestId, KeyId, MemberId, PropertyId } from './identifiers.js';
import type { Instant } from './instant.js';

/**
 * Who can hold a Key: a member of the organization, who opens with an app, or a guest or visitor, for whom only what the
 * Key was put on opens (G30).
 */
export type KeyHolderId = MemberId | GuestId;

/**
 * The permission of a person for entrances and a period: the only thing that opens a door. No role does.
 * Its period is half open: `startsAt ≤ t < endsAt`.
 */
export interface Key {
  readonly id: KeyId;
  readonly propertyId: PropertyId;
  /** Who may open with it. */
  readonly holderId: KeyHolderId;
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
