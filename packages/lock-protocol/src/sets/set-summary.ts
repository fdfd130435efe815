import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { concatBytes } from '../encoding/byte-strings.js';
import { type CborValue, encodeCbor } from '../encoding/cbor.js';
import { hasUnknownCriticalClaim } from '../encoding/claim-reader.js';
import { LockProtocolError } from '../protocol-error.js';
import { readBodyMap } from './set-message.js';

/** Buckets of a set: an entry with id `i` is in bucket `i mod 16`. */
export const setBucketCount = 16;

/** Bytes to which a summary cuts every hash: enough to find a difference, and the digest decides. */
export const summaryHashSizeBytes = 8;

/** Most entries of a bucket in one answer; the rest is asked for by the last id of it. */
export const mostSummaryEntries = 400;

/** The bucket of an entry. */
export function setBucketOf(id: number): number {
  return id % setBucketCount;
}

/** What a caller wants to know of the entries a lock has: a hash per bucket, or what is in one bucket. */
export interface SetSummaryRequest {
  /** 0..15; absent: all of them, a hash each. */
  readonly bucket?: number;
  /** With `bucket`: only entries with a larger id. */
  readonly after?: number;
}

/** One entry of a bucket in a summary. */
export interface SummarizedEntry {
  readonly id: number;
  /** The first 8 bytes of the entry's hash. */
  readonly hash: Uint8Array;
}

/** What a lock has, as it tells it. */
export type SetSummary =
  /** 16 hashes of 8 bytes each. */
  | { readonly kind: 'buckets'; readonly hashes: readonly Uint8Array[] }
  /** By ascending id; when there are {@link mostSummaryEntries} of them, there may be more. */
  | { readonly kind: 'bucket'; readonly entries: readonly SummarizedEntry[] };

const requestField = { bucket: 1, after: 3 } as const;
const answerField = { hashes: 1, entries: 3 } as const;
const entrySizeBytes = 2 + summaryHashSizeBytes;

/** Body of the operation set-summary. */
export function encodeSetSummaryRequest({ bucket, after }: SetSummaryRequest): Uint8Array {
  if (bucket === undefined) return new Uint8Array(0);
  const map = new Map<number, CborValue>([[requestField.bucket, bucket]]);
  if (after !== undefined) map.set(requestField.after, after);
  return encodeCbor(map);
}

/** Reads such a body, or tells the code with which a lock answers what it cannot read. */
export function readSetSummaryRequest(body: Uint8Array): SetSummaryRequest | 'bad-frame' | 'critical-field' {
  if (body.length === 0) return {};
  const map = readBodyMap(body);
  if (map === undefined) return 'bad-frame';
  if (hasUnknownCriticalClaim(map, requestField)) return 'critical-field';
  const bucket = map.get(requestField.bucket);
  const after = map.get(requestField.after);
  if (!isUint(bucket, setBucketCount - 1)) return 'bad-frame';
  if (after === undefined) return { bucket };
  return isUint(after, 0xffff) ? { bucket, after } : 'bad-frame';
}

function isUint(value: CborValue | undefined, most: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most;
}

/** What a lock with these entries (id → 16-byte hash) answers. */
export function summarizeSet(
  crypto: CryptoProvider,
  hashes: ReadonlyMap<number, Uint8Array>,
  { bucket, after = -1 }: SetSummaryRequest,
): SetSummary {
  const ascending = [...hashes].sort(([a], [b]) => a - b);
  const inBucket = (wanted: number) => ascending.filter(([id]) => setBucketOf(id) === wanted);
  if (bucket === undefined) {
    const summary = Array.from({ length: setBucketCount }, (_, wanted) =>
      crypto.sha256(concatBytes(...inBucket(wanted).map(([, hash]) => hash))).slice(0, summaryHashSizeBytes),
    );
    return { kind: 'buckets', hashes: summary };
  }
  const entries = inBucket(bucket)
    .filter(([id]) => id > after)
    .slice(0, mostSummaryEntries)
    .map(([id, hash]) => ({ id, hash: hash.slice(0, summaryHashSizeBytes) }));
  return { kind: 'bucket', entries };
}

/** Body of the answer to set-summary. */
export function encodeSetSummary(summary: SetSummary): Uint8Array {
  if (summary.kind === 'buckets') return encodeCbor(new Map([[answerField.hashes, concatBytes(...summary.hashes)]]));
  const rows = summary.entries.map(({ id, hash }) => concatBytes(Uint8Array.of(id >> 8, id & 0xff), hash));
  return encodeCbor(new Map([[answerField.entries, concatBytes(...rows)]]));
}

/**
 * Reads the answer to set-summary.
 *
 * @throws LockProtocolError `message` for anything else.
 */
export function decodeSetSummary(body: Uint8Array): SetSummary {
  const map = readBodyMap(body);
  const hashes = map?.get(answerField.hashes);
  if (hashes instanceof Uint8Array && hashes.length === setBucketCount * summaryHashSizeBytes) {
    return { kind: 'buckets', hashes: partsOf(hashes, summaryHashSizeBytes) };
  }
  const rows = map?.get(answerField.entries);
  if (!(rows instanceof Uint8Array) || rows.length % entrySizeBytes !== 0) {
    throw new LockProtocolError({ code: 'message', reason: 'set' }, 'These bytes are no summary of a set.');
  }
  const entries = partsOf(rows, entrySizeBytes).map((row) => ({
    id: ((row[0] ?? 0) << 8) | (row[1] ?? 0),
    hash: row.slice(2),
  }));
  return { kind: 'bucket', entries };
}

function partsOf(bytes: Uint8Array, sizeBytes: number): readonly Uint8Array[] {
  return Array.from({ length: bytes.length / sizeBytes }, (_, index) =>
    bytes.slice(index * sizeBytes, (index + 1) * sizeBytes),
  );
}
