import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import { decodeStatus, encodeStatus, type LockStatus } from '../lock/lock-status.js';
import { type FirmwareManifest, signFirmwareManifest, verifyFirmwareManifest } from './firmware-manifest.js';
import { encodeFirmwareHeld, encodeFirmwarePiece, readFirmwarePiece } from './firmware-message.js';

interface Vectors {
  readonly maker: { readonly secret: string; publicKey: string };
  readonly manifests: readonly {
    readonly image: string;
    readonly fields: Omit<FirmwareManifest, 'digest' | 'size'>;
    bytes: string;
  }[];
  readonly refused: readonly {
    readonly about: string;
    readonly code: 'auth' | 'critical-field';
    readonly bytes: string;
  }[];
  readonly pieces: readonly { readonly offset: number; readonly bytes: string; body: string }[];
  readonly held: readonly { readonly bytes: number; body: string }[];
  readonly statuses: readonly {
    readonly about: string;
    readonly fields: Omit<LockStatus, 'logHead' | 'set'> & {
      readonly logHead: string;
      readonly set: Omit<LockStatus['set'], 'digest'> & { readonly digest?: string };
    };
    body: string;
  }[];
}

const file = new URL('../../vectors/firmware.json', import.meta.url);
const vectors: Vectors = JSON.parse(readFileSync(file, 'utf8'));
// A new vector is added with empty outputs and this set once; an output that is there is never written over.
const fill = process.env['LATCHWORK_FILL_VECTORS'] === '1';
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

afterAll(() => {
  if (fill) writeFileSync(file, `${JSON.stringify(vectors, null, 1)}\n`);
});

describe.each([createPortableCrypto(), createNodeCrypto()])(
  'T25: golden vectors of firmware on the $name provider',
  (crypto) => {
    const secret = unhex(vectors.maker.secret);
    const makerPublicKey = crypto.ed25519KeyPair(secret).publicKey;

    test('the maker’s public key', () => {
      if (fill && vectors.maker.publicKey === '') vectors.maker.publicKey = hex(makerPublicKey);
      expect(hex(makerPublicKey)).toBe(vectors.maker.publicKey);
    });

    test.each(vectors.manifests)('a manifest of version $fields.version', (vector) => {
      const image = unhex(vector.image);
      const manifest = { ...vector.fields, size: image.length, digest: crypto.sha256(image) };
      const made = signFirmwareManifest(crypto, secret, manifest);
      if (fill && vector.bytes === '') vector.bytes = hex(made);
      expect(hex(made)).toBe(vector.bytes);
      expect(verifyFirmwareManifest(crypto, made, makerPublicKey)).toEqual({ ok: true, manifest });
    });

    test.each(vectors.refused)('refused: $about', ({ bytes, code }) => {
      expect(verifyFirmwareManifest(crypto, unhex(bytes), makerPublicKey)).toEqual({ ok: false, code });
    });
  },
);

test.each(vectors.pieces)('T25: a piece at $offset', (vector) => {
  const piece = { offset: vector.offset, bytes: unhex(vector.bytes) };
  const made = encodeFirmwarePiece(piece);
  if (fill && vector.body === '') vector.body = hex(made);
  expect(hex(made)).toBe(vector.body);
  expect(readFirmwarePiece(made)).toEqual(piece);
});

test.each(vectors.held)('T25: $bytes bytes held', (vector) => {
  const made = encodeFirmwareHeld(vector.bytes);
  if (fill && vector.body === '') vector.body = hex(made);
  expect(hex(made)).toBe(vector.body);
});

test.each(vectors.statuses)('T25: the status of $about', (vector) => {
  const { logHead, set, ...fields } = vector.fields;
  const { digest, ...revisions } = set;
  const status: LockStatus = {
    ...{ ...fields, logHead: unhex(logHead) },
    set: { ...revisions, ...(digest === undefined ? {} : { digest: unhex(digest) }) },
  };
  const made = encodeStatus(status);
  if (fill && vector.body === '') vector.body = hex(made);
  expect(hex(made)).toBe(vector.body);
  expect(decodeStatus(made)).toEqual(status);
});
