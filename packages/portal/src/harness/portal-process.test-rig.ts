import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openEmbeddedDatabase } from '../store/embedded-database.js';
import { initialFiles } from './initial-files.test-rig.js';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** The portal as a process of its own, from its sources. */
export interface PortalProcess {
  readonly child: ChildProcess;
  /** Where it listens, from the log line that says that it is ready. */
  readonly httpUrl: string;
  readonly operatorKey: string;
}

/** How a portal process ended that never became ready. */
export interface PortalFailure {
  readonly exitCode: number | null;
  readonly stderr: string;
}

/** Starts `main.ts` on free ports and waits until it is ready, or has ended. */
export async function spawnPortal(
  dataDir: string,
  options: { readonly env?: Readonly<Record<string, string>>; readonly args?: readonly string[] } = {},
): Promise<PortalProcess | PortalFailure> {
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', main, ...(options.args ?? [])], {
    env: {
      PATH: process.env['PATH'],
      LATCHWORK_DATA_DIR: dataDir,
      LATCHWORK_HTTP_PORT: '0',
      LATCHWORK_MQTT_PORT: '0',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const ready = new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      const httpUrl = /"httpUrl":"([^"]+)".*"portal ready"/.exec(stdout)?.[1];
      if (httpUrl !== undefined) resolve(httpUrl);
    });
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode, stderr }) as PortalFailure);
  const outcome = await Promise.race([ready, ended]);
  if (typeof outcome !== 'string') return outcome;
  const operatorKey =
    options.env?.['LATCHWORK_OPERATOR_KEY'] ?? readFileSync(join(dataDir, 'operator.key'), 'utf8').trim();
  return { child, httpUrl: outcome, operatorKey };
}

/** {@link spawnPortal} for a start that has to succeed. */
export async function startPortalProcess(dataDir: string): Promise<PortalProcess> {
  const started = await spawnPortal(dataDir);
  if ('child' in started) return started;
  throw new Error(`The portal did not start: ${started.stderr}`);
}

/** Puts an empty database where a portal will look for it, which spares its first start the making of one. */
export async function prepareDatabase(dataDir: string): Promise<void> {
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, 'db');
  if (existsSync(path)) return;
  const { client } = await openEmbeddedDatabase(path, { initialFiles: await initialFiles() });
  await client.close();
}
