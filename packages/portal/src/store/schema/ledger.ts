import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

/**
 * How many commits there were: one row, with which each commit of several processes says which version it follows. The
 * check makes one that follows anything but the last fail as a whole. The embedded database has one writer and no row.
 */
export const ledgerHead = pgTable(
  'ledger_head',
  {
    /** Always 1. */
    id: integer('id').primaryKey(),
    version: bigint('version', { mode: 'number' }).notNull(),
    follows: bigint('follows', { mode: 'number' }).notNull(),
  },
  (table) => [check('ledger_head_follows', sql`${table.version} = ${table.follows} + 1`)],
);

/** What each commit wrote, for the other processes to take over; forgotten after a while. */
export const ledgerChange = pgTable(
  'ledger_change',
  {
    version: bigint('version', { mode: 'number' }).primaryKey(),
    /** The commit's own name, by which its writer finds out what became of it when the answer was lost. */
    commitId: text('commit_id').notNull(),
    /** JSON, as text: it is written and read whole. */
    change: text('change').notNull(),
    committedAt: timestamp('committed_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('ledger_change_age').on(table.committedAt)],
);

/** What is true of the installation as a whole: one row. */
export const installation = pgTable('installation', {
  /** Always 1. */
  id: integer('id').primaryKey(),
  /** A known text, sealed: a portal whose sealing key does not open it holds another key than the one before. */
  sealingCheck: text('sealing_check').notNull(),
});
