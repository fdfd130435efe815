import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  verify,
} from 'node:crypto';

const wrapping = { secret: '302e020100300506032b656e04220420', x25519: '302a300506032b656e032100' };
const ed25519Wrapping = '302a300506032b6570032100';
const fieldPrime = 2n ** 255n - 19n;
// The y coordinates of the eight points of small order: 0, 1, −1, and the two of order 8.
const smallOrder = new Set([
  0n,
  1n,
  fieldPrime - 1n,
  littleEndian(Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex')),
  littleEndian(Buffer.from('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', 'hex')),
]);

/** SHA-256. */
export function sha256(...data: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of data) hash.update(part);
  return hash.digest();
}

/** HMAC-SHA-256. */
export function hmacSha256(secret: Uint8Array, data: Uint8Array): Uint8Array {
  return createHmac('sha256', secret).update(data).digest();
}

function privateKey(secret: Uint8Array) {
  return createPrivateKey({
    key: Buffer.concat([Buffer.from(wrapping.secret, 'hex'), secret]),
    format: 'der',
    type: 'pkcs8',
  });
}

function publicKeyOf(prefix: string, publicKey: Uint8Array) {
  return createPublicKey({
    key: Buffer.concat([Buffer.from(prefix, 'hex'), publicKey]),
    format: 'der',
    type: 'spki',
  });
}

/** The X25519 public key of a secret of 32 bytes. */
export function x25519PublicKey(secret: Uint8Array): Uint8Array {
  const der = createPublicKey(privateKey(secret)).export({ format: 'der', type: 'spki' });
  return new Uint8Array(der.subarray(-32));
}

/** The X25519 agreement; undefined for an all-zero result, which OpenSSL refuses (SPEC §3.2). */
export function x25519(secret: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  try {
    return diffieHellman({ privateKey: privateKey(secret), publicKey: publicKeyOf(wrapping.x25519, publicKey) });
  } catch {
    return undefined;
  }
}

/** Verifies strictly (SPEC §3.3): OpenSSL checks S and the equation, what it takes of weak keys is refused before. */
export function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const y = littleEndian(publicKey) & (2n ** 255n - 1n);
  if (y >= fieldPrime || smallOrder.has(y)) return false;
  try {
    return verify(null, message, publicKeyOf(ed25519Wrapping, publicKey), signature);
  } catch {
    return false;
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

/** What ChaCha20-Poly1305 needs besides the text; the nonce has 12 bytes. */
export interface SealKey {
  readonly secret: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ad: Uint8Array;
}

/** Seals; the last 16 bytes are the tag. */
export function chachaSeal({ secret, nonce, ad }: SealKey, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', secret, nonce, { authTagLength: 16 });
  cipher.setAAD(ad, { plaintextLength: plaintext.length });
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Opens; undefined when the tag does not fit. */
export function chachaOpen({ secret, nonce, ad }: SealKey, ciphertext: Uint8Array): Uint8Array | undefined {
  if (ciphertext.length < 16) return undefined;
  const decipher = createDecipheriv('chacha20-poly1305', secret, nonce, { authTagLength: 16 });
  const text = ciphertext.subarray(0, -16);
  decipher.setAAD(ad, { plaintextLength: text.length });
  decipher.setAuthTag(ciphertext.subarray(-16));
  try {
    return Buffer.concat([decipher.update(text), decipher.final()]);
  } catch {
    return undefined;
  }
}
