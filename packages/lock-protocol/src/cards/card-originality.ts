import { ecdsa, weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { sha256 } from '@noble/hashes/sha2.js';

/** NIST P-224 (SP 800-186 §3.2.1.2), which NXP signs with. */
const p224 = weierstrass({
  p: 0xffffffffffffffffffffffffffffffff000000000000000000000001n,
  n: 0xffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3dn,
  h: 1n,
  a: 0xfffffffffffffffffffffffffffffffefffffffffffffffffffffffen,
  b: 0xb4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4n,
  Gx: 0xb70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21n,
  Gy: 0xbd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34n,
});
const signatures = ecdsa(p224, sha256);

/** NXP's public key for NTAG 424 DNA and DESFire EV2 (AN12196 §8.2), uncompressed. */
const makerPublicKey = bytesOf(
  '048a9b380af2ee1b98dc417fecc263f8449c7625cece82d9b916c992da209d68422b81ec20b65a66b5102a61596af3379200599316a00a1410',
);

/** Bytes of a maker's signature. */
export const originalitySizeBytes = 56;

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/**
 * Whether the maker signed this UID. It says that the silicon is genuine, and nothing of who holds it: the signature can
 * be read by anybody, and copied.
 *
 * @param publicKey Of another maker, or of another family of cards.
 */
export function isGenuineCard(uid: Uint8Array, signature: Uint8Array, publicKey: Uint8Array = makerPublicKey): boolean {
  if (signature.length !== originalitySizeBytes) return false;
  try {
    return signatures.verify(signature, uid, publicKey, { prehash: false, lowS: false });
  } catch {
    return false;
  }
}
