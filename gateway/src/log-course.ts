import type { ReadMessage } from '@latchwork/contract';
import { type BackoffRange, backoffMs } from './backoff.js';

/** What the portal has of one lock's log, and wants of it. */
export type LogWish = Pick<ReadMessage, 'resets' | 'seq' | 'newest' | 'asked'>;

/** How the reading of one lock's log goes on. Times are monotonic milliseconds. */
export interface LogCourse {
  readonly wish: LogWish;
  /** The lock has said on the air that there is something to read. */
  readonly isFlagged: boolean;
  /** When it was last heard; null: not yet. */
  readonly heardAt: number | null;
  /** When its log was last read to the end, or would have been. */
  readonly readAt: number;
  /** Visits in a row that came to nothing. */
  readonly failures: number;
  /** Nobody goes before. */
  readonly notBefore: number;
  /** Until then the portal may still speak of what was read last; to go before that would bring the same. Null: it has spoken. */
  readonly unansweredUntil: number | null;
  /** The one visit that waits for the radio or is under way. */
  readonly visit: number | null;
}

/** What is to be done about a log: read it, ask again then, or nothing until something happens. */
export type LogDecision =
  | { readonly next: 'go' }
  | { readonly next: 'wait'; readonly until: number }
  | { readonly next: 'rest' };

/** What a visit for a log came to. */
export type LogEnd =
  /** The lock gave pages; `isMore` when there are more than one visit brings. */
  | { readonly end: 'read'; readonly isMore: boolean; readonly entries: number }
  /** Something more urgent needed the radio. */
  | { readonly end: 'interrupted'; readonly entries: number }
  /** The radio failed, or the lock said no. */
  | { readonly end: 'failed'; readonly entries: number };

/** How a gateway reads logs (P-12: each visit costs a lock some of its battery). */
export interface LogPolicy {
  /** Between two visits of a lock, however much happens there. */
  readonly pauseMs: number;
  /** Between two visits while the portal waits for one entry. */
  readonly askedPauseMs: number;
  /** After this long a log is read although nobody knows of anything in it. */
  readonly routineMs: number;
  /** Between visits that failed. */
  readonly failedPause: BackoffRange;
  /** A lock that was not heard for this long is not connected to. */
  readonly audibleMs: number;
}

/** What a gateway uses. */
export const defaultLogPolicy: LogPolicy = {
  pauseMs: 300_000,
  askedPauseMs: 75_000,
  routineMs: 1_800_000,
  failedPause: { baseMs: 30_000, maxMs: 3_600_000 },
  audibleMs: 30_000,
};

/** The course of a lock whose log the portal wants; `random` in 0..1 spreads the first visits of many. */
export function beginLogCourse(
  wish: LogWish,
  o: { readonly now: number; readonly heardAt: number | null; readonly random: number; readonly policy: LogPolicy },
): LogCourse {
  const readAt = wish.seq === 0 ? Number.NEGATIVE_INFINITY : o.now - o.random * o.policy.routineMs;
  return {
    ...{ wish, isFlagged: false, heardAt: o.heardAt, readAt, failures: 0, notBefore: o.now },
    ...{ unansweredUntil: null, visit: null },
  };
}

/** Takes what the portal says of the log. A question of its own is gone for at once. */
export function takeLogWish(course: LogCourse, wish: LogWish, now: number): LogCourse {
  const isAsked = wish.asked === true && course.wish.asked !== true;
  return {
    ...course,
    wish,
    unansweredUntil: null,
    notBefore: isAsked ? Math.min(course.notBefore, now) : course.notBefore,
  };
}

/** Decides what is to be done about a log. */
export function decideLogCourse(course: LogCourse, now: number, policy: LogPolicy): LogDecision {
  const { wish, isFlagged, heardAt, notBefore, readAt, unansweredUntil, visit } = course;
  const isAudible = heardAt !== null && now - heardAt <= policy.audibleMs;
  if (visit !== null || !isAudible) return { next: 'rest' };
  const isWanted = wish.newest > wish.seq || wish.asked === true || isFlagged;
  const until = Math.max(notBefore, unansweredUntil ?? now, isWanted ? now : readAt + policy.routineMs);
  return until > now ? { next: 'wait', until } : { next: 'go' };
}

/** Takes what a visit came to; `random` is in 0..1. */
export function endLogVisit(
  course: LogCourse,
  o: { readonly end: LogEnd; readonly now: number; readonly random: number; readonly policy: LogPolicy },
): LogCourse {
  const { end, now, policy } = o;
  // It does not advertise while it is connected.
  const ended = { ...course, visit: null, unansweredUntil: end.entries > 0 ? now + policy.pauseMs : null };
  if (end.end === 'interrupted') return { ...ended, notBefore: now };
  if (end.end === 'failed') {
    const failures = course.failures + 1;
    return { ...ended, failures, notBefore: now + backoffMs(policy.failedPause, failures, o.random) };
  }
  const pauseMs = course.wish.asked === true ? policy.askedPauseMs : policy.pauseMs;
  return {
    ...{ ...ended, failures: 0, isFlagged: false, heardAt: now, readAt: now },
    notBefore: end.isMore ? now : now + pauseMs,
  };
}
