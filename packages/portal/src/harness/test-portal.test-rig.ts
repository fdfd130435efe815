import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@latchwork/client';
import { type Instant, toInstant } from '@latchwork/core';
import type { PortalConfig } from '../config.js';
import { createLog } from '../log.js';
import { type Portal, startPortal } from '../portal.js';
import { openEmbeddedDatabase, openMemoryDatabase } from '../store/embedded-database.js';
import { createEmbeddedStore } from '../store/embedded-store.js';
import { type CollectedMails, createCollectedMails } from './collected-mails.test-rig.js';
import { createContractWatch } from './contract-watch.test-rig.js';
import { initialFiles } from './initial-files.test-rig.js';

/**
 * A portal for tests: free ports, a clock that moves when it is told to, its log at hand. Closing it fails when it answered
 * anything that is not in the contract.
 */
export interface TestPortal extends AsyncDisposable {
  readonly portal: Portal;
  readonly clock: TestClock;
  /** What the portal mailed. */
  readonly mails: CollectedMails;
  /** Every line the portal logged, on every level. */
  readonly log: readonly string[];
  readonly dataDir: string;
  /** A client over the portal's own `fetch`: no network. */
  client(token?: string): Client;
  /** Sends any request at all. */
  send(method: string, path: string, options?: RawOptions): Promise<Response>;
}

/** What {@link TestPortal.send} adds to a request. */
export interface RawOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A clock that stands still between two `advance`. */
export interface TestClock {
  now(): Instant;
  advance(ms: number): void;
}

/** Creates a clock at the machine's present, so that certificates and sessions are valid. */
export function createTestClock(): TestClock {
  let now = toInstant(Date.now());
  return {
    now: () => now,
    advance: (ms) => {
      now = toInstant(now + ms);
    },
  };
}

/** Where a test portal keeps its data: in memory, or in a folder that another start finds again. */
export interface TestPortalOptions {
  /** What differs from {@link testConfig}. */
  readonly config?: Partial<PortalConfig>;
  readonly dataDir?: string;
  readonly clock?: TestClock;
}

/** Starts a portal for tests. */
export async function startTestPortal(options: TestPortalOptions = {}): Promise<TestPortal> {
  const clock = options.clock ?? createTestClock();
  const log: string[] = [];
  const files = await initialFiles();
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'latchwork-portal-'));
  const mails = createCollectedMails(async () => await portal.deliver());
  const config = { ...testConfig(dataDir), ...options.config };
  const openStore = async (path: string) =>
    createEmbeddedStore(
      options.dataDir === undefined
        ? await openMemoryDatabase({ initialFiles: files })
        : await openEmbeddedDatabase(join(path, 'db'), { initialFiles: files }),
    );
  const watch = createContractWatch();
  const portal: Portal = await startPortal(config, {
    clock,
    mail: mails.transport,
    log: createLog('debug', { write: (line) => log.push(line) }),
    onAnswered: watch.onAnswered,
    ...(config.databaseUrl === undefined ? { openStore } : {}),
  });
  return {
    portal,
    clock,
    mails,
    log,
    dataDir,
    client: (token) => createClient({ baseUrl: 'http://portal.test', token, fetch: portal.fetch, retry: { limit: 0 } }),
    send: async (method, path, { token, body, text, headers } = {}) =>
      await portal.fetch(
        new Request(`http://portal.test${path}`, {
          method,
          headers: {
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            ...(body === undefined && text === undefined ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body === undefined && text === undefined ? {} : { body: text ?? JSON.stringify(body) }),
        }),
      ),
    [Symbol.asyncDispose]: async () => {
      await portal[Symbol.asyncDispose]();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
      watch.check();
    },
  };
}

/** A configuration with free ports. */
export function testConfig(dataDir: string): PortalConfig {
  return {
    http: { host: '127.0.0.1', port: 0 },
    mqtt: { host: '127.0.0.1', port: 0, tlsHosts: [], publicUrl: undefined },
    broker: undefined,
    publicUrl: 'http://portal.test',
    lockLogKeptMs: 400 * 86_400_000,
    webhookNetworks: [{ address: '127.0.0.0', prefix: 8 }],
    mail: { smtpUrl: undefined, from: 'Latchwork <mail@portal.test>', appDownloadUrl: undefined },
    signIn: { trustedProxies: [], returnUrls: [], providers: {} },
    // Where nobody answers, until a test brings a directory of its own.
    directories: {
      reviewLifetimeMs: 30 * 60_000,
      graphUrl: 'http://127.0.0.1:9/v1.0',
      microsoftLoginUrl: 'http://127.0.0.1:9',
      googleDirectoryUrl: 'http://127.0.0.1:9/admin/directory/v1',
      googleTokenUrl: 'http://127.0.0.1:9/token',
    },
    dataDir,
    databaseUrl: undefined,
    logLevel: 'silent',
    operatorKey: undefined,
    sealingKey: undefined,
  };
}
