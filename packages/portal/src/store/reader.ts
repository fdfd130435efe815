import { and, asc, desc, eq, gt, gte, inArray, isNull, lt, max, or, sql } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT, PgTable } from 'drizzle-orm/pg-core';
import { createDeliveryReader } from './delivery-reader.js';
import { attempt } from './schema/access.js';
import { directoryReviewChunk, syncReceipt } from './schema/directory.js';
import { lockLog } from './schema/lock-log.js';
import { auditEntry, event, idempotentReply } from './schema/record.js';
import { oauthRecord } from './schema/sign-in.js';
import { type Reader, tables } from './store.js';

/** A drizzle over either engine. */
export type Orm = PgDatabase<PgQueryResultHKT>;

/** Reads the tables; the same queries on every engine. */
export function createReader(orm: Orm): Reader {
  return {
    ...createDeliveryReader(orm),

    // drizzle cannot follow a table chosen at run time; the row type is that table's own.
    rows: async (table) => (await orm.select().from(tables[table] as PgTable)) as never,

    heads: async () => ({
      events: await orm
        .select({ feedId: event.feedId, position: sql<number>`max(${event.position})`.mapWith(Number) })
        .from(event)
        .groupBy(event.feedId),
      audit: await auditHeads(orm),
    }),

    openAttempts: async () =>
      await orm
        .select()
        .from(attempt)
        .where(
          or(isNull(attempt.endedAt), eq(attempt.state, 'unknown'), eq(sql`${attempt.result} ->> 'toldBy'`, 'phone')),
        )
        .orderBy(asc(attempt.id)),

    attempt: async (id) => (await orm.select().from(attempt).where(eq(attempt.id, id)))[0],

    attemptsOf: async (entranceId, { after, limit }) =>
      await orm
        .select()
        .from(attempt)
        .where(and(eq(attempt.entranceId, entranceId), after === undefined ? undefined : lt(attempt.id, after)))
        .orderBy(desc(attempt.id))
        .limit(limit),

    attemptsOfCommands: async (deviceId, commandIds) =>
      commandIds.length === 0
        ? []
        : await orm
            .select()
            .from(attempt)
            .where(and(eq(attempt.deviceId, deviceId), inArray(attempt.commandId, [...commandIds])))
            .orderBy(asc(attempt.id)),

    lockLogOf: async (deviceId, { after, limit }) =>
      await orm
        .select()
        .from(lockLog)
        .where(
          and(
            eq(lockLog.deviceId, deviceId),
            after === undefined
              ? undefined
              : or(lt(lockLog.resets, after.resets), and(eq(lockLog.resets, after.resets), lt(lockLog.seq, after.seq))),
          ),
        )
        .orderBy(desc(lockLog.resets), desc(lockLog.seq))
        .limit(limit),

    lockLogOfCommands: async (deviceId, commandIds) =>
      commandIds.length === 0
        ? []
        : await orm
            .select()
            .from(lockLog)
            .where(and(eq(lockLog.deviceId, deviceId), inArray(sql`right(${lockLog.entry}, 16)`, [...commandIds])))
            .orderBy(asc(lockLog.resets), asc(lockLog.seq)),

    events: async (feedId, { after, limit }) =>
      await orm
        .select()
        .from(event)
        .where(and(eq(event.feedId, feedId), gt(event.position, after ?? 0)))
        .orderBy(asc(event.position))
        .limit(limit),

    audit: async (organizationId, { after, limit }) =>
      await orm
        .select()
        .from(auditEntry)
        .where(and(eq(auditEntry.organizationId, organizationId), gt(auditEntry.seq, after ?? 0)))
        .orderBy(asc(auditEntry.seq))
        .limit(limit),

    idempotentRequests: async (since) =>
      await orm
        .select({
          scope: idempotentReply.scope,
          key: idempotentReply.key,
          requestHash: idempotentReply.requestHash,
          createdAt: idempotentReply.createdAt,
        })
        .from(idempotentReply)
        .where(gte(idempotentReply.createdAt, since))
        .orderBy(asc(idempotentReply.createdAt)),

    idempotentReply: async (scope, key) =>
      (
        await orm
          .select()
          .from(idempotentReply)
          .where(and(eq(idempotentReply.scope, scope), eq(idempotentReply.key, key)))
      )[0],

    oauthRecord: async (id) => (await orm.select().from(oauthRecord).where(eq(oauthRecord.id, id)))[0],

    oauthRecordByUid: async (uidHash) =>
      (await orm.select().from(oauthRecord).where(eq(oauthRecord.uidHash, uidHash)))[0],

    reviewChunks: async (reviewId, { from, count }) =>
      await orm
        .select()
        .from(directoryReviewChunk)
        .where(
          and(
            eq(directoryReviewChunk.reviewId, reviewId),
            gte(directoryReviewChunk.position, from),
            lt(directoryReviewChunk.position, from + count),
          ),
        )
        .orderBy(asc(directoryReviewChunk.position)),

    syncReceipts: async (syncRunId, { after, limit }) =>
      await orm
        .select()
        .from(syncReceipt)
        .where(and(eq(syncReceipt.syncRunId, syncRunId), gt(syncReceipt.position, after ?? -1)))
        .orderBy(asc(syncReceipt.position))
        .limit(limit),
  };
}

async function auditHeads(orm: Orm) {
  const last = orm
    .select({ organizationId: auditEntry.organizationId, seq: max(auditEntry.seq).as('last_seq') })
    .from(auditEntry)
    .groupBy(auditEntry.organizationId)
    .as('last');
  return await orm
    .select({ organizationId: auditEntry.organizationId, seq: auditEntry.seq, hash: auditEntry.hash })
    .from(auditEntry)
    .innerJoin(last, and(eq(auditEntry.organizationId, last.organizationId), eq(auditEntry.seq, last.seq)));
}
