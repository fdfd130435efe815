import type { Event } from '@latchwork/contract';
import type { AttemptId, OrganizationId, PropertyId } from '@latchwork/core';
import { bigint, index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';

/** The event feeds, one per property and one per organization for what concerns no property: dense positions, which are the cursors. */
export const event = pgTable(
  'event',
  {
    feedId: text('feed_id').$type<FeedId>().notNull(),
    position: bigint('position', { mode: 'number' }).notNull(),
    /** The event as the API writes it, except for its cursor, which is the position. */
    body: jsonb('body').$type<StoredEvent>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.feedId, table.position] })],
);

/** What has a feed of its own. */
export type FeedId = PropertyId | OrganizationId;

type WithoutCursor<Wire> = Wire extends { readonly cursor: string } ? Omit<Wire, 'cursor'> : never;

/** An event without its place in the feed. */
export type StoredEvent = WithoutCursor<Event>;

/** The audit of an organization: each entry's hash covers the hash before it, so nothing can be edited or taken out unseen. */
export const auditEntry = pgTable(
  'audit_entry',
  {
    organizationId: text('organization_id').$type<OrganizationId>().notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    entry: text('entry').notNull(),
    hash: text('hash').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.seq] })],
);

/** Replies kept for a repeated request with the same idempotency key; sealed, for some carry a secret shown once. */
export const idempotentReply = pgTable(
  'idempotent_reply',
  {
    scope: text('scope').notNull(),
    key: text('key').notNull(),
    requestHash: text('request_hash').notNull(),
    status: integer('status').notNull(),
    replySealed: text('reply_sealed'),
    attemptId: text('attempt_id').$type<AttemptId>(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.key] }), index('idempotent_reply_age').on(table.createdAt)],
);
