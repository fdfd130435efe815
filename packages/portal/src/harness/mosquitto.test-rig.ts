import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from '@latchwork/testing';

const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
const program = folders.map((folder) => join(folder, 'mosquitto')).find((path) => existsSync(path));

/** Why these tests are left out, for their titles; empty where mosquitto is installed. */
export const missingMosquitto = program === undefined ? '(left out: mosquitto is not installed)' : '';

/** A mosquitto of its own, in a folder of its own, that can be ended and started again with what it had kept. */
export interface TestMosquitto extends AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  /** Everything that it has said. */
  readonly log: readonly string[];
  /** Ends it without warning. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Has it read its files again, as `systemctl reload` does. */
  reload(): Promise<void>;
}

/** Starts one with the lines of a configuration, which may name files in its folder. */
export async function startMosquitto(
  configure: (at: { readonly port: number; readonly folder: string }) => Promise<string> | string,
): Promise<TestMosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'latchwork-mosquitto-'));
  const port = await freePort();
  const path = join(folder, 'mosquitto.conf');
  // Started as root, it becomes another user, who could not write here.
  writeFileSync(path, `user root\n${await configure({ port, folder })}`);
  const log: string[] = [];
  let child: ChildProcess | undefined;
  const said = async (text: string, after: number): Promise<void> => {
    while (!log.slice(after).join('').includes(text)) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const start = async (): Promise<void> => {
    const before = log.length;
    child = spawn(program ?? '', ['-v', '-c', path], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => log.push(data.toString()));
    while (!log.slice(before).join('').includes(' running\n')) {
      if (child.exitCode !== null) throw new Error(log.join(''));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  await start();
  return {
    ...{ port, folder, log, start, kill },
    reload: async () => {
      const before = log.length;
      child?.kill('SIGHUP');
      await said('Reloading config.', before);
    },
    [Symbol.asyncDispose]: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
