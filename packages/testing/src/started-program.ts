import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program of its own that has said in its log that it is ready. Disposing of it asks it to stop and waits. */
export interface StartedProgram extends AsyncDisposable {
  /** The value of a field in the log line that said so, as text. */
  said(field: string): string;
}

/** How a program is started. */
export interface ProgramOptions {
  /** The JavaScript file to run. */
  readonly entry: string;
  /** The message of the log line by which it says that it is ready. */
  readonly readyLine: string;
  /** Its environment, but for `PATH`. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Starts a program that logs JSON lines, and waits until it is ready.
 *
 * @throws Error when it ends before.
 */
export async function startProgram({ entry, readyLine, env }: ProgramOptions): Promise<StartedProgram> {
  const child: ChildProcess = spawn(process.execPath, [entry], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const line = await Promise.race([lineWith(child, readyLine), exited.then(() => undefined)]);
  if (line === undefined) throw new Error(`${entry} ended before it was ready.`);
  return {
    said: (field) => String((JSON.parse(line) as Readonly<Record<string, unknown>>)[field]),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function lineWith(child: ChildProcess, text: string): Promise<string> {
  return await new Promise((resolve) => {
    let log = '';
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      log += piece;
      const found = log.split('\n').find((line) => line.includes(`"${text}"`) && line.endsWith('}'));
      if (found !== undefined) resolve(found);
    });
  });
}
