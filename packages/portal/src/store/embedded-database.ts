import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { drizzle, type PgliteDatabase } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { PortalError } from '../portal-error.js';
import { DurableFileSystem, syncFolder, syncPath } from './durable-file-system.js';
import { migrationsFolder } from './migrations-folder.js';

/** An open PGlite with drizzle over it. */
export interface EmbeddedDatabase {
  readonly client: PGlite;
  readonly orm: PgliteDatabase;
}

/** Where a new database's files come from: by default PGlite makes them, which takes seconds; tests bring a copy. */
export interface EmbeddedDatabaseOptions {
  readonly initialFiles?: Blob;
}

/**
 * Opens the database in a folder, making it on the first start, and brings its tables up to date. The folder must be
 * held by this process: PGlite itself lets a second process in and corrupts.
 *
 * @throws PortalError `store-failed`
 */
export async function openEmbeddedDatabase(
  path: string,
  options: EmbeddedDatabaseOptions = {},
): Promise<EmbeddedDatabase> {
  try {
    if (!existsSync(path)) await makeDatabase(path, options.initialFiles);
    const client = await PGlite.create({ fs: new DurableFileSystem(path), startParams: durableParameters });
    return await upToDate(client);
  } catch (error) {
    throw new PortalError({ code: 'store-failed', path }, { cause: error });
  }
}

/** Opens a database that lives and dies with the process, from files as {@link EmbeddedDatabaseOptions} describes. */
export async function openMemoryDatabase(options: EmbeddedDatabaseOptions = {}): Promise<EmbeddedDatabase> {
  const { initialFiles } = options;
  return await upToDate(await PGlite.create(initialFiles === undefined ? {} : { loadDataDir: initialFiles }));
}

// PGlite starts PostgreSQL with `-F`, which switches fsync off.
const durableParameters = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  '-c',
  'fsync=on',
  '-c',
  'wal_sync_method=fsync',
];

async function upToDate(client: PGlite): Promise<EmbeddedDatabase> {
  const orm = drizzle(client);
  await migrate(orm, { migrationsFolder: migrationsFolder() });
  return { client, orm };
}

/** Makes the files under another name first, so that a start cut short leaves nothing that looks like a database. */
async function makeDatabase(path: string, initialFiles: Blob | undefined): Promise<void> {
  const unfinished = `${path}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  const client = await PGlite.create({
    dataDir: unfinished,
    ...(initialFiles === undefined ? {} : { loadDataDir: initialFiles }),
  });
  await client.close();
  syncFolder(unfinished);
  renameSync(unfinished, path);
  syncPath(dirname(path));
}
