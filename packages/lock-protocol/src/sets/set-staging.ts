import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { concatBytes, equalBytes } from '../encoding/byte-strings.js';
import type { HeldEntry } from './held-entry.js';
import { type HeldSet, hashesOf, type SetStaging } from './held-set.js';
import { bankIdOf, bankImage, deletionRecord, entryRecord, type SetCapacity, type SetWrite } from './set-bank.js';
import { setDigest } from './set-entry.js';
import type { SetManifest } from './set-manifest.js';
import { setBucketOf } from './set-summary.js';

/** A step of staging, and what must be in flash before the memory says so; `full`: nothing has changed. */
export type StagingStep = { readonly staging: SetStaging; readonly writes: readonly SetWrite[] } | 'full';

/** Begins to stage the set of a manifest: the bank that is not obeyed becomes a copy of the one that is. */
export function beginStaging(
  crypto: CryptoProvider,
  { mark, entries }: HeldSet,
  o: { readonly manifest: SetManifest; readonly signed: Uint8Array; readonly capacity: SetCapacity },
): StagingStep {
  const { manifest, signed, capacity } = o;
  if (manifest.count > capacity.entries) return 'full';
  const bank = mark === undefined ? 0 : 1 - mark.bank;
  return rewrite(crypto, { manifest, signed, bank, entries }, capacity);
}

/** Whatever a box wants of the staged set, as entries that the lock can keep. */
export interface StagedChange {
  readonly entries: readonly HeldEntry[];
  readonly deleted?: readonly number[];
  readonly bucket?: number;
}

/** Applies a change to what is staged. What is there already is not written again, so that a repeat costs nothing. */
export function changeStaging(
  crypto: CryptoProvider,
  staging: SetStaging,
  { change, capacity }: { readonly change: StagedChange; readonly capacity: SetCapacity },
): StagingStep {
  const next = changedEntries(staging.entries, change);
  if (next.size > capacity.entries) return 'full';
  const gone = [...staging.entries.keys()].filter((id) => !next.has(id));
  const come = [...next.values()].filter(
    ({ id, hash }) => !equalBytes(hash, staging.entries.get(id)?.hash ?? hash.subarray(1)),
  );
  if (gone.length === 0 && come.length === 0) return { staging, writes: [] };
  const bytes = concatBytes(
    ...gone.map((id) => deletionRecord(crypto, id)),
    ...come.map((entry) => entryRecord(crypto, entry)),
  );
  const { bank, end } = staging;
  const changed = { ...staging, entries: next };
  if (!staging.isClean || end + bytes.length > capacity.bytes) return rewrite(crypto, changed, capacity);
  return { staging: { ...changed, end: end + bytes.length }, writes: [{ bank, offset: end, bytes }] };
}

function changedEntries(
  entries: ReadonlyMap<number, HeldEntry>,
  { entries: come, deleted = [], bucket }: StagedChange,
): ReadonlyMap<number, HeldEntry> {
  const next = new Map([...entries].filter(([id]) => setBucketOf(id) !== bucket && !deleted.includes(id)));
  for (const entry of come) next.set(entry.id, entry);
  return next;
}

/** Writes the bank anew, without what was deleted, replaced or cut off. */
function rewrite(
  crypto: CryptoProvider,
  staging: Omit<SetStaging, 'end' | 'isClean'>,
  capacity: SetCapacity,
): StagingStep {
  const { bank, signed, entries } = staging;
  const bytes = bankImage(crypto, bankIdOf(crypto, signed), entries.values());
  if (bytes.length > capacity.bytes) return 'full';
  return {
    staging: { ...staging, end: bytes.length, isClean: true },
    writes: [
      { bank, erase: true },
      { bank, offset: 0, bytes },
    ],
  };
}

/** Whether what is staged is the set that was signed. */
export function isStagingWhole(crypto: CryptoProvider, { manifest, entries }: SetStaging): boolean {
  return entries.size === manifest.count && equalBytes(setDigest(crypto, hashesOf(entries)), manifest.digest);
}

/** The set with what was staged in place of what was obeyed: one write of the memory, which names the other bank. */
export function commitStaging({ bulletin, conflict, deniedEntries }: HeldSet, staging: SetStaging): HeldSet {
  const { manifest, bank, entries } = staging;
  const { epoch, revision, digest, issuedAt, minimumClass = 0, leaseSeconds } = manifest;
  return {
    mark: {
      epoch,
      revision,
      digest,
      issuedAt,
      minimumClass,
      bank,
      ...(leaseSeconds === undefined ? {} : { leaseSeconds }),
    },
    ...{ entries, isDamaged: false, deniedEntries },
    ...(bulletin ? { bulletin } : {}),
    ...(conflict ? { conflict } : {}),
  };
}
