import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PGlite } from '@electric-sql/pglite';
import type { EmbeddedDatabase } from './embedded-database.js';
import { createForgetting } from './forgetting.js';
import { createLonePeer } from './peers.js';
import { createReader } from './reader.js';
import { keepSealingCheck } from './sealing-check.js';
import type { NewWrites, Statement, Store } from './store.js';
import { copyingStatements, transactionText } from './transaction-text.js';
import { wordingOf } from './wording.js';

// Up to so many writes the thread is held for some milliseconds; more take turns with everybody else.
const writesAtOnce = 500;

/** Builds the store over an open embedded database, which it closes when disposed of. This process is its only writer. */
export function createEmbeddedStore({ client, orm }: EmbeddedDatabase): Store {
  let dirty = false;
  let maintenances = 0;
  const reader = createReader(orm);
  return {
    ...reader,

    log: undefined,

    peers: createLonePeer(),

    isReachable: () => true,

    snapshot: async (read) => ({ version: 0, result: await read(reader) }),

    commit: async (writes, wording) => {
      dirty = true;
      if (writes.length <= writesAtOnce && wording === undefined) await client.exec(transactionText(writes));
      else await commitInTurns(client, { writes, wording });
    },

    wording: (writes) => wordingOf(writes, { inWords: copyingStatements, logged: false }),

    sealingCheck: async (make) => await keepSealingCheck(orm, make),

    ...createForgetting(orm),

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

/** Whatever else wants to read waits for the end of the transaction; whoever does not may have the thread meanwhile. */
async function commitInTurns(client: PGlite, { writes, wording }: NewWrites): Promise<void> {
  await client.transaction(async (transaction) => {
    const inTurn = async (statements: Iterable<Statement>): Promise<void> => {
      for (const statement of statements) {
        if (typeof statement === 'string') await transaction.exec(statement);
        else await transaction.query(statement.sql, [], { blob: new Blob([statement.blob]) });
        await nextTurn();
      }
    };
    await inTurn(wording?.statements ?? []);
    await inTurn(copyingStatements(writes.slice(wording?.count)));
  });
}
