import { decodeInfo } from '@latchwork/lock-protocol';
import { RadioError } from './central.js';
import { accessByHandle, discoverAccess, type GattAccess, type LockHandles } from './gatt-access.js';
import type { LinkSession } from './link-session.js';

/** Attribute handles of locks that have answered before; see {@link createHandleCache}. */
export interface HandleCache {
  get(tag: string): LockHandles | undefined;
  set(tag: string, handles: LockHandles): void;
  forget(tag: string): void;
}

/**
 * Remembers handles so that a known lock costs three round trips to open instead of nine. Bounded, and never trusted:
 * an entry is used to read INFO, and dropped for a fresh discovery unless the value is that lock's own INFO.
 */
export function createHandleCache(limit: number): HandleCache {
  const entries = new Map<string, LockHandles>();
  return {
    get: (tag) => entries.get(tag),
    set(tag, handles) {
      entries.delete(tag);
      entries.set(tag, handles);
      const [oldest] = entries.keys();
      if (entries.size > limit && oldest !== undefined) entries.delete(oldest);
    },
    forget(tag) {
      entries.delete(tag);
    },
  };
}

/** A link on which TX is subscribed and INFO has been read. */
export interface OpenedLink {
  readonly access: GattAccess;
  readonly info: Uint8Array;
  /** Time at which the handles were known, by the given clock. */
  readonly discoveredAt: number;
}

function checkInfo(tag: string, info: Uint8Array): Uint8Array {
  let named: string;
  try {
    named = Buffer.from(decodeInfo(info).tag).toString('hex');
  } catch (cause) {
    throw new RadioError({ code: 'PROTOCOL' }, 'INFO is not readable.', { cause });
  }
  if (named !== tag) throw new RadioError({ code: 'PROTOCOL' }, 'INFO names another lock than the advert did.');
  return info;
}

function isRefusal(error: unknown): boolean {
  return error instanceof RadioError && (error.info.code === 'ATT' || error.info.code === 'PROTOCOL');
}

/** Opens a connected lock: by its remembered handles where they still hold, otherwise by discovery. */
export async function openLink(options: {
  readonly session: LinkSession;
  readonly tag: string;
  readonly cache: HandleCache;
  readonly onFrame: (frame: Uint8Array) => void;
  readonly now: () => number;
}): Promise<OpenedLink> {
  const { session, tag, cache, onFrame, now } = options;
  const known = cache.get(tag);
  if (known !== undefined) {
    const discoveredAt = now();
    // Dropped until a frame of this link has proved it again, so that a wrong entry costs at most one link.
    cache.forget(tag);
    try {
      const access = accessByHandle(session, known);
      // INFO comes first: nothing is written by a handle that has not just read as this lock's INFO.
      const info = checkInfo(tag, await access.readInfo());
      await access.subscribe(onFrame);
      return { access, info, discoveredAt };
    } catch (error) {
      if (!isRefusal(error) || session.ended) throw error;
    }
  }
  const access = await discoverAccess(session);
  const discoveredAt = now();
  await access.subscribe(onFrame);
  const info = checkInfo(tag, await access.readInfo());
  return { access, info, discoveredAt };
}
