import { join } from 'node:path';
import type { Log } from '../log.js';
import type { Secret } from '../secret.js';
import { openEmbeddedDatabase } from './embedded-database.js';
import { createEmbeddedStore } from './embedded-store.js';
import { openPostgresStore } from './postgres-store.js';
import type { Store } from './store.js';

/**
 * Opens the store that the configuration names: a PostgreSQL server by its URL, or else the embedded database in the data
 * directory.
 *
 * @throws PortalError `database-unusable`, `store-failed`
 */
export async function openConfiguredStore(options: {
  readonly dataDir: string;
  readonly databaseUrl: Secret | undefined;
  readonly log: Log;
}): Promise<Store> {
  const { dataDir, databaseUrl, log } = options;
  return databaseUrl === undefined
    ? createEmbeddedStore(await openEmbeddedDatabase(join(dataDir, 'db')))
    : await openPostgresStore({ url: databaseUrl, log });
}
