/** y of the points of order 8, 4, 2 and 1 on edwards25519, as little-endian hex with the sign bit clear. */
const smallOrderY = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
]);

function isBelowFieldPrime(y: readonly number[]): boolean {
  // p = 2^255 - 19 is ed ff … ff 7f: only nineteen values of 255 bits reach it.
  return (y[0] ?? 0) < 0xed || y[31] !== 0x7f || y.slice(1, 31).some((byte) => byte !== 0xff);
}

/**
 * Draws the line on Ed25519 public keys that RFC 8032 leaves to the verifier, for every provider alike: 32 bytes, a
 * canonical `y`, and not a point of small order (for which one signature fits many messages).
 */
export function isStrictEd25519PublicKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false;
  const y = Array.from(publicKey);
  y[31] = (y[31] ?? 0) & 0x7f;
  return isBelowFieldPrime(y) && !smallOrderY.has(y.map((byte) => byte.toString(16).padStart(2, '0')).join(''));
}
