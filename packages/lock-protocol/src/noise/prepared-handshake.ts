import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import { LockProtocolError } from '../protocol-error.js';
import type { PreparedEphemeral } from './noise.js';
import { suiteFor } from './noise-suite.js';

/** The costly half of message 1, computed before the lock is heard; it holds a secret and serves one call. */
export interface PreparedHandshake {
  /** The static public key of the only lock it serves, X25519 or P-256. */
  readonly lockPublicKey: Uint8Array;
  /** A fresh pair with its DH `es`. */
  readonly ephemeral: PreparedEphemeral;
}

/**
 * Computes what message 1 needs and only the lock's public key decides, for a caller that waits for the lock's
 * advertisement meanwhile.
 *
 * @throws LockProtocolError `crypto` for a public key of the wrong size, of small order, or not on the curve.
 */
export function prepareHandshake(crypto: CryptoProvider, lockPublicKey: Uint8Array): PreparedHandshake {
  const suite = suiteFor(lockPublicKey);
  const pair = suite.drawKeyPair(crypto);
  return { lockPublicKey, ephemeral: { ...pair, es: suite.agree(crypto, pair.secret, lockPublicKey) } };
}

const spent = new WeakSet<PreparedHandshake>();

/**
 * Gives the prepared pair out once: a second handshake with it would seal message 1 under the same key and nonce.
 *
 * @throws LockProtocolError `handshake`/`order` for a second use, or for another lock.
 */
export function spendPrepared(prepared: PreparedHandshake, lockPublicKey: Uint8Array): PreparedEphemeral {
  if (spent.has(prepared) || !equalBytes(prepared.lockPublicKey, lockPublicKey)) {
    throw new LockProtocolError(
      { code: 'handshake', reason: 'order', commandWritten: false },
      'A prepared handshake serves one call to its own lock.',
    );
  }
  spent.add(prepared);
  return prepared.ephemeral;
}
