import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { PortalError } from './portal-error.js';
import { Secret } from './secret.js';

/** A data directory held by this process alone until it is released. */
export interface DataDir extends Disposable {
  /** Absolute path. */
  readonly path: string;
  /** Reads a secret kept in the directory, making it (mode 0600) on the first start. */
  secret(fileName: string, make: () => string): Secret;
}

/**
 * Makes the directory if needed and takes it for this process: the embedded database has no lock of its own, and two
 * writers would corrupt it. A lock left by a dead process is replaced; a living process is never pushed aside.
 *
 * @throws PortalError `data-dir-in-use` or `data-dir-unusable`
 */
export function holdDataDir(dataDir: string): DataDir {
  const path = resolve(dataDir);
  const lockPath = join(path, 'portal.lock');
  const mark = `${process.pid} ${processStart(process.pid) ?? '-'} ${randomBytes(8).toString('hex')}\n`;
  try {
    makeFolder(path);
    takeLock(path, lockPath, mark);
  } catch (error) {
    if (error instanceof PortalError) throw error;
    throw new PortalError({ code: 'data-dir-unusable', path }, { cause: error });
  }
  return {
    path,
    secret: (fileName, make) => keptSecret(join(path, fileName), make),
    [Symbol.dispose]: () => {
      if (readLock(lockPath) === mark) rmSync(lockPath, { force: true });
    },
  };
}

/**
 * Makes a folder, and those above it, where there is none. Level by level: Node.js 20 never returns from a recursive mkdir below a
 * folder that takes none, such as /proc.
 *
 * @throws the system's error.
 */
export function makeFolder(path: string, mode = 0o700): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function takeLock(path: string, lockPath: string, mark: string): void {
  // A complete file appears under the lock's name at once or not at all: nobody ever reads half a lock.
  const own = `${lockPath}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeDurably(own, mark);
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (linked(own, lockPath)) return;
      const found = readLock(lockPath);
      const holder = livingHolder(found);
      if (holder !== undefined) throw new PortalError({ code: 'data-dir-in-use', path, pid: holder });
      if (found !== undefined) clearStale(lockPath, found, own);
    }
    throw new PortalError({ code: 'data-dir-unusable', path });
  } finally {
    rmSync(own, { force: true });
  }
}

/** Gives a file a second name, which it gets whole or not at all, and never over another file; false when that is taken. */
function linked(file: string, name: string): boolean {
  try {
    linkSync(file, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

/**
 * Removes a file that a dead process left, and no other: who wants to, first takes the right to remove exactly this
 * content, which one process has at a time; so nobody ever removes, or moves aside for a moment, the lock of a living one.
 * A right that a dead process left is cleared in the same way.
 */
function clearStale(file: string, text: string, own: string): void {
  const right = `${file}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  if (linked(own, right)) {
    if (readLock(file) === text) rmSync(file, { force: true });
    rmSync(right, { force: true });
    return;
  }
  const rightText = readLock(right);
  if (rightText !== undefined && livingHolder(rightText) === undefined) clearStale(right, rightText, own);
}

function readLock(lockPath: string): string | undefined {
  try {
    return readFileSync(lockPath, 'utf8');
  } catch {
    return undefined;
  }
}

/** The pid in the lock if that very process still lives; a pid that was given to another process since does not count. */
function livingHolder(lock: string | undefined): number | undefined {
  const [pidText, start] = (lock ?? '').trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  const startNow = processStart(pid);
  return startNow !== undefined && start !== '-' && startNow !== start ? undefined : pid;
}

/** When the process began, in the kernel's ticks since boot, where the system tells (Linux). */
function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return ticks === undefined ? undefined : `${boot}/${ticks}`;
  } catch {
    return undefined;
  }
}

function keptSecret(path: string, make: () => string): Secret {
  try {
    if (!existsSync(path)) writeDurably(path, `${make()}\n`);
    return new Secret(readFileSync(path, 'utf8').trim());
  } catch (error) {
    throw new PortalError({ code: 'data-dir-unusable', path }, { cause: error });
  }
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
