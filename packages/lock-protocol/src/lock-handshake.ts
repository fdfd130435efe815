import type { KeyPair } from './crypto-provider.js';
import { decodeInfo, type SuiteName, suites } from './gatt.js';
import type { LockContext, LockState } from './lock-state.js';
import { createXkResponder, type NoiseHandshake } from './noise.js';
import { offersSuite, suiteOfFirstMessage } from './noise-suite.js';
import { LockProtocolError } from './protocol-error.js';
import { sessionPrologue } from './session-prologue.js';

type Ready = Extract<LockState, { at: 'ready' }>;

/**
 * The lock's side of the handshake that a message 1 of this size begins: its size tells the suite, and its tag verifies
 * in no other (SPEC §9.1).
 *
 * @throws LockProtocolError `handshake`/`length` for a size of no suite, or of one that the lock did not offer.
 */
export function startLockHandshake(context: LockContext, ready: Ready, sizeBytes: number): NoiseHandshake {
  const { crypto } = context;
  const { info } = ready.connection;
  const suite = suiteOfFirstMessage(sizeBytes);
  const pairs = suite && offersSuite(decodeInfo(info).suites, suite) ? pairsOf(context, ready)[suite] : undefined;
  if (suite === undefined || pairs === undefined) {
    throw new LockProtocolError(
      { code: 'handshake', reason: 'length' },
      `A message 1 of ${sizeBytes} bytes is of no suite that this lock offers.`,
    );
  }
  return createXkResponder({ crypto, prologue: sessionPrologue(crypto, info, suites[suite]), ...pairs });
}

interface SuitePairs {
  readonly staticKeyPair: KeyPair;
  readonly ephemeral: KeyPair;
}

function pairsOf(context: LockContext, ready: Ready): Readonly<Record<SuiteName, SuitePairs | undefined>> {
  const { p256Identity } = context;
  const { p256Ephemeral } = ready;
  return {
    x25519ChaChaPoly: { staticKeyPair: context.identity, ephemeral: ready.ephemeral },
    p256AesGcm: p256Identity && p256Ephemeral ? { staticKeyPair: p256Identity, ephemeral: p256Ephemeral } : undefined,
  };
}
