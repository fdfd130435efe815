import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@latchwork/client';
import type { OrganizationId } from '@latchwork/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAudit, verifyAudit } from './audit-chain.js';
import { prepareDatabase, spawnPortal, startPortalProcess } from './harness/portal-process.test-rig.js';
import { openEmbeddedDatabase } from './store/embedded-database.js';
import { createEmbeddedStore } from './store/embedded-store.js';

let dataDir: string;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'latchwork-main-'));
  await prepareDatabase(dataDir);
});
afterEach(() => {
  rmSync(dataDir, { recursive: true, force: true });
});

describe('the portal program', () => {
  it('T16: killed while it writes, opens again with every acknowledged row, and its audit is whole', async () => {
    const acknowledged: string[] = [];
    let organizationId: string | undefined;
    for (let round = 0; round < 3; round++) {
      const { child, httpUrl, operatorKey } = await startPortalProcess(dataDir);
      const operator = createClient({ baseUrl: httpUrl, token: operatorKey, retry: { limit: 0 } });
      const writers = [0, 1, 2, 3].map(async (writer) => {
        for (let number = 0; ; number++) {
          const email = `owner-${round}-${writer}-${number}@example.com`;
          const made = await operator.organizations.create({ name: email, owner: { name: 'Olga', email } });
          acknowledged.push(made.organization.id);
          organizationId = made.organization.id;
          if (acknowledged.length % 40 === 0) child.kill('SIGKILL');
        }
      });
      await Promise.allSettled([...writers, once(child, 'exit')]);
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(120);
    const database = await openEmbeddedDatabase(join(dataDir, 'db'));
    await using store = createEmbeddedStore(database);
    const kept = new Set<string>((await store.rows('organization')).map(({ id }) => id));
    expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
    expect(verifyAudit(await readAudit(store, organizationId as OrganizationId))).toMatchObject({ whole: true });
    const members = await store.rows('member');
    expect(members.length).toBe(kept.size);
  });

  it('runs once on its data, says so in one sentence, and lets go on SIGTERM', async () => {
    const first = await startPortalProcess(dataDir);
    const second = await spawnPortal(dataDir);
    expect(second).toEqual({
      exitCode: 1,
      stderr: `The data directory ${dataDir} is in use by the running process ${first.child.pid}.\n`,
    });
    first.child.kill('SIGTERM');
    expect(await once(first.child, 'exit')).toEqual([0, null]);
    const third = await startPortalProcess(dataDir);
    expect((await fetch(`${third.httpUrl}/readyz`)).status).toBe(200);
    third.child.kill('SIGINT');
    expect(await once(third.child, 'exit')).toEqual([0, null]);
  });

  it('says in one sentence that a port is taken, and lets its data go', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const sentence = `Port ${port} on 127.0.0.1 is not available (EADDRINUSE).\n`;
    for (const name of ['LATCHWORK_HTTP_PORT', 'LATCHWORK_MQTT_PORT']) {
      expect(await spawnPortal(dataDir, { env: { [name]: String(port) } })).toEqual({ exitCode: 1, stderr: sentence });
    }
    expect(() => readFileSync(join(dataDir, 'portal.lock'))).toThrow();
    taken.close();
  });

  it('checks its configuration and starts nothing', async () => {
    const right = await spawnPortal(dataDir, { args: ['--check-config'] });
    expect(right).toEqual({ exitCode: 0, stderr: '' });
    const env = { LATCHWORK_HTTP_PORT: 'x', LATCHWORK_OPERATOR_KEY: 'too-short' };
    const wrong = await spawnPortal(dataDir, { args: ['--check-config'], env });
    expect(wrong).toEqual({
      exitCode: 1,
      stderr:
        "The portal's environment has 2 fault(s): LATCHWORK_HTTP_PORT must be a port number, 0 to 65535; LATCHWORK_OPERATOR_KEY must have at least 24 characters.\n",
    });
  });

  it.each(['--check-confg', 'restore', '--move-to-server now'])(
    'does not understand %s, and starts nothing',
    async (words) => {
      const env = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' };
      expect(await spawnPortal(dataDir, { args: words.split(' '), env })).toEqual({
        exitCode: 2,
        stderr: `"${words}" is not understood; --help lists what is.\n`,
      });
    },
  );

  it('writes the files of a broker into no folder that takes none, and for no port that is none', async () => {
    const file = join(dataDir, 'operator.key');
    writeFileSync(file, 'a key of the operator of this portal\n');
    expect(await spawnPortal(dataDir, { args: ['--broker-files', file, 'mqtt.example:8883'] })).toEqual({
      exitCode: 1,
      stderr: `The folder ${file} cannot be written (ENOTDIR).\n`,
    });
    const { stderr } = (await spawnPortal(dataDir, { args: ['--broker-files', dataDir, 'mqtt.example:99999'] })) as {
      readonly stderr: string;
    };
    expect(stderr).toContain('--broker-files needs a folder, and a host with its port');
  });
});
