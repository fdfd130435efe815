import type { GrantSchedule, LockAction } from '@latchwork/lock-protocol';
import type { Attempt, GrantTruth, SignerTruth, TokenTruth, ViolationKind } from './truth.js';

/** When something opens, whatever it is. */
export interface Hours {
  readonly notBefore: number;
  readonly expires: number;
  readonly flags: readonly string[];
  readonly schedule?: GrantSchedule;
}

/** What one lock must know at a moment, by what it has done and signed so far: nothing of it is read from the lock. */
export interface LockKnowledge {
  /** Another number in every life of every lock. */
  readonly lock: number;
  /** The property has given its word, in this life of it, that it is its own. */
  readonly isOurs: boolean;
  /** Highest epoch of what it obeyed. */
  readonly epoch: number;
  /** Highest issue that opened here, by slot. */
  readonly issues: ReadonlyMap<number, number>;
  /** What used up something for one use here: the command, by a grant's id; `entry 7` names an entry of a set. */
  readonly used: ReadonlyMap<string, string>;
  /** Grant ids, and entries, that a signed receipt says it refuses. */
  readonly revoked: ReadonlySet<string>;
  /** Issue of the newest object it obeyed, UTC seconds. */
  readonly newestIssue: number;
  readonly isPrivate: boolean;
  /** It must know that it does not know the time. */
  readonly isClockLost: boolean;
  /** What its clock shows, UTC seconds. */
  readonly shown: number;
  /** How wrong that may be, in seconds; absent: its counter is not what SPEC asks of hardware. */
  readonly clockError?: number;
  /** LN of the connection, hex. */
  readonly challenge: string;
}

/** Why a bolt must not have moved. */
export interface Objection {
  readonly kind: ViolationKind;
  readonly because: string;
}

const rightOf = { unlock: 'unlock', lock: 'lock', 'hold-open': 'hold-open' } as const satisfies Record<
  LockAction,
  string
>;

/** Says no. */
export const no = (kind: ViolationKind, because: string): Objection => ({ kind, because });

/**
 * Whether a command may move the bolt at a true moment, from the text of SPEC and what is true; shares no code with the
 * machines.
 *
 * @param at True time in UTC seconds with a fraction, and in milliseconds of the world.
 */
export function judgeAttempt(
  attempt: Attempt,
  knows: LockKnowledge,
  at: { readonly utc: number; readonly ms: number },
): Objection | undefined {
  const { authority } = attempt;
  if (authority === undefined) return no('unauthorized', 'nothing was shown');
  if (!knows.isOurs) return no('unauthorized', 'it obeys nobody');
  const signer = judgeSigner(authority.signer, {
    kind: authority.kind,
    issuedAt: authority.issuedAt,
    knows,
    utc: at.utc,
  });
  if (signer !== undefined) return signer;
  const own =
    authority.kind === 'token'
      ? judgeToken(authority, { attempt, knows, ms: at.ms })
      : judgeGrant(authority, { attempt, knows, utc: at.utc });
  if (own !== undefined) return own;
  const mayOverride = authority.kind === 'grant' && authority.rights.includes('privacy-override');
  if (knows.isPrivate && attempt.action !== 'lock' && !mayOverride) return no('unauthorized', 'the room is private');
  if (at.ms > attempt.deadline) return no('late', `${at.ms - attempt.deadline} ms after its deadline`);
  return attempt.isFresh ? undefined : no('late', 'it does not quote the last result');
}

function judgeSigner(
  signer: SignerTruth,
  o: {
    readonly kind: 'grant' | 'token';
    readonly issuedAt: number;
    readonly knows: LockKnowledge;
    readonly utc: number;
  },
): Objection | undefined {
  const { kind, issuedAt, knows, utc } = o;
  if (!signer.isOwn) return no('unauthorized', 'another root or property signed');
  if (signer.use !== (kind === 'grant' ? 'grant' : 'cmd'))
    return no('unauthorized', `a key for ${signer.use} signed a ${kind}`);
  if (signer.epoch < knows.epoch) return no('revoked', `epoch ${signer.epoch} after ${knows.epoch}`);
  if (issuedAt < signer.notBefore || issuedAt >= signer.expires)
    return no('unauthorized', 'not issued under its certificate');
  if (knows.isClockLost || knows.clockError === undefined) return undefined;
  const isServing = utc > signer.notBefore - knows.clockError && utc < signer.expires + knows.clockError;
  return isServing ? undefined : no('expired', 'outside its certificate');
}

