import * as z from 'zod/mini';
import { entranceId, keyHolderId } from '../identifiers.js';
import { defaultDeadlineMs, longestDeadlineMs } from '../resources/attempt-state.js';
import { timestampInput } from './values.js';

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

const entranceIds = z.array(entranceId).check(z.minLength(1), z.maxLength(500));
const isPeriod = (input: { readonly startsAt?: string | undefined; readonly endsAt?: string | null | undefined }) =>
  input.startsAt === undefined || input.endsAt == null || Date.parse(input.startsAt) < Date.parse(input.endsAt);

/** Body of `createKey`; `endsAt: null` is a key without end and has to be said. */
export const keyInput = z
  .strictObject({
    holderId: keyHolderId,
    entranceIds,
    startsAt: timestampInput,
    endsAt: z.nullable(timestampInput),
    schedule: z.optional(z.nullable(accessSchedule)),
  })
  .check(z.refine(isPeriod, { path: ['endsAt'] }));

/** Body of `updateKey`: what is left out stays. Whose Key it is does not change: revoke it and give another. */
export const keyEditInput = z
  .strictObject({
    entranceIds: z.optional(entranceIds),
    startsAt: z.optional(timestampInput),
    endsAt: z.optional(z.nullable(timestampInput)),
    schedule: z.optional(z.nullable(accessSchedule)),
  })
  .check(z.refine(isPeriod, { path: ['endsAt'] }));

/**
 * Body of `unlockEntrance`: how long from its arrival the command may still reach the lock, 2 to 30 seconds. The token
 * that opens the lock lives for whole seconds and never past the deadline, so the lock has to be asked at least one
 * second before it; with 2 seconds one is left to reach the lock.
 */
export const unlockInput = z.strictObject({
  deadlineMs: z._default(z.int().check(z.minimum(2000), z.maximum(longestDeadlineMs)), defaultDeadlineMs),
});
