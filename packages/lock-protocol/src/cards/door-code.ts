import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { encodeUtf8 } from '../encoding/utf8.js';

/**
 * What a lock keeps of the digits of a door code: HMAC-SHA-256 under a key that only this lock can make, so that neither a
 * copy of its set's flash nor the set of another lock says which codes open here. Who has that key too finds them by trying.
 */
export function codeMac(crypto: CryptoProvider, lockSecret: Uint8Array, digits: string): Uint8Array {
  const bytes = (text: string) => encodeUtf8(text) ?? new Uint8Array(0);
  return crypto.hmacSha256(crypto.hmacSha256(lockSecret, bytes('OLP/1-code')), bytes(digits));
}
