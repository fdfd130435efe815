import { describe } from 'vitest';
import { initialFiles } from '../harness/initial-files.test-rig.js';
import { openMemoryDatabase } from './embedded-database.js';
import { createEmbeddedStore } from './embedded-store.js';
import { acceptStore } from './store-acceptance.test-rig.js';

describe('the embedded store', () => {
  acceptStore(async () => ({
    open: async () => createEmbeddedStore(await openMemoryDatabase({ initialFiles: await initialFiles() })),
    [Symbol.asyncDispose]: async () => undefined,
  }));
});
