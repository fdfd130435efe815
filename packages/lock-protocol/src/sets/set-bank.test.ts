import { describe, expect, it } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { type HeldEntry, holdEntry } from './held-entry.js';
import { decodeHeldSet, emptySet, encodeHeldSet, type HeldSet, hashesOf, openHeldSet } from './held-set.js';
import { type SetCapacity, writeSetImage } from './set-bank.js';
import { encodeSetEntry, type SetEntry, setDigest } from './set-entry.js';
import { signSetManifest } from './set-manifest.js';
import { cardEntry } from './set-property.test-rig.js';
import { beginStaging, changeStaging, commitStaging, isStagingWhole, type StagingStep } from './set-staging.js';

const crypto = createNodeCrypto();
const lockSecret = crypto.randomBytes(32);
const capacity: SetCapacity = { entries: 50, bytes: 2000 };
const code: SetEntry = {
  id: 9,
  slot: 1,
  issue: 4,
  credential: { kind: 'code', salt: new Uint8Array(16), digits: '77123' },
};
const publicKey: SetEntry = {
  ...{ id: 30, flags: ['staff'] },
  credential: { kind: 'public-key', publicKey: Uint8Array.from([3, ...crypto.randomBytes(32)]) },
};
const sample = [cardEntry(crypto, 2), code, publicKey, cardEntry(crypto, 77)];

function held(entries: readonly SetEntry[]): readonly HeldEntry[] {
  return entries.map((entry) => {
    const kept = holdEntry(crypto, lockSecret, encodeSetEntry(entry));
    if (typeof kept === 'string') throw new Error(kept);
    return kept;
  });
}

/** The flash of a set's banks, and what each step of staging leaves there. */
function createBanks() {
  const image = new Map<number, Uint8Array>();
  const applied = (step: StagingStep) => {
    if (step === 'full') throw new Error('There is no room.');
    writeSetImage(image, step.writes, capacity);
    return step.staging;
  };
  const banks = () => [image.get(0), image.get(1)];
  const begin = (set: HeldSet, revision: number, entries: readonly HeldEntry[]) => {
    const digest = setDigest(crypto, hashesOf(new Map(entries.map((entry) => [entry.id, entry]))));
    const manifest = { lock: new Uint8Array(8), issuedAt: 1, epoch: 1, revision, digest, count: entries.length };
    const signed = signSetManifest(crypto, lockSecret, manifest);
    return applied(beginStaging(crypto, set, { manifest, signed, capacity }));
  };
  const put = (
    staging: Exclude<StagingStep, 'full'>['staging'],
    entries: readonly HeldEntry[],
    deleted: readonly number[] = [],
  ) => applied(changeStaging(crypto, staging, { change: { entries, deleted }, capacity }));
  const reopen = (set: HeldSet) => openHeldSet(crypto, decodeHeldSet(encodeHeldSet(set)) ?? emptySet, banks());
  return { image, banks, begin, put, reopen };
}

describe('a bank', () => {
  it('gives back every kind of entry, deletion and replacement that was written to it', () => {
    const { begin, put, reopen } = createBanks();
    const [first, ...rest] = held(sample);
    if (!first) throw new Error('There are entries.');
    const extra = held([cardEntry(crypto, 500), { ...cardEntry(crypto, 2, 8), expires: 5 }]);
    let staging = begin(emptySet, 1, held(sample));
    staging = put(staging, [...extra, ...rest]);
    staging = put(staging, [first], [500]);
    expect(isStagingWhole(crypto, staging)).toBe(true);
    const set = commitStaging({ ...emptySet, staging }, staging);
    const opened = reopen(set);
    expect(opened.isDamaged).toBe(false);
    expect(new Set(opened.entries.values())).toEqual(new Set(held(sample)));
    expect(opened.mark).toEqual(set.mark);
  });

  it('is staged again as far as it was written, and not when it was begun for another manifest', () => {
    const { begin, put, reopen } = createBanks();
    const entries = held(sample);
    const staging = put(begin(emptySet, 1, entries), entries.slice(0, 2));
    const opened = reopen({ ...emptySet, staging });
    expect(opened.staging?.entries.size).toBe(2);
    expect(opened.staging).toMatchObject({ end: staging.end, isClean: true, manifest: { revision: 1 } });
    begin(emptySet, 2, entries);
    expect(reopen({ ...emptySet, staging }).staging).toBe(undefined);
  });

  it('with any one byte wrong is damaged, code or card, and never opens as another set', () => {
    const { begin, put, banks, reopen } = createBanks();
    const staging = put(begin(emptySet, 1, held(sample)), held(sample));
    const set = commitStaging(emptySet, staging);
    const [bank] = banks();
    if (!bank) throw new Error('There is a bank.');
    const good = reopen(set);
    for (let at = 13; at < staging.end + 5; at += 1) {
      bank[at] = (bank[at] ?? 0) ^ 0x10;
      const opened = reopen(set);
      if (opened.isDamaged) expect(opened.entries.size).toBe(0);
      else expect(opened.entries).toEqual(good.entries);
      expect(opened.isDamaged).toBe(at < staging.end);
      bank[at] = (bank[at] ?? 0) ^ 0x10;
    }
    expect(openHeldSet(crypto, set, []).isDamaged).toBe(true);
  });

  it('is written anew when a change no longer fits behind the others', () => {
    const { begin, put, reopen } = createBanks();
    let staging = begin(emptySet, 1, held(sample));
    for (let round = 0; round < 40; round += 1) {
      staging = put(staging, held([cardEntry(crypto, 1, round), cardEntry(crypto, 2, round)]));
      expect(staging.end).toBeLessThanOrEqual(capacity.bytes);
    }
    expect(reopen({ ...emptySet, staging }).staging?.entries).toEqual(staging.entries);
  });
});

describe('the memory of a set', () => {
  it('refuses what it did not write', () => {
    expect(decodeHeldSet(null)).toEqual(emptySet);
    for (const wrong of [
      undefined,
      1,
      [1],
      [null, [1, 2, new Uint8Array(3)], null, [], null],
      [[1], null, null, [], null],
    ]) {
      expect(decodeHeldSet(wrong)).toBe(undefined);
    }
  });
});
