import type { CryptoProvider, KeyPair } from './crypto-provider.js';
import type { Authority, LockAnswer, LockCommand, LockLink } from './lock-link.js';
import { LockProtocolError } from './protocol-error.js';
import type { StartTimer } from './start-timer.js';

/** Everything one door command needs. */
export interface PerformUnlockOptions {
  readonly crypto: CryptoProvider;
  readonly link: LockLink;
  /** The lock's static X25519 public key, known beforehand. */
  readonly lockPublicKey: Uint8Array;
  /** The caller's static X25519 key pair: the holder's for a grant, the gateway's own for a token. */
  readonly caller: KeyPair;
  readonly command: LockCommand;
  /** Called once, as soon as INFO is known, while messages 1 and 2 travel; a rejection ends the call before message 3. */
  readonly authority: (challenge: Uint8Array) => Promise<Authority>;
  /** INFO when the caller has read it on this connection already. */
  readonly info?: Uint8Array;
  /** Awaited right before the first frame of message 3: the point after which the outcome may be unknown. */
  readonly beforeCommand?: () => Promise<void>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly signal?: AbortSignal;
  /** Timers on the same clock as `now`; the platform's `setTimeout` when absent. */
  readonly startTimer?: StartTimer;
}

/**
 * Performs one door command over an open link: handshake, command and authority in message 3, authenticated answer.
 * Two round trips; a third only when the lock does not hold the signer's certificate yet. A refusal by the lock is an
 * answer, not an error.
 * @throws LockProtocolError with `info.commandWritten`: false when the lock cannot have acted, true when the outcome
 * is unknown.
 */
export async function performUnlock(o: PerformUnlockOptions): Promise<LockAnswer> {
  throw new LockProtocolError(
    { code: 'command', reason: 'link-closed', commandWritten: false },
    `Closed at ${o.now()}.`,
  );
}
