import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.js';
import { LockProtocolError } from '../protocol-error.js';
import {
  decodeSetEntry,
  encodeSetEntry,
  hashSetEntry,
  readSetEntry,
  type SetCredential,
  type SetEntry,
  setDigest,
  setEntryFlags,
} from './set-entry.js';

const crypto = createNodeCrypto();
const uid = Uint8Array.of(4, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6);
const secret = crypto.randomBytes(16);
const ordinary = { id: 300, expires: 1_799_654_400, slot: 1, issue: 7 } as const;
const ofUid: SetEntry = { ...ordinary, credential: { kind: 'uid', uid } };

const bytesOf = (sizeBytes: number) => fc.uint8Array({ minLength: sizeBytes, maxLength: sizeBytes });
const uids = fc
  .constantFrom(4, 7, 10)
  .chain(bytesOf)
  .map((drawn) => Uint8Array.from([4, ...drawn.subarray(1)]));
const credentials: fc.Arbitrary<SetCredential> = fc.oneof(
  fc.record({ kind: fc.constant('uid' as const), uid: uids }),
  fc.record({ kind: fc.constant('aes' as const), uid: uids, secret: bytesOf(16) }),
  bytesOf(32).map((x) => ({ kind: 'public-key' as const, publicKey: Uint8Array.from([2, ...x]) })),
  fc.record({ kind: fc.constant('code' as const), salt: bytesOf(16), digits: fc.stringMatching(/^[0-9]{4,10}$/) }),
);
const terms = fc.record(
  {
    notBefore: fc.nat(1_000_000_000),
    expires: fc.integer({ min: 1_000_000_001, max: 0xffff_ffff }),
    flags: fc.subarray([...setEntryFlags], { minLength: 1 }),
    schedule: fc.constant({
      windows: [{ weekdays: 31, startMinute: 480, endMinute: 1080 }],
      offsets: [{ from: 0, offsetMinutes: 60 }],
    }),
    turn: fc.record({ slot: fc.nat(255), issue: fc.nat(0xffff_ffff) }),
  },
  { requiredKeys: [] },
);
const entries: fc.Arbitrary<SetEntry> = fc
  .record({ id: fc.nat(0xffff), credential: credentials, terms })
  .map(({ id, credential, terms: { turn, ...rest } }) => ({ id, credential, ...rest, ...turn }));

describe('an entry of the set', () => {
  it('has some 24 bytes with a number, 42 with an AES secret, 51 with a public key, 41 with a code', () => {
    const publicKey = Uint8Array.from([2, ...crypto.randomBytes(32)]);
    const code = { kind: 'code', salt: crypto.randomBytes(16), digits: '123456' } as const;
    const sizes = [ofUid.credential, { kind: 'aes', uid, secret }, { kind: 'public-key', publicKey }, code] as const;
    expect(sizes.map((credential) => encodeSetEntry({ ...ordinary, credential }).length)).toEqual([24, 42, 51, 41]);
  });

  it('is what was encoded, and its bytes are the only ones', () =>
    fc.assert(
      fc.property(entries, (entry) => {
        const bytes = encodeSetEntry(entry);
        const { flags, ...read } = decodeSetEntry(bytes);
        const { flags: given, ...made } = entry;
        expect(read).toEqual(made);
        expect(new Set(flags)).toEqual(new Set(given));
        expect(encodeSetEntry({ ...read, ...(flags ? { flags } : {}) })).toEqual(bytes);
      }),
    ));

  it('T25: with an unknown even label is refused, and an unknown odd one changes its hash and nothing else', () => {
    const map = decodeCbor(encodeSetEntry(ofUid));
    if (!(map instanceof Map)) throw new Error('An entry is a map.');
    const odd = encodeCbor(new Map<number, CborValue>([...map, [25, 1]]));
    expect(decodeSetEntry(odd)).toEqual(ofUid);
    expect(hashSetEntry(crypto, odd)).not.toEqual(hashSetEntry(crypto, encodeSetEntry(ofUid)));
    expect(readSetEntry(encodeCbor(new Map<number, CborValue>([...map, [26, 1]])))).toBe('critical-field');
  });

  it('cannot be written outside its limits', () => {
    const credential = (change: object) => ({ credential: { ...ofUid.credential, ...change } });
    const wrong: readonly object[] = [
      { id: 65_536 },
      { id: -1 },
      credential({ uid: new Uint8Array(5) }),
      credential({ uid: Uint8Array.of(8, 1, 2, 3) }),
      { credential: { kind: 'aes', uid, secret: new Uint8Array(15) } },
      { credential: { kind: 'public-key', publicKey: new Uint8Array(33) } },
      { credential: { kind: 'code', salt: secret, digits: '123' } },
      { credential: { kind: 'code', salt: secret, digits: '12345678901' } },
      { credential: { kind: 'code', salt: secret, digits: '12a4' } },
      { issue: undefined },
      { slot: 256 },
      { notBefore: 1_799_654_400 },
    ];
    for (const change of wrong) expect(() => encodeSetEntry({ ...ofUid, ...change })).toThrow(LockProtocolError);
  });

  it('with several credentials, or none, is none', () => {
    const map = new Map<number, CborValue>([[2, 1]]);
    for (const labels of [[], [6], [4, 8], [4, 10], [4, 6, 8]]) {
      const made = new Map(map);
      for (const label of labels)
        made.set(label, label === 4 ? uid : label === 8 ? Uint8Array.from([2, ...secret, ...secret]) : secret);
      expect(readSetEntry(encodeCbor(made))).toBe('bad-frame');
      expect(() => decodeSetEntry(encodeCbor(made))).toThrow(LockProtocolError);
    }
  });

  it('is read or refused from any bytes, without another error', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (any) => {
        const entry = readSetEntry(any);
        if (typeof entry !== 'string') expect(decodeSetEntry(any)).toEqual(entry);
      }),
    ));
});

describe('the digest of a set', () => {
  it('is over the hashes by ascending id, whatever the order they came in', () => {
    const hashes = [9, 2, 70].map((id) => [id, crypto.randomBytes(16)] as const);
    const digest = setDigest(crypto, new Map(hashes));
    expect(setDigest(crypto, new Map([...hashes].reverse()))).toEqual(digest);
    const joined = [2, 9, 70].flatMap((id) => [...(hashes.find(([own]) => own === id)?.[1] ?? [])]);
    expect(digest).toEqual(crypto.sha256(Uint8Array.from(joined)));
    expect(setDigest(crypto, new Map())).toEqual(crypto.sha256(new Uint8Array(0)));
  });
});
