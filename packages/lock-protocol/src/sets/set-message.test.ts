import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { encodeCbor } from '../encoding/cbor.js';
import { LockProtocolError } from '../protocol-error.js';
import {
  decodeSetBeginning,
  decodeSetChange,
  encodeSetBeginning,
  encodeSetChange,
  readSetChange,
  setBeginnings,
} from './set-message.js';
import {
  decodeSetSummary,
  encodeSetSummary,
  encodeSetSummaryRequest,
  mostSummaryEntries,
  readSetSummaryRequest,
  setBucketOf,
  summarizeSet,
} from './set-summary.js';

const crypto = createNodeCrypto();

describe('bodies of the operations on sets', () => {
  it('are what was encoded', () => {
    for (const beginning of setBeginnings) expect(decodeSetBeginning(encodeSetBeginning(beginning))).toBe(beginning);
    const entries = [Uint8Array.of(1), crypto.randomBytes(40)];
    const changes = [
      { entries, deleted: [] },
      { entries: [], deleted: [0, 65_535] },
      { entries, deleted: [3], bucket: 15 },
    ];
    for (const change of changes) expect(decodeSetChange(encodeSetChange(change))).toEqual(change);
    for (const request of [{}, { bucket: 0 }, { bucket: 15, after: 400 }]) {
      expect(readSetSummaryRequest(encodeSetSummaryRequest(request))).toEqual(request);
    }
  });

  it('T25: refuse an unknown even label and ignore an unknown odd one', () => {
    const plaintext = (label: number) => encodeCbor(new Map([[label, 1]]));
    expect(readSetChange(plaintext(2))).toBe('critical-field');
    expect(readSetChange(plaintext(7))).toEqual({ entries: [], deleted: [] });
    expect(readSetSummaryRequest(plaintext(2))).toBe('critical-field');
  });

  it('refuse everything else, whatever the bytes', () => {
    const wrong = [new Map([[1, 1]]), new Map([[3, [65_536]]]), new Map([[5, 16]]), new Map([[1, [1]]])];
    for (const map of wrong) expect(readSetChange(encodeCbor(map))).toBe('bad-frame');
    const bodies = fc.uint8Array({ maxLength: 60 });
    return fc.assert(
      fc.property(bodies, (any) => {
        readSetChange(any);
        readSetSummaryRequest(any);
        for (const decode of [decodeSetBeginning, decodeSetChange, decodeSetSummary]) {
          try {
            decode(any);
          } catch (error) {
            expect(error).toBeInstanceOf(LockProtocolError);
          }
        }
      }),
    );
  });
});

describe('a summary', () => {
  const hashes = new Map(Array.from({ length: 40 }, (_, index) => [index * 7, crypto.randomBytes(16)]));

  it('differs in the bucket of an entry that differs, and in no other', () => {
    const [id] = [...hashes.keys()].slice(5);
    const other = new Map(hashes).set(id ?? 0, crypto.randomBytes(16));
    const [mine, theirs] = [hashes, other].map((map) =>
      decodeSetSummary(encodeSetSummary(summarizeSet(crypto, map, {}))),
    );
    if (mine?.kind !== 'buckets' || theirs?.kind !== 'buckets')
      throw new Error('A summary of all has a hash per bucket.');
    const differing = mine.hashes.flatMap((hash, bucket) =>
      Buffer.compare(hash, theirs.hashes[bucket] ?? new Uint8Array(0)) === 0 ? [] : [bucket],
    );
    expect(differing).toEqual([setBucketOf(id ?? 0)]);
  });

  it('of one bucket names its entries, page by page', () => {
    const many = new Map(Array.from({ length: 500 }, (_, index) => [16 * index + 3, crypto.randomBytes(16)]));
    const page = (after?: number) => {
      const request = { bucket: 3, ...(after === undefined ? {} : { after }) };
      const body = encodeSetSummary(summarizeSet(crypto, many, request));
      expect(body.length).toBeLessThan(4096 - 30);
      const summary = decodeSetSummary(body);
      if (summary.kind !== 'bucket') throw new Error('A summary of a bucket names entries.');
      return summary.entries;
    };
    const first = page();
    expect(first).toHaveLength(mostSummaryEntries);
    const found = [...first, ...page(first.at(-1)?.id)];
    expect(found.map(({ id }) => id)).toEqual([...many.keys()]);
    expect(found.every(({ id, hash }) => Buffer.compare(hash, (many.get(id) ?? hash).subarray(0, 8)) === 0)).toBe(true);
  });
});
