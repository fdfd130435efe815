import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import { failObject } from '../encoding/claim-reader.js';
import { maxMessageSizeBytes } from '../encoding/gatt.js';
import { noiseTagSizeBytes } from '../noise/noise-suite.js';
import { sealSetBox, setBoxOverheadBytes } from './set-box.js';
import { encodeSetEntry, hashSetEntry, type SetEntry, setDigest } from './set-entry.js';
import { encodeSetChange, type SetChange } from './set-message.js';
import { setBucketCount, setBucketOf, summarizeSet } from './set-summary.js';

/** What a carrier takes to a lock for one revision of its set, and what the property's manifest must say of it. */
export interface SetPlan extends SetBoxes {
  /** SHA-256 over the set, 32 bytes. */
  readonly digest: Uint8Array;
  readonly count: number;
}

/** A revision of a set as a carrier has it: boxes that only the lock opens, and how to find those that it needs. */
export interface SetBoxes {
  /** What a lock with the set before this one answers to set-summary: 16 hashes of 8 bytes each. */
  readonly summaryBefore: readonly Uint8Array[];
  /** What leads from that set to this one, in this order; mostly one box. */
  readonly delta: readonly Uint8Array[];
  /** What a lock with this set answers to set-summary. */
  readonly summary: readonly Uint8Array[];
  /** For each of the 16 buckets what makes it this set's, whatever the lock had there, in this order. */
  readonly buckets: readonly (readonly Uint8Array[])[];
  /** For each of the 16 buckets what empties it, where a lock has no room for the new beside the old. */
  readonly clearances: readonly Uint8Array[];
}

/** What boxes are made of, and for whom. */
export interface SetPlanOptions {
  /** The lock's static X25519 public key. */
  readonly lockPublicKey: Uint8Array;
  readonly tag: Uint8Array;
  /** The set of the revision before, in any order; empty before the first. */
  readonly before: readonly SetEntry[];
  /** The set that the lock shall have, in any order; ids are unique. */
  readonly after: readonly SetEntry[];
  /** The longest message of the lock, as in INFO; 4096 when absent. */
  readonly longestMessageBytes?: number;
}

interface PlannedEntry {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
}

// A record's tag; the maps and labels of a request around a box; the labels of a change and the heads of its lists.
const requestOverheadBytes = noiseTagSizeBytes + 9;
const changeOverheadBytes = 12;
// The head of an entry in its list, and an id in its.
const entryHeadBytes = 3;
const idSizeBytes = 3;
/** Most entries and ids in one box: a lock reads no more values than this from one piece of CBOR (SPEC §4.1). */
const mostItems = 1000;

/**
 * Plans how a set gets to a lock: for the property, which knows every secret of it. The same sets give the same boxes but
 * for the ephemeral keys they are sealed with.
 *
 * @throws LockProtocolError `object` for an entry outside its limits, or an id that two entries have.
 */
export function planSetBoxes(crypto: CryptoProvider, o: SetPlanOptions): SetPlan {
  const { longestMessageBytes = maxMessageSizeBytes } = o;
  const [before, after] = [planEntries(crypto, o.before), planEntries(crypto, o.after)];
  const roomBytes = longestMessageBytes - requestOverheadBytes - setBoxOverheadBytes - changeOverheadBytes;
  const seal = (change: SetChange) => sealSetBox(crypto, o, encodeSetChange(change));
  const everyBucket = Array.from({ length: setBucketCount }, (_, bucket) => bucket);
  const summaryOf = (entries: ReadonlyMap<number, PlannedEntry>) => {
    const summary = summarizeSet(crypto, hashesOf(entries), {});
    return summary.kind === 'buckets' ? summary.hashes : [];
  };
  const changed = [...after.values()].filter(({ id, hash }) => !equalBytes(before.get(id)?.hash ?? noHash, hash));
  const deleted = [...before.keys()].filter((id) => !after.has(id));
  return {
    digest: setDigest(crypto, hashesOf(after)),
    count: after.size,
    summaryBefore: summaryOf(before),
    delta: packChanges(changed, deleted, roomBytes).map(seal),
    summary: summaryOf(after),
    buckets: everyBucket.map((bucket) => {
      const entries = [...after.values()].filter(({ id }) => setBucketOf(id) === bucket);
      const [first = { entries: [] }, ...rest] = packChanges(entries, [], roomBytes);
      // Only the first empties the bucket; the others add to it.
      return [{ ...first, bucket }, ...rest].map(seal);
    }),
    clearances: everyBucket.map((bucket) => seal({ entries: [], bucket })),
  };
}

const noHash = new Uint8Array(0);

/** By ascending id. */
function planEntries(crypto: CryptoProvider, entries: readonly SetEntry[]): ReadonlyMap<number, PlannedEntry> {
  const planned = entries.map((entry) => {
    const bytes = encodeSetEntry(entry);
    return { id: entry.id, bytes, hash: hashSetEntry(crypto, bytes) };
  });
  const byId = new Map(planned.sort((a, b) => a.id - b.id).map((entry) => [entry.id, entry]));
  return byId.size === entries.length ? byId : failObject('OLP1-set', 'id');
}

function hashesOf(entries: ReadonlyMap<number, PlannedEntry>): ReadonlyMap<number, Uint8Array> {
  return new Map([...entries].map(([id, { hash }]) => [id, hash]));
}

/** Cuts what is to be changed into pieces that fit a message each; deletions go first, for they make room. */
function packChanges(
  entries: readonly PlannedEntry[],
  deleted: readonly number[],
  roomBytes: number,
): readonly SetChange[] {
  const pieces: { entries: Uint8Array[]; deleted: number[] }[] = [];
  let usedBytes = Number.POSITIVE_INFINITY;
  let items = 0;
  const pieceFor = (sizeBytes: number) => {
    if (usedBytes + sizeBytes > roomBytes || items >= mostItems) {
      pieces.push({ entries: [], deleted: [] });
      usedBytes = 0;
      items = 0;
    }
    usedBytes += sizeBytes;
    items += 1;
    return pieces.at(-1);
  };
  for (const id of deleted) pieceFor(idSizeBytes)?.deleted.push(id);
  for (const { bytes } of entries) pieceFor(bytes.length + entryHeadBytes)?.entries.push(bytes);
  return pieces;
}
