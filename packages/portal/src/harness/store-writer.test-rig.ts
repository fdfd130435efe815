// Writes batches of events into a store until it is killed, and says after each commit how many there were. Run as a
// program: the first argument is a folder for the embedded store, or the URL of a PostgreSQL database.
import { writeSync } from 'node:fs';
import type { PropertyId } from '@latchwork/core';
import { createLog } from '../log.js';
import { Secret } from '../secret.js';
import { openEmbeddedDatabase } from '../store/embedded-database.js';
import { createEmbeddedStore } from '../store/embedded-store.js';
import { openPostgresStore } from '../store/postgres-store.js';
import type { Store } from '../store/store.js';
import { event, insert } from './store-rows.test-rig.js';

const [place = ''] = process.argv.slice(2);

const store: Store = place.startsWith('postgresql:')
  ? await openPostgresStore({ url: new Secret(place), log: createLog('silent') })
  : createEmbeddedStore(await openEmbeddedDatabase(place));
const feedId = 'prop_crash' as PropertyId;
const batchSize = 20;
const { events } = await store.heads();
for (let batch = (events[0]?.position ?? 0) / batchSize + 1; ; batch++) {
  const positions = Array.from({ length: batchSize }, (_, index) => (batch - 1) * batchSize + index + 1);
  await store.commit(positions.map((position) => insert('event', event(feedId, position))));
  // At once, not when the pipe has time: what is said here was committed before.
  writeSync(1, `${batch}\n`);
}
