import { and, asc, desc, eq, getTableColumns, gt, gte, isNull, lt, max, sql } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import type { EmbeddedDatabase } from './embedded-database.js';
import { attempt } from './schema/access.js';
import { auditEntry, event, idempotentReply } from './schema/record.js';
import { type Store, type TableName, tables, type Write } from './store.js';

/** Builds the store over an open embedded database, which it closes when disposed of. */
export function createEmbeddedStore({ client, orm }: EmbeddedDatabase): Store {
  let dirty = false;
  let maintenances = 0;
  return {
    // drizzle cannot follow a table chosen at run time; the row type is that table's own.
    rows: async (table) => (await orm.select().from(tables[table] as PgTable)) as never,

    heads: async () => ({
      events: await orm
        .select({ feedId: event.feedId, position: sql<number>`max(${event.position})`.mapWith(Number) })
        .from(event)
        .groupBy(event.feedId),
      audit: await auditHeads({ client, orm }),
    }),

    openAttempts: async () => await orm.select().from(attempt).where(isNull(attempt.endedAt)).orderBy(asc(attempt.id)),

    attempt: async (id) => (await orm.select().from(attempt).where(eq(attempt.id, id)))[0],

    attemptsOf: async (entranceId, { after, limit }) =>
      await orm
        .select()
        .from(attempt)
        .where(and(eq(attempt.entranceId, entranceId), after === undefined ? undefined : lt(attempt.id, after)))
        .orderBy(desc(attempt.id))
        .limit(limit),

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

    commit: async (writes) => {
      dirty = true;
      await client.transaction(async (transaction) => {
        for (const write of writes) {
          const { text, parameters } = statement(write);
          const { affectedRows } = await transaction.query(text, parameters);
          if (write.op !== 'insert' && affectedRows !== 1) throw new Error(`No ${write.table} to ${write.op}.`);
        }
      });
    },

    forgetReplies: async (before) => {
      await orm.delete(idempotentReply).where(lt(idempotentReply.createdAt, before));
    },

    maintain: async () => {
      if (!dirty) return;
      dirty = false;
      maintenances += 1;
      // PGlite runs PostgreSQL without its background processes: nobody else checkpoints or vacuums.
      await client.exec('checkpoint');
      if (maintenances % 60 === 0) await client.exec('vacuum analyze');
    },

    [Symbol.asyncDispose]: async () => {
      await client.close();
    },
  };
}

async function auditHeads({ orm }: EmbeddedDatabase) {
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

/** The texts of a table's two statements, made once: building them anew costs more than running them. */
interface TableStatements {
  readonly columns: readonly { readonly field: string; readonly encode: (value: unknown) => unknown }[];
  readonly insert: string;
  readonly update: string;
  readonly delete: string;
  /** The fields of the primary key, which are all that a deletion needs. */
  readonly keyFields: readonly string[];
}

function tableStatements(name: TableName): TableStatements {
  const table = tables[name];
  const config = getTableConfig(table);
  const columns = Object.entries(getTableColumns(table));
  const quoted = columns.map(([, column]) => `"${column.name}"`);
  const keyNames =
    config.primaryKeys[0]?.columns.map((column) => column.name) ??
    columns.filter(([, column]) => column.primary).map(([, column]) => column.name);
  const place = (columnName: string) => `$${columns.findIndex(([, column]) => column.name === columnName) + 1}`;
  const assignments = columns
    .filter(([, column]) => !keyNames.includes(column.name))
    .map(([, column]) => `"${column.name}" = ${place(column.name)}`);
  const key = keyNames.map((keyName) => `"${keyName}" = ${place(keyName)}`);
  return {
    columns: columns.map(([field, column]) => ({ field, encode: (value) => column.mapToDriverValue(value) })),
    insert: `insert into "${config.name}" (${quoted.join(', ')}) values (${quoted.map((_, i) => `$${i + 1}`).join(', ')})`,
    update: `update "${config.name}" set ${assignments.join(', ')} where ${key.join(' and ')}`,
    delete: `delete from "${config.name}" where ${keyNames.map((keyName, i) => `"${keyName}" = $${i + 1}`).join(' and ')}`,
    keyFields: keyNames.flatMap((keyName) =>
      columns.flatMap(([field, column]) => (column.name === keyName ? [field] : [])),
    ),
  };
}

const statements = Object.fromEntries(
  (Object.keys(tables) as TableName[]).map((name) => [name, tableStatements(name)]),
) as Readonly<Record<TableName, TableStatements>>;

function statement(write: Write): { readonly text: string; readonly parameters: unknown[] } {
  const table = statements[write.table];
  const row = write.row as Readonly<Record<string, unknown>>;
  if (write.op === 'delete') return { text: table.delete, parameters: table.keyFields.map((field) => row[field]) };
  return {
    text: table[write.op],
    parameters: table.columns.map(({ field, encode }) => {
      const value = row[field];
      return value === null || value === undefined ? null : encode(value);
    }),
  };
}
