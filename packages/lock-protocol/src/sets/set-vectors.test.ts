import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import type { PropertyCertificate } from '../objects/property-certificate.js';
import { decodeReceipt, type Receipt, signReceipt, verifyReceipt } from '../objects/receipt.js';
import { type Bulletin, decodeBulletin, signBulletin, verifyBulletin } from './bulletin.js';
import { holdEntry } from './held-entry.js';
import { bankIdOf, bankImage, readBank } from './set-bank.js';
import { decodeSetEntry, encodeSetEntry, hashSetEntry, type SetEntry, setDigest } from './set-entry.js';
import { decodeSetManifest, type SetManifest, signSetManifest, verifySetManifest } from './set-manifest.js';
import { encodeSetSummary, summarizeSet } from './set-summary.js';

/** Byte strings are `{ h: hex }`, floors are pairs of slot and issue number; everything else is as in the interfaces. */
interface Vector {
  readonly about: string;
  readonly fields: object;
  bytes: string;
}

interface Vectors {
  readonly secrets: Readonly<Record<'property' | 'lockStatement' | 'lock', string>>;
  readonly entries: readonly (Vector & { hash: string })[];
  readonly set: { digest: string; summary: string; readonly bucket: number; bucketSummary: string };
  emptyDigest: string;
  readonly manifests: readonly Vector[];
  readonly bulletins: readonly Vector[];
  readonly receipts: readonly Vector[];
  readonly bank: { readonly about: string; bytes: string };
}

const file = new URL('../../vectors/set-objects.json', import.meta.url);
const vectors: Vectors = JSON.parse(readFileSync(file, 'utf8'));
// A new vector is added with empty outputs and this set once; an output that is there is never written over.
const fill = process.env['LATCHWORK_FILL_VECTORS'] === '1';
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

function fieldsOf<Fields>({ fields }: Vector): Fields {
  return JSON.parse(JSON.stringify(fields), (name, value) => {
    if (name === 'floors') return new Map(value);
    return value !== null && typeof value === 'object' && 'h' in value ? unhex(value.h) : value;
  });
}

function check<Name extends string>(holder: Record<Name, string>, name: Name, made: Uint8Array): void {
  if (fill && holder[name] === '') Object.assign(holder, { [name]: hex(made) });
  expect(hex(made)).toBe(holder[name]);
}

function certificateOf(crypto: CryptoProvider, epoch: number): PropertyCertificate {
  const { publicKey } = crypto.ed25519KeyPair(unhex(vectors.secrets.property));
  const [notBefore, expires] = [1_799_000_000, 1_801_000_000];
  return { property: new Uint8Array(8), publicKey, use: 'set', epoch, notBefore, expires };
}

describe.each([createPortableCrypto(), createNodeCrypto()])(
  'golden vectors of sets on the $name provider',
  (crypto) => {
    const secret = unhex(vectors.secrets.property);
    const encoded = vectors.entries.map((vector) => encodeSetEntry(fieldsOf<SetEntry>(vector)));
    const hashes = new Map(encoded.map((bytes) => [decodeSetEntry(bytes).id, hashSetEntry(crypto, bytes)] as const));
    const manifestOf = (vector: Vector): SetManifest => ({
      ...fieldsOf<SetManifest>(vector),
      ...{ digest: setDigest(crypto, hashes), count: hashes.size },
    });

    it('entries, their hashes, digest and summary', () => {
      for (const [index, vector] of vectors.entries.entries()) {
        const bytes = encoded[index] ?? new Uint8Array(0);
        check(vector, 'bytes', bytes);
        check(vector, 'hash', hashSetEntry(crypto, bytes));
        expect(decodeSetEntry(unhex(vector.bytes))).toEqual(fieldsOf(vector));
      }
      const { set } = vectors;
      check(set, 'digest', setDigest(crypto, hashes));
      check(set, 'summary', encodeSetSummary(summarizeSet(crypto, hashes, {})));
      check(set, 'bucketSummary', encodeSetSummary(summarizeSet(crypto, hashes, { bucket: set.bucket })));
      check(vectors, 'emptyDigest', setDigest(crypto, new Map()));
    });

    it('manifests', () => {
      for (const vector of vectors.manifests) {
        const manifest = manifestOf(vector);
        check(vector, 'bytes', signSetManifest(crypto, secret, manifest));
        const { epoch, lock } = manifest;
        const bytes = unhex(vector.bytes);
        expect({ ...decodeSetManifest(bytes), epoch }).toEqual(manifest);
        const context = { certificate: certificateOf(crypto, epoch), epoch, lock };
        expect(verifySetManifest(crypto, bytes, context)).toEqual({ ok: true, manifest });
      }
    });

    it('bulletins', () => {
      for (const vector of vectors.bulletins) {
        const bulletin = fieldsOf<Bulletin>(vector);
        check(vector, 'bytes', signBulletin(crypto, secret, bulletin));
        const { epoch, lock } = bulletin;
        const bytes = unhex(vector.bytes);
        expect({ ...decodeBulletin(bytes), epoch }).toEqual(bulletin);
        const context = { certificate: certificateOf(crypto, epoch), epoch, lock };
        expect(verifyBulletin(crypto, bytes, context)).toEqual({ ok: true, bulletin });
      }
    });

    it('receipts', () => {
      const { publicKey } = crypto.ed25519KeyPair(unhex(vectors.secrets.lockStatement));
      for (const vector of vectors.receipts) {
        const receipt = fieldsOf<Receipt>(vector);
        check(vector, 'bytes', signReceipt(crypto, unhex(vectors.secrets.lockStatement), receipt));
        const bytes = unhex(vector.bytes);
        expect(decodeReceipt(bytes)).toEqual(receipt);
        const signer = { publicKey, tag: receipt.lock };
        expect(verifyReceipt(crypto, bytes, signer)).toEqual({ ok: true, statement: receipt });
      }
    });

    it('a bank', () => {
      const [first] = vectors.manifests;
      if (!first) throw new Error('There is a manifest.');
      const entries = encoded.map((bytes) => holdEntry(crypto, unhex(vectors.secrets.lock), bytes));
      const held = entries.flatMap((entry) => (typeof entry === 'string' ? [] : [entry]));
      check(vectors.bank, 'bytes', bankImage(crypto, bankIdOf(crypto, unhex(first.bytes)), held));
      const read = readBank(crypto, unhex(vectors.bank.bytes));
      expect([...read.entries.values()]).toEqual(held);
      expect(read).toMatchObject({ end: vectors.bank.bytes.length / 2, isClean: true });
    });

    it('are complete', () => {
      if (fill) writeFileSync(file, `${JSON.stringify(vectors, null, 1)}\n`);
      expect(readFileSync(file, 'utf8')).not.toMatch(/"(?:bytes|hash|digest|summary|bucketSummary|emptyDigest)": ""/);
    });
  },
);
