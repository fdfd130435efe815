import { channels, hospitalityRoles, membershipStates, workplaceRoles } from '@latchwork/core';
import * as z from 'zod/mini';
import {
  apiKeyId,
  appId,
  credentialId,
  deskId,
  gatewayId,
  invitationId,
  memberId,
  organizationId,
  propertyId,
  sessionId,
} from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';
import { signInMethod } from './sign-in.js';

/** What can become of a mail; `uncertain`: the portal stopped while handing it over and never sends one twice. */
export const mailStates = ['queued', 'handing_over', 'sent', 'uncertain', 'failed', 'cancelled'] as const;

/** The way a request came in (G33). */
export const channel = z.enum(channels);

/**
 * An offer to become a member. What is offered, roles and properties, stands on the inactive member. Its link opens
 * the account set-up once and for seven days (G18, G52); `link_expired` never blocks removing or replacing it.
 */
export const invitation = z.object({
  id: invitationId,
  organizationId,
  memberId,
  state: z.enum(['open', 'link_expired', 'accepted', 'removed', 'replaced']),
  createdAt: timestamp,
  expiresAt: timestamp,
  /** What became of the mail with the link. */
  mail: z.enum(mailStates),
});
/** {@link invitation} as data. */
export type Invitation = ReadonlyData<z.output<typeof invitation>>;

/** A role on one property (G2). */
export const propertyAssignment = z.object({ propertyId, role: z.enum(hospitalityRoles) });

/**
 * A person's place in one organization. `inactive` until the invitation is accepted (G52). `assignments` are those on
 * properties that the reader is assigned to (G10); `workplace` is `null` for readers who do not manage users.
 */
export const member = z.object({
  id: memberId,
  organizationId,
  /** `null` until somebody says it: an address alone identifies an invitee (S2). */
  name: z.nullable(z.string()),
  email: z.string(),
  state: z.enum(membershipStates),
  organizationOwner: z.boolean(),
  assignments: z.array(propertyAssignment),
  workplace: z.nullable(z.object({ role: z.enum(workplaceRoles), licensed: z.boolean(), deskId: z.nullable(deskId) })),
  signInMethod,
  /** The open invitation; `null` once it is accepted or has ended. */
  invitation: z.nullable(invitation),
  /** Give it with an edit; another one there by then refuses the edit with `version-stale` (G23). */
  version: z.number(),
  createdAt: timestamp,
  activatedAt: z.nullable(timestamp),
  /** The last minute in which something was asked in this member's name. */
  lastSeenAt: z.nullable(timestamp),
});
/** {@link member} as data. */
export type Member = ReadonlyData<z.output<typeof member>>;

/** The channels a person can sign in on; the channel stays with the session. */
export const sessionChannel = z.enum(['portal_app', 'dashboard', 'mobile_app', 'web_reservation_portal']);

/** A signed-in member on one channel. */
export const session = z.object({
  id: sessionId,
  memberId,
  channel: sessionChannel,
  /** How the member signed in. */
  method: signInMethod,
  createdAt: timestamp,
  expiresAt: timestamp,
});
/** {@link session} as data. */
export type Session = ReadonlyData<z.output<typeof session>>;

/** Who did something; told apart by `kind`. */
export const actor = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('member'), memberId, channel }),
  z.object({ kind: z.literal('api-key'), apiKeyId, memberId, channel }),
  z.object({ kind: z.literal('app'), appId, memberId, channel }),
  z.object({ kind: z.literal('gateway'), gatewayId }),
  /** A member's phone that passed by a lock, as its own key shows. */
  z.object({ kind: z.literal('phone'), credentialId, memberId }),
  z.object({ kind: z.literal('operator') }),
  z.object({ kind: z.literal('system') }),
]);
/** {@link actor} as data. */
export type Actor = ReadonlyData<z.output<typeof actor>>;
