import { createCallerLink } from '../caller/caller-link.js';
import type { LockLink } from '../caller/lock-link.js';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { LockProtocolError } from '../protocol-error.js';
import type { StartTimer } from '../start-timer.js';
import { decodeIdentity, type LockIdentity } from './identity-statement.js';
import { installerDeadline, installerStep, startInstaller } from './installer-machine.js';
import {
  decodeInstallProgress,
  encodeInstallProgress,
  type InstallProgress,
  type StatedIdentity,
} from './installer-progress.js';
import type { InstallerContext, InstallerEffect, InstallerEvent, InstallerState } from './installer-state.js';
import type { SetupLabel } from './setup-label.js';

/** What commissioning a lock needs. */
export interface CommissionOptions {
  readonly crypto: CryptoProvider;
  /**
   * An open link, subscribed to the lock's answers; it carries one session. Somebody inside must have shown to be there. The
   * label's tag says which lock to connect to, until a reset has given it another; then it is one that can be commissioned.
   */
  readonly link: LockLink;
  /** What the label says; see `parseSetupLabel`. */
  readonly label: SetupLabel;
  /** What `onProgress` was given last, when an earlier attempt with this lock was broken off. */
  readonly progress?: Uint8Array;
  /**
   * Asks the property for an order for this lock: the body that `encodeCommissionOrder` makes. The property gives the same
   * one again for the same lock, and keeps it until the lock has confirmed. It has a minute; a rejection ends the attempt.
   */
  readonly certify: (identity: LockIdentity, stated: StatedIdentity) => Promise<Uint8Array>;
  /** Stores how far it has come. The order is given to the lock once that is stored; a rejection ends the attempt. */
  readonly onProgress?: (progress: Uint8Array) => Promise<void> | void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly signal?: AbortSignal;
  /** Timers on the same clock as `now`; the platform's `setTimeout` when absent. */
  readonly startTimer?: StartTimer;
}

/** A lock that obeys. */
export interface CommissionedLock {
  readonly identity: LockIdentity;
  /** The order that it obeys. */
  readonly order: Uint8Array;
  /** `OLP1-head`, in which it said so. */
  readonly head: Uint8Array;
}

/**
 * Commissions a lock over an open link: asks it who it is, asks the property for an order, gives that to the lock, and hears
 * it confirmed. Broken off anywhere it goes on from its progress on another connection, and the lock is commissioned once or
 * not at all.
 *
 * @throws LockProtocolError `commission` for what the lock did or said, `command` for a lost link, an abort, or a lock that
 * does not answer in time.
 */
export async function commissionLock(o: CommissionOptions): Promise<CommissionedLock> {
  const { crypto, link, now } = o;
  const progress = o.progress && decodeInstallProgress(o.progress);
  if (progress?.at === 'confirmed') return commissioned(progress);
  const installer = crypto.x25519KeyPair();
  const context: InstallerContext = { crypto, setupSecret: o.label.secret, installer, mtu: link.mtu };
  const { put, begin, write, run } = createCallerLink<InstallerEvent>({
    ...{ crypto, link, caller: installer, now, signal: o.signal, startTimer: o.startTimer },
  });
  let kept = Promise.resolve();
  const keep = (step: InstallProgress): Promise<void> => {
    const before = kept;
    kept = before.then(() => o.onProgress?.(encodeInstallProgress(step)));
    return kept;
  };
  const ended = await run<InstallerState, InstallerEffect>({
    start: startInstaller(now(), progress),
    deadline: installerDeadline,
    step: (state, event) => installerStep(context, state, event),
    perform: (effect) => {
      if (effect.type === 'write') write(effect.writes);
      else if (effect.type === 'keep') {
        begin(async () => {
          await keep(effect.progress);
          put({ type: 'kept', at: now(), step: effect.progress.at });
        }, 'not-permitted');
      } else {
        begin(async () => {
          const order = await o.certify(decodeIdentity(effect.stated.statement), effect.stated);
          put({ type: 'certified', at: now(), order });
        }, 'authority-failed');
      }
    },
  });
  await kept;
  const { end } = ended;
  if (end.kind === 'confirmed') return commissioned(end.progress);
  const { fault, message, cause } = end;
  throw new LockProtocolError(fault, message, cause === undefined ? {} : { cause });
}

function commissioned({ statement, order, head }: Extract<InstallProgress, { at: 'confirmed' }>): CommissionedLock {
  return { identity: decodeIdentity(statement), order, head };
}
