import { verify as opensslVerify } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { ed25519 } from '@noble/curves/ed25519.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../encoding/byte-strings.js';
import { LockProtocolError } from '../protocol-error.js';
import { isStrictEd25519PublicKey } from './ed25519-public-key.js';
import { createNodeCrypto } from './node-crypto.js';
import { createPortableCrypto } from './portable-crypto.js';
import { makeStrictEd25519Vectors, type StrictEd25519Vector } from './strict-ed25519.test-rig.js';

const file = new URL('../../vectors/primitives.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8'));
// Signatures are written once, where there are none; those that are there are never written over.
const fill = process.env['LATCHWORK_FILL_VECTORS'] === '1';
const portable = createPortableCrypto();
const node = createNodeCrypto();
const providers = [portable, node];
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

function faultOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error instanceof LockProtocolError ? error.info : error;
  }
  return 'accepted';
}

describe.each(providers)('the $name provider', (crypto) => {
  it.each<Record<string, string>>(vectors.ed25519.vectors)('signs as RFC 8032: message $message', (vector) => {
    const { secret = '', publicKey = '', message = '', signature = '' } = vector;
    expect(hex(crypto.ed25519KeyPair(unhex(secret)).publicKey)).toBe(publicKey);
    expect(hex(crypto.ed25519Sign(unhex(secret), unhex(message)))).toBe(signature);
    expect(crypto.ed25519Verify(unhex(publicKey), unhex(message), unhex(signature))).toBe(true);
    expect(crypto.ed25519Verify(unhex(publicKey), unhex(`${message}00`), unhex(signature))).toBe(false);
  });

  it.each<Record<string, string>>(vectors.x25519.vectors)('agrees as RFC 7748: $secret', (vector) => {
    const { secret = '', publicKey = '', shared = '' } = vector;
    expect(hex(crypto.x25519(unhex(secret), unhex(publicKey)))).toBe(shared);
  });

  it('iterates X25519 a thousand times as RFC 7748', () => {
    const { start, after1, after1000 } = vectors.x25519.iterated;
    let [secret, publicKey] = [unhex(start), unhex(start)];
    for (let round = 1; round <= 1000; round += 1) {
      [secret, publicKey] = [crypto.x25519(secret, publicKey), secret];
      if (round === 1) expect(hex(secret)).toBe(after1);
    }
    expect(hex(secret)).toBe(after1000);
  });

  it.each<Record<string, string>>(vectors.chacha20poly1305.vectors)('seals as RFC 8439: nonce $nonce', (vector) => {
    const part = (name: string): Uint8Array => unhex(vector[name] ?? '');
    const shared = { secret: part('secret'), nonce: part('nonce'), ad: part('ad') };
    expect(hex(crypto.chachaSeal({ ...shared, plaintext: part('plaintext') }))).toBe(vector['ciphertext']);
    expect(hex(crypto.chachaOpen({ ...shared, ciphertext: part('ciphertext') }))).toBe(vector['plaintext']);
  });

  it.each<Record<string, string>>(vectors.hmacSha256.vectors)('authenticates as RFC 4231 and 5869: $mac', (vector) => {
    const { secret = '', data = '', mac = '' } = vector;
    expect(hex(crypto.hmacSha256(unhex(secret), unhex(data)))).toBe(mac);
  });

  it.each<Record<string, string>>(vectors.sha256.vectors)('hashes as FIPS 180-4: $digest', ({ data = '', digest }) => {
    expect(hex(crypto.sha256(unhex(data)))).toBe(digest);
  });

  it('refuses X25519 keys of small order', () => {
    const { secret } = crypto.x25519KeyPair();
    const order8 = 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800';
    for (const publicKey of ['00'.repeat(32), `01${'00'.repeat(31)}`, order8]) {
      const fault = faultOf(() => crypto.x25519(secret, unhex(publicKey)));
      expect(fault).toEqual({ code: 'crypto', reason: 'weak-public-key' });
    }
  });

  it('refuses arguments of the wrong size', () => {
    const [short, nonce, none] = [new Uint8Array(31), new Uint8Array(12), new Uint8Array(0)];
    const secret = new Uint8Array(32);
    const calls: readonly (() => unknown)[] = [
      () => crypto.x25519KeyPair(short),
      () => crypto.ed25519KeyPair(short),
      () => crypto.x25519(short, secret),
      () => crypto.x25519(secret, short),
      () => crypto.ed25519Sign(short, none),
      () => crypto.chachaSeal({ secret: short, nonce, ad: none, plaintext: none }),
      () => crypto.chachaSeal({ secret, nonce: short, ad: none, plaintext: none }),
      () => crypto.chachaOpen({ secret: short, nonce, ad: none, ciphertext: secret }),
      () => crypto.chachaOpen({ secret, nonce: short, ad: none, ciphertext: secret }),
    ];
    for (const call of calls) expect(faultOf(call)).toMatchObject({ code: 'crypto', reason: 'size' });
    expect(crypto.chachaOpen({ secret, nonce, ad: none, ciphertext: new Uint8Array(15) })).toBeUndefined();
    expect(crypto.ed25519Verify(short, none, new Uint8Array(64))).toBe(false);
    expect(crypto.ed25519Verify(crypto.ed25519KeyPair().publicKey, none, new Uint8Array(63))).toBe(false);
  });

  it('gives plain arrays of their own, and fresh secrets', () => {
    const { secret, publicKey } = crypto.x25519KeyPair();
    for (const bytes of [secret, publicKey, crypto.randomBytes(8), crypto.sha256(secret)]) {
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
      expect(bytes.buffer.byteLength).toBe(bytes.length);
    }
    expect(crypto.x25519KeyPair().secret).not.toEqual(secret);
    expect(crypto.randomBytes(16)).not.toEqual(crypto.randomBytes(16));
  });

  it('signs with the bytes a secret holds now, not with those it held before', () => {
    const secret = new Uint8Array(32).fill(1);
    const first = crypto.ed25519Sign(secret, secret);
    secret.fill(2);
    const message = new Uint8Array(32).fill(1);
    expect(crypto.ed25519Sign(secret, message)).not.toEqual(first);
    expect(crypto.ed25519Sign(new Uint8Array(32).fill(2), message)).toEqual(crypto.ed25519Sign(secret, message));
  });
});

