import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAir, serveAir, type VirtualAir, type VirtualController } from '@latchwork/testing';
import { pino } from 'pino';
import { addEchoLock, type EchoLock, testTimings } from './lock.test-rig.js';
import type { NobleFork } from './radio-messages.js';
import { type Radio, type RadioOptions, startRadio } from './supervisor.js';

/** The worker's sources as Node can run them: TypeScript by tsx, our packages by their sources. */
export const workerFromSources = {
  url: new URL('./worker.ts', import.meta.url),
  execArgv: ['--conditions=source', '--import', 'tsx'],
};

/** One log line of the supervisor. */
export interface LogLine {
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A supervised radio process whose noble is on a virtual adapter behind a Unix socket. */
export interface SupervisedRig extends AsyncDisposable {
  readonly air: VirtualAir;
  readonly adapter: VirtualController;
  readonly radio: Radio;
  readonly log: readonly LogLine[];
  addLock(tag?: string): Promise<EchoLock>;
}

/** Serves an air and starts a radio on it; resolves when the radio is ready. */
export async function startSupervisedRig(
  fork: NobleFork,
  options: Partial<RadioOptions> & { readonly whenHostLeaves?: 'reset' | 'keep' } = {},
): Promise<SupervisedRig> {
  const { whenHostLeaves = 'reset', ...radioOptions } = options;
  const folder = await mkdtemp(join(tmpdir(), 'latchwork-radio-'));
  const socketPath = join(folder, 'hci.sock');
  const air = createAir({ seed: 5 });
  const served = await serveAir(air, { socketPath, whenHostLeaves });
  const [adapter] = served.adapters;
  if (adapter === undefined) throw new Error('the air serves no adapter');
  const preload = createRequire(import.meta.url).resolve('@latchwork/testing/preload');
  // The radio process inherits the environment of this one, as it does in production.
  process.env['LATCHWORK_HCI_SOCKET'] = socketPath;
  const worker = radioOptions.worker ?? workerFromSources;
  const log: LogLine[] = [];
  const radio = startRadio({
    fork,
    deviceId: 0,
    log: pino({ level: 'info' }, { write: (line: string) => log.push(JSON.parse(line) as LogLine) }),
    random: () => 0,
    ...radioOptions,
    timings: { ...testTimings, ...radioOptions.timings },
    worker: { url: worker.url, execArgv: ['--require', preload, ...(worker.execArgv ?? [])] },
  });
  await radio.ready(60_000);
  return {
    air,
    adapter,
    radio,
    log,
    addLock: (tag = '0011223344556677') => addEchoLock(air, tag),
    async [Symbol.asyncDispose]() {
      await radio[Symbol.asyncDispose]();
      await served.close();
      air.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
