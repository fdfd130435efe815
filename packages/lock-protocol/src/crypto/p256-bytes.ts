import { LockProtocolError } from '../protocol-error.js';
import { requireSize } from './crypto-provider.js';

/** A P-256 public key as the protocol carries it: 2 or 3 for the sign of y, then x. */
export const compressedSizeBytes = 33;

/** A P-256 public key as hardware gives it: 4, then x and y. */
export const uncompressedSizeBytes = 65;

/** The order of the group, big-endian: a secret is at least 1 and below it (FIPS 186-5, SP 800-186 §3.2.1.3). */
const order = Uint8Array.of(
  ...[0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  ...[0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51],
);

function isSecret(secret: Uint8Array): boolean {
  const differs = secret.findIndex((byte, index) => byte !== order[index]);
  return differs >= 0 && (secret[differs] ?? 0) < (order[differs] ?? 0) && secret.some((byte) => byte !== 0);
}

/**
 * Makes every provider refuse the same secrets: OpenSSL imports zero and the order without a word.
 *
 * @throws LockProtocolError `crypto`: `size`, or `secret` outside 1 … order − 1.
 */
export function requireP256Secret(secret: Uint8Array): void {
  requireSize(secret, 32, 'secret');
  if (isSecret(secret)) return;
  throw new LockProtocolError({ code: 'crypto', reason: 'secret' }, 'A P-256 secret is from 1 to the order minus 1.');
}

/** How many draws may miss the order, each one time in 2^32, before the source is no source of randomness. */
const mostDraws = 8;

/**
 * A P-256 secret from a source of randomness (FIPS 186-5 A.2.2: draw again what is out of range).
 *
 * @throws LockProtocolError `crypto`/`no-randomness` for a source that gives only zeros, or only ones.
 */
export function drawP256Secret(draw: (sizeBytes: number) => Uint8Array): Uint8Array {
  for (let draws = 0; draws < mostDraws; draws += 1) {
    const secret = draw(32);
    if (isSecret(secret)) return secret;
  }
  throw new LockProtocolError({ code: 'crypto', reason: 'no-randomness' }, 'The source of randomness repeats itself.');
}

/**
 * Makes every provider read the same encodings: OpenSSL would also take the hybrid one (first byte 6 or 7).
 *
 * @throws LockProtocolError `crypto`: `size`, or `public-key` for another first byte.
 */
export function requireP256Encoding(publicKey: Uint8Array): void {
  const uncompressed = publicKey.length === uncompressedSizeBytes;
  if (!uncompressed) requireSize(publicKey, compressedSizeBytes, 'publicKey');
  const [first = 0] = publicKey;
  if (uncompressed ? first !== 4 : first !== 2 && first !== 3) refuseP256PublicKey();
}

/** Ends the use of bytes that are no point of the curve. */
export function refuseP256PublicKey(cause?: unknown): never {
  throw new LockProtocolError(
    { code: 'crypto', reason: 'public-key' },
    'The public key is no point of P-256 in SEC 1 encoding.',
    cause === undefined ? {} : { cause },
  );
}
