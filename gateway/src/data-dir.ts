import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { GatewayError } from './gateway-error.js';

/** A data folder that belongs to this process until it is disposed of. */
export interface DataDir extends AsyncDisposable {
  readonly path: string;
}

/** Who holds a data folder: enough to tell a living holder from a number that was given to somebody else since. */
interface Holder {
  readonly pid: number;
  /** When the process started, in the kernel's ticks; empty where the system does not tell. */
  readonly startedAt: string;
  /** Which run of the machine that was; empty where the system does not tell. */
  readonly machineRun: string;
  /** Tells two locks of the same process apart. */
  readonly nonce: string;
}

async function startTicks(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is the program's name in parentheses and may hold spaces; the start time is field 22.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

async function thisProcess(): Promise<Holder> {
  const machineRun = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return {
    pid: process.pid,
    startedAt: await startTicks(process.pid),
    machineRun: machineRun.trim(),
    nonce: randomUUID(),
  };
}

async function isAlive(holder: Holder, self: Holder): Promise<boolean> {
  if (holder.machineRun !== self.machineRun) {
    return false;
  }
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') {
      return false;
    }
  }
  return (await startTicks(holder.pid)) === holder.startedAt;
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'pid' in value && Number.isInteger(value.pid)
      ? (value as Holder)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Makes the folder where needed and takes its lock file, so that two gateways never write one journal. A lock left by a
 * process that died is taken over, also when its number has been given to another process since.
 *
 * Two containers that share a folder but not their process numbers cannot see each other; do not share a folder so.
 *
 * @throws {@link GatewayError} `data-dir-in-use` or `data-dir-unusable`.
 */
export async function openDataDir(dataDir: string): Promise<DataDir> {
  const path = resolve(dataDir);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return await lockFolder(path);
  } catch (cause) {
    if (cause instanceof GatewayError) {
      throw cause;
    }
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new GatewayError(
      { code: 'data-dir-unusable', path },
      `The data folder ${path} cannot be made or written: ${why}.`,
      {
        cause,
      },
    );
  }
}

async function lockFolder(path: string): Promise<DataDir> {
  const lockPath = join(path, 'gateway.lock');
  const self = await thisProcess();
  const ownText = JSON.stringify(self);
  const draft = join(path, `gateway.lock.${self.nonce}`);
  await writeFile(draft, ownText, { flag: 'wx', mode: 0o600 });
  try {
    for (let tries = 0; tries < 10; tries += 1) {
      // A link is made whole or not at all, and never over another file.
      const taken = await link(draft, lockPath).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') {
            return false;
          }
          throw error;
        },
      );
      if (taken) {
        return { path, [Symbol.asyncDispose]: () => release(lockPath, ownText) };
      }
      await clearStale(path, lockPath, self);
    }
    throw new GatewayError({ code: 'data-dir-in-use', path, pid: 0 }, `The data folder ${path} is being fought over.`);
  } finally {
    await rm(draft, { force: true });
  }
}

async function clearStale(path: string, lockPath: string, self: Holder): Promise<void> {
  const text = await readFile(lockPath, 'utf8').catch(() => undefined);
  if (text === undefined) {
    return;
  }
  const holder = parseHolder(text);
  if (holder !== undefined && (await isAlive(holder, self))) {
    throw new GatewayError(
      { code: 'data-dir-in-use', path, pid: holder.pid },
      `The data folder ${path} is in use by another gateway, process ${holder.pid}.`,
    );
  }
  const aside = `${lockPath}.stale.${self.nonce}`;
  await rename(lockPath, aside).catch(() => undefined);
  const removed = await readFile(aside, 'utf8').catch(() => undefined);
  if (removed !== undefined && removed !== text) {
    // Somebody else took the stale lock over between the look and the rename: give his lock back.
    await link(aside, lockPath).catch(() => undefined);
  }
  await rm(aside, { force: true });
}

async function release(lockPath: string, ownText: string): Promise<void> {
  const text = await readFile(lockPath, 'utf8').catch(() => undefined);
  if (text === ownText) {
    await rm(lockPath, { force: true });
  }
}
