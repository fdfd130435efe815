import fs, { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initialFiles } from '../harness/initial-files.test-rig.js';
import { openEmbeddedDatabase } from './embedded-database.js';
import * as ledger from './schema/ledger.js';
import { tables } from './store.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchwork-database-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the embedded database', () => {
  it('syncs each commit to the disk', async () => {
    const { client } = await openEmbeddedDatabase(join(folder, 'db'), { initialFiles: await initialFiles() });
    expect((await client.query('show fsync')).rows).toEqual([{ fsync: 'on' }]);
    const { fdatasyncSync } = fs;
    let syncs = 0;
    fs.fdatasyncSync = (file) => {
      syncs += 1;
      fdatasyncSync(file);
    };
    syncBuiltinESMExports();
    try {
      await client.query('create table note (text text)');
      for (let commit = 0; commit < 5; commit++) {
        const before = syncs;
        await client.query('insert into note values ($1)', [String(commit)]);
        expect(syncs).toBeGreaterThan(before);
      }
    } finally {
      fs.fdatasyncSync = fdatasyncSync;
      syncBuiltinESMExports();
    }
    await client.close();
  });

  it('takes files that were left unfinished for nothing', async () => {
    const path = join(folder, 'db');
    mkdirSync(`${path}.unfinished`);
    writeFileSync(join(`${path}.unfinished`, 'PG_VERSION'), '18');
    const { client } = await openEmbeddedDatabase(path, { initialFiles: await initialFiles() });
    expect((await client.query('select count(*)::int as count from organization')).rows).toEqual([{ count: 0 }]);
    await client.close();
    expect(existsSync(`${path}.unfinished`)).toBe(false);
  });

  it('has migrations that are complete: the schema asks for nothing more', async () => {
    const meta = new URL('../migrations/meta/', import.meta.url);
    const last =
      readdirSync(meta)
        .filter((name) => name.endsWith('_snapshot.json'))
        .sort()
        .at(-1) ?? '';
    const applied = JSON.parse(readFileSync(new URL(last, meta), 'utf8'));
    expect(await generateMigration(applied, generateDrizzleJson({ ...tables, ...ledger }, applied.id))).toEqual([]);
  });
});
