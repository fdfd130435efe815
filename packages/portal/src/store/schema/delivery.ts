import type {
  EventId,
  InvitationId,
  MailId,
  MemberId,
  OrganizationId,
  PropertyId,
  WebhookDeliveryId,
  WebhookEndpointId,
} from '@latchwork/core';
import { bigint, index, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';
import type { FeedId } from './record.js';

/** Mails to send, written with what they tell of and sent after the commit. */
export const mail = pgTable(
  'mail',
  {
    id: text('id').$type<MailId>().primaryKey(),
    organizationId: text('organization_id').$type<OrganizationId>().notNull(),
    memberId: text('member_id').$type<MemberId>().notNull(),
    invitationId: text('invitation_id').$type<InvitationId>(),
    kind: text('kind').$type<MailKind>().notNull(),
    /** The set-up link the mail carries, by the hash of its token: once that has ended, the mail is not sent. */
    linkHash: text('link_hash'),
    /** Address and token or notice, sealed: a link opens an account. Emptied once the mail is out or given up. */
    contentSealed: text('content_sealed').notNull(),
    state: text('state').$type<MailState>().notNull(),
    attempts: integer('attempts').notNull(),
    nextAttemptAt: instant('next_attempt_at').notNull(),
    /** What the last server answered, or what failed; never an address or a link. */
    lastFault: text('last_fault'),
    createdAt: instant('created_at').notNull(),
    endedAt: instant('ended_at'),
  },
  (table) => [index('mail_due').on(table.state, table.nextAttemptAt)],
);

/** What a mail tells: S13, G18, S40; a notice tells an Admin how automatic sync fares. */
export type MailKind = LinkMailKind | 'directory_notice';

/** What a mail tells that carries a link. */
export type LinkMailKind = 'onboarding' | 'account_setup' | 'set_password';

/**
 * `handing_over` from right before the server is given the end of the mail until its answer is stored: whoever finds it
 * after a crash cannot know, says `uncertain` and never sends it again, so that nobody gets it twice.
 */
export type MailState = 'queued' | 'handing_over' | 'sent' | 'uncertain' | 'failed' | 'cancelled';

/** Addresses that events are sent to (Standard Webhooks). */
export const webhookEndpoint = pgTable('webhook_endpoint', {
  id: text('id').$type<WebhookEndpointId>().primaryKey(),
  organizationId: text('organization_id').$type<OrganizationId>().notNull(),
  url: text('url').notNull(),
  /** `null`: every type. */
  eventTypes: jsonb('event_types').$type<readonly string[]>(),
  /** `null`: every property of the organization. */
  propertyIds: jsonb('property_ids').$type<readonly PropertyId[]>(),
  /** The newest first; an older one still signs until its time is over. */
  secrets: jsonb('secrets').$type<readonly WebhookSecret[]>().notNull(),
  state: text('state').$type<'enabled' | 'disabled' | 'removed'>().notNull(),
  /** `null` exactly while it is enabled. */
  disabledBecause: text('disabled_because').$type<'asked' | 'gone' | 'failing'>(),
  /** Since when no attempt has succeeded; `null` after one that has. */
  failingSince: instant('failing_since'),
  version: integer('version').notNull(),
  createdAt: instant('created_at').notNull(),
});

/** One signing secret of an endpoint. */
export interface WebhookSecret {
  readonly sealed: string;
  /** `null`: the current one. */
  readonly endsAt: number | null;
}

/** One event to send to one endpoint. */
export const webhookDelivery = pgTable(
  'webhook_delivery',
  {
    id: text('id').$type<WebhookDeliveryId>().primaryKey(),
    endpointId: text('endpoint_id').$type<WebhookEndpointId>().notNull(),
    /** Where the event stands: its feed and its position there. */
    feedId: text('feed_id').$type<FeedId>().notNull(),
    position: bigint('position', { mode: 'number' }).notNull(),
    eventId: text('event_id').$type<EventId>().notNull(),
    eventType: text('event_type').notNull(),
    state: text('state').$type<'pending' | 'delivered' | 'dead' | 'cancelled'>().notNull(),
    attempts: integer('attempts').notNull(),
    nextAttemptAt: instant('next_attempt_at').notNull(),
    /** After it a failing delivery is dead. */
    giveUpAt: instant('give_up_at').notNull(),
    lastStatus: integer('last_status'),
    lastFault: text('last_fault'),
    createdAt: instant('created_at').notNull(),
    endedAt: instant('ended_at'),
  },
  (table) => [
    index('webhook_delivery_due').on(table.state, table.endpointId, table.nextAttemptAt),
    index('webhook_delivery_endpoint').on(table.endpointId, table.id),
    index('webhook_delivery_ended').on(table.endedAt),
  ],
);
