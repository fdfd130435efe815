import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PGlite, Transaction } from '@electric-sql/pglite';
import { getTableName } from 'drizzle-orm';
import { Client } from 'pg';
import type { Log } from '../log.js';
import { PortalError } from '../portal-error.js';
import type { Secret } from '../secret.js';
import { openEmbeddedDatabase } from './embedded-database.js';
import { openPostgresStore } from './postgres-store.js';
import { installation } from './schema/ledger.js';
import { tables } from './store.js';

/** What was moved. */
export interface Moved {
  readonly rows: number;
}

const rowsAtOnce = 500;

/**
 * Copies everything in a data directory's embedded database to an empty database on a PostgreSQL server, in one transaction.
 * The directory must be held by this process; it is left as it is.
 *
 * @throws PortalError `store-failed` without an embedded database, `database-unusable` when the other cannot be had or is
 * not empty; then nothing was copied.
 */
export async function moveToServer(from: {
  readonly dataDir: string;
  readonly databaseUrl: Secret;
  readonly log: Log;
}): Promise<Moved> {
  const path = join(from.dataDir, 'db');
  if (!existsSync(path)) throw new PortalError({ code: 'store-failed', path });
  const { client: source } = await openEmbeddedDatabase(path);
  try {
    // Makes the tables.
    const store = await openPostgresStore({ url: from.databaseUrl, log: from.log });
    await store[Symbol.asyncDispose]();
    return { rows: await copy(source, from.databaseUrl) };
  } finally {
    await source.close();
  }
}

async function copy(source: PGlite, url: Secret): Promise<number> {
  const target = new Client({ connectionString: url.reveal() });
  await target.connect();
  try {
    await target.query('begin');
    // No portal may write to it meanwhile.
    await target.query(`lock table ${[...names(), '"ledger_head"'].join(', ')} in exclusive mode`);
    for (const name of names()) {
      const { rows } = await target.query(`select 1 from ${name} limit 1`);
      if (rows.length > 0) throw new PortalError({ code: 'database-unusable', cause: 'not empty' });
    }
    const count = await source.transaction(async (transaction) => {
      let copied = 0;
      for (const name of names()) copied += await copyTable(transaction, target, name);
      return copied;
    });
    // A portal that began before finds a version that no change leads to, and loads everything anew.
    await target.query('update ledger_head set version = version + 1, follows = version');
    await target.query('commit');
    return count;
  } finally {
    // What is not committed by now never is.
    await target.end();
  }
}

async function copyTable(source: Transaction, target: Client, name: string): Promise<number> {
  // As JSON, so that the names of the columns join the rows and neither driver touches a value.
  await source.exec(`declare moving cursor for select row_to_json(moved)::text as row from ${name} as moved`);
  let copied = 0;
  for (;;) {
    const { rows } = await source.query<{ readonly row: string }>(`fetch ${rowsAtOnce} from moving`);
    if (rows.length === 0) break;
    const recordset = `[${rows.map(({ row }) => row).join(',')}]`;
    await target.query(`insert into ${name} select * from json_populate_recordset(null::${name}, $1)`, [recordset]);
    copied += rows.length;
  }
  await source.exec('close moving');
  return copied;
}

function names(): readonly string[] {
  return [...Object.values(tables), installation].map((table) => `"${getTableName(table)}"`);
}
