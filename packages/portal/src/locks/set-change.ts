import type { LockRevision } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import { isProven } from '@latchwork/core/credentials';
import { compareRevisions, mostDeniedEntries } from '@latchwork/lock-protocol';
import type { LockEntry, RefusedGrant } from '../store/schema/locks.js';
import type { Row } from '../store/store.js';
import type { LockSetEntry } from './lock-set.js';

/** What a lock is to be told next, in numbers: who signs it adds the words. */
export interface SetChange {
  /** Of the bulletin, which goes first; `null`: none is needed, or not all that it must deny fits into one. */
  readonly bulletin: { readonly revision: number; readonly deniedEntries: readonly number[] } | null;
  /** Of the manifest: what the lock stands at when all of it has arrived. */
  readonly set: LockRevision;
  readonly entries: readonly LockEntry[];
  readonly leaving: readonly LockEntry[];
  /** Grants that both deny. */
  readonly refused: readonly RefusedGrant[];
}

/** What {@link decideSetChange} decides on. */
export interface SetChangeRequest {
  readonly row:
    | Pick<Row<'lockDesired'>, 'revision' | 'standing' | 'entries' | 'leaving' | 'refused' | 'proven'>
    | undefined;
  /** The set that goes with the row. */
  readonly held: readonly LockSetEntry[];
  readonly wanted: readonly LockSetEntry[];
  /** Grants that shall open no more and have not ended by themselves. */
  readonly refusing: readonly Pick<RefusedGrant, 'id' | 'credentialId'>[];
  /** Of the key that signs. */
  readonly epoch: number;
  /** Whether the manifest says something else than it did, besides the entries. */
  readonly isOtherwise: boolean;
  readonly now: Instant;
}

/**
 * Decides what a lock is to be told next; `undefined`: what it was told last is what is wanted. An entry whose period is over opens
 * nothing, so that alone is no reason to tell the lock.
 *
 * Manifests and bulletins share one counter, and a receipt's standing may be a bulletin's. So an entry that is in the set counts
 * from the newest manifest there was beside a bulletin, until it is proven: whatever stands there has that manifest.
 */
export function decideSetChange(request: SetChangeRequest): SetChange | undefined {
  const { row, held, wanted, refusing, epoch, isOtherwise, now } = request;
  const heldBytes = new Map(held.map(({ credentialId, bytes }) => [credentialId, bytes]));
  const wantedIds = new Set(wanted.map(({ credentialId }) => credentialId));
  const isNew = ({ credentialId, bytes }: LockSetEntry) => {
    const before = heldBytes.get(credentialId);
    return before === undefined || !Buffer.from(before).equals(bytes);
  };
  const gone = held.filter(({ credentialId }) => !wantedIds.has(credentialId));
  const revoked = gone.filter(({ entry: { expires } }) => expires === undefined || expires * 1000 > now);
  const isBehind = row !== undefined && compareRevisions(row.standing, { epoch, revision: row.revision }) !== 0;
  const refusedSince = new Map(row?.refused.map(({ id, since }) => [id, since]));
  const isRefusing = refusing.some(({ id }) => !refusedSince.has(id));
  const isRevoking = revoked.length > 0 || isRefusing;
  if (!isBehind && !isOtherwise && !isRevoking && !wanted.some(isNew)) return undefined;

  // A lock that comes back after it was removed has its former numbers behind it.
  const last = row?.revision ?? Math.floor(now / 1000);
  const proven = row?.proven ?? null;
  const unproven = row?.leaving ?? [];
  const goneIds = gone.map(({ credentialId, entry: { id } }) => ({ id, credentialId }));
  const denied = [...unproven, ...goneIds].map(({ id }) => id).sort((a, b) => a - b);
  const hasBulletin = isRevoking && denied.length <= mostDeniedEntries;
  const first = { epoch, revision: last + 1 };
  const set = hasBulletin ? { epoch, revision: last + 2 } : first;
  const since = new Map(row?.entries.map((entry) => [entry.credentialId, entry.since]));
  const sinceOf = (entry: LockSetEntry): LockRevision => {
    const before = since.get(entry.credentialId);
    if (before === undefined || isNew(entry)) return set;
    return hasBulletin && !isProven(proven, before) ? set : before;
  };
  return {
    bulletin: hasBulletin ? { revision: first.revision, deniedEntries: denied } : null,
    set,
    entries: wanted.map((entry) => ({
      id: entry.entry.id,
      credentialId: entry.credentialId,
      since: sinceOf(entry),
    })),
    leaving: [...unproven, ...goneIds.map((entry) => ({ ...entry, since: first }))],
    refused: refusing.map(({ id, credentialId }) => ({ id, credentialId, since: refusedSince.get(id) ?? first })),
  };
}
