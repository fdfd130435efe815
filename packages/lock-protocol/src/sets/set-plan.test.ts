import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { openSetBox } from './set-box.js';
import { decodeSetEntry, encodeSetEntry, hashSetEntry, type SetEntry, setDigest } from './set-entry.js';
import { decodeSetChange } from './set-message.js';
import { planSetBoxes } from './set-plan.js';
import { setBucketOf, summarizeSet } from './set-summary.js';

const crypto = createNodeCrypto();
const identity = crypto.x25519KeyPair();
const tag = crypto.randomBytes(8);
const lock = { lockPublicKey: identity.publicKey, tag };

/** An entry of a card; with the same seed the same card. */
function entryOf(id: number, seed = 0): SetEntry {
  const bytes = crypto.sha256(Uint8Array.of(id >> 8, id, seed));
  const uid = Uint8Array.of(4, ...bytes.slice(0, 6));
  return { id, credential: { kind: 'aes', uid, secret: bytes.slice(16) } };
}

type Staged = ReadonlyMap<number, Uint8Array>;

const stagedOf = (entries: readonly SetEntry[]): Staged =>
  new Map(entries.map((entry) => [entry.id, encodeSetEntry(entry)]));

/** What a lock makes of a box, as SPEC says it: the bucket goes, then the ids, then the entries come. */
function put(staged: Staged, box: Uint8Array): Staged {
  const change = decodeSetChange(openSetBox(crypto, { identity, tag }, box) ?? new Uint8Array(0));
  const next = new Map([...staged].filter(([id]) => setBucketOf(id) !== change.bucket));
  for (const id of change.deleted ?? []) next.delete(id);
  for (const bytes of change.entries) next.set(decodeSetEntry(bytes).id, bytes);
  return next;
}

function digestOf(staged: Staged): Uint8Array {
  return setDigest(crypto, new Map([...staged].map(([id, bytes]) => [id, hashSetEntry(crypto, bytes)])));
}

const sets = fc
  .uniqueArray(fc.tuple(fc.nat(200), fc.nat(2)), { selector: ([id]) => id, maxLength: 120 })
  .map((cards) => cards.map(([id, seed]) => entryOf(id, seed)));

describe('a planned set', () => {
  test('is reached by its delta from the set before, and by its buckets from whatever a lock has', () => {
    return fc.assert(
      fc.property(sets, sets, sets, fc.integer({ min: 256, max: 4096 }), (before, after, other, longest) => {
        const plan = planSetBoxes(crypto, { ...lock, before, after, longestMessageBytes: longest });
        expect(plan.count).toBe(after.length);
        expect(digestOf(plan.delta.reduce(put, stagedOf(before)))).toEqual(plan.digest);
        expect(digestOf(plan.buckets.flat().reduce(put, stagedOf(other)))).toEqual(plan.digest);
        // A record and the labels around a box take 25 bytes.
        for (const box of [...plan.delta, ...plan.buckets.flat(), ...plan.clearances])
          expect(box.length + 25).toBeLessThanOrEqual(longest);
      }),
      { numRuns: 60 },
    );
  });

  test('has a box that empties each bucket', () => {
    const plan = planSetBoxes(crypto, { ...lock, before: [], after: [entryOf(1)] });
    const full = stagedOf(Array.from({ length: 32 }, (_, id) => entryOf(id)));
    const left = plan.clearances.map((box) => [...put(full, box).keys()]);
    for (const [bucket, ids] of left.entries()) {
      expect(ids).toEqual([...full.keys()].filter((id) => setBucketOf(id) !== bucket));
    }
  });

  test('says what a lock with the set, and with the one before, answers to set-summary', () => {
    const [before, after] = [
      [entryOf(1), entryOf(17)],
      [entryOf(1), entryOf(2)],
    ];
    const plan = planSetBoxes(crypto, { ...lock, before, after });
    const summaryOf = (entries: readonly SetEntry[]) => {
      const hashes = [...stagedOf(entries)].map(([id, bytes]) => [id, hashSetEntry(crypto, bytes)] as const);
      return summarizeSet(crypto, new Map(hashes), {});
    };
    expect(summaryOf(before)).toEqual({ kind: 'buckets', hashes: plan.summaryBefore });
    expect(summaryOf(after)).toEqual({ kind: 'buckets', hashes: plan.summary });
  });

  test('is the same whatever the order of its entries, but for the ephemeral keys', () => {
    const entries = Array.from({ length: 20 }, (_, id) => entryOf(id));
    const opened = (after: readonly SetEntry[]) => {
      const { delta, buckets, clearances, ...rest } = planSetBoxes(crypto, { ...lock, before: [], after });
      const texts = [...delta, ...buckets.flat(), ...clearances].map((box) =>
        openSetBox(crypto, { identity, tag }, box),
      );
      return { ...rest, texts };
    };
    expect(opened(entries.toReversed())).toEqual(opened(entries));
  });

  test('keeps more deletions than a lock reads values in several boxes', () => {
    const before = Array.from({ length: 1100 }, (_, id) => entryOf(id));
    const plan = planSetBoxes(crypto, { ...lock, before, after: [] });
    expect(plan.delta).toHaveLength(2);
    expect(plan.delta.reduce(put, stagedOf(before)).size).toBe(0);
  });

  test('has no two entries with one id', () => {
    expect(() => planSetBoxes(crypto, { ...lock, before: [], after: [entryOf(1), entryOf(1, 1)] })).toThrow();
  });
});
