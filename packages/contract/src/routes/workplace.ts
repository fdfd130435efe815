import * as z from 'zod/mini';
import { deskId, memberId, organizationId, reservationId } from '../identifiers.js';
import { editHeaders, idempotencyHeaders } from '../inputs/headers.js';
import { removalInput } from '../inputs/removal.js';
import { pageQuery } from '../inputs/values.js';
import {
  deskInput,
  deskQuery,
  insightsQuery,
  reactivationInput,
  reservationEditInput,
  reservationInput,
  reservationQuery,
  subscriptionEditInput,
  userEditInput,
  userInvitationsInput,
} from '../inputs/workplace.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

const inOrganization = z.strictObject({ organizationId });
const ofUser = z.strictObject({ memberId });
const ofDesk = z.strictObject({ deskId });
const ofReservation = z.strictObject({ reservationId });

/** What every call of the workplace can be refused for besides the role: the channel, or the license (S39). */
const access = ['channel-not-allowed', 'license-required'] as const;

/**
 * Invites people to the workplace by e-mail address, all of them or none (S2, S4, S5, S31). Each takes a license from
 * now on. No mail leaves for a batch that is refused. With `dryRun` nothing is done and the reply, 200, has the warnings.
 */
export const inviteUsers = route(operations.inviteUsers, {
  summary: 'Invite users to the workplace',
  params: inOrganization,
  headers: idempotencyHeaders,
  body: userInvitationsInput,
  statuses: [201, 200],
  problems: [...access, 'batch-refused', 'license-shortfall', 'nobody-invited', 'plan-required', 'scheme-not-in-use'],
  auth: 'session-or-api-key',
  action: 'user.invite',
});

/** Lists the users of the workplace, invited and deactivated ones too, for its Admins (S3). */
export const listUsers = route(operations.listUsers, {
  summary: 'List the users of the workplace',
  params: inOrganization,
  query: pageQuery,
  statuses: [200],
  problems: access,
  auth: 'session-or-api-key',
  action: 'user.list',
});

/** Lists whom a desk can be reserved for, by name alone (★c). */
export const listColleagues = route(operations.listColleagues, {
  summary: 'List the people a desk can be reserved for',
  params: inOrganization,
  query: pageQuery,
  statuses: [200],
  problems: access,
  auth: 'session',
  action: 'reservation.manage',
});

/** Reads a user of the workplace. */
export const getUser = route(operations.getUser, {
  summary: 'Read a user of the workplace',
  params: ofUser,
  statuses: [200],
  problems: access,
  auth: 'session-or-api-key',
  action: 'user.list',
});

/** Changes a user's role, desk, license or sign-in method, also while the invitation is open (S38, S40). */
export const updateUser = route(operations.updateUser, {
  summary: "Change a user's role, desk, license or sign-in method",
  params: ofUser,
  headers: editHeaders,
  body: userEditInput,
  statuses: [200],
  problems: [
    ...access,
    'desk-not-found',
    'desk-taken',
    'email-immutable',
    'last-of-role',
    'license-shortfall',
    'not-a-user',
    'plan-required',
    'role-level-not-manageable',
    'scheme-not-in-use',
    'state-not-fitting',
  ],
  auth: 'session-or-api-key',
  action: 'user.manage',
});

/** Ends a user's access so that it can be given back later: the license and the desk are free, sessions end (S38). */
export const deactivateUser = route(operations.deactivateUser, {
  summary: 'Deactivate a user',
  params: ofUser,
  headers: idempotencyHeaders,
  statuses: [200],
  problems: [...access, 'last-of-role', 'not-a-user', 'role-level-not-manageable', 'state-not-fitting'],
  auth: 'session-or-api-key',
  action: 'user.manage',
});

/** Gives a deactivated user their access back; takes a license again. */
export const reactivateUser = route(operations.reactivateUser, {
  summary: 'Reactivate a user',
  params: ofUser,
  headers: idempotencyHeaders,
  body: reactivationInput,
  statuses: [200],
  problems: [...access, 'license-shortfall', 'plan-required', 'state-not-fitting'],
  auth: 'session-or-api-key',
  action: 'user.manage',
});

/** Removes a user from the organization for good, at once and everywhere; only a new invitation leads back (G41, G42). */
export const removeUser = route(operations.removeUser, {
  summary: 'Remove a user from the organization',
  params: ofUser,
  headers: idempotencyHeaders,
  body: removalInput,
  statuses: [200],
  problems: [...access, 'confirmation-required', 'last-of-role', 'role-level-not-manageable', 'state-not-fitting'],
  auth: 'session-or-api-key',
  action: 'user.manage',
});

