import { verify as opensslVerify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../encoding/byte-strings.js';
import { LockProtocolError } from '../protocol-error.js';
import { isStrictEd25519PublicKey } from './ed25519-public-key.js';
import { createNodeCrypto } from './node-crypto.js';
import { createPortableCrypto } from './portable-crypto.js';

const vectors = JSON.parse(readFileSync(new URL('../../vectors/primitives.json', import.meta.url), 'utf8'));
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

// What a stranger can craft. `Point` arithmetic is public: none of these need a secret the crafter does not hold.
describe('strict Ed25519 verification, on both providers alike', () => {
  const { Point } = ed25519;
  const order = Point.Fn.ORDER;
  const message = unhex('00ff');
  const scalar = 123_456_789n;
  const nonceScalar = 987_654_321n;
  const order8 = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');

  function encodeScalar(value: bigint): Uint8Array {
    return unhex(value.toString(16).padStart(64, '0')).reverse();
  }
  function challengeOf(r: Uint8Array, publicKey: Uint8Array, text: Uint8Array): bigint {
    return BigInt(`0x${hex(sha512(concatBytes(r, publicKey, text)).reverse())}`) % order;
  }
  function sign(r: Uint8Array, publicKey: Uint8Array, text = message): Uint8Array {
    const s = (nonceScalar + challengeOf(r, publicKey, text) * scalar) % order;
    return concatBytes(r, encodeScalar(s));
  }
  function verdicts(publicKey: Uint8Array, signature: Uint8Array, text = message): readonly boolean[] {
    return providers.map((crypto) => crypto.ed25519Verify(publicKey, text, signature));
  }
  function openssl(publicKey: Uint8Array, signature: Uint8Array): boolean {
    const x = Buffer.from(publicKey).toString('base64url');
    return opensslVerify(null, message, { key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }, signature);
  }
  const publicKey = Point.BASE.multiply(scalar).toBytes();
  const r = Point.BASE.multiply(nonceScalar).toBytes();

  it('accepts the honest signature', () => {
    expect(verdicts(publicKey, sign(r, publicKey))).toEqual([true, true]);
  });

  it('refuses S + L, a second signature made from a first', () => {
    const honest = sign(r, publicKey);
    const s = BigInt(`0x${hex(honest.slice(32).reverse())}`);
    expect(verdicts(publicKey, concatBytes(r, encodeScalar(s + order)))).toEqual([false, false]);
  });

  it('refuses a key of small order, under which OpenSSL accepts one signature for every message', () => {
    const identity = Point.ZERO.toBytes();
    const forged = concatBytes(r, encodeScalar(nonceScalar));
    expect(openssl(identity, forged)).toBe(true);
    expect(verdicts(identity, forged)).toEqual([false, false]);
  });

  it('refuses a key that is not canonically encoded, which OpenSSL reduces', () => {
    const identityPlusP = unhex(`ee${'ff'.repeat(30)}7f`);
    const forged = concatBytes(r, encodeScalar(nonceScalar));
    expect(openssl(identityPlusP, forged)).toBe(true);
    expect(verdicts(identityPlusP, forged)).toEqual([false, false]);
  });

  it('refuses an R with a torsion component, which the cofactored equation accepts', () => {
    const mixed = Point.BASE.multiply(nonceScalar).add(order8).toBytes();
    const signature = sign(mixed, publicKey);
    expect(ed25519.verify(signature, message, publicKey)).toBe(true);
    expect(verdicts(publicKey, signature)).toEqual([false, false]);
  });

  it('agrees on keys with a torsion component: good exactly when the challenge cancels it', () => {
    const mixed = Point.BASE.multiply(scalar).add(order8).toBytes();
    const seen = Array.from({ length: 40 }, (_, index) => {
      const text = Uint8Array.of(index);
      const cancels = challengeOf(r, mixed, text) % 8n === 0n;
      expect(verdicts(mixed, sign(r, mixed, text), text)).toEqual([cancels, cancels]);
      return cancels;
    });
    expect(new Set(seen)).toEqual(new Set([true, false]));
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
    expect(isStrictEd25519PublicKey(publicKey)).toBe(true);
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
