import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';

/** Where the kernel and systemd show what they know; a test has trees of its own. */
export interface MachineRoots {
  readonly sys: string;
  readonly proc: string;
  readonly run: string;
}

/** The trees of the machine itself. */
export const machineRoots: MachineRoots = { sys: '/sys', proc: '/proc', run: '/run' };

/** What came of reading something: what it held, that there is none, or that this user may not read it. */
export type Reading<T> = T | 'absent' | 'unreadable';

function whyNot(error: unknown): 'absent' | 'unreadable' {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ESRCH' ? 'absent' : 'unreadable';
}

/** The names in a folder, sorted. */
export async function readNames(folder: string): Promise<Reading<{ readonly names: readonly string[] }>> {
  return await readdir(folder).then((names) => ({ names: names.toSorted() }), whyNot);
}

/** The trimmed text of a file. */
export async function readText(file: string): Promise<Reading<{ readonly text: string }>> {
  return await readFile(file, 'utf8').then((text) => ({ text: text.trim() }), whyNot);
}

/** The trimmed text of a file, empty when it cannot be had. */
export async function readTextOrNothing(file: string): Promise<string> {
  const reading = await readText(file);
  return typeof reading === 'string' ? '' : reading.text;
}

const programLimitMs = 10_000;

/** Runs a program and gives what it wrote; `absent` when it is not installed, `failed` when it went wrong or hung. */
export async function runProgram(
  program: string,
  args: readonly string[],
): Promise<{ readonly stdout: string; readonly stderr: string; readonly failed: boolean } | 'absent'> {
  return await new Promise((resolve) => {
    // It gets none of the settings, of which one is a secret; and it answers in English.
    const env = { PATH: process.env['PATH'], LC_ALL: 'C' };
    execFile(program, [...args], { env, timeout: programLimitMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error !== null && 'code' in error && error.code === 'ENOENT') resolve('absent');
      else resolve({ stdout, stderr, failed: error !== null });
    });
  });
}
