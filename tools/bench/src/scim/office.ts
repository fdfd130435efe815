import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@latchwork/client';
import { startMailCatcher } from '@latchwork/testing';
import type { DirectoryOrder, DirectoryPlace } from './directory.js';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** A portal with an office, the directory that the office reads, and what another directory pushes with. */
export interface Office extends AsyncDisposable {
  readonly baseUrl: string;
  readonly scimToken: string;
  /** Processor time of the portal so far, as Linux counts it; NaN elsewhere. */
  cpuMs(): number;
  /** Renames everybody in the directory that is read. */
  rename(round: number): Promise<void>;
  /** Reads that directory, plans and carries the plan out; tells how many users it was about, and what took how long. */
  sync(): Promise<SyncTimes>;
}

/** A sync, in milliseconds. */
export interface SyncTimes {
  readonly users: number;
  readonly reviewMs: number;
  readonly planMs: number;
  readonly applyMs: number;
}

const profileWithinMs = 120_000;

/** Starts the built portal on an embedded database, and the directory; each in a process of its own. */
export async function startOffice(options: {
  readonly folder: string;
  readonly people: number;
  /** Where the portal leaves a profile of its processor time. */
  readonly profile: string | undefined;
}): Promise<Office> {
  const { folder, people, profile } = options;
  const directory = fork(fileURLToPath(new URL('directory.ts', import.meta.url)));
  const tell = async (order: DirectoryOrder): Promise<unknown> => {
    directory.send(order);
    const [answer] = await once(directory, 'message');
    return answer;
  };
  const { urls, credentials } = (await tell({ order: 'start', people })) as DirectoryPlace;
  const mails = await startMailCatcher();
  const dataDir = join(folder, 'portal');
  const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const portal = spawn(process.execPath, [...profiling, join(root, 'packages/portal/dist/main.js')], {
    env: {
      PATH: process.env['PATH'],
      LATCHWORK_DATA_DIR: dataDir,
      LATCHWORK_HTTP_PORT: '0',
      LATCHWORK_MQTT_PORT: '0',
      LATCHWORK_SMTP_URL: mails.url,
      LATCHWORK_LOG_LEVEL: 'info',
      LATCHWORK_GRAPH_URL: urls.base,
      LATCHWORK_MICROSOFT_LOGIN_URL: urls.login,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const baseUrl = await readyUrl(portal);

  const timeoutMs = 600_000;
  const email = 'admin@bench.example';
  const operator = createClient({ baseUrl, token: readFileSync(join(dataDir, 'operator.key'), 'utf8').trim() });
  const { organization } = await operator.organizations.create({
    ...{ name: 'Bench', schemes: ['workplace'], plan: 'pro', licenses: 10 * people },
    owner: { name: 'Ada', email },
  });
  const { links } = await mails.waitFor(({ recipients }) => recipients.includes(email));
  // Mails are work of their own, and go on for minutes after a sync: none is taken over from now on.
  mails.onMoment = () => new Promise(() => undefined);
  const visitor = createClient({ baseUrl });
  const password = 'nine quiet harbours at dawn';
  const token = new URL(links[0] ?? '').hash.replace('#token=', '');
  await visitor.accountSetups.complete({ token, password });
  const signedIn = await visitor.sessions.create({ email, password, channel: 'dashboard' });
  const admin = createClient({ baseUrl, token: signedIn.token, timeoutMs, retry: { limit: 0 } });

  const organizationId = organization.id;
  const pushing = await admin.directoryIntegrations.create({ organizationId, credentials: { kind: 'scim_push' } });
  const { token: scimToken } = await admin.directoryIntegrations.rotateScimToken({ integrationId: pushing.id });
  const { tenantId, clientId, clientSecret } = credentials;
  const { id: integrationId } = await admin.directoryIntegrations.create({
    organizationId,
    credentials: { kind: 'microsoft_365', tenantId, clientId, clientSecret },
  });
  await admin.directoryIntegrations.authorize({ integrationId });

  return {
    ...{ baseUrl, scimToken },
    cpuMs: () => cpuMsOf(portal.pid),
    rename: async (round) => {
      await tell({ order: 'rename', round });
    },
    sync: async () => await syncOnce(admin, integrationId),
    [Symbol.asyncDispose]: async () => {
      directory.disconnect();
      const ended = once(portal, 'exit');
      if (profile !== undefined) portal.kill('SIGTERM');
      await mails.close();
      // It writes its profile at an orderly end, which comes after the mails that are left.
      if (profile !== undefined) await Promise.race([ended, wait(profileWithinMs, undefined, { ref: false })]);
      portal.kill('SIGKILL');
      await ended;
    },
  };
}

function cpuMsOf(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return Number.NaN;
  }
}

async function readyUrl(portal: ChildProcess): Promise<string> {
  return await new Promise<string>((resolve, reject) => {
    let log = '';
    portal.stdout?.on('data', (bytes: Buffer) => {
      log = (log + bytes.toString()).slice(-10_000);
      const httpUrl = /"httpUrl":"([^"]+)".*"portal ready"/.exec(log)?.[1];
      if (httpUrl !== undefined) resolve(httpUrl);
    });
    portal.once('exit', () => reject(new Error(`the portal ended: ${log}`)));
  });
}

async function syncOnce(admin: Client, integrationId: string): Promise<SyncTimes> {
  const began = performance.now();
  const { id: reviewId } = await admin.directoryReviews.start({ integrationId });
  for (;;) {
    const { state } = await admin.directoryReviews.get({ reviewId });
    if (state === 'ready') break;
    if (state === 'failed') throw new Error('the directory was not read');
    await wait(50);
  }
  const read = performance.now();
  const { planId } = await admin.directoryReviews.plan({ reviewId, select: { rows: 'all' } });
  const planned = performance.now();
  const { counts } = await admin.directoryReviews.sync({ reviewId, planId });
  const applied = performance.now();
  return {
    users: counts.new + counts.updated + counts.removed,
    reviewMs: read - began,
    planMs: planned - read,
    applyMs: applied - planned,
  };
}
