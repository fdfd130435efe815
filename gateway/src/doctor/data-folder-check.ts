import { randomUUID } from 'node:crypto';
import { access, constants, open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Finding, findingsOf } from './finding.js';
import { editSettings, shellWord } from './remedy.js';

/** What a small file that was written durably into the data folder, and removed again, showed. */
export type ProbeFacts =
  | { readonly wrote: true; readonly syncMs: number }
  | { readonly wrote: false; readonly code: string };

/** The data folder and the disk under it. */
export type DataFolderFacts = { readonly path: string; readonly account: string } & (
  | { readonly state: 'not-set' | 'not-a-folder' | 'unreadable' }
  /** Not there yet; `parent` is the nearest folder that is, in which the gateway would make it. */
  | { readonly state: 'missing'; readonly parent: string; readonly writable: boolean }
  | {
      readonly state: 'there';
      /** Permission bits. */
      readonly mode: number;
      readonly probe: ProbeFacts;
      readonly freeBytes: number;
      /** Null where the file system has no such limit. */
      readonly freeFiles: number | null;
      /** The kernel's number of the file system (statfs(2)). */
      readonly fileSystem: number;
    }
);

const mebibyte = 1_048_576;
/** The journal is rewritten beside itself, and every lock's desired state is a file. */
const leastBytes = 16 * mebibyte;
const comfortableBytes = 256 * mebibyte;
const leastFiles = 100;
/** An unlock waits for two durable writes before it is written to the radio. */
const slowSyncMs = 100;
/** File systems that a restart of the machine or of the container empties. */
const passingFileSystems: Readonly<Record<number, string>> = {
  16914836: 'in memory (tmpfs)',
  2240043254: 'in memory (ramfs)',
  2035054128: 'in the layer of a container (overlayfs)',
};

/** Says whether the gateway can keep its journal and its keys there, and whether others cannot read them. */
export function decideDataFolder(facts: DataFolderFacts): readonly Finding[] {
  const { ok, warning, failure } = findingsOf('data-folder');
  const path = shellWord(facts.path);
  const give = `sudo chown --recursive ${shellWord(facts.account)} ${path} && sudo chmod u+rwx ${path}`;
  switch (facts.state) {
    case 'not-set':
      return [failure('No data folder is set, so none was looked at.', editSettings)];
    case 'not-a-folder':
      return [failure(`${facts.path} is not a folder.`, editSettings)];
    case 'unreadable':
      return [
        failure(
          `${facts.account} may not look into the data folder ${facts.path}, or into a folder above it.`,
          `namei --long ${path} && ${give}`,
        ),
      ];
    case 'missing':
      return facts.writable
        ? [ok(`The data folder ${facts.path} is not there yet; the gateway makes it in ${facts.parent}.`)]
        : [
            failure(
              `The data folder ${facts.path} is not there, and ${facts.account} may not make it in ${facts.parent}.`,
              `sudo install --directory --mode=700 --owner=${shellWord(facts.account)} ${path}`,
            ),
          ];
    case 'there':
      break;
  }
  const { probe } = facts;
  if (!probe.wrote && probe.code === 'EROFS') {
    return [
      failure(
        `The data folder ${facts.path} is on a file system that is mounted read-only.`,
        `sudo mount --options remount,rw --target ${path}`,
      ),
    ];
  }
  if (!probe.wrote && ['EACCES', 'EPERM'].includes(probe.code)) {
    return [failure(`${facts.account} may not write into the data folder ${facts.path}.`, give)];
  }
  return (facts.mode & 0o077) === 0
    ? [ok(`The data folder ${facts.path} is the gateway’s alone.`)]
    : [warning(`Other accounts may look into the data folder ${facts.path}.`, `sudo chmod 700 ${path}`)];
}

