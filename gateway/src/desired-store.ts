import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DesiredMessage, type LockRevision, parseGatewayMessage } from '@latchwork/contract';
import type { Log } from './log.js';

/** What a desired state asks for, without what is carried for it. */
export interface DesiredHead {
  /** 16 hex digits. */
  readonly tag: string;
  readonly deviceId: DesiredMessage['deviceId'];
  readonly standing: LockRevision;
  readonly proven: LockRevision | null;
  /** Whether there is something that revokes, to go first. */
  readonly hasBulletin: boolean;
  /** The revision of the set, where there is one. */
  readonly set: LockRevision | null;
}

/**
 * The desired states of the gateway's locks, on the disk: what is carried may be long, so only heads are in memory. Disposing
 * waits until everything that was put is durable.
 */
export interface DesiredStore extends AsyncDisposable {
  /** What was there when the folder was opened. */
  readonly atOpen: readonly DesiredHead[];
  /** Puts a state in the place of the lock's last one; resolves when it is durable, or is kept in memory for want of a disk. */
  put(tag: string, text: string): Promise<void>;
  /** Forgets a lock. */
  remove(tag: string): Promise<void>;
  /** The newest state that was put, whether it is durable yet or not; undefined when there is none, or none that can be read. */
  read(tag: string): Promise<DesiredMessage | undefined>;
}

const nameOf = /^([0-9a-f]{16})\.json$/;

/** What a desired message asks for. */
export function headOf({ lock, deviceId, standing, proven, bulletin, set }: DesiredMessage): DesiredHead {
  return {
    tag: lock.tag,
    deviceId,
    standing,
    proven,
    hasBulletin: bulletin !== undefined,
    set: set === undefined ? null : { epoch: set.epoch, revision: set.revision },
  };
}

/**
 * Opens the folder `desired` of a data folder. What cannot be read is removed: the portal says it again whenever the gateway
 * connects, so a damaged file costs an outage of the broker at most. In the same way a disk that takes nothing does not
 * keep a revocation from its lock: the state is held in memory then.
 */
export async function openDesiredStore(dataDir: string, log: Log): Promise<DesiredStore> {
  const folder = join(dataDir, 'desired');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  /** Texts that are not on the disk, or not yet; null of a lock that is being forgotten. */
  const unsaved = new Map<string, string | null>();
  const saving = new Map<string, Promise<void>>();
  const atOpen: DesiredHead[] = [];

  for (const file of await readdir(folder)) {
    const tag = nameOf.exec(file)?.[1];
    const message = tag === undefined ? undefined : await load(tag);
    if (message === undefined) {
      if (tag !== undefined) log.warn({ tag }, 'desired state unreadable');
      await rm(join(folder, file), { force: true });
    } else {
      atOpen.push(headOf(message));
    }
  }

  async function load(tag: string): Promise<DesiredMessage | undefined> {
    const kept = unsaved.get(tag);
    try {
      const text = kept === undefined ? await readFile(join(folder, `${tag}.json`), 'utf8') : kept;
      const message = text === null ? undefined : parseGatewayMessage('desired', text);
      return message?.lock.tag === tag ? message : undefined;
    } catch {
      return undefined;
    }
  }

  async function syncFolder(): Promise<void> {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  }

  async function replace(tag: string, text: string | null): Promise<void> {
    const path = join(folder, `${tag}.json`);
    if (text === null) {
      await rm(path, { force: true });
    } else {
      const handle = await open(`${path}.next`, 'w', 0o600);
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(`${path}.next`, path);
    }
    await syncFolder();
  }

  /** Writes what is newest until nothing newer has come meanwhile. */
  async function saveNewest(tag: string): Promise<void> {
    for (let text = unsaved.get(tag); text !== undefined; ) {
      try {
        await replace(tag, text);
      } catch (error) {
        log.error({ err: error, tag }, 'desired state not kept');
        break;
      }
      const next = unsaved.get(tag);
      if (next === text) unsaved.delete(tag);
      text = next === text ? undefined : next;
    }
    saving.delete(tag);
  }

  function save(tag: string, text: string | null): Promise<void> {
    unsaved.set(tag, text);
    const underWay = saving.get(tag) ?? saveNewest(tag);
    saving.set(tag, underWay);
    return underWay;
  }

  return {
    atOpen,
    put: save,
    remove: (tag) => save(tag, null),
    read: load,
    async [Symbol.asyncDispose]() {
      await Promise.all(saving.values());
    },
  };
}
