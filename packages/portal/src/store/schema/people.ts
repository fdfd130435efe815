import type {
  AccountId,
  Action,
  DeskId,
  Grantor,
  HospitalityRole,
  Instant,
  InvitationEnd,
  InvitationId,
  MemberId,
  MembershipState,
  OrganizationId,
  PropertyId,
  ReservationId,
  SignInMethod,
  WorkplaceRole,
} from '@latchwork/core';
import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';

/**
 * Persons within an organization. `emailKey` is the e-mail trimmed and in lower case (G14); it names at most one member
 * of an organization who is not removed. A removed member's row stays, for the history (G42).
 */
export const member = pgTable(
  'member',
  {
    id: text('id').$type<MemberId>().primaryKey(),
    organizationId: text('organization_id').$type<OrganizationId>().notNull(),
    /** What the person signs in with; `null` until an invitation is accepted. */
    accountId: text('account_id').$type<AccountId>(),
    /** `null` until somebody says it: an address alone identifies an invitee (S2). */
    name: text('name'),
    email: text('email').notNull(),
    emailKey: text('email_key').notNull(),
    state: text('state').$type<MembershipState>().notNull(),
    organizationOwner: boolean('organization_owner').notNull(),
    /** `null`: no place in the workplace scheme. */
    workplaceRole: text('workplace_role').$type<WorkplaceRole>(),
    licensed: boolean('licensed').notNull(),
    deskId: text('desk_id').$type<DeskId>(),
    signInMethod: text('sign_in_method').$type<SignInMethod>().notNull(),
    version: integer('version').notNull(),
    createdAt: instant('created_at').notNull(),
    activatedAt: instant('activated_at'),
    /** The last day something was asked with a session or token of this member; kept to the minute. */
    lastSeenAt: instant('last_seen_at'),
    /** When the member was deactivated or removed, last. */
    endedAt: instant('ended_at'),
    /** Properties that the member was assigned to and is not any more: a repeated removal there is answered the same (G40). */
    formerPropertyIds: jsonb('former_property_ids').$type<readonly PropertyId[]>().notNull(),
    /** What was permitted to the member in the last months, for the access review (G48). */
    actionsUsed: jsonb('actions_used').$type<readonly ActionUse[]>().notNull(),
  },
  (table) => [
    uniqueIndex('member_email').on(table.organizationId, table.emailKey).where(sql`state <> 'removed'`),
    index('member_account').on(table.accountId),
  ],
);

/** One action that was permitted to a member, and the last day of it. */
export interface ActionUse {
  readonly action: Action;
  readonly propertyId: PropertyId | null;
  readonly lastAt: Instant;
}

/** Which role a member has on which property (G2). */
export const assignment = pgTable(
  'assignment',
  {
    memberId: text('member_id').$type<MemberId>().notNull(),
    propertyId: text('property_id').$type<PropertyId>().notNull(),
    role: text('role').$type<HospitalityRole>().notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.memberId, table.propertyId] })],
);

/** Invitations, each of one member; an ended one stays. What is offered stands on the inactive member. */
export const invitation = pgTable('invitation', {
  id: text('id').$type<InvitationId>().primaryKey(),
  organizationId: text('organization_id').$type<OrganizationId>().notNull(),
  memberId: text('member_id').$type<MemberId>().notNull(),
  grantor: jsonb('grantor').$type<Grantor>().notNull(),
  expiresAt: instant('expires_at').notNull(),
  createdAt: instant('created_at').notNull(),
  /** Both `null` while it is open. */
  endedAt: instant('ended_at'),
  endedAs: text('ended_as').$type<InvitationEnd>(),
});

/** Reservations of desks, half open in time. */
export const reservation = pgTable(
  'reservation',
  {
    id: text('id').$type<ReservationId>().primaryKey(),
    organizationId: text('organization_id').$type<OrganizationId>().notNull(),
    deskId: text('desk_id').$type<DeskId>().notNull(),
    memberId: text('member_id').$type<MemberId>().notNull(),
    creatorId: text('creator_id').$type<MemberId>().notNull(),
    startsAt: instant('starts_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    version: integer('version').notNull(),
    createdAt: instant('created_at').notNull(),
    cancelledAt: instant('cancelled_at'),
  },
  (table) => [index('reservation_desk').on(table.deskId, table.startsAt)],
);
