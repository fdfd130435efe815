import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClosingStack } from '../closing-stack.js';
import type { PortalConfig } from '../config.js';
import { Secret } from '../secret.js';
import { type PortalProcess, spawnPortal } from './portal-process.test-rig.js';
import type { PostgresCluster } from './postgres-cluster.test-rig.js';
import { createTestClock, startTestPortal, type TestClock, type TestPortal } from './test-portal.test-rig.js';

/** Several portals on one database of a PostgreSQL server, with the same keys and, in this process, the same clock. */
export interface PortalGroup extends AsyncDisposable {
  readonly url: Secret;
  readonly clock: TestClock;
  /** Starts a portal in this process. The first one sends the mails, for as long as it runs. */
  start(config?: Partial<PortalConfig>): Promise<TestPortal>;
  /** Starts a portal as a process of its own, by the machine's clock. */
  spawn(): Promise<PortalProcess>;
}

/** Makes a group on a new database; everything it starts ends with it. */
export async function startPortalGroup(cluster: PostgresCluster): Promise<PortalGroup> {
  const open = createClosingStack();
  const url = await cluster.database();
  const clock = createTestClock();
  const operatorKey = randomBytes(24).toString('hex');
  const sealingKey = randomBytes(32).toString('hex');
  const folder = () => {
    const path = mkdtempSync(join(tmpdir(), 'latchwork-group-'));
    open.defer(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };
  return {
    url,
    clock,
    start: async (config = {}) => {
      const keys = { operatorKey: new Secret(operatorKey), sealingKey: new Secret(sealingKey) };
      return open.use(
        await startTestPortal({ clock, dataDir: folder(), config: { databaseUrl: url, ...keys, ...config } }),
      );
    },
    spawn: async () => {
      const env = {
        DATABASE_URL: url.reveal(),
        LATCHWORK_OPERATOR_KEY: operatorKey,
        LATCHWORK_SEALING_KEY: sealingKey,
      };
      const started = await spawnPortal(folder(), { env });
      if (!('child' in started)) throw new Error(`The portal did not start: ${started.stderr}`);
      open.defer(() => {
        started.child.kill('SIGKILL');
      });
      return started;
    },
    [Symbol.asyncDispose]: async () => await open[Symbol.asyncDispose](),
  };
}
