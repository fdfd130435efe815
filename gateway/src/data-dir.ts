import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
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
  return await usable(path, async () => {
    await makeLevels(path);
    return await lockFolder(path);
  });
}

/**
 * Makes a folder that only this account may look into, where there is none.
 *
 * @throws {@link GatewayError} `data-dir-unusable`.
 */
export async function makePrivateFolder(path: string): Promise<void> {
  await usable(path, async () => await makeLevels(resolve(path)));
}

async function usable<T>(path: string, use: () => Promise<T>): Promise<T> {
  return await use().catch((cause: unknown) => {
    if (cause instanceof GatewayError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    const sentence = `The data folder ${path} cannot be made or written: ${why}.`;
    throw new GatewayError({ code: 'data-dir-unusable', path }, sentence, { cause });
  });
}

/** Level by level: Node.js 20 never returns from a recursive mkdir below a folder that takes none, such as /proc. */
async function makeLevels(path: string): Promise<void> {
  const make = () => mkdir(path, { mode: 0o700 });
  await make().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return;
    if (error.code !== 'ENOENT') throw error;
    await makeLevels(dirname(path));
    await make();
  });
}

/**
 * The living process that holds a data folder, or null when none does; `unreadable` when this account may not know. It
 * takes nothing and changes nothing.
 */
export async function findHolder(dataDir: string): Promise<number | null | 'unreadable'> {
  const lockPath = join(resolve(dataDir), 'gateway.lock');
  try {
    const holder = parseHolder(await readFile(lockPath, 'utf8'));
    return holder !== undefined && (await isAlive(holder, await thisProcess())) ? holder.pid : null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? null : 'unreadable';
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
      if (await linked(draft, lockPath)) {
        return { path, [Symbol.asyncDispose]: () => release(lockPath, ownText) };
      }
      const text = await readText(lockPath);
      const holder = text === undefined ? undefined : parseHolder(text);
      if (holder !== undefined && (await isAlive(holder, self))) {
        throw new GatewayError(
          { code: 'data-dir-in-use', path, pid: holder.pid },
          `The data folder ${path} is in use by another gateway, process ${holder.pid}.`,
        );
      }
      if (text !== undefined) {
        await clearStale(lockPath, text, { self, draft });
      }
    }
    throw new GatewayError({ code: 'data-dir-in-use', path, pid: 0 }, `The data folder ${path} is being fought over.`);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Gives a file a second name, which it gets whole or not at all, and never over another file; false when that is taken. */
async function linked(file: string, name: string): Promise<boolean> {
  return await link(file, name).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') {
        return false;
      }
      throw error;
    },
  );
}

async function readText(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch(() => undefined);
}

/**
 * Removes a file that a dead process left, and no other: who wants to, first takes the right to remove exactly this
 * content, which one process has at a time; so nobody ever removes, or moves aside for a moment, the lock of a living one.
 * A right that a dead process left is cleared in the same way.
 */
async function clearStale(
  file: string,
  text: string,
  by: { readonly self: Holder; readonly draft: string },
): Promise<void> {
  const right = `${file}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  if (await linked(by.draft, right)) {
    if ((await readText(file)) === text) {
      await rm(file, { force: true });
    }
    await rm(right, { force: true });
    return;
  }
  const rightText = await readText(right);
  const holder = rightText === undefined ? undefined : parseHolder(rightText);
  if (rightText !== undefined && !(holder !== undefined && (await isAlive(holder, by.self)))) {
    await clearStale(right, rightText, by);
  }
}

async function release(lockPath: string, ownText: string): Promise<void> {
  if ((await readText(lockPath)) === ownText) {
    await rm(lockPath, { force: true });
  }
}
