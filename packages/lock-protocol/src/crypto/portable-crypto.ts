import { gcm } from '@noble/ciphers/aes.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { randomBytes as platformRandomBytes } from '@noble/hashes/utils.js';
import { LockProtocolError } from '../protocol-error.js';
import type { CryptoProvider, KeyPair, OpenRequest, SealRequest } from './crypto-provider.js';
import { requireSize } from './crypto-provider.js';
import { isStrictEd25519PublicKey } from './ed25519-public-key.js';
import {
  compressedSizeBytes,
  drawP256Secret,
  refuseP256PublicKey,
  requireP256Encoding,
  requireP256Secret,
} from './p256-bytes.js';
import { P256Point } from './p256-curve.js';

/** What {@link createPortableCrypto} may be given. */
export interface PortableCryptoOptions {
  /**
   * A cryptographic source of randomness for platforms without `globalThis.crypto.getRandomValues`, as React Native
   * before a polyfill. Must return exactly as many bytes as asked for.
   */
  readonly randomBytes?: (sizeBytes: number) => Uint8Array;
}

/**
 * The provider for every JavaScript engine (browser, Hermes, Node.js), built on the audited `@noble` packages.
 *
 * Without `options.randomBytes` the platform's `crypto.getRandomValues` is used; where there is none, the first draw
 * throws {@link LockProtocolError} `crypto`/`no-randomness`.
 */
export function createPortableCrypto(options: PortableCryptoOptions = {}): CryptoProvider {
  const randomBytes = (sizeBytes: number): Uint8Array => {
    const drawn = drawRandomness(options.randomBytes ?? platformRandomBytes, sizeBytes);
    requireSize(drawn, sizeBytes, 'randomBytes');
    return drawn;
  };
  const keyPair = (secret: Uint8Array, publicKeyOf: (secret: Uint8Array) => Uint8Array): KeyPair => {
    requireSize(secret, 32, 'secret');
    return { secret, publicKey: publicKeyOf(secret) };
  };
  return {
    name: 'portable',
    randomBytes,
    sha256: (data) => sha256(data),
    hmacSha256: (secret, data) => hmac(sha256, secret, data),
    x25519KeyPair: (secret = randomBytes(32)) => keyPair(secret, x25519.getPublicKey),
    x25519: (secret, publicKey) => {
      requireSize(secret, 32, 'secret');
      requireSize(publicKey, 32, 'publicKey');
      try {
        return x25519.getSharedSecret(secret, publicKey);
      } catch (cause) {
        throw new LockProtocolError(
          { code: 'crypto', reason: 'weak-public-key' },
          'The X25519 result is all zero: the public key has small order.',
          { cause },
        );
      }
    },
    p256KeyPair: (secret = drawP256Secret(randomBytes)) => {
      requireP256Secret(secret);
      return { secret, publicKey: P256Point.BASE.multiply(P256Point.Fn.fromBytes(secret)).toBytes(true) };
    },
    p256: (secret, publicKey) => {
      requireP256Secret(secret);
      requireSize(publicKey, compressedSizeBytes, 'publicKey');
      return pointOf(publicKey).multiply(P256Point.Fn.fromBytes(secret)).toBytes(true).slice(1);
    },
    p256Compress: (publicKey) => pointOf(publicKey).toBytes(true),
    p256Expand: (publicKey) => pointOf(publicKey).toBytes(false),
    ed25519KeyPair: (secret = randomBytes(32)) => keyPair(secret, ed25519.getPublicKey),
    ed25519Sign: (secret, message) => {
      requireSize(secret, 32, 'secret');
      return ed25519.sign(message, secret);
    },
    ed25519Verify: verifyStrict,
    chachaSeal: (request) => seal(chacha20poly1305, request),
    chachaOpen: (request) => open(chacha20poly1305, request),
    aesGcmSeal: (request) => seal(gcm, request),
    aesGcmOpen: (request) => open(gcm, request),
  };
}

type Aead = (
  secret: Uint8Array,
  nonce: Uint8Array,
  ad: Uint8Array,
) => {
  encrypt(plaintext: Uint8Array): Uint8Array;
  decrypt(ciphertext: Uint8Array): Uint8Array;
};

function seal(aead: Aead, { secret, nonce, ad, plaintext }: SealRequest): Uint8Array {
  requireSize(secret, 32, 'secret');
  requireSize(nonce, 12, 'nonce');
  return aead(secret, nonce, ad).encrypt(plaintext);
}

function open(aead: Aead, { secret, nonce, ad, ciphertext }: OpenRequest): Uint8Array | undefined {
  requireSize(secret, 32, 'secret');
  requireSize(nonce, 12, 'nonce');
  try {
    return aead(secret, nonce, ad).decrypt(ciphertext);
  } catch {
    return undefined;
  }
}

function pointOf(publicKey: Uint8Array): InstanceType<typeof P256Point> {
  requireP256Encoding(publicKey);
  try {
    return P256Point.fromBytes(publicKey);
  } catch (cause) {
    return refuseP256PublicKey(cause);
  }
}

function drawRandomness(source: (sizeBytes: number) => Uint8Array, sizeBytes: number): Uint8Array {
  try {
    return source(sizeBytes);
  } catch (cause) {
    throw new LockProtocolError(
      { code: 'crypto', reason: 'no-randomness' },
      'No cryptographic source of randomness; pass randomBytes to createPortableCrypto.',
      { cause },
    );
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

// @noble's own verify checks the cofactored equation, OpenSSL the cofactorless one: for a signature with a torsion
// component they disagree. This is the cofactorless reading, [S]B - [k]A encoded and compared with R (SPEC §3.3).
function verifyStrict(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64 || !isStrictEd25519PublicKey(publicKey)) return false;
  const { Point } = ed25519;
  const order = Point.Fn.ORDER;
  const s = littleEndian(signature.subarray(32));
  if (s >= order) return false;
  const challenge = sha512.create().update(signature.subarray(0, 32)).update(publicKey).update(message).digest();
  try {
    const a = Point.fromBytes(publicKey);
    const r = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(littleEndian(challenge) % order));
    return r.toBytes().every((byte, index) => byte === signature[index]);
  } catch {
    return false;
  }
}
