import { randomUUID } from 'node:crypto';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { Client, type ClientConfig, Pool } from 'pg';
import { createClosingStack } from '../closing-stack.js';
import type { Log } from '../log.js';
import { PortalError } from '../portal-error.js';
import type { Secret } from '../secret.js';
import { advisoryLocks, runningClass } from './advisory-locks.js';
import { createForgetting } from './forgetting.js';
import { startLease } from './lease.js';
import { migrationsFolder } from './migrations-folder.js';
import { createPostgresPeers, newPeerNumber, ownChannelOf } from './peers.js';
import { unavailability } from './postgres-connection.js';
import { type ChangesKept, createPostgresLog } from './postgres-log.js';
import { startPostgresSession } from './postgres-session.js';
import { createReader } from './reader.js';
import { keepSealingCheck } from './sealing-check.js';
import type { Store } from './store.js';
import { transactionStatements } from './transaction-text.js';
import { wordingOf } from './wording.js';

/** Which database, and what is worth varying. */
export interface PostgresStoreOptions {
  /** With the password in it. */
  readonly url: Secret;
  readonly log: Log;
  readonly kept?: ChangesKept;
}

const defaultKept: ChangesKept = { count: 1_000, forMs: 10 * 60 * 1000 };
// Two for the log and the session, these for reading lists and single rows.
const readConnections = 4;

/**
 * Connects to a PostgreSQL server (14 or newer), brings its tables up to date and joins the processes that are on it. The
 * connection must be one's own: a pooler that hands connections around breaks the locks and the notifications.
 *
 * @throws PortalError `database-unusable`
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const config = connectionConfig(options.url);
  const opened = createClosingStack();
  try {
    await bringUpToDate(config);
    return await join(options, config, opened);
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw new PortalError({ code: 'database-unusable', cause: reasonOf(error) }, { cause: error });
  }
}

async function join(
  { log, kept }: PostgresStoreOptions,
  config: ClientConfig,
  opened: ReturnType<typeof createClosingStack>,
): Promise<Store> {
  const number = newPeerNumber();
  const session = opened.use(
    await startPostgresSession({
      config,
      log,
      ownChannel: ownChannelOf(number),
      prepare: async (client) => {
        // Shared with this process's own session from before, which the server may not have noticed to be gone.
        await client.query('select pg_advisory_lock_shared($1, $2)', [runningClass, number]);
      },
    }),
  );
  const pool = new Pool({ ...config, max: readConnections });
  // An idle connection that breaks is replaced when it is needed.
  pool.on('error', () => undefined);
  opened.defer(async () => await pool.end());
  const orm = drizzle(pool);
  const changes = opened.use(createPostgresLog({ config, session, kept: kept ?? defaultKept }));
  const lease = opened.use(await startLease(session));

  return {
    ...translated(createReader(orm)),

    log: changes,

    peers: createPostgresPeers({ number, session, lease }),

    isReachable: () => session.isOpen,

    snapshot: async (read) =>
      await orTranslated(async () => {
        const client = await pool.connect();
        try {
          await client.query('begin isolation level repeatable read read only');
          const { rows } = await client.query('select version from ledger_head where id = 1');
          const result = await read(createReader(drizzle(client)));
          await client.query('commit');
          client.release();
          return { version: Number(rows[0]?.version), result };
        } catch (error) {
          client.release(true);
          throw error;
        }
      }),

    commit: async (writes, wording) => {
      // Overtaken only where a connection was lost on the way, and then it is certain that nothing was written.
      const once = async () => await changes.commitAlone(async () => ({ commitId: randomUUID(), writes, wording }));
      while ((await once()) === 'overtaken');
    },

    wording: (writes) => wordingOf(writes, { inWords: transactionStatements, logged: true }),

    sealingCheck: async (make) => await orTranslated(async () => await keepSealingCheck(orm, make)),

    ...translated(createForgetting(orm)),

    maintain: async () => await changes.forget(),

    [Symbol.asyncDispose]: async () => await opened[Symbol.asyncDispose](),
  };
}

function connectionConfig(url: Secret): ClientConfig {
  return {
    connectionString: url.reveal(),
    application_name: 'latchwork-portal',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    // A network that swallows everything must not hold a request for ever, nor a frozen portal hold the others.
    query_timeout: 35_000,
    statement_timeout: 30_000,
    lock_timeout: 10_000,
    idle_in_transaction_session_timeout: 10_000,
  };
}

/** Creates or changes the tables; of processes that start at once one does it and the others wait. */
async function bringUpToDate(config: ClientConfig): Promise<void> {
  // Tables may be large and another process may be at it: here nothing is cut short.
  const client = new Client({ ...config, query_timeout: 0, statement_timeout: 0, lock_timeout: 0 });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1, $2)', [...advisoryLocks.migration]);
    await migrate(drizzle(client), { migrationsFolder: migrationsFolder() });
    await client.query('insert into ledger_head (id, version, follows) values (1, 0, -1) on conflict do nothing');
  } finally {
    await client.end();
  }
}

async function orTranslated<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw unavailability(error) ?? error;
  }
}

/** The same functions, each of which says `store-unavailable` when the server is away. */
function translated<Functions extends object>(functions: Functions): Functions {
  const entries = Object.entries(functions).map(
    ([name, call]: [string, (...parameters: never[]) => Promise<unknown>]) => [
      name,
      async (...parameters: never[]) => await orTranslated(async () => await call(...parameters)),
    ],
  );
  return Object.fromEntries(entries) as Functions;
}

/** One sentence's worth of why, without the URL, which has the password in it. */
function reasonOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    if (at.cause === undefined) return at.name;
  }
  return 'unknown';
}
