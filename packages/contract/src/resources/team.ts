import { hospitalityStandings, membershipStates, workplaceRoles } from '@latchwork/core';
import * as z from 'zod/mini';
import { memberId, organizationId, propertyId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';
import { actor, invitation, member, propertyAssignment } from './member.js';
import { peopleWarning } from './people-warning.js';

/** An invitation with the member it makes, who has the roles that it offers. */
export const teamInvitation = z.object({ invitation, member });
/** {@link teamInvitation} as data. */
export type TeamInvitation = ReadonlyData<z.output<typeof teamInvitation>>;

/** What became of a batch of invitations: one entry per person invited, none after a dry run; rows count from 0. */
export const teamInvitations = z.object({
  invitations: z.array(z.object({ row: z.number(), email: z.string(), invitation, member })),
  warnings: z.array(peopleWarning),
});
/** {@link teamInvitations} as data. */
export type TeamInvitations = ReadonlyData<z.output<typeof teamInvitations>>;

/** The least that somebody has to be who is to do certain things, in each scheme they belong to (G48). */
export const roleSuggestion = z.object({
  hospitality: z.nullable(z.enum(hospitalityStandings)),
  workplace: z.nullable(z.enum(workplaceRoles)),
  /** What no role permits; the suggestion leaves it out. */
  uncovered: z.array(z.string()),
});
/** {@link roleSuggestion} as data. */
export type RoleSuggestion = ReadonlyData<z.output<typeof roleSuggestion>>;

/** Something about somebody's access to look at; nothing of it is forbidden. */
export const accessFinding = z.discriminatedUnion('code', [
  /** G50, G52: invited, and has not come. */
  z.object({ code: z.literal('never-accepted'), expired: z.boolean() }),
  /** G50, in the other meaning of inactive: not seen for the days asked about; `since` is the last time, `null` for never. */
  z.object({ code: z.literal('not-seen'), since: z.nullable(timestamp) }),
  /** G48: all that was done in the last 90 days is permitted to a smaller role; `propertyId` is `null` for the flag and the workplace. */
  z.object({
    code: z.literal('could-be-lower'),
    propertyId: z.nullable(propertyId),
    role: z.string(),
    suggested: z.string(),
  }),
]);

/** One member as a review of access shows them: who has what, since when, and whether it is used (G49). */
export const reviewedMember = z.object({
  memberId,
  name: z.nullable(z.string()),
  email: z.string(),
  state: z.enum(membershipStates),
  organizationOwner: z.boolean(),
  assignments: z.array(propertyAssignment),
  workplaceRole: z.nullable(z.enum(workplaceRoles)),
  createdAt: timestamp,
  lastSeenAt: z.nullable(timestamp),
  /** Keys held that still open something. */
  keys: z.number(),
  findings: z.array(accessFinding),
});
/** {@link reviewedMember} as data. */
export type ReviewedMember = ReadonlyData<z.output<typeof reviewedMember>>;

const auditValue = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);

/**
 * One line of an organization's audit: who did what to which things. `hash` covers the entry and the hash before it, so
 * nothing can be edited or taken out unseen.
 */
export const auditEntry = z.object({
  organizationId,
  /** From 1, without a gap. */
  seq: z.number(),
  at: timestamp,
  action: z.string(),
  actor,
  propertyId: z.nullable(propertyId),
  /** Ids and codes; never a name, an address, a token or a secret. */
  subject: z.record(z.string(), auditValue),
  hash: z.string(),
});
/** {@link auditEntry} as data. */
export type AuditEntry = ReadonlyData<z.output<typeof auditEntry>>;
