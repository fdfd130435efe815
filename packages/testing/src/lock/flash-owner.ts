import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { SimulatedLockError } from './lock-error.js';

/** Files that locks of this process have: another process may have had its id before it. */
const ownPaths = new Set<string>();

/**
 * Takes a flash file for one lock, until what it returns is called: a file beside it, with `.lock` behind the name, says
 * which process has it. One that was left behind by a process that is gone counts for nothing.
 *
 * @throws SimulatedLockError `flash-in-use` while another lock has it.
 */
export function ownFlashFile(flashPath: string): () => void {
  const path = resolve(`${flashPath}.lock`);
  if (!create(path)) {
    const pid = ownerIn(path);
    if (pid === process.pid ? ownPaths.has(path) : isAlive(pid)) throw inUse(flashPath, pid);
    rmSync(path, { force: true });
    if (!create(path)) throw inUse(flashPath, ownerIn(path));
  }
  ownPaths.add(path);
  return () => {
    if (ownPaths.delete(path)) rmSync(path, { force: true });
  };
}

function create(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** 0 when the file names nobody. */
function ownerIn(path: string): number {
  try {
    const text = readFileSync(path, 'latin1').trim();
    return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one that lives.
    return codeOf(error) === 'EPERM';
  }
}

function inUse(path: string, pid: number): SimulatedLockError {
  return new SimulatedLockError(
    { code: 'flash-in-use', path, pid },
    `${path} is the flash of a lock that runs, in process ${pid}. Two locks on one flash would destroy it; if that process is no lock, remove ${path}.lock.`,
  );
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
