import { isTimeZone, plans, signInMethods, workplaceRoles } from '@latchwork/core';
import * as z from 'zod/mini';
import { deskId, memberId } from '../identifiers.js';
import { nameInput, pageQuery, timestampInput } from './values.js';

const role = z.enum(workplaceRoles);
const signInMethod = z.enum(signInMethods);

/**
 * Body of `inviteUsers`. Only the address is needed (S2): the role is `member` when left out (S18), the sign-in method
 * `email_password` (S9), a license is taken unless `licensed` is `false`. All rows are invited or none. `dryRun` checks
 * and does nothing. An address is judged with its row, so that the answer names all that are at fault.
 */
export const userInvitationsInput = z.strictObject({
  rows: z
    .array(
      z.strictObject({
        email: z.string().check(z.maxLength(320)),
        name: z.optional(nameInput),
        role: z.optional(role),
        deskId: z.optional(deskId),
        licensed: z.optional(z.boolean()),
        signInMethod: z.optional(signInMethod),
      }),
    )
    .check(z.maxLength(1000)),
  dryRun: z._default(z.boolean(), false),
});

/** Body of `updateUser` (S38, S40): what is left out stays. `role: null` takes the person out of the workplace. */
export const userEditInput = z.strictObject({
  role: z.optional(z.nullable(role)),
  deskId: z.optional(z.nullable(deskId)),
  licensed: z.optional(z.boolean()),
  signInMethod: z.optional(signInMethod),
});

/** Body of `reactivateUser`: a license is taken unless `licensed` is `false`. */
export const reactivationInput = z.strictObject({ licensed: z._default(z.boolean(), true) });

/** Body of `updateSubscription`: what is left out stays; `subscriptionEndsAt: null` is without end. */
export const subscriptionEditInput = z.strictObject({
  plan: z.optional(z.enum(plans)),
  licenses: z.optional(z.int().check(z.minimum(0), z.maximum(1_000_000))),
  subscriptionEndsAt: z.optional(z.nullable(timestampInput)),
});

/** Body of `createDesk`. */
export const deskInput = z.strictObject({ name: nameInput });

/** Query of `listDesks`: with `freeFrom` and `freeTo`, only desks that the caller could reserve for that period. */
export const deskQuery = z.strictObject({
  ...pageQuery.shape,
  freeFrom: z.optional(timestampInput),
  freeTo: z.optional(timestampInput),
});

/** Body of `createReservation`; `memberId` is the caller when left out. */
export const reservationInput = z.strictObject({
  deskId,
  memberId: z.optional(memberId),
  startsAt: timestampInput,
  endsAt: timestampInput,
});

/** Body of `updateReservation`: what is left out stays. */
export const reservationEditInput = z.strictObject({
  deskId: z.optional(deskId),
  startsAt: z.optional(timestampInput),
  endsAt: z.optional(timestampInput),
});

/** Query of `listReservations`: those that share a moment with the period, of that desk, for that person. */
export const reservationQuery = z.strictObject({
  ...pageQuery.shape,
  from: z.optional(timestampInput),
  to: z.optional(timestampInput),
  deskId: z.optional(deskId),
  memberId: z.optional(memberId),
});

/**
 * Query of `getInsights`: the first and the last calendar day, at most 92 days. The days are those of `timeZone`; left
 * out, of the organization's oldest property, and UTC where there is none.
 */
export const insightsQuery = z.strictObject({
  from: z.iso.date(),
  to: z.iso.date(),
  timeZone: z.optional(z.string().check(z.maxLength(64), z.regex(/^[A-Za-z]/), z.refine(isTimeZone))),
});
