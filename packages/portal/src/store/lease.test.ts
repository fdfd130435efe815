import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  missingForPostgres,
  type PostgresCluster,
  startPostgresCluster,
} from '../harness/postgres-cluster.test-rig.js';
import { createLog } from '../log.js';
import { createLonePeer } from './peers.js';
import { openPostgresStore } from './postgres-store.js';
import type { Store } from './store.js';

const soon = { timeout: 30_000 };

it('the lease is always held by a process that is alone', async () => {
  const { self, running, lease } = createLonePeer();
  expect([lease.isHeld(), await running()]).toEqual([true, new Set([self])]);
});

describe.skipIf(missingForPostgres !== '')(`the lease of several processes ${missingForPostgres}`, () => {
  let cluster: PostgresCluster;
  let open: () => Promise<Store>;

  beforeAll(async () => {
    cluster = await startPostgresCluster();
    const url = await cluster.database();
    open = async () => await openPostgresStore({ url, log: createLog('silent') });
  });
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
  });

  const holders = (stores: readonly Store[]) => stores.filter(({ peers }) => peers.lease.isHeld()).length;

  it('is held by one, and by the next when that one goes', async () => {
    const stores = [await open(), await open(), await open()];
    expect(stores.map(({ peers }) => peers.lease.isHeld())).toEqual([true, false, false]);
    const told: boolean[] = [];
    for (const { peers } of stores.slice(1)) peers.lease.onChange((held) => told.push(held));
    expect((await stores[1]?.peers.running())?.size).toBe(3);
    await stores[0]?.[Symbol.asyncDispose]();
    await expect.poll(() => holders(stores.slice(1)), soon).toBe(1);
    expect(told).toEqual([true]);
    expect((await stores[1]?.peers.running())?.size).toBe(2);
    for (const store of stores.slice(1)) await store[Symbol.asyncDispose]();
  });

  it('is lost with the server, and held by one again when that is back', async () => {
    const stores = [await open(), await open()];
    expect(holders(stores)).toBe(1);
    await cluster.kill();
    await expect.poll(() => holders(stores), soon).toBe(0);
    await expect(stores[0]?.peers.running()).rejects.toMatchObject({ info: { code: 'store-unavailable' } });
    await cluster.start();
    await expect.poll(() => holders(stores), soon).toBe(1);
    const names = stores.map(({ peers }) => peers.self).sort();
    // Each is known by the name it had before.
    await expect
      .poll(async () => [...((await stores[0]?.peers.running().catch(() => [])) ?? [])].sort(), soon)
      .toEqual(names);
    for (const store of stores) await store[Symbol.asyncDispose]();
  });
});
