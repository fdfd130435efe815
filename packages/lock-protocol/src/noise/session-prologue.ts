import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { concatBytes } from '../encoding/byte-strings.js';

/** "OLP/1" in ASCII. */
const label = Uint8Array.of(0x4f, 0x4c, 0x50, 0x2f, 0x31);

/**
 * The Noise prologue of a session: `"OLP/1" ‖ SHA-256(INFO) ‖ suite`. INFO itself is unauthenticated; whoever edits it on
 * the way, or makes the lock believe in another suite, makes message 1 unreadable (SPEC §9).
 */
export function sessionPrologue(crypto: CryptoProvider, info: Uint8Array, suite: number): Uint8Array {
  return concatBytes(label, crypto.sha256(info), Uint8Array.of(suite));
}
