import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PropertyId } from '@latchwork/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialFiles } from '../harness/initial-files.test-rig.js';
import {
  missingForPostgres,
  type PostgresCluster,
  startPostgresCluster,
} from '../harness/postgres-cluster.test-rig.js';
import { createLog } from '../log.js';
import type { Secret } from '../secret.js';
import { openEmbeddedDatabase } from './embedded-database.js';
import { createEmbeddedStore } from './embedded-store.js';
import { openPostgresStore } from './postgres-store.js';
import type { Store } from './store.js';

const writer = fileURLToPath(new URL('../harness/store-writer.test-rig.ts', import.meta.url));
const batchSize = 20;
const log = createLog('silent');

/** Lets a process write into a store until it has said so often enough, and ends it all in the middle of the next. */
async function writeUntilKilled(place: string, crash: (kill: () => void) => void | Promise<void>): Promise<number> {
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', writer, place], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  let acknowledged = 0;
  let said = 0;
  let rest = '';
  let crashed: Promise<void> | undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length === 0) return;
    acknowledged = Number(lines.at(-1));
    said += lines.length;
    if (said >= 30 && crashed === undefined) crashed = crash(() => child.kill('SIGKILL')) ?? Promise.resolve();
  });
  await exited;
  await crashed;
  return acknowledged;
}

async function committedBatches(store: Store): Promise<number> {
  const rows = await store.events('prop_crash' as PropertyId, { after: undefined, limit: 1_000_000 });
  expect(rows.map(({ position }) => position)).toEqual(rows.map((_, index) => index + 1));
  return rows.length / batchSize;
}

describe('what was acknowledged survives, and nothing stays half written', () => {
  it('T16: in the embedded store, killed while it writes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchwork-crash-'));
    const path = join(folder, 'db');
    await (await openEmbeddedDatabase(path, { initialFiles: await initialFiles() })).client.close();
    for (let round = 0; round < 3; round++) {
      const acknowledged = await writeUntilKilled(path, (kill) => kill());
      await using store = createEmbeddedStore(await openEmbeddedDatabase(path));
      const batches = await committedBatches(store);
      expect(batches).toBeGreaterThanOrEqual(acknowledged);
      expect(Number.isInteger(batches)).toBe(true);
    }
    rmSync(folder, { recursive: true, force: true });
  });

  describe.skipIf(missingForPostgres !== '')(`on a PostgreSQL server ${missingForPostgres}`, () => {
    let cluster: PostgresCluster;
    let url: Secret;
    beforeAll(async () => {
      cluster = await startPostgresCluster();
      url = await cluster.database();
      await (await openPostgresStore({ url, log }))[Symbol.asyncDispose]();
    });
    afterAll(async () => {
      await cluster[Symbol.asyncDispose]();
    });

    it.each([
      ['the portal', (kill: () => void) => kill()],
      [
        'the server',
        async (kill: () => void) => {
          await cluster.kill();
          kill();
          await cluster.start();
        },
      ],
    ])('T16: when %s is killed while it writes', async (_, crash) => {
      for (let round = 0; round < 3; round++) {
        const acknowledged = await writeUntilKilled(url.reveal(), crash);
        await using store = await openPostgresStore({ url, log });
        const batches = await committedBatches(store);
        expect(batches).toBeGreaterThanOrEqual(acknowledged);
        expect(Number.isInteger(batches)).toBe(true);
        expect((await store.log?.head()) ?? -1).toBeGreaterThanOrEqual(batches);
      }
    });
  });
});
