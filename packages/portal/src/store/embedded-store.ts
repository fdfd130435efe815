import type { EmbeddedDatabase } from './embedded-database.js';
import { createForgetting } from './forgetting.js';
import { createLonePeer } from './peers.js';
import { createReader } from './reader.js';
import { keepSealingCheck } from './sealing-check.js';
import type { Store } from './store.js';
import { transactionText } from './transaction-text.js';

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

    commit: async (writes) => {
      dirty = true;
      await client.exec(transactionText(writes));
    },

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