/** Reads the subscription and what of it is used (S31). Without a workplace it takes `organization.manage`. */
export const getSubscription = route(operations.getSubscription, {
  summary: 'Read the subscription and how many licenses are used',
  params: inOrganization,
  statuses: [200],
  problems: access,
  auth: 'session-or-api-key',
  action: 'plan.manage',
});

/** Changes plan, licenses or end. Fewer licenses than are used are refused; what a smaller plan ends is in `warnings`. */
export const updateSubscription = route(operations.updateSubscription, {
  summary: 'Change plan, licenses or end of the subscription',
  params: inOrganization,
  headers: editHeaders,
  body: subscriptionEditInput,
  statuses: [200],
  problems: [...access, 'license-shortfall', 'last-of-role'],
  auth: 'session-or-api-key',
  action: 'plan.manage',
});

/** Adds a desk. */
export const createDesk = route(operations.createDesk, {
  summary: 'Add a desk',
  params: inOrganization,
  headers: idempotencyHeaders,
  body: deskInput,
  statuses: [201],
  problems: access,
  auth: 'session-or-api-key',
  action: 'workplace_settings.edit',
});

/** Lists the desks, for whoever may reserve one and for Admins; perhaps only those free in a period. */
export const listDesks = route(operations.listDesks, {
  summary: 'List the desks, perhaps only those free in a period',
  params: inOrganization,
  query: deskQuery,
  statuses: [200],
  problems: [...access, 'forbidden', 'not-found', 'period-invalid', 'period-past'],
  auth: 'session-or-api-key',
  action: null,
});

/** Takes a desk out of use; whoever it is assigned to has to be given another first. Cancels what was reserved there from now on. */
export const removeDesk = route(operations.removeDesk, {
  summary: 'Remove a desk and cancel its reservations from now on',
  params: ofDesk,
  headers: idempotencyHeaders,
  statuses: [200],
  problems: [...access, 'desk-taken'],
  auth: 'session-or-api-key',
  action: 'workplace_settings.edit',
});

/** Why a wish about reservations is refused, besides who asks. */
const reservationProblems = [
  ...access,
  'forbidden',
  'not-found',
  'desk-not-found',
  'desk-taken',
  'desk-reserved',
  'holder-not-licensed',
  'period-invalid',
  'period-past',
] as const;

/** Reserves a desk: for oneself, or, in the dashboard, for a colleague (S7, S8). */
export const createReservation = route(operations.createReservation, {
  summary: 'Reserve a desk',
  params: inOrganization,
  headers: idempotencyHeaders,
  body: reservationInput,
  statuses: [201],
  problems: reservationProblems,
  auth: 'session',
  action: null,
});

/** Lists reservations, cancelled ones too: one's own, and everybody's in the dashboard of who may manage them (S7). */
export const listReservations = route(operations.listReservations, {
  summary: 'List reservations',
  params: inOrganization,
  query: reservationQuery,
  statuses: [200],
  problems: [...access, 'forbidden', 'not-found'],
  auth: 'session',
  action: null,
});

/** Reads a reservation. */
export const getReservation = route(operations.getReservation, {
  summary: 'Read a reservation',
  params: ofReservation,
  statuses: [200],
  problems: [...access, 'forbidden', 'not-found'],
  auth: 'session',
  action: null,
});

/** Moves a reservation to another desk or period. */
export const updateReservation = route(operations.updateReservation, {
  summary: 'Move a reservation to another desk or period',
  params: ofReservation,
  headers: editHeaders,
  body: reservationEditInput,
  statuses: [200],
  problems: [...reservationProblems, 'reservation-ended'],
  auth: 'session',
  action: null,
});

/** Cancels a reservation, or what is left of it; repeating it changes nothing and answers the same. */
export const cancelReservation = route(operations.cancelReservation, {
  summary: 'Cancel a reservation',
  params: ofReservation,
  headers: idempotencyHeaders,
  statuses: [200],
  problems: [...access, 'forbidden', 'not-found', 'reservation-ended'],
  auth: 'session',
  action: null,
});

/** Reads how the desks were used over some days, for Coordinators and Admins in the dashboard (S7). */
export const getInsights = route(operations.getInsights, {
  summary: 'Read how the desks were used',
  params: inOrganization,
  query: insightsQuery,
  statuses: [200],
  problems: [...access, 'period-invalid'],
  auth: 'session',
  action: 'insights.view',
});