describe('both providers', () => {
  const bytes = (sizeBytes: number) => fc.uint8Array({ minLength: sizeBytes, maxLength: sizeBytes });

  it('give the same result for the same input', () =>
    fc.assert(
      fc.property(bytes(32), bytes(32), bytes(12), fc.uint8Array({ maxLength: 300 }), (secret, other, nonce, data) => {
        expect(portable.sha256(data)).toEqual(node.sha256(data));
        expect(portable.hmacSha256(data, secret)).toEqual(node.hmacSha256(data, secret));
        expect(portable.x25519KeyPair(secret)).toEqual(node.x25519KeyPair(secret));
        expect(portable.ed25519KeyPair(secret)).toEqual(node.ed25519KeyPair(secret));
        expect(faultOf(() => portable.x25519(secret, other))).toEqual(faultOf(() => node.x25519(secret, other)));
        expect(portable.x25519(secret, other)).toEqual(node.x25519(secret, other));
        const signature = portable.ed25519Sign(secret, data);
        expect(signature).toEqual(node.ed25519Sign(secret, data));
        const ciphertext = portable.chachaSeal({ secret, nonce, ad: other, plaintext: data });
        expect(ciphertext).toEqual(node.chachaSeal({ secret, nonce, ad: other, plaintext: data }));
        expect(portable.chachaOpen({ secret, nonce, ad: other, ciphertext })).toEqual(data);
        expect(node.chachaOpen({ secret, nonce, ad: other, ciphertext })).toEqual(data);
      }),
      { numRuns: 40 },
    ));

  it('draw the same line for damaged signatures, keys and ciphertexts', () =>
    fc.assert(
      fc.property(bytes(32), fc.uint8Array({ maxLength: 40 }), fc.nat(1023), (secret, data, bit) => {
        const { publicKey } = node.ed25519KeyPair(secret);
        const damaged = concatBytes(node.ed25519Sign(secret, data), publicKey, new Uint8Array(32));
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const [signature, signer] = [damaged.slice(0, 64), damaged.slice(64, 96)];
        const verdict = portable.ed25519Verify(signer, data, signature);
        expect(verdict).toBe(bit >= 768);
        expect(node.ed25519Verify(signer, data, signature)).toBe(verdict);
        const nonce = new Uint8Array(12);
        const ciphertext = node.chachaSeal({ secret, nonce, ad: data, plaintext: data });
        ciphertext[bit % ciphertext.length] = (ciphertext[bit % ciphertext.length] ?? 0) ^ 1;
        expect(portable.chachaOpen({ secret, nonce, ad: data, ciphertext })).toBeUndefined();
        expect(node.chachaOpen({ secret, nonce, ad: data, ciphertext })).toBeUndefined();
      }),
      { numRuns: 40 },
    ));
});

