import { readFileSync } from 'node:fs';
import { p256 } from '@noble/curves/nist.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../encoding/byte-strings.js';
import { LockProtocolError } from '../protocol-error.js';
import { createNodeCrypto } from './node-crypto.js';
import { createPortableCrypto } from './portable-crypto.js';

const vectors = JSON.parse(readFileSync(new URL('../../vectors/primitives.json', import.meta.url), 'utf8'));
const portable = createPortableCrypto();
const node = createNodeCrypto();
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

/** What a call gives, or why it refuses: so that two providers can be compared. */
function verdictOf(run: () => Uint8Array): unknown {
  try {
    return hex(run());
  } catch (error) {
    return error instanceof LockProtocolError ? error.info : error;
  }
}

const { Point } = p256;
const order = Point.Fn.ORDER.toString(16);
const prime = Point.Fp.ORDER.toString(16);
const good = vectors.p256.vectors[0] as Readonly<Record<'secret' | 'publicKey' | 'peer' | 'shared', string>>;
const [x, y] = [good.publicKey.slice(2, 66), good.publicKey.slice(66)];
// x = 0 is on the curve: its y is a root of b.
const atZero = Point.fromHex(`02${'00'.repeat(32)}`).toHex(false);

/** Bytes that a stranger may send for a public key, and what is wrong with them. */
const refused: readonly [string, string, 'size' | 'public-key'][] = [
  ['nothing', '', 'size'],
  ['the point at infinity', '00', 'size'],
  ['the point at infinity, padded to a compressed key', '00'.repeat(33), 'public-key'],
  ['the point at infinity, padded to an uncompressed key', '00'.repeat(65), 'public-key'],
  ['x alone', x, 'size'],
  ['x and y without a first byte', x + y, 'size'],
  ['a compressed key with a byte too many', `02${x}00`, 'size'],
  ['a compressed key under the first byte of an uncompressed one', `04${x}`, 'public-key'],
  ['an uncompressed key under the first byte of a compressed one', `02${x}${y}`, 'public-key'],
  ['a hybrid key, which OpenSSL takes', `07${x}${y}`, 'public-key'],
  ['a hybrid key with the other sign', `06${x}${y}`, 'public-key'],
  ['an x that has no y', `02${'00'.repeat(31)}01`, 'public-key'],
  ['a y that does not belong to x', `04${x}${'00'.repeat(31)}01`, 'public-key'],
  ['zeros for x and y', `04${'00'.repeat(64)}`, 'public-key'],
  ['an x of the prime, compressed', `02${prime}`, 'public-key'],
  ['an x of the prime, where 0 has a y', `04${prime}${atZero.slice(66)}`, 'public-key'],
  ['an x past the prime', `02${'ff'.repeat(32)}`, 'public-key'],
];

