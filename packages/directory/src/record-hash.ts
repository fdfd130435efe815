/** 64 bits as two words: a seed, or a hash. */
export type HashWords = Int32Array;

/** Where something stands in bytes; `end` is not part of it. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Hashes bytes under a secret seed: HalfSipHash-1-3 with 64 bits of output (github.com/veorq/SipHash, `halfsiphash.c`; one
 * and three rounds are what Linux takes for its tables). Who does not know the seed cannot make two texts that hash alike,
 * and 32-bit operations alone let it keep up with reading.
 *
 * @param into receives the hash, so that a million records allocate nothing.
 */
export function hashBytes(view: DataView, { start, end }: ByteRange, seed: HashWords, into: HashWords): void {
  const size = end - start;
  const left = size & 3;
  const wholeEnd = end - left;
  let last = size << 24;
  if (left > 2) last |= view.getUint8(wholeEnd + 2) << 16;
  if (left > 1) last |= view.getUint8(wholeEnd + 1) << 8;
  if (left > 0) last |= view.getUint8(wholeEnd);
  let v0 = seed[0] ?? 0;
  let v1 = seed[1] ?? 0;
  let v2 = 0x6c796765 ^ v0;
  let v3 = 0x74656462 ^ v1;
  v1 ^= 0xee;
  for (let at = start; at <= wholeEnd; at += 4) {
    const word = at < wholeEnd ? view.getInt32(at, true) : last;
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  v2 ^= 0xee;
  for (let round = 0; round < 6; round += 1) {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    if (round === 2) {
      into[0] = v1 ^ v3;
      v1 ^= 0xdd;
    }
  }
  into[1] = v1 ^ v3;
}
