import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type KeyObject,
  randomBytes,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import type { CryptoProvider, KeyPair, OpenRequest } from './crypto-provider.js';
import { requireSize } from './crypto-provider.js';
import { isStrictEd25519PublicKey } from './ed25519-public-key.js';
import { LockProtocolError } from './protocol-error.js';

const tagSizeBytes = 16;

type Curve = 'x25519' | 'ed25519';

/** DER prefixes of RFC 8410 keys: everything before the 32 raw bytes. */
const prefixes = {
  x25519: { secret: '302e020100300506032b656e04220420', publicKey: '302a300506032b656e032100' },
  ed25519: { secret: '302e020100300506032b657004220420', publicKey: '302a300506032b6570032100' },
} as const satisfies Record<Curve, { secret: string; publicKey: string }>;

interface ImportedSecret {
  readonly secret: Uint8Array;
  readonly privateKey: KeyObject;
}

// Importing a secret costs OpenSSL a scalar multiplication, three quarters of a signature. The imported form lives as
// long as the caller's array, and is used only while that array still holds the same bytes.
const imported: Record<Curve, WeakMap<Uint8Array, ImportedSecret>> = { x25519: new WeakMap(), ed25519: new WeakMap() };

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
  requireSize(publicKey, 32, 'publicKey');
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

function open({ secret, nonce, ad, ciphertext }: OpenRequest): Uint8Array | undefined {
  const decipher = createDecipheriv('chacha20-poly1305', secret, nonce, { authTagLength: tagSizeBytes });
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
    ed25519KeyPair: (secret = draw(32)) => keyPair('ed25519', secret),
    ed25519Sign: (secret, message) => plain(sign(null, message, importSecret('ed25519', secret))),
    ed25519Verify: (publicKey, message, signature) => {
      if (signature.length !== 64 || !isStrictEd25519PublicKey(publicKey)) return false;
      return verify(null, message, importPublicKey('ed25519', publicKey), signature);
    },
    chachaSeal: ({ secret, nonce, ad, plaintext }) => {
      requireSize(secret, 32, 'secret');
      requireSize(nonce, 12, 'nonce');
      const cipher = createCipheriv('chacha20-poly1305', secret, nonce, { authTagLength: tagSizeBytes });
      cipher.setAAD(ad, { plaintextLength: plaintext.length });
      return plain(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
    },
    chachaOpen: (request) => {
      requireSize(request.secret, 32, 'secret');
      requireSize(request.nonce, 12, 'nonce');
      return request.ciphertext.length < tagSizeBytes ? undefined : open(request);
    },
  };
}