describe.each([portable, node])('P-256 and AES-256-GCM on the $name provider', (crypto) => {
  it.each<Record<string, string>>(vectors.p256.vectors)('agrees as RFC 5903 and NIST: $secret', (vector) => {
    const { secret = '', publicKey = '', peer = '', shared = '' } = vector;
    const compressed = crypto.p256Compress(unhex(publicKey));
    expect(crypto.p256KeyPair(unhex(secret)).publicKey).toEqual(compressed);
    expect(hex(crypto.p256Expand(compressed))).toBe(publicKey);
    expect(hex(crypto.p256(unhex(secret), crypto.p256Compress(unhex(peer))))).toBe(shared);
  });

  it.each<Record<string, string>>(vectors.aes256gcm.vectors)('seals as GCM’s own cases: $ciphertext', (vector) => {
    const part = (name: string): Uint8Array => unhex(vector[name] ?? '');
    const shared = { secret: part('secret'), nonce: part('nonce'), ad: part('ad') };
    expect(hex(crypto.aesGcmSeal({ ...shared, plaintext: part('plaintext') }))).toBe(vector['ciphertext']);
    expect(hex(crypto.aesGcmOpen({ ...shared, ciphertext: part('ciphertext') }))).toBe(vector['plaintext']);
  });

  it.each(refused)('refuses %s', (_name, text, reason) => {
    const publicKey = unhex(text);
    const fault = { code: 'crypto', reason };
    expect(verdictOf(() => crypto.p256Compress(publicKey))).toMatchObject(fault);
    expect(verdictOf(() => crypto.p256Expand(publicKey))).toMatchObject(fault);
    const agreed = verdictOf(() => crypto.p256(unhex(good.secret), publicKey));
    expect(agreed).toMatchObject(text.length === 66 ? fault : { code: 'crypto', reason: 'size' });
  });

  it('takes either encoding where keys come from hardware, and only the compressed one for agreement', () => {
    const [full, short] = [unhex(good.publicKey), unhex(`03${x}`)];
    expect(crypto.p256Compress(full)).toEqual(short);
    expect(crypto.p256Compress(short)).toEqual(short);
    expect(crypto.p256Expand(short)).toEqual(full);
    expect(crypto.p256Expand(full)).toEqual(full);
    expect(verdictOf(() => crypto.p256(unhex(good.secret), full))).toMatchObject({ code: 'crypto', reason: 'size' });
  });

  it('refuses secrets that are none, and takes the smallest and the largest', () => {
    const peer = crypto.p256Compress(unhex(good.peer));
    const above = (BigInt(`0x${order}`) + 1n).toString(16);
    for (const secret of ['00'.repeat(32), order, above, 'ff'.repeat(32)]) {
      expect(verdictOf(() => crypto.p256KeyPair(unhex(secret)).publicKey)).toEqual({
        code: 'crypto',
        reason: 'secret',
      });
      expect(verdictOf(() => crypto.p256(unhex(secret), peer))).toEqual({ code: 'crypto', reason: 'secret' });
    }
    const largest = (BigInt(`0x${order}`) - 1n).toString(16);
    for (const secret of [`${'00'.repeat(31)}01`, largest]) {
      expect(hex(crypto.p256(unhex(secret), peer))).toBe(good.peer.slice(2, 66));
    }
  });

  it('refuses arguments of the wrong size', () => {
    const [short, nonce, none] = [new Uint8Array(31), new Uint8Array(12), new Uint8Array(0)];
    const secret = new Uint8Array(32).fill(1);
    const calls: readonly (() => unknown)[] = [
      () => crypto.p256KeyPair(short),
      () => crypto.p256(short, unhex(`02${x}`)),
      () => crypto.aesGcmSeal({ secret: short, nonce, ad: none, plaintext: none }),
      () => crypto.aesGcmSeal({ secret, nonce: short, ad: none, plaintext: none }),
      () => crypto.aesGcmOpen({ secret: short, nonce, ad: none, ciphertext: secret }),
      () => crypto.aesGcmOpen({ secret, nonce: short, ad: none, ciphertext: secret }),
    ];
    for (const call of calls) {
      expect(verdictOf(call as () => Uint8Array)).toMatchObject({ code: 'crypto', reason: 'size' });
    }
    expect(crypto.aesGcmOpen({ secret, nonce, ad: none, ciphertext: new Uint8Array(15) })).toBeUndefined();
  });

  it('draws fresh pairs, as plain arrays of their own', () => {
    const { secret, publicKey } = crypto.p256KeyPair();
    const peer = crypto.p256KeyPair();
    expect(peer.secret).not.toEqual(secret);
    const made = [secret, publicKey, crypto.p256(secret, peer.publicKey), crypto.p256Expand(publicKey)];
    for (const bytes of made) {
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
      expect(bytes.buffer.byteLength).toBe(bytes.length);
    }
    expect(crypto.p256(secret, peer.publicKey)).toEqual(crypto.p256(peer.secret, publicKey));
  });

  it('agrees with the bytes a secret holds now, not with those it held before', () => {
    const secret = new Uint8Array(32).fill(1);
    const peer = crypto.p256Compress(unhex(good.peer));
    const first = crypto.p256(secret, peer);
    secret.fill(2);
    expect(crypto.p256(secret, peer)).not.toEqual(first);
    expect(crypto.p256(new Uint8Array(32).fill(2), peer)).toEqual(crypto.p256(secret, peer));
  });
});