const strictVectors: readonly StrictEd25519Vector[] = vectors.ed25519Strict.vectors;

describe('strict Ed25519 verification, on both providers alike', () => {
  const { Point } = ed25519;
  const order8 = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
  const bytesOf = (vector: StrictEd25519Vector) =>
    [unhex(vector.publicKey), unhex(vector.message), unhex(vector.signature)] as const;

  it('has golden vectors beside the line, as ever', () => {
    const made = makeStrictEd25519Vectors();
    if (fill && strictVectors.length === 0) {
      vectors.ed25519Strict.vectors = made;
      writeFileSync(file, `${JSON.stringify(vectors, null, 1)}\n`);
    }
    expect(vectors.ed25519Strict.vectors).toEqual(made);
  });

  it.each(strictVectors)('$what: $valid', (vector) => {
    const verdicts = providers.map((crypto) => crypto.ed25519Verify(...bytesOf(vector)));
    expect(verdicts).toEqual([vector.valid, vector.valid]);
  });

  /** Of which vectors a verifier says something else. */
  const otherwise = (verify: (...vector: ReturnType<typeof bytesOf>) => boolean): readonly string[] =>
    strictVectors.filter((vector) => verify(...bytesOf(vector)) !== vector.valid).map(({ what }) => what);

  it('is not where OpenSSL draws it, which takes every key', () => {
    const accepted = otherwise((publicKey, message, signature) => {
      const x = Buffer.from(publicKey).toString('base64url');
      return opensslVerify(null, message, { key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }, signature);
    });
    expect(accepted).toEqual(
      strictVectors
        .filter(({ what }) => /^(?:a key of small order|a key that is not|the neutral)/.test(what))
        .map(({ what }) => what),
    );
    expect(accepted).toHaveLength(11);
  });

  it('is not where the cofactored equation draws it, which takes every torsion', () => {
    const accepted = otherwise((publicKey, message, signature) =>
      ed25519.verify(signature, message, publicKey, { zip215: false }),
    );
    expect(accepted).toEqual([
      'a key with torsion, a challenge that does not',
      'an R with torsion, which the cofactored equation takes',
    ]);
  });

  it('knows every point of small order, with either sign, and every non-canonical y', () => {
    let point = order8;
    for (let multiple = 1; multiple <= 8; multiple += 1) {
      const encoded = point.toBytes();
      expect(isStrictEd25519PublicKey(encoded)).toBe(false);
      encoded[31] = (encoded[31] ?? 0) ^ 0x80;
      expect(isStrictEd25519PublicKey(encoded)).toBe(false);
      point = point.add(order8);
    }
    for (let first = 0xed; first <= 0xff; first += 1) {
      expect(isStrictEd25519PublicKey(unhex(`${first.toString(16)}${'ff'.repeat(30)}7f`))).toBe(false);
    }
    expect(isStrictEd25519PublicKey(unhex(`eb${'ff'.repeat(30)}7f`))).toBe(true);
    expect(isStrictEd25519PublicKey(Point.BASE.toBytes())).toBe(true);
  });
});

describe('randomness of the portable provider', () => {
  it('may be given, and is checked', () => {
    expect(createPortableCrypto({ randomBytes: (size) => new Uint8Array(size).fill(9) }).randomBytes(2)).toEqual(
      Uint8Array.of(9, 9),
    );
    const short = createPortableCrypto({ randomBytes: () => new Uint8Array(1) });
    expect(faultOf(() => short.x25519KeyPair())).toMatchObject({ code: 'crypto', reason: 'size' });
    const broken = createPortableCrypto({
      randomBytes: () => {
        throw new Error('no source');
      },
    });
    expect(faultOf(() => broken.x25519KeyPair())).toEqual({ code: 'crypto', reason: 'no-randomness' });
  });
});