function judgeToken(
  token: TokenTruth,
  { attempt, knows, ms }: { readonly attempt: Attempt; readonly knows: LockKnowledge; readonly ms: number },
): Objection | undefined {
  if (token.lock !== knows.lock) return no('unauthorized', 'a token for another lock');
  if (token.challenge !== knows.challenge) return no('late', 'a token of another connection');
  if (token.commandId !== attempt.commandId || token.action !== attempt.action)
    return no('unauthorized', 'a token for another command');
  return ms > token.endsAt ? no('late', `${ms - token.endsAt} ms after the end of its token`) : undefined;
}

function judgeGrant(
  grant: GrantTruth,
  { attempt, knows, utc }: { readonly attempt: Attempt; readonly knows: LockKnowledge; readonly utc: number },
): Objection | undefined {
  if (!grant.locks.includes(knows.lock)) return no('unauthorized', 'a grant for another lock');
  if (grant.holder !== attempt.presenter) return no('unauthorized', 'a grant of another phone');
  if (knows.revoked.has(grant.id)) return no('revoked', 'proven to be revoked');
  if (grant.slot !== undefined && (grant.issue ?? 0) < (knows.issues.get(grant.slot) ?? 0))
    return no('revoked', `issue ${grant.issue} after ${knows.issues.get(grant.slot)}`);
  const used = knows.used.get(grant.id);
  if (grant.flags.includes('one-shot') && used !== undefined && used !== attempt.commandId)
    return no('unauthorized', 'used up');
  if (grant.isGateway) return no('unauthorized', 'a gateway never opens');
  if (!grant.rights.includes(rightOf[attempt.action])) return no('unauthorized', `no right to ${attempt.action}`);
  if (!grant.rights.includes(attempt.via)) return no('unauthorized', `no right from ${attempt.via}`);
  if (grant.flags.includes('user-verify') && attempt.intent !== 'biometric')
    return no('unauthorized', 'the person was not verified');
  return judgeTime(grant, knows, utc);
}

/** Whether it is the time for something, as far as the lock can know. */
export function judgeTime(grant: Hours, knows: LockKnowledge, utc: number): Objection | undefined {
  if (knows.isClockLost) return grant.flags.includes('no-clock-ok') ? undefined : no('unauthorized', 'without a clock');
  if (grant.expires <= knows.newestIssue) return no('expired', 'the lock obeyed something newer than its end');
  const center = knows.clockError === undefined ? Math.max(knows.shown, knows.newestIssue) : utc;
  const error = knows.clockError ?? 1;
  // A counter that stood still shows too little, and other objects than those that opened here may have moved its time.
  const latest = Math.max(center, utc) + error;
  if (latest < grant.notBefore) return no('unauthorized', 'before its start');
  if (center - error >= grant.expires) return no('expired', `${Math.round(center - grant.expires)} s after its end`);
  if (grant.schedule === undefined || knows.clockError === undefined) return undefined;
  const { schedule } = grant;
  const isOpen = [center - error, center, center + error].some((moment) => isScheduled(schedule, moment));
  return isOpen ? undefined : no('unauthorized', 'outside its schedule');
}

const dayMinutes = 1440;

/** By local minutes since a Monday, which 1970-01-05 was. */
function isScheduled({ windows, offsets }: GrantSchedule, utc: number): boolean {
  const offset = offsets.findLast(({ from }) => from <= utc)?.offsetMinutes;
  if (offset === undefined) return false;
  const week = 7 * dayMinutes;
  const local = Math.floor(utc / 60) + offset - 4 * dayMinutes;
  return windows.some(({ weekdays, startMinute, endMinute }) => {
    const length = endMinute > startMinute ? endMinute - startMinute : endMinute + dayMinutes - startMinute;
    return [0, 1, 2, 3, 4, 5, 6].some((day) => {
      if ((weekdays & (1 << day)) === 0) return false;
      const since = (((local - day * dayMinutes - startMinute) % week) + week) % week;
      return since < length;
    });
  });
}
