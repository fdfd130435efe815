import { inspect } from 'node:util';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { missingForPostgres, startPostgresCluster } from '../harness/postgres-cluster.test-rig.js';
import { desk, insert } from '../harness/store-rows.test-rig.js';
import { createLog } from '../log.js';
import { Secret } from '../secret.js';
import { openPostgresStore } from './postgres-store.js';
import { acceptStore } from './store-acceptance.test-rig.js';

const log = createLog('silent');

describe.skipIf(missingForPostgres !== '')(`the store on a PostgreSQL server ${missingForPostgres}`, () => {
  acceptStore(async () => {
    const cluster = await startPostgresCluster();
    return {
      open: async () => await openPostgresStore({ url: await cluster.database(), log }),
      [Symbol.asyncDispose]: async () => await cluster[Symbol.asyncDispose](),
    };
  });

  it('is made by one of several processes that start at once', async () => {
    await using cluster = await startPostgresCluster();
    const url = await cluster.database();
    const stores = await Promise.all([1, 2, 3, 4].map(async () => await openPostgresStore({ url, log })));
    const row = desk();
    await stores[0]?.commit([insert('desk', row)]);
    for (const store of stores) expect(await store.rows('desk')).toEqual([row]);
    expect(await Promise.all(stores.map(async (store) => await store.sealingCheck(() => 'mine')))).toEqual(
      Array(4).fill('mine'),
    );
    for (const store of stores) await store[Symbol.asyncDispose]();
  });

  it('writes texts as they are into a database with the string syntax of long ago', async () => {
    await using cluster = await startPostgresCluster();
    const url = await cluster.database();
    const admin = new Client({ connectionString: url.reveal() });
    await admin.connect();
    await admin.query(`alter database ${admin.database} set standard_conforming_strings = off`);
    await admin.end();
    await using store = await openPostgresStore({ url, log });
    const row = { ...desk(), name: String.raw`\', now(); -- \\ \n` };
    await store.commit([insert('desk', row)]);
    expect(await store.rows('desk')).toEqual([row]);
  });

  it('says in one sentence, without the password, that it cannot be reached', async () => {
    const url = new Secret('postgresql://latchwork:hunter2@127.0.0.1:1/none');
    const failure = await openPostgresStore({ url, log }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      info: { code: 'database-unusable', cause: 'ECONNREFUSED' },
      message: 'The database at DATABASE_URL cannot be used (ECONNREFUSED).',
    });
    expect(inspect(failure, { depth: 9 })).not.toContain('hunter2');
  });
});
