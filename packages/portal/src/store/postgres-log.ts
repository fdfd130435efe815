import { setTimeout as pause } from 'node:timers/promises';
import type { Client, ClientConfig, QueryResult } from 'pg';
import { PortalError } from '../portal-error.js';
import { changeText, parseChangeText } from './change-text.js';
import { createKeptConnection, isRefusal, type KeptConnection, unavailability } from './postgres-connection.js';
import { headChannel, type PostgresSession } from './postgres-session.js';
import { literal } from './sql-literal.js';
import type { Change, ChangeLog, NewChange, Statement } from './store.js';
import { transactionStatements } from './transaction-text.js';

/** How long changes are kept for processes that fall behind: at least this many, and each for at least this long. */
export interface ChangesKept {
  readonly count: number;
  readonly forMs: number;
}

/** What the log stands on. */
export interface PostgresLogParts {
  readonly config: ClientConfig;
  readonly session: PostgresSession;
  readonly kept: ChangesKept;
}

// A commit whose answer was lost is looked up for so long before its request is told that nothing is known.
const resolveWithinMs = 5_000;
const resolveAgainAfterMs = 100;
const readAtOnce = 500;

/** Opens the log of a database whose tables exist. One commit at a time: the ledger sees to that. */
export function createPostgresLog(parts: PostgresLogParts): ChangeLog & AsyncDisposable {
  const { session, kept } = parts;
  const writer = createKeptConnection({
    config: parts.config,
    // Literals are written for this; a database may still be set to the ways of long ago.
    prepare: async (client) => {
      await client.query('set standard_conforming_strings = on');
    },
  });

  const head = async () =>
    Number((await session.query('select version from ledger_head where id = 1'))[0]?.['version']);

  /** Runs SQL whose outcome is unknown when the connection is lost on the way; a refusal undoes all of it. */
  const send = async (client: Client, text: string): Promise<QueryResult[] | 'unknown'> => {
    try {
      return [await client.query(text)].flat();
    } catch (error) {
      if (isRefusal(error)) throw error;
      const unavailable = unavailability(error);
      if (unavailable === undefined) throw error;
      writer.drop(client);
      return 'unknown';
    }
  };

  /**
   * Finds out what became of a commit whose answer was lost. The lock waits for a transaction that still runs; where the
   * commit is not there, the version it wanted is taken, so that it cannot come later.
   */
  const resolve = async (follows: number, commitId: string): Promise<'committed' | 'overtaken'> => {
    const until = performance.now() + resolveWithinMs;
    for (;;) {
      try {
        return await underLock(writer, async (client, head) => {
          if (head === follows) {
            await client.query(nextVersion({ commitId: `no ${commitId}`, writes: [] }, follows));
            return 'overtaken';
          }
          const { rows } = await client.query('select commit_id from ledger_change where version = $1', [follows + 1]);
          return rows[0]?.commit_id === commitId ? 'committed' : 'overtaken';
        });
      } catch (error) {
        const unavailable = unavailability(error);
        if (unavailable === undefined) throw error;
        if (performance.now() > until) throw unavailable;
        await pause(resolveAgainAfterMs);
      }
    }
  };

  return {
    head,

    changesAfter: async (version) => {
      const rows = await session.query(
        `select version, commit_id, change from ledger_change where version > $1 order by version limit ${readAtOnce}`,
        [version],
      );
      const changes = rows.map(
        (row): Change => ({
          version: Number(row['version']),
          commitId: String(row['commit_id']),
          ...parseChangeText(String(row['change'])),
        }),
      );
      const first = changes[0];
      return first !== undefined && first.version !== version + 1 ? undefined : changes;
    },

    commit: async ({ follows, ...change }) => {
      const client = await writer.client();
      try {
        const sent = await send(client, nextVersion(change, follows));
        return sent === 'unknown' ? await resolve(follows, change.commitId) : 'committed';
      } catch (error) {
        if (isRefusal(error) && error.constraint === headCheck) return 'overtaken';
        throw unavailability(error) ?? error;
      }
    },

    commitAlone: async (decide) => {
      const client = await writer.client();
      try {
        const follows = await lockHead(client);
        const change = await decide(follows);
        if (change === undefined) {
          await client.query('rollback');
          return 'nothing';
        }
        const sent = await send(client, `${nextVersion(change, follows)};\ncommit`);
        return sent === 'unknown' ? await resolve(follows, change.commitId) : 'committed';
      } catch (error) {
        const unavailable = unavailability(error);
        if (unavailable !== undefined && !isRefusal(error)) writer.drop(client);
        else await client.query('rollback').catch(() => writer.drop(client));
        throw unavailable ?? error;
      }
    },

    onHead: (listener) => {
      const stopHearing = session.onHead(listener);
      // Whatever was said while nobody listened.
      const stopWatching = session.onOpen((open) => {
        if (open) head().then(listener, () => undefined);
      });
      return () => {
        stopHearing();
        stopWatching();
      };
    },

    forget: async () => {
      await session.query(
        `delete from ledger_change where version <= (select version from ledger_head where id = 1) - $1
         and committed_at < now() - $2 * interval '1 millisecond'`,
        [kept.count, kept.forMs],
      );
    },

    [Symbol.asyncDispose]: async () => {
      await writer[Symbol.asyncDispose]();
    },
  };
}

const headCheck = 'ledger_head_follows';

/** The SQL of one commit: it takes its version first, where it waits for others and fails at once when it is late. */
function nextVersion(change: NewChange, follows: number): string {
  const version = follows + 1;
  return [
    `update ledger_head set version = version + 1, follows = ${literal(follows)} where id = 1`,
    ...(change.wording?.statements ?? []).map(asText),
    ...transactionStatements(change.writes.slice(change.wording?.count)),
    `insert into ledger_change (version, commit_id, change) values
     (${literal(version)}, ${literal(change.commitId)}, ${literal(changeText(change))})`,
    `select pg_notify('${headChannel}', '${version}')`,
  ].join(';\n');
}

/** A server's own statements are texts; see {@link Store.wording}. */
function asText(statement: Statement): string {
  if (typeof statement !== 'string') throw new TypeError('A statement was made for another engine.');
  return statement;
}

async function lockHead(client: Client): Promise<number> {
  await client.query('begin');
  const { rows } = await client.query('select version from ledger_head where id = 1 for update');
  return Number(rows[0]?.version);
}

async function underLock<Result>(
  writer: KeptConnection,
  work: (client: Client, head: number) => Promise<Result>,
): Promise<Result> {
  const client = await writer.client();
  try {
    const result = await work(client, await lockHead(client));
    await client.query('commit');
    return result;
  } catch (error) {
    writer.drop(client);
    throw error instanceof PortalError ? error : (unavailability(error) ?? error);
  }
}
