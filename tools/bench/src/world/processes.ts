import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = fileURLToPath(new URL('../../../..', import.meta.url));
/** How a source of the bench itself is run. */
export const tsx: readonly string[] = ['--conditions=source', '--import', 'tsx'];
/** Gives the unmodified Bluetooth library its virtual adapter. */
export const preload = fileURLToPath(import.meta.resolve('@latchwork/testing/preload'));

/** The processes of one bench and their folder, which end together. */
export interface Processes extends AsyncDisposable {
  readonly folder: string;
  /** Takes a process that must not outlive the bench. */
  adopt<Child extends ChildProcess>(child: Child): Child;
  /** Runs a built program; what it says goes to the folder's log, or to a pipe. */
  program(entry: string, env: Readonly<Record<string, string>>, output?: 'log' | 'pipe'): ChildProcess;
}

/** A program that says itself how it is run, or one that Node.js is told to run. */
function commandOf(path: string): [string, string[]] {
  return path.includes('/bin/') ? [path, []] : [process.execPath, [path]];
}

/** Begins with no process and an empty folder. */
export function startProcesses(): Processes {
  const folder = mkdtempSync(join(tmpdir(), 'latchwork-bench-'));
  const log = openSync(join(folder, 'log'), 'a');
  const children: ChildProcess[] = [];
  const adopt = <Child extends ChildProcess>(child: Child): Child => {
    children.push(child);
    return child;
  };
  return {
    folder,
    adopt,
    program: (entry, env, output = 'log') =>
      adopt(
        spawn(...commandOf(join(root, entry)), {
          env: { ...process.env, ...env },
          stdio: ['ignore', output === 'log' ? log : 'pipe', log],
        }),
      ),
    async [Symbol.asyncDispose]() {
      for (const child of children.reverse()) await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Asks a process to end, and makes it after five seconds. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await Promise.race([exited, wait(5_000).then(() => child.kill('SIGKILL'))]);
}

/** The next message of this type from a process of the bench. */
export function reply<Reply extends { readonly type: string }, Type extends Reply['type']>(
  child: ChildProcess,
  type: Type,
): Promise<Extract<Reply, { readonly type: Type }>> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`a bench process ended with ${code}`));
    const onMessage = (message: unknown) => {
      const answer = message as Extract<Reply, { readonly type: Type }>;
      if (answer.type !== type) return;
      child.off('message', onMessage).off('exit', onExit);
      resolve(answer);
    };
    child.on('message', onMessage).once('exit', onExit);
  });
}

/** Whether somebody answers there, and says that all is well. */
export async function isOk(url: string): Promise<boolean> {
  return (await fetch(url).catch(() => undefined))?.ok === true;
}

/** Asks again until it is so. @throws when it is not within a minute or as told. */
export async function until(check: () => Promise<boolean>, o: { readonly seconds?: number } = {}): Promise<void> {
  const { seconds = 60 } = o;
  for (let tries = 0; tries < seconds * 20; tries += 1) {
    if (await check()) return;
    await wait(50);
  }
  throw new Error(`the bench waited for something for ${seconds} s in vain`);
}