/** Says whether the disk takes what the gateway writes, in time, and keeps it. */
export function decideDisk(facts: DataFolderFacts): readonly Finding[] {
  const { ok, warning, failure } = findingsOf('disk');
  if (facts.state !== 'there') return [];
  const { path, probe, freeBytes, freeFiles } = facts;
  const makeRoom = `sudo journalctl --vacuum-size=50M && sudo apt-get clean && df --human-readable ${shellWord(path)}`;
  const free = `${Math.floor(freeBytes / mebibyte)} MiB`;
  const findings: Finding[] = [];
  if (!probe.wrote && ['ENOSPC', 'EDQUOT'].includes(probe.code)) {
    const quota = probe.code === 'EDQUOT' ? 'The quota of this account' : 'The disk';
    return [failure(`${quota} is full: nothing can be written into ${path}.`, makeRoom)];
  }
  if (!probe.wrote && !['EROFS', 'EACCES', 'EPERM'].includes(probe.code)) {
    return [
      failure(`The disk refused a durable write into ${path} (${probe.code}).`, 'sudo dmesg --level=err,warn | tail'),
    ];
  }
  if (freeBytes < leastBytes) {
    findings.push(failure(`Only ${free} are free in ${path}.`, makeRoom));
  } else if (freeBytes < comfortableBytes) {
    findings.push(warning(`Only ${free} are free in ${path}.`, makeRoom));
  }
  if (freeFiles !== null && freeFiles < leastFiles) {
    findings.push(failure(`Only ${freeFiles} more files fit into the file system of ${path}.`, makeRoom));
  }
  const passing = passingFileSystems[facts.fileSystem];
  if (passing !== undefined) {
    findings.push(
      warning(`${path} is ${passing}: a restart loses the journal, and with it what locks were told.`, editSettings),
    );
  }
  if (probe.wrote && probe.syncMs > slowSyncMs) {
    findings.push(
      warning(
        `A durable write took ${Math.round(probe.syncMs)} ms; an unlock waits for several. Use a better disk than this one.`,
        null,
      ),
    );
  }
  if (findings.length > 0 || !probe.wrote) return findings;
  return [ok(`${free} are free, and a durable write took ${probe.syncMs.toFixed(1)} ms.`)];
}

/** Looks at the data folder without making it; what it writes there it removes. */
export async function gatherDataFolder(dataDir: string | null, account: string): Promise<DataFolderFacts> {
  const path = resolve(dataDir ?? '.');
  if (dataDir === null) return { path, account, state: 'not-set' };
  try {
    const { mode } = await stat(path);
    if ((mode & constants.S_IFMT) !== constants.S_IFDIR) return { path, account, state: 'not-a-folder' };
    const disk = await statfs(path);
    return {
      path,
      account,
      state: 'there',
      mode: mode & 0o777,
      probe: await writeProbe(path),
      freeBytes: disk.bavail * disk.bsize,
      freeFiles: disk.files === 0 ? null : disk.ffree,
      fileSystem: disk.type,
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { path, account, state: 'missing', ...(await nearestParent(path)) };
    return { path, account, state: code === 'ENOTDIR' ? 'not-a-folder' : 'unreadable' };
  }
}

async function nearestParent(path: string): Promise<{ readonly parent: string; readonly writable: boolean }> {
  const parent = dirname(path);
  const there = await access(parent).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
  if (!there && parent !== path) return await nearestParent(parent);
  const writable = await access(parent, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  return { parent, writable };
}

async function writeProbe(folder: string): Promise<ProbeFacts> {
  const file = join(folder, `.doctor-${randomUUID()}`);
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      const startedAt = performance.now();
      await handle.write(Buffer.alloc(4_096, 1));
      await handle.datasync();
      return { wrote: true, syncMs: performance.now() - startedAt };
    } finally {
      await handle.close();
      await rm(file, { force: true });
    }
  } catch (error) {
    return { wrote: false, code: (error as NodeJS.ErrnoException).code ?? 'unknown' };
  }
}