describe('both providers', () => {
  const bytes = (sizeBytes: number) => fc.uint8Array({ minLength: sizeBytes, maxLength: sizeBytes });

  it('give the same result for the same input', () =>
    fc.assert(
      fc.property(bytes(32), bytes(32), bytes(12), fc.uint8Array({ maxLength: 300 }), (secret, other, nonce, data) => {
        const pair = portable.p256KeyPair(secret);
        expect(pair).toEqual(node.p256KeyPair(secret));
        expect(portable.p256(other, pair.publicKey)).toEqual(node.p256(other, pair.publicKey));
        const ciphertext = portable.aesGcmSeal({ secret, nonce, ad: other, plaintext: data });
        expect(ciphertext).toEqual(node.aesGcmSeal({ secret, nonce, ad: other, plaintext: data }));
        expect(portable.aesGcmOpen({ secret, nonce, ad: other, ciphertext })).toEqual(data);
        expect(node.aesGcmOpen({ secret, nonce, ad: other, ciphertext })).toEqual(data);
        ciphertext[data.length % ciphertext.length] = (ciphertext[data.length % ciphertext.length] ?? 0) ^ 1;
        expect(portable.aesGcmOpen({ secret, nonce, ad: other, ciphertext })).toBeUndefined();
        expect(node.aesGcmOpen({ secret, nonce, ad: other, ciphertext })).toBeUndefined();
      }),
      { numRuns: 30 },
    ));

  it('draw the same line through all bytes that may be a public key', async () => {
    const seen = new Set<boolean>();
    const candidates = fc.oneof(
      fc.tuple(fc.constantFrom(0, 2, 3, 4), bytes(32)).map(([first, rest]) => concatBytes(Uint8Array.of(first), rest)),
      fc.tuple(fc.constantFrom(4, 6), bytes(64)).map(([first, rest]) => concatBytes(Uint8Array.of(first), rest)),
      fc.uint8Array({ maxLength: 70 }),
    );
    await fc.assert(
      fc.property(candidates, bytes(32), (candidate, secret) => {
        const compressed = verdictOf(() => portable.p256Compress(candidate));
        seen.add(typeof compressed === 'string');
        expect(verdictOf(() => node.p256Compress(candidate))).toEqual(compressed);
        expect(verdictOf(() => node.p256Expand(candidate))).toEqual(verdictOf(() => portable.p256Expand(candidate)));
        const agreed = verdictOf(() => portable.p256(secret, candidate));
        expect(verdictOf(() => node.p256(secret, candidate))).toEqual(agreed);
      }),
      { numRuns: 200 },
    );
    expect(seen).toEqual(new Set([true, false]));
  });
});

describe('a source of randomness that repeats itself', () => {
  it.each([0, 0xff])('makes no P-256 pair of bytes that are all %i', (byte) => {
    const broken = createPortableCrypto({ randomBytes: (size) => new Uint8Array(size).fill(byte) });
    const fault = { code: 'crypto', reason: 'no-randomness' };
    expect(verdictOf(() => broken.p256KeyPair().secret)).toEqual(fault);
  });

  it('is asked again for a secret out of range', () => {
    const draws = [new Uint8Array(32), unhex(order), new Uint8Array(32).fill(7)];
    const slow = createPortableCrypto({ randomBytes: () => draws.shift() ?? new Uint8Array(0) });
    expect(slow.p256KeyPair().secret).toEqual(new Uint8Array(32).fill(7));
  });
});
