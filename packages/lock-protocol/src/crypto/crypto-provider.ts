import { LockProtocolError } from '../protocol-error.js';

/** A secret of 32 bytes and the public key that belongs to it: 32 bytes of X25519 or Ed25519, 33 of P-256. */
export interface KeyPair {
  readonly secret: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** What a cipher of {@link CryptoProvider} encrypts: a 32-byte secret, a 12-byte nonce used once with it, and `ad`. */
export interface SealRequest {
  readonly secret: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ad: Uint8Array;
  readonly plaintext: Uint8Array;
}

/** What a cipher of {@link CryptoProvider} decrypts; `ciphertext` ends in the 16-byte tag. */
export interface OpenRequest {
  readonly secret: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ad: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/**
 * Every primitive the protocol needs, so that the same protocol runs on `node:crypto` and on portable JavaScript.
 *
 * All providers give the same result for the same input, byte for byte, and draw the same line between accepted and
 * refused (SPEC §3). An argument of the wrong size throws {@link LockProtocolError} `crypto`/`size`, except in
 * `ed25519Verify`, where it is `false`, and a `ciphertext` shorter than a tag, which is `undefined`.
 */
export interface CryptoProvider {
  /** Which provider this is, for logs and measurements. */
  readonly name: 'portable' | 'node';
  /** Fresh random bytes from the platform's cryptographic source. */
  randomBytes(sizeBytes: number): Uint8Array;
  /** SHA-256 (FIPS 180-4): 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
  /** HMAC-SHA-256 (RFC 2104): 32 bytes; the secret may be of any size. */
  hmacSha256(secret: Uint8Array, data: Uint8Array): Uint8Array;
  /** An X25519 pair from a 32-byte secret, or from fresh randomness when absent. */
  x25519KeyPair(secret?: Uint8Array): KeyPair;
  /** X25519 (RFC 7748): 32 bytes. Throws `crypto`/`weak-public-key` when the result would be all zero. */
  x25519(secret: Uint8Array, publicKey: Uint8Array): Uint8Array;
  /**
   * A P-256 pair from a 32-byte big-endian secret, or from fresh randomness when absent; its public key is compressed.
   * Throws `crypto`/`secret` for a secret of 0, or not below the order of the group.
   */
  p256KeyPair(secret?: Uint8Array): KeyPair;
  /**
   * ECDH on P-256 (SP 800-56A §5.7.1.2): the x coordinate, 32 bytes. The public key is compressed, 33 bytes. Throws
   * `crypto`: `secret`, or `public-key` for bytes that are no point of the curve.
   */
  p256(secret: Uint8Array, publicKey: Uint8Array): Uint8Array;
  /**
   * The 33 bytes that the protocol carries for a P-256 public key of 65 bytes, as a phone's hardware gives it, or of 33.
   * Throws `crypto`/`public-key` for bytes that are no point of the curve.
   */
  p256Compress(publicKey: Uint8Array): Uint8Array;
  /** The 65 bytes that a phone's hardware takes for a P-256 public key; reads and refuses as {@link CryptoProvider.p256Compress}. */
  p256Expand(publicKey: Uint8Array): Uint8Array;
  /** An Ed25519 pair from a 32-byte seed, or from fresh randomness when absent. */
  ed25519KeyPair(secret?: Uint8Array): KeyPair;
  /** Ed25519 (RFC 8032, pure): a 64-byte signature by a 32-byte seed. */
  ed25519Sign(secret: Uint8Array, message: Uint8Array): Uint8Array;
  /**
   * Strict Ed25519 verification: canonical public key not of small order, `S` below the group order, and the cofactorless
   * equation, so that one signature is accepted for one message by every provider alike.
   */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** ChaCha20-Poly1305 (RFC 8439): ciphertext followed by the 16-byte tag. */
  chachaSeal(request: SealRequest): Uint8Array;
  /** Opens {@link CryptoProvider.chachaSeal}'s result; `undefined` when it does not verify. */
  chachaOpen(request: OpenRequest): Uint8Array | undefined;
  /** AES-256-GCM (SP 800-38D): ciphertext followed by the 16-byte tag. */
  aesGcmSeal(request: SealRequest): Uint8Array;
  /** Opens {@link CryptoProvider.aesGcmSeal}'s result; `undefined` when it does not verify. */
  aesGcmOpen(request: OpenRequest): Uint8Array | undefined;
}

/**
 * Makes every provider refuse an argument of the wrong size in the same words.
 *
 * @throws LockProtocolError `crypto`/`size`.
 */
export function requireSize(bytes: Uint8Array, sizeBytes: number, field: string): void {
  if (bytes.length !== sizeBytes) {
    throw new LockProtocolError(
      { code: 'crypto', reason: 'size', field },
      `${field} must be ${sizeBytes} bytes, got ${bytes.length}.`,
    );
  }
}
