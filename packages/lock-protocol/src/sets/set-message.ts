import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.js';
import { hasUnknownCriticalClaim } from '../encoding/claim-reader.js';
import { LockProtocolError } from '../protocol-error.js';
import { largestEntryId } from './set-entry.js';

/**
 * What set-begin led to, in the order of its number in the answer: the lock obeys this set already, it has begun to stage
 * it, or it goes on with what it has staged of it.
 */
export const setBeginnings = ['applied', 'begun', 'resumed'] as const;

/** One of {@link setBeginnings}. */
export type SetBeginning = (typeof setBeginnings)[number];

/** What one box changes in the set that is being staged: a bucket is emptied first, then entries go, then others come. */
export interface SetChange {
  /** Entries as {@link encodeSetEntry} writes them; one with an id that is there already replaces it. */
  readonly entries: readonly Uint8Array[];
  /** Ids of entries to delete. */
  readonly deleted?: readonly number[];
  /** 0..15: every entry with this id mod 16 is deleted. */
  readonly bucket?: number;
}

const beginField = { beginning: 1 } as const;
const changeField = { entries: 1, deleted: 3, bucket: 5 } as const;
const largestBucket = 15;

/** Body of the answer to set-begin. */
export function encodeSetBeginning(beginning: SetBeginning): Uint8Array {
  return encodeCbor(new Map([[beginField.beginning, setBeginnings.indexOf(beginning)]]));
}

/**
 * Reads the answer to set-begin.
 *
 * @throws LockProtocolError `message` for anything else.
 */
export function decodeSetBeginning(body: Uint8Array): SetBeginning {
  const number = readBodyMap(body)?.get(beginField.beginning);
  const beginning = typeof number === 'number' ? setBeginnings[number] : undefined;
  return beginning ?? fail('These bytes do not answer the beginning of a set.');
}

/** What a box of set-put holds. */
export function encodeSetChange({ entries, deleted = [], bucket }: SetChange): Uint8Array {
  const map = new Map<number, CborValue>();
  if (entries.length > 0) map.set(changeField.entries, entries);
  if (deleted.length > 0) map.set(changeField.deleted, deleted);
  if (bucket !== undefined) map.set(changeField.bucket, bucket);
  return encodeCbor(map);
}

/** Reads what a box held, or tells the code with which a lock answers what it cannot take. The entries are not read yet. */
export function readSetChange(plaintext: Uint8Array): SetChange | 'bad-frame' | 'critical-field' {
  const map = readBodyMap(plaintext);
  if (map === undefined) return 'bad-frame';
  if (hasUnknownCriticalClaim(map, changeField)) return 'critical-field';
  const entries = listOf(map.get(changeField.entries), (item) => (item instanceof Uint8Array ? item : undefined));
  const deleted = listOf(map.get(changeField.deleted), (item) => (isUint(item, largestEntryId) ? item : undefined));
  const bucket = map.get(changeField.bucket);
  if (entries === undefined || deleted === undefined) return 'bad-frame';
  if (bucket === undefined) return { entries, deleted };
  return isUint(bucket, largestBucket) ? { entries, deleted, bucket } : 'bad-frame';
}

/**
 * Reads what a box held.
 *
 * @throws LockProtocolError `message` for anything else.
 */
export function decodeSetChange(plaintext: Uint8Array): SetChange {
  const change = readSetChange(plaintext);
  return typeof change === 'string' ? fail('These bytes are no change of a set.') : change;
}

/** The map that a body is; `undefined` for anything else. */
export function readBodyMap(body: Uint8Array): ReadonlyMap<number, CborValue> | undefined {
  try {
    const value = decodeCbor(body);
    return value instanceof Map ? value : undefined;
  } catch (error) {
    if (error instanceof LockProtocolError) return undefined;
    throw error;
  }
}

function listOf<Item>(
  value: CborValue | undefined,
  read: (item: CborValue) => Item | undefined,
): readonly Item[] | undefined {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return undefined;
  const items = value.map(read);
  return items.every((item) => item !== undefined) ? items : undefined;
}

function isUint(value: CborValue, most: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most;
}

function fail(sentence: string): never {
  throw new LockProtocolError({ code: 'message', reason: 'set' }, sentence);
}
