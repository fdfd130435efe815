import * as z from 'zod/mini';
import { entranceId, keyHolderId, keyId, memberId, propertyId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';

/** The permission of a person for entrances and a half-open period `startsAt ≤ t < endsAt`; nothing else opens a door. */
export const key = z.object({
  id: keyId,
  propertyId,
  /** A member, or a guest. */
  holderId: keyHolderId,
  creatorId: memberId,
  entranceIds: z.array(entranceId),
  startsAt: timestamp,
  /** `null`: without end. */
  endsAt: z.nullable(timestamp),
  /** `null`: at any hour of the period. */
  schedule: z.nullable(
    z.object({ windows: z.array(z.object({ weekdays: z.number(), startMinute: z.number(), endMinute: z.number() })) }),
  ),
  version: z.int(),
  createdAt: timestamp,
  revokedAt: z.nullable(timestamp),
});
/** {@link key} as data. */
export type Key = ReadonlyData<z.output<typeof key>>;
