import type { BoltState } from '@latchwork/lock-protocol';
import type { GivenCommand } from './lock-command.js';
import type { UnlockWay } from './unlock-way.js';

/**
 * Why a way was passed over. Whatever the reason, nothing that could open the door was sent on it.
 *
 * `not-offered`: the app gave no means for it, or asked for other ways alone. `no-grant`: none for this door that is in force.
 * `not-in-range`: no such lock is heard, or no gateway on this network. `not-let-in`: the gateway refused the grant.
 * `link-failed`: the connection broke before the command. `gateway-offline`, `lock-unreachable`: of the house. `portal-unreachable`:
 * no reply. `portal-refused`: who asks may not, or is not signed in. `no-time`: too little of the deadline is left.
 */
export type PassReason =
  | 'not-offered'
  | 'no-grant'
  | 'not-in-range'
  | 'not-let-in'
  | 'link-failed'
  | 'gateway-offline'
  | 'lock-unreachable'
  | 'portal-unreachable'
  | 'portal-refused'
  | 'no-time';

/** A way that was not taken, and why; `cause` is the error behind it where there is one. */
export interface PassedOver {
  readonly way: UnlockWay;
  readonly reason: PassReason;
  readonly cause?: unknown;
}

/** How a command ended on the one way on which it was sent. */
export interface UnlockEnd {
  /** `executed` is the lock's own word. `unknown`: it was sent, and no answer came; it may have opened, and nothing is sent again. */
  readonly outcome: 'executed' | 'refused' | 'unknown';
  /** The lock's answer (`ok`, `privacy`, `expired`, …); the portal's where it refused; or why nobody knows. */
  readonly code: string;
  /** Where the bolt is by the lock's word. */
  readonly bolt: BoltState | null;
  readonly batteryPercent: number | null;
  /** The portal's record, where it had a part in it. */
  readonly attemptId: string | null;
}

/** What became of an unlock, and on which way. */
export type UnlockResult =
  | (UnlockEnd & { readonly via: UnlockWay; readonly passedOver: readonly PassedOver[] })
  /** No way led to the lock: the door was asked nothing. */
  | { readonly outcome: 'not-sent'; readonly via: null; readonly passedOver: readonly PassedOver[] };

/** What one way came to: an end, or a reason to try the next. */
export type WayOutcome = { readonly ended: UnlockEnd } | { readonly passed: PassReason; readonly cause?: unknown };

/** What became of the command on the way on which it was given. */
export function outcomeOf(given: GivenCommand, attemptId: string | null = null): WayOutcome {
  if ('error' in given) {
    if (!given.isSent) return { passed: 'link-failed', cause: given.error };
    return { ended: endWithoutAnswer('unknown', 'no-answer', attemptId) };
  }
  const { code, bolt, batteryPercent } = given.answer;
  // One that lost power while its bolt moved says that it does not know.
  const outcome = code === 'ok' ? 'executed' : code === 'position-unknown' ? 'unknown' : 'refused';
  return { ended: { outcome, code, bolt, batteryPercent, attemptId } };
}

/** An end that no lock has told. */
export function endWithoutAnswer(outcome: 'refused' | 'unknown', code: string, attemptId: string | null): UnlockEnd {
  return { outcome, code, bolt: null, batteryPercent: null, attemptId };
}
