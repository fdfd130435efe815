import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  ECDH,
  type KeyObject,
  randomBytes,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
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

const tagSizeBytes = 16;

type Curve = 'x25519' | 'ed25519' | 'p256';

/** What OpenSSL calls P-256. */
const p256Name = 'prime256v1';

/** DER prefixes of RFC 8410 and RFC 5915 keys: everything before the raw bytes; P-256 points are compressed. */
const prefixes = {
  x25519: { secret: '302e020100300506032b656e04220420', publicKey: '302a300506032b656e032100' },
  ed25519: { secret: '302e020100300506032b657004220420', publicKey: '302a300506032b6570032100' },
  p256: {
    secret: '3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420',
    publicKey: '3039301306072a8648ce3d020106082a8648ce3d030107032200',
  },
} as const satisfies Record<Curve, { secret: string; publicKey: string }>;

interface ImportedSecret {
  readonly secret: Uint8Array;
  readonly privateKey: KeyObject;
}

// Importing a secret costs OpenSSL a scalar multiplication, three quarters of a signature. The imported form lives as
// long as the caller's array, and is used only while that array still holds the same bytes.
const imported: Record<Curve, WeakMap<Uint8Array, ImportedSecret>> = {
  x25519: new WeakMap(),
  ed25519: new WeakMap(),
  p256: new WeakMap(),
};

function importSecret(curve: Curve, secret: Uint8Array): KeyObject {
  requireSize(secret, 32, 'secret');
  const known = imported[curve].get(secret);
  if (known !== undefined && timingSafeEqual(known.secret, secret)) return known.privateKey;
  const der = Buffer.concat([Buffer.from(prefixes[curve].secret, 'hex'), secret]);
  const privateKey = createPrivateKey({ format: 'der', type: 'pkcs8', key: der });
  imported[curve].set(secret, { secret: plain(secret), privateKey });
  return privateKey;
}

function importPublicKey(curve: Curve, publicKey: Uint8Array): KeyObject {
  requireSize(publicKey, curve === 'p256' ? compressedSizeBytes : 32, 'publicKey');
  const der = Buffer.concat([Buffer.from(prefixes[curve].publicKey, 'hex'), publicKey]);
  return createPublicKey({ format: 'der', type: 'spki', key: der });
}

// Callers compare and keep the bytes: a plain array, not a view into Node's shared Buffer pool.
function plain(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}

function keyPair(curve: Curve, secret: Uint8Array): KeyPair {
  const der = createPublicKey(importSecret(curve, secret)).export({ format: 'der', type: 'spki' });
  return { secret, publicKey: plain(der.subarray(-32)) };
}

function p256KeyPair(secret: Uint8Array): KeyPair {
  requireP256Secret(secret);
  const pair = createECDH(p256Name);
  pair.setPrivateKey(secret);
  return { secret, publicKey: plain(pair.getPublicKey(null, 'compressed')) };
}

function p256(secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
  requireP256Secret(secret);
  requireSize(publicKey, compressedSizeBytes, 'publicKey');
  requireP256Encoding(publicKey);
  let peer: KeyObject;
  try {
    peer = importPublicKey('p256', publicKey);
  } catch (cause) {
    return refuseP256PublicKey(cause);
  }
  return plain(diffieHellman({ privateKey: importSecret('p256', secret), publicKey: peer }));
}

function convertPoint(publicKey: Uint8Array, form: 'compressed' | 'uncompressed'): Uint8Array {
  requireP256Encoding(publicKey);
  try {
    return plain(Buffer.from(String(ECDH.convertKey(publicKey, p256Name, undefined, 'hex', form)), 'hex'));
  } catch (cause) {
    return refuseP256PublicKey(cause);
  }
}

type Aead = 'chacha20-poly1305' | 'aes-256-gcm';

function seal(aead: Aead, { secret, nonce, ad, plaintext }: SealRequest): Uint8Array {
  requireSize(secret, 32, 'secret');
  requireSize(nonce, 12, 'nonce');
  const options = { authTagLength: tagSizeBytes };
  const cipher =
    aead === 'aes-256-gcm'
      ? createCipheriv(aead, secret, nonce, options)
      : createCipheriv(aead, secret, nonce, options);
  cipher.setAAD(ad, { plaintextLength: plaintext.length });
  return plain(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
}

function open(aead: Aead, { secret, nonce, ad, ciphertext }: OpenRequest): Uint8Array | undefined {
  requireSize(secret, 32, 'secret');
  requireSize(nonce, 12, 'nonce');
  if (ciphertext.length < tagSizeBytes) return undefined;
  const options = { authTagLength: tagSizeBytes };
  const decipher =
    aead === 'aes-256-gcm'
      ? createDecipheriv(aead, secret, nonce, options)
      : createDecipheriv(aead, secret, nonce, options);
  const end = ciphertext.length - tagSizeBytes;
  decipher.setAAD(ad, { plaintextLength: end });
  decipher.setAuthTag(ciphertext.subarray(end));
  const plaintext = decipher.update(ciphertext.subarray(0, end));
  try {
    decipher.final();
    return plain(plaintext);
  } catch {
    return undefined;
  }
}

/**
 * The provider for Node.js (gateway, portal, tests): the same results as the portable one from OpenSSL, many times
 * faster.
 */
export function createNodeCrypto(): CryptoProvider {
  const draw = (sizeBytes: number): Uint8Array => plain(randomBytes(sizeBytes));
  return {
    name: 'node',
    randomBytes: draw,
    sha256: (data) => plain(createHash('sha256').update(data).digest()),
    hmacSha256: (secret, data) => plain(createHmac('sha256', secret).update(data).digest()),
    x25519KeyPair: (secret = draw(32)) => keyPair('x25519', secret),
    x25519: (secret, publicKey) => {
      const privateKey = importSecret('x25519', secret);
      const peer = importPublicKey('x25519', publicKey);
      try {
        return plain(diffieHellman({ privateKey, publicKey: peer }));
      } catch (cause) {
        throw new LockProtocolError(
          { code: 'crypto', reason: 'weak-public-key' },
          'The X25519 result is all zero: the public key has small order.',
          { cause },
        );
      }
    },
    p256KeyPair: (secret = drawP256Secret(draw)) => p256KeyPair(secret),
    p256,
    p256Compress: (publicKey) => convertPoint(publicKey, 'compressed'),
    p256Expand: (publicKey) => convertPoint(publicKey, 'uncompressed'),
    ed25519KeyPair: (secret = draw(32)) => keyPair('ed25519', secret),
    ed25519Sign: (secret, message) => plain(sign(null, message, importSecret('ed25519', secret))),
    ed25519Verify: (publicKey, message, signature) => {
      if (signature.length !== 64 || !isStrictEd25519PublicKey(publicKey)) return false;
      return verify(null, message, importPublicKey('ed25519', publicKey), signature);
    },
    chachaSeal: (request) => seal('chacha20-poly1305', request),
    chachaOpen: (request) => open('chacha20-poly1305', request),
    aesGcmSeal: (request) => seal('aes-256-gcm', request),
    aesGcmOpen: (request) => open('aes-256-gcm', request),
  };
}
