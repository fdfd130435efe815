import { type GatewayMessage, isEndState, type TokenRefusal } from '@latchwork/contract';
import type { GatewayId, Instant, MemberId, PropertyId } from '@latchwork/core';
import { longestTokenSeconds } from '@latchwork/lock-protocol';
import type { Row } from '../store/store.js';

type Attempt = Row<'attempt'>;
type UnlockResult = GatewayMessage<'evt'>;
type Challenge = GatewayMessage<'challenge'>;

/** How long after the deadline the result of a command that got its token may take: the lock's answer and the way back. */
export const resultGraceMs = 5_000;

/** An end of an attempt, with its reason. */
export interface AttemptEnd {
  readonly state: 'confirmed' | 'refused' | 'expired' | 'unknown';
  readonly code: string;
}

/**
 * How long a command token issued now may live: the whole seconds that are left, never more. The lock holds a token good
 * while its connection is younger than this, and the connection is older than the token, so whoever keeps the token back
 * cannot use it after the deadline. Below 1 there is no token.
 */
export function tokenLifetimeSeconds(deadline: Instant, issuedAt: Instant): number {
  return Math.min(Math.floor((deadline - issuedAt) / 1000), longestTokenSeconds);
}

/** Ends an attempt at an instant. */
export function endAttempt(attempt: Attempt, end: AttemptEnd, at: Instant): Attempt {
  return { ...attempt, ...end, endedAt: at };
}

/**
 * Records that the command is in the gateway's journal. The gateway's next word is the challenge, so a token is possible
 * from here on: written now, the answer to the challenge need not wait for the disk.
 */
export function markAcknowledged(attempt: Attempt, at: Instant, hostId: string): Attempt {
  return { ...markTokenPossible(attempt, at, hostId), acknowledgedAt: at, state: 'acknowledged' };
}

/** Records that from now on a token may be out, and that this run of the portal is the one that may sign it. */
export function markTokenPossible(attempt: Attempt, at: Instant, hostId: string): Attempt {
  return attempt.tokenPossibleAt === null ? { ...attempt, tokenPossibleAt: at, tokenHostId: hostId } : attempt;
}

/**
 * How an attempt ends for lack of a report, if its time has come. Without a token no lock opens, so an attempt that got
 * none has expired for certain; one whose token may be out may have opened, and says so.
 */
export function endWithoutReport(attempt: Attempt, now: Instant, tokenMayBeOut: boolean): AttemptEnd | undefined {
  if (isEndState(attempt.state) || now <= attempt.deadline) return undefined;
  if (!tokenMayBeOut) return { state: 'expired', code: 'deadline-passed' };
  return now > attempt.deadline + resultGraceMs ? { state: 'unknown', code: 'no-report' } : undefined;
}

/** Which end a gateway's report stands for. */
export function endByReport(report: Pick<UnlockResult, 'outcome' | 'code'>): AttemptEnd {
  const { outcome, code } = report;
  switch (outcome) {
    case 'executed':
      return { state: 'confirmed', code };
    case 'refused':
      return { state: 'refused', code };
    case 'not-executed':
      return { state: code === 'deadline-passed' ? 'expired' : 'refused', code };
    case 'unknown':
      return { state: 'unknown', code };
  }
}

/**
 * Whether a report changes the attempt: an end comes once, and only two give way to a truth learned later: `unknown`, and
 * one that was taken back while another process of the portal had just signed its token.
 */
export function isNews(
  attempt: Attempt,
  report: Pick<UnlockResult, 'outcome' | 'code'> & { readonly toldBy?: 'phone' | 'log' },
): boolean {
  if (!isEndState(attempt.state)) return true;
  const before = attempt.result?.toldBy;
  if (before === 'log') return false;
  // A phone may say what it likes of its own command; the lock's log says what the lock did.
  if (before === 'phone') return report.toldBy === 'log' && endByReport(report).state !== attempt.state;
  if (attempt.code === 'revoked') return report.outcome === 'executed';
  return attempt.state === 'unknown' && report.outcome !== 'unknown';
}

/** Which unlocks are taken back; `null` restricts nothing. */
export interface UnlocksOf {
  readonly holderId: MemberId | null;
  readonly propertyId: PropertyId | null;
}

/** Whether an attempt is one of those to take back: still open. */
export function isCancelled(attempt: Attempt, { holderId, propertyId }: UnlocksOf): boolean {
  if (isEndState(attempt.state)) return false;
  return (
    (holderId ?? attempt.holderId) === attempt.holderId && (propertyId ?? attempt.propertyId) === attempt.propertyId
  );
}

/** Whether a message belongs to the attempt: from its gateway, about its command, for its lock. */
export function belongsTo(
  attempt: Attempt,
  from: { readonly gatewayId: GatewayId; readonly commandId: string; readonly tag: string },
  lockTag: string | undefined,
): boolean {
  // What goes through a tunnel is between phone and lock: no gateway has a say in it.
  if (attempt.mode === 'tunnel') return false;
  return attempt.gatewayId === from.gatewayId && attempt.commandId === from.commandId && lockTag === from.tag;
}

/**
 * Why a challenge gets no token, as far as the attempt itself tells; `undefined`: it may have one. A token is given for
 * one connection only: the challenge in `answered` may be answered again, another one never, and none at all when it is
 * `null`, for then an earlier run of the portal may have answered one that nobody remembers.
 */
export function refuseChallenge(
  attempt: Attempt | undefined,
  challenge: Challenge & {
    readonly gatewayId: GatewayId;
    readonly lockTag: string | undefined;
    readonly answered: string | null | undefined;
  },
  now: Instant,
): TokenRefusal['code'] | undefined {
  if (attempt === undefined || !belongsTo(attempt, challenge, challenge.lockTag)) return 'unknown-command';
  // Past the deadline, or with less left than the shortest life a token can have.
  if (tokenLifetimeSeconds(attempt.deadline, now) < 1) return 'deadline-passed';
  if (isEndState(attempt.state)) return attempt.code === 'revoked' ? 'revoked' : 'not-pending';
  if (challenge.answered !== undefined && challenge.answered !== challenge.challenge) return 'not-pending';
  return undefined;
}
