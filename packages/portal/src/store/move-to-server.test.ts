import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OrganizationId } from '@latchwork/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAudit, verifyAudit } from '../audit-chain.js';
import { spawnPortal } from '../harness/portal-process.test-rig.js';
import {
  missingForPostgres,
  type PostgresCluster,
  startPostgresCluster,
} from '../harness/postgres-cluster.test-rig.js';
import { buildSampleHotel, giveKey } from '../harness/sample-hotel.test-rig.js';
import { desk, insert } from '../harness/store-rows.test-rig.js';
import { startTestPortal } from '../harness/test-portal.test-rig.js';
import { createLog } from '../log.js';
import { openPostgresStore } from './postgres-store.js';

describe.skipIf(missingForPostgres !== '')(`moving to a PostgreSQL server ${missingForPostgres}`, () => {
  let cluster: PostgresCluster;
  let dataDir: string;
  beforeAll(async () => {
    cluster = await startPostgresCluster();
    dataDir = mkdtempSync(join(tmpdir(), 'latchwork-move-'));
  });
  afterAll(async () => {
    rmSync(dataDir, { recursive: true, force: true });
    await cluster[Symbol.asyncDispose]();
  });

  it('takes everything along: people, sessions, Keys, feeds and audits go on where they were', async () => {
    const first = await startTestPortal({ dataDir });
    const hotel = await buildSampleHotel(first);
    const key = await giveKey(first, hotel, hotel.people.team.id);
    const propertyId = hotel.property.id;
    const events = await hotel.people.owner.client.events.list({ propertyId, limit: 200 });
    await first[Symbol.asyncDispose]();

    const url = await cluster.database();
    const env = { DATABASE_URL: url.reveal() };
    const args = ['--move-to-server'];
    expect(await spawnPortal(dataDir, { env, args })).toEqual({ exitCode: 0, stderr: '' });

    const second = await startTestPortal({ dataDir, clock: first.clock, config: { databaseUrl: url } });
    const owner = second.client(hotel.people.owner.token);
    expect(await owner.keys.get({ keyId: key.id })).toEqual(key);
    expect(await owner.events.list({ propertyId, limit: 200 })).toEqual(events);
    await owner.entrances.create({ propertyId, name: 'After' });
    const audit = await readAudit(second.portal.store, hotel.organization.id as OrganizationId);
    expect(verifyAudit(audit)).toMatchObject({ whole: true });
    await second[Symbol.asyncDispose]();

    // Once is enough.
    expect(await spawnPortal(dataDir, { env, args })).toEqual({
      exitCode: 1,
      stderr: 'The database at DATABASE_URL cannot be used (not empty).\n',
    });
  });

  it('copies nothing into a database that has anything in it', async () => {
    const url = await cluster.database();
    const log = createLog('silent');
    const store = await openPostgresStore({ url, log });
    const row = desk();
    await store.commit([insert('desk', row)]);
    const env = { DATABASE_URL: url.reveal() };
    expect(await spawnPortal(dataDir, { env, args: ['--move-to-server'] })).toMatchObject({ exitCode: 1 });
    expect(await store.rows('organization')).toEqual([]);
    expect(await store.rows('desk')).toEqual([row]);
    await store[Symbol.asyncDispose]();
  });

  it('says what it lacks', async () => {
    expect(await spawnPortal(dataDir, { args: ['--move-to-server'] })).toEqual({
      exitCode: 1,
      stderr: "The portal's environment has 1 fault(s): DATABASE_URL is not set.\n",
    });
  });
});
