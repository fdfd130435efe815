import { lt } from 'drizzle-orm';
import type { EmbeddedDatabase } from './embedded-database.js';
import { createReader } from './reader.js';
import { idempotentReply } from './schema/record.js';
import { oauthRecord } from './schema/sign-in.js';
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

    snapshot: async (read) => ({ version: 0, result: await read(reader) }),

    commit: async (writes) => {
      dirty = true;
      await client.exec(transactionText(writes));
    },

    sealingCheck: async (make) => await keepSealingCheck(orm, make),

    forgetReplies: async (before) => {
      await orm.delete(idempotentReply).where(lt(idempotentReply.createdAt, before));
    },

    forgetOauthRecords: async (before) => {
      await orm.delete(oauthRecord).where(lt(oauthRecord.expiresAt, before));
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
