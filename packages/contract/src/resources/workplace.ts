import { membershipStates, plans, workplaceRoles } from '@latchwork/core';
import * as z from 'zod/mini';
import { deskId, memberId, organizationId, reservationId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';
import { invitation } from './member.js';
import { peopleWarning } from './people-warning.js';
import { signInMethod } from './sign-in.js';

/**
 * A user of the workplace (S3, S38): a member as the Admins of the workplace see them. Its id is the member's.
 * `licensed` is whether a license is assigned, `licenseActive` whether it counts now: the subscription has not lapsed (S39).
 */
export const user = z.object({
  id: memberId,
  organizationId,
  /** `null` until somebody says it: an address alone identifies an invitee (S2). */
  name: z.nullable(z.string()),
  email: z.string(),
  state: z.enum(membershipStates),
  /** `null`: no place in the workplace any more. */
  role: z.nullable(z.enum(workplaceRoles)),
  licensed: z.boolean(),
  licenseActive: z.boolean(),
  /** The one desk assigned for good (S5). */
  deskId: z.nullable(deskId),
  signInMethod,
  /** The open invitation; `null` once it is accepted or has ended. */
  invitation: z.nullable(invitation),
  version: z.number(),
  createdAt: timestamp,
  /** To the minute; `null`: never. */
  lastSeenAt: z.nullable(timestamp),
});
/** {@link user} as data. */
export type User = ReadonlyData<z.output<typeof user>>;

/** What became of a batch of invitations: one entry per person invited; none after a dry run. */
export const userInvitations = z.object({
  invitations: z.array(z.object({ row: z.number(), email: z.string(), invitation, user })),
  warnings: z.array(peopleWarning),
});

/** Whom others may reserve a desk for: the name of an active user with an active license, and nothing else of them (★c). */
export const colleague = z.object({ id: memberId, name: z.nullable(z.string()) });
/** {@link colleague} as data. */
export type Colleague = ReadonlyData<z.output<typeof colleague>>;

/** What a subscription leaves without effect, so that an Admin sees it before somebody misses it. */
export const subscriptionWarning = z.discriminatedUnion('code', [
  /** These users sign in by a method that the plan does not include: they cannot, until one of both is changed (S11). */
  z.object({ code: z.literal('sign-in-not-in-plan'), required: z.enum(plans), memberIds: z.array(memberId) }),
  /** No license is active, whoever holds one (S39). */
  z.object({ code: z.literal('subscription-lapsed'), endedAt: timestamp }),
]);

/**
 * What an organization has subscribed to, and what of it is used. A license is `reserved` by an open invitation and
 * `assigned` to a member who has accepted; `available` is what neither holds (S31).
 */
export const subscription = z.object({
  organizationId,
  plan: z.enum(plans),
  /** Licenses bought. */
  licenses: z.number(),
  /** From then on no license is active (S39); `null`: without end. */
  subscriptionEndsAt: z.nullable(timestamp),
  usage: z.object({ assigned: z.number(), reserved: z.number(), available: z.number() }),
  warnings: z.array(subscriptionWarning),
  /** The version of the organization, which the subscription belongs to. */
  version: z.number(),
});
/** {@link subscription} as data. */
export type Subscription = ReadonlyData<z.output<typeof subscription>>;

/** A desk of the workplace. */
export const desk = z.object({
  id: deskId,
  organizationId,
  name: z.string(),
  /** Whose own desk it is, seen by the caller. Somebody else's cannot be reserved (S5). */
  assigned: z.enum(['nobody', 'caller', 'other']),
  /** The user it is assigned to, for who may assign desks; for others only where it is themselves. */
  assignedTo: z.nullable(memberId),
  createdAt: timestamp,
});
/** {@link desk} as data. */
export type Desk = ReadonlyData<z.output<typeof desk>>;

/** A desk, for a person, for a period that ends right before `endsAt`. */
export const reservation = z.object({
  id: reservationId,
  organizationId,
  deskId,
  /** Who sits there. */
  memberId,
  /** Who made it. */
  creatorId: memberId,
  startsAt: timestamp,
  endsAt: timestamp,
  version: z.number(),
  createdAt: timestamp,
  cancelledAt: z.nullable(timestamp),
});
/** {@link reservation} as data. */
export type Reservation = ReadonlyData<z.output<typeof reservation>>;

const occupancy = { used: z.number(), total: z.number(), reservedMinutes: z.number() };

/**
 * How desks were used, computed from reservations (S7): per day the desks used of those there were, per desk the days
 * used of those it was there. Days are those of `timeZone`. No person is named.
 */
export const insights = z.object({
  organizationId,
  timeZone: z.string(),
  days: z.array(z.object({ date: z.string(), ...occupancy })),
  desks: z.array(z.object({ deskId, name: z.string(), ...occupancy })),
});
/** {@link insights} as data. */
export type Insights = ReadonlyData<z.output<typeof insights>>;
