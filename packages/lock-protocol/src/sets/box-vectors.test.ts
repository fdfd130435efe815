import { createCipheriv, createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import { openSetBox, sealSetBox } from './set-box.js';
import { decodeSetEntry, encodeSetEntry } from './set-entry.js';
import { decodeSetChange } from './set-message.js';

interface BoxVector {
  readonly about: string;
  readonly tag: string;
  readonly lockSecret: string;
  readonly lockPublicKey: string;
  readonly ephemeralSecret: string;
  readonly plaintext: string;
  bytes: string;
}

const file = new URL('../../vectors/sets.json', import.meta.url);
const vectors: { readonly boxes: readonly BoxVector[] } = JSON.parse(readFileSync(file, 'utf8'));
// A new vector is added with empty bytes and this set once; bytes that are there are never written over.
const fill = process.env['LATCHWORK_FILL_VECTORS'] === '1';
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

const hash = (...parts: readonly Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const mac = (secret: Buffer, data: Buffer) => createHmac('sha256', secret).update(data).digest();

/** A box as a reader of SPEC §5.14 and of Noise would write it, on `node:crypto` alone. */
function sealIndependently({ tag, lockPublicKey, ephemeralSecret, plaintext }: BoxVector): string {
  const secret = createPrivateKey({
    ...{ format: 'der', type: 'pkcs8' },
    key: Buffer.from(`302e020100300506032b656e04220420${ephemeralSecret}`, 'hex'),
  });
  const publicKey = createPublicKey({
    ...{ format: 'der', type: 'spki' },
    key: Buffer.from(`302a300506032b656e032100${lockPublicKey}`, 'hex'),
  });
  const ephemeral = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32);
  // The name has 31 bytes: with one zero it is the first hash and the first chaining key.
  const name = Buffer.from('Noise_N_25519_ChaChaPoly_SHA256\0', 'ascii');
  const prologue = Buffer.concat([Buffer.from('OLP/1-set', 'ascii'), Buffer.from(tag, 'hex')]);
  const ad = [prologue, Buffer.from(lockPublicKey, 'hex'), ephemeral].reduce((all, part) => hash(all, part), name);
  const temporary = mac(name, diffieHellman({ privateKey: secret, publicKey }));
  const key = mac(temporary, Buffer.concat([mac(temporary, Buffer.of(1)), Buffer.of(2)]));
  const cipher = createCipheriv('chacha20-poly1305', key, Buffer.alloc(12), { authTagLength: 16 });
  cipher.setAAD(ad, { plaintextLength: plaintext.length / 2 });
  const sealed = [cipher.update(plaintext, 'hex'), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat([ephemeral, ...sealed]).toString('hex');
}

describe.each([createPortableCrypto(), createNodeCrypto()])('golden boxes on the $name provider', (crypto) => {
  test.each(vectors.boxes)('$about', (vector) => {
    const { lockSecret, lockPublicKey, ephemeralSecret } = vector;
    const [tag, plaintext] = [unhex(vector.tag), unhex(vector.plaintext)];
    const identity = crypto.x25519KeyPair(unhex(lockSecret));
    expect(hex(identity.publicKey)).toBe(lockPublicKey);
    const ephemeral = crypto.x25519KeyPair(unhex(ephemeralSecret));
    const box = hex(sealSetBox(crypto, { lockPublicKey: unhex(lockPublicKey), tag, ephemeral }, plaintext));
    if (fill && vector.bytes === '') vector.bytes = box;
    expect(box).toBe(vector.bytes);
    expect(openSetBox(crypto, { identity, tag }, unhex(vector.bytes))).toEqual(plaintext);
    const { entries } = decodeSetChange(plaintext);
    expect(entries.map((entry) => encodeSetEntry(decodeSetEntry(entry)))).toEqual(entries);
  });

  test('are complete', () => {
    if (fill) writeFileSync(file, `${JSON.stringify(vectors, null, 1)}\n`);
    expect(vectors.boxes.length).toBeGreaterThan(0);
    expect(vectors.boxes.filter(({ bytes }) => bytes === '')).toEqual([]);
  });
});

test.each(vectors.boxes)('$about: a writer that shares nothing with the first writes the same bytes', (vector) => {
  expect(sealIndependently(vector)).toBe(vector.bytes);
});
