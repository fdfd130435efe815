import type { LockLogEntry, LogMessage } from '@latchwork/contract';
import type { DeviceId, GatewayId, Instant, PropertyId } from '@latchwork/core';
import { bigint, boolean, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';

/** The logs of locks, as the locks signed them: an entry is of one lock, of its log since so many resets, and has one number there. */
export const lockLog = pgTable(
  'lock_log',
  {
    deviceId: text('device_id').$type<DeviceId>().notNull(),
    propertyId: text('property_id').$type<PropertyId>().notNull(),
    resets: bigint('resets', { mode: 'number' }).notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    /** The 32 bytes as the lock wrote them, in hex. */
    entry: text('entry').notNull(),
    /** What it says, and of whom, as far as that was known when it came. */
    account: jsonb('account').$type<EntryAccount>().notNull(),
    /** By the lock's clock; `null` where it knew no time. */
    occurredAt: instant('occurred_at'),
    /** Whether it was learned too late for anybody to act upon. */
    historical: boolean('historical').notNull(),
    receivedAt: instant('received_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.deviceId, table.resets, table.seq] })],
);

/** An entry put into words. */
export type EntryAccount = Pick<
  LockLogEntry,
  | 'entry'
  | 'code'
  | 'action'
  | 'clock'
  | 'attemptId'
  | 'credentialId'
  | 'keyCardId'
  | 'keyId'
  | 'holderId'
  | 'unattributed'
  | 'missing'
>;

/** How far the log of each lock was read and proven. */
export const lockReader = pgTable('lock_reader', {
  deviceId: text('device_id').$type<DeviceId>().primaryKey(),
  propertyId: text('property_id').$type<PropertyId>().notNull(),
  reader: jsonb('reader').$type<StoredLogReader>().notNull(),
  /** The newest entry that somebody spoke of whose word proves nothing; `null`: nothing newer than was read. */
  told: jsonb('told').$type<ToldEntry>(),
  /** What is missing for longer than a reader waits (T12); `null`: nothing. */
  withheld: jsonb('withheld').$type<StoredRange>(),
  /** The lock's own time when entries were last found to be gone for good: what was done before may be among them. */
  lostAt: instant('lost_at'),
  /** What a gateway last told of a reading. */
  lastReading: jsonb('last_reading').$type<LockReading>(),
  updatedAt: instant('updated_at').notNull(),
});

/** A range of sequence numbers, both included. */
export interface StoredRange {
  readonly from: number;
  readonly to: number;
}

/** Where a chain stands; the hash in hex. */
export interface StoredHead {
  readonly seq: number;
  readonly hash: string;
}

/** A reader of the lock-protocol package without what it may forget: entries that do not connect yet. Times are epoch ms. */
export interface StoredLogReader {
  readonly cursor: StoredHead & { readonly resets: number };
  readonly newest: {
    readonly seq: number;
    readonly issuedAt: number;
    readonly quality: 'none' | 'stale' | 'good';
    readonly since: number;
  };
  readonly heads: readonly StoredHead[];
  readonly overwritten: number;
  readonly acknowledged: number;
  readonly awaited?: { readonly seq: number; readonly since: number };
  readonly unexplained: readonly (StoredRange & { readonly by: number })[];
  readonly previous?: StoredHead & { readonly resets: number };
}

/** Entries that are said to be there, by whoever told how an unlock ended. */
export interface ToldEntry {
  /** The one that is waited for, and since when. */
  readonly seq: number;
  readonly since: Instant;
  /** The newest that was told of. */
  readonly newest: number;
  /** The gateway that brought the first word; `null`: none. */
  readonly gatewayId: GatewayId | null;
}

/** What a gateway told of a reading: its account. */
export type LockReading = Pick<LogMessage, 'outcome' | 'code'> & { readonly occurredAt: Instant };
