import * as z from 'zod/mini';
import { entranceId, keyId, memberId, propertyId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp, timestampInput } from '../wire-values.js';

const minute = z.int().check(z.minimum(0), z.maximum(1440));

/**
 * Recurring windows in the property's time zone, one to eight; any one suffices. `weekdays` is a mask, bit 0 Monday to
 * bit 6 Sunday, of the days a window opens on; minutes count from local midnight; a window whose end is not after its
 * start closes on the following day.
 */
export const accessSchedule = z.strictObject({
  windows: z
    .array(
      z.strictObject({
        weekdays: z.int().check(z.minimum(1), z.maximum(127)),
        startMinute: z.int().check(z.minimum(0), z.maximum(1439)),
        endMinute: minute,
      }),
    )
    .check(z.minLength(1), z.maxLength(8)),
});

/** The permission of a person for entrances and a half-open period `startsAt ≤ t < endsAt`; nothing else opens a door. */
export const key = z.object({
  id: keyId,
  propertyId,
  holderId: memberId,
  creatorId: memberId,
  entranceIds: z.array(entranceId),
  startsAt: timestamp,
  /** `null`: without end. */
  endsAt: z.nullable(timestamp),
  /** `null`: at any hour of the period. */
  schedule: z.nullable(
    z.object({ windows: z.array(z.object({ weekdays: z.int(), startMinute: z.int(), endMinute: z.int() })) }),
  ),
  createdAt: timestamp,
  revokedAt: z.nullable(timestamp),
});
/** {@link key} as data. */
export type Key = ReadonlyData<z.output<typeof key>>;

/** Body of `createKey`; `endsAt: null` is a key without end and has to be said. */
export const keyInput = z
  .strictObject({
    holderId: memberId,
    entranceIds: z.array(entranceId).check(z.minLength(1), z.maxLength(500)),
    startsAt: timestampInput,
    endsAt: z.nullable(timestampInput),
    schedule: z.optional(z.nullable(accessSchedule)),
  })
  .check(
    z.refine((input) => input.endsAt === null || Date.parse(input.startsAt) < Date.parse(input.endsAt), {
      path: ['endsAt'],
    }),
  );
