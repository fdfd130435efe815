import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

// As built: its Bluetooth is a program of its own beside it.
const main = fileURLToPath(new URL('../../../../gateway/dist/main.js', import.meta.url));
const preload = createRequire(import.meta.url).resolve('@latchwork/testing/preload');

/** The gateway as a process of its own. */
export interface GatewayProcess extends AsyncDisposable {
  /** Everything that it has said, each line once it is whole. */
  readonly log: readonly string[];
  /** Resolves when a line with the text was said, by now or later; rejects when the process ends first. */
  said(text: string): Promise<void>;
  readonly ended: Promise<number | null>;
}

/** Starts the built program in a data folder, on the virtual air behind a socket. */
export function startGatewayProcess(o: {
  readonly dataDir: string;
  readonly args?: readonly string[];
  /** Where the adapters of the air are; none for what needs no radio. */
  readonly hciSocket?: string;
}): GatewayProcess {
  const child: ChildProcess = spawn(process.execPath, [main, ...(o.args ?? [])], {
    env: {
      PATH: process.env['PATH'],
      LATCHWORK_DATA_DIR: o.dataDir,
      LATCHWORK_HTTP_PORT: '0',
      ...(o.hciSocket === undefined ? {} : { NODE_OPTIONS: `--require=${preload}`, LATCHWORK_HCI_SOCKET: o.hciSocket }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.on('data', (data: Buffer) => {
      const lines = (rest + data.toString()).split('\n');
      rest = lines.pop() ?? '';
      log.push(...lines);
      for (const look of [...listeners]) look();
    });
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    log,
    ended,
    said: async (text) => {
      const isSaid = new Promise<void>((resolve) => {
        const look = () => {
          if (!log.some((line) => line.includes(text))) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
      });
      const isOver = ended.then(() => {
        throw new Error(`It ended before it said "${text}":\n${log.join('\n')}`);
      });
      await Promise.race([isSaid, isOver]);
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
