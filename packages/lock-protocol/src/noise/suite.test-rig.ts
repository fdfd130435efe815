import type { CryptoProvider, KeyPair } from '../crypto/crypto-provider.js';
import type { SuiteName } from '../encoding/gatt.js';
import { noiseSuites } from './noise-suite.js';

/** The suites of the protocol, for tests that run through each. */
export const everySuite = ['x25519ChaChaPoly', 'p256AesGcm'] as const satisfies readonly SuiteName[];

/** A fresh pair of a suite. */
export function drawPair(crypto: CryptoProvider, suite: SuiteName): KeyPair {
  return noiseSuites[suite].drawKeyPair(crypto);
}

/** The other one of the two suites. */
export function otherSuite(suite: SuiteName): SuiteName {
  return suite === 'p256AesGcm' ? 'x25519ChaChaPoly' : 'p256AesGcm';
}
