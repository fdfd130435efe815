import type { CryptoProvider, KeyPair } from '../crypto/crypto-provider.js';
import { type PreparedHandshake, spendPrepared } from '../noise/prepared-handshake.js';
import { LockProtocolError } from '../protocol-error.js';
import type { StartTimer } from '../start-timer.js';
import { createCallerLink } from './caller-link.js';
import { callerDeadline, callerStep, startCaller } from './caller-machine.js';
import type { CallerEffect, CallerEvent, CallerState } from './caller-state.js';
import type { Authority, LockAnswer, LockCommand, LockLink } from './lock-link.js';

/** A caller whose secret never leaves its hardware, as in a Secure Enclave or an Android Keystore: P-256, so suite 2. */
export interface HardwareCaller {
  /** 33 bytes; `CryptoProvider.p256Compress` makes them of the 65 that hardware gives. */
  readonly publicKey: Uint8Array;
  /**
   * ECDH of the secret with the lock's key of this connection, 33 bytes (`CryptoProvider.p256Expand` for hardware that
   * takes 65): the x coordinate, 32 bytes. Asked once, before message 3; may ask the person, within the command's time.
   */
  agree(publicKey: Uint8Array): Promise<Uint8Array>;
}

/** Everything one door command needs. */
export interface PerformUnlockOptions {
  readonly crypto: CryptoProvider;
  readonly link: LockLink;
  /** The lock's static public key of the caller's suite, known beforehand: X25519, or P-256 compressed. */
  readonly lockPublicKey: Uint8Array;
  /**
   * The caller's static key pair: the holder's for a grant, the gateway's own for a token. X25519 or P-256: it decides
   * the suite, and nothing that a lock says changes that.
   */
  readonly caller: KeyPair | HardwareCaller;
  readonly command: LockCommand;
  /** Called once, as soon as INFO is known, while messages 1 and 2 travel; a rejection ends the call before message 3. */
  readonly authority: (challenge: Uint8Array) => Promise<Authority>;
  /** INFO when the caller has read it on this connection already. */
  readonly info?: Uint8Array;
  /** From `prepareHandshake` for this lock, to save the work now; serves one call, also when that fails. */
  readonly prepared?: PreparedHandshake;
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
  const { crypto, link, lockPublicKey, caller, command, now } = o;
  const prepared = o.prepared && spendPrepared(o.prepared, lockPublicKey);
  const context = { crypto, lockPublicKey, caller, command, mtu: link.mtu, deadlineAt: now() + command.ttlMs };
  const { begin, put, write, run } = createCallerLink<CallerEvent>({
    ...{ crypto, link, caller, now, info: o.info, ephemeral: prepared },
    ...{ signal: o.signal, startTimer: o.startTimer },
  });
  const perform = (effect: CallerEffect): void => {
    if (effect.type === 'authorize') {
      begin(async () => {
        const authority = await o.authority(effect.challenge);
        put({ type: 'authorized', at: now(), authority });
      }, 'authority-failed');
    } else if (effect.type === 'permit') {
      begin(async () => {
        const se = effect.agreeWith && 'agree' in caller ? await caller.agree(effect.agreeWith) : undefined;
        await o.beforeCommand?.();
        put({ type: 'permitted', at: now(), ...(se ? { se } : {}) });
      }, 'not-permitted');
    } else write(effect.writes);
  };
  const { outcome } = await run<CallerState, CallerEffect>({
    start: startCaller,
    deadline: (state) => callerDeadline(context, state),
    step: (state, event) => callerStep(context, state, event),
    perform,
  });
  if (outcome.kind === 'answered') return outcome.answer;
  throw new LockProtocolError(outcome.fault, outcome.message, { cause: outcome.cause });
}
