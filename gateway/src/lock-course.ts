import type { LockRevision } from '@latchwork/contract';
import { compareRevisions } from '@latchwork/lock-protocol';
import { type BackoffRange, backoffMs } from './backoff.js';
import type { DesiredHead } from './desired-store.js';

/** What an errand is for: what revokes goes before anything else that a lock must know. */
export type ErrandPriority = 'bulletin' | 'set';

/** Where a lock stood when it last gave a receipt. */
export interface ReachedState {
  /** The newest manifest or bulletin that it obeys. */
  readonly standing: LockRevision;
  /** The manifest of the set that it obeys. */
  readonly set: LockRevision;
}

/** How far one lock is on its way to what is desired of it. Times are monotonic milliseconds. */
export interface LockCourse {
  readonly desired: DesiredHead;
  /** What its own receipts have shown since the gateway started. */
  readonly reached: ReachedState | null;
  /** The lock has answered to the bulletin of exactly this desired state. */
  readonly bulletinDone: boolean;
  /** Visits in a row that did not bring it there. */
  readonly failures: number;
  /** Nobody goes before. */
  readonly notBefore: number;
  /** When it was last heard; null: not yet. */
  readonly heardAt: number | null;
  /** Beginnings of the visits of the last hour that its battery paid for: neither bulletins nor interrupted ones. */
  readonly visits: readonly number[];
  /** The one errand that waits for the radio or is under way. */
  readonly errand: { readonly id: number; readonly underWay: boolean } | null;
}

/** What a visit came to. */
export interface ErrandOutcome {
  /** The desired state that it carried. */
  readonly standing: LockRevision;
  /** From its last receipt; null when it gave none. */
  readonly reached: ReachedState | null;
  /** There was a connection, and so the lock is there. */
  readonly wasMet: boolean;
  readonly bulletinDone: boolean;
  /**
   * `ended`: all parts were asked for, and the lock said what it said; `failed`: the radio or the lock broke it off;
   * `interrupted`: something more urgent needed the radio.
   */
  readonly end: 'ended' | 'failed' | 'interrupted';
}

/** What is to be done about a lock. */
export type CourseDecision =
  /** Queue an errand. */
  | { readonly next: 'go'; readonly priority: ErrandPriority }
  /** Ask again then. */
  | { readonly next: 'wait'; readonly until: number }
  /** Nothing, until something happens: a new desired state, an advert, or the end of its errand. */
  | { readonly next: 'rest' };

/** How a gateway treats its locks. */
export interface CoursePolicy {
  /** Between visits that the radio failed. */
  readonly failedPause: BackoffRange;
  /** Between visits at which the lock said no. */
  readonly refusedPause: BackoffRange;
  /** Most visits of a lock in any hour, bulletins and interrupted ones not counted. */
  readonly visitsPerHour: number;
  /** A lock that was not heard for this long is not connected to. */
  readonly audibleMs: number;
}

/** What a gateway uses. */
export const defaultCoursePolicy: CoursePolicy = {
  failedPause: { baseMs: 2_000, maxMs: 600_000 },
  refusedPause: { baseMs: 60_000, maxMs: 21_600_000 },
  visitsPerHour: 12,
  audibleMs: 30_000,
};

const hourMs = 3_600_000;

/** The course of a lock that was just put into the gateway's hands. */
export function beginCourse(
  desired: DesiredHead,
  { now, heardAt }: { readonly now: number; readonly heardAt: number | null },
): LockCourse {
  return {
    desired,
    reached: null,
    bulletinDone: false,
    failures: 0,
    notBefore: now,
    heardAt,
    visits: [],
    errand: null,
  };
}

/** Whether a desired state is older than the one that is known, and so must not take its place. */
export function isOutdated(course: LockCourse, { standing }: Pick<DesiredHead, 'standing'>): boolean {
  return compareRevisions(standing, course.desired.standing) < 0;
}

/**
 * Takes a desired state that is not outdated. A newer one is gone for at once, whatever failed before; the same once more,
 * as after each new connection to the broker, hurries nobody.
 */
export function takeDesired(course: LockCourse, desired: DesiredHead, now: number): LockCourse {
  return compareRevisions(desired.standing, course.desired.standing) > 0
    ? { ...course, desired, bulletinDone: false, failures: 0, notBefore: now }
    : { ...course, desired };
}

/** Whether the lock stands where it should, by its own word to this gateway or by the portal's. */
export function hasArrived({ desired, reached }: LockCourse): boolean {
  const { standing, set, hasBulletin, proven } = desired;
  if (set === null && !hasBulletin) return true;
  if (proven !== null && compareRevisions(proven, standing) >= 0) return true;
  return (
    reached !== null &&
    compareRevisions(reached.standing, standing) >= 0 &&
    (set === null || compareRevisions(reached.set, set) >= 0)
  );
}

/** What is still to be brought: the bulletin first, unless the lock has answered to it. */
function priorityOf({ desired, bulletinDone }: LockCourse): ErrandPriority {
  return desired.hasBulletin && !bulletinDone ? 'bulletin' : 'set';
}

/** Decides what is to be done about a lock that has no errand. */
export function decideCourse(course: LockCourse, now: number, policy: CoursePolicy): CourseDecision {
  const { errand, heardAt, notBefore } = course;
  const isAudible = heardAt !== null && now - heardAt <= policy.audibleMs;
  if (errand !== null || hasArrived(course) || !isAudible) return { next: 'rest' };
  const priority = priorityOf(course);
  const until = Math.max(notBefore, priority === 'bulletin' ? now : budgetFreeAt(course, now, policy));
  return until > now ? { next: 'wait', until } : { next: 'go', priority };
}

function budgetFreeAt({ visits }: LockCourse, now: number, { visitsPerHour }: CoursePolicy): number {
  const recent = visits.filter((at) => at > now - hourMs);
  const freed = recent[recent.length - visitsPerHour];
  return freed === undefined ? now : freed + hourMs;
}

/** Notes that an errand waits for the radio. */
export function queueErrand(course: LockCourse, id: number): LockCourse {
  return { ...course, errand: { id, underWay: false } };
}

/**
 * The radio is free for an errand: whether it is still worth going, and for what. An errand of a course that was begun
 * anew meanwhile is none of this course's.
 */
export function startErrand(
  course: LockCourse,
  id: number,
  o: { readonly now: number; readonly policy: CoursePolicy },
): { readonly course: LockCourse; readonly goes: boolean } {
  if (course.errand?.id !== id || course.errand.underWay) return { course, goes: false };
  const idle = { ...course, errand: null };
  return decideCourse(idle, o.now, o.policy).next === 'go'
    ? { course: { ...course, errand: { id, underWay: true } }, goes: true }
    : { course: idle, goes: false };
}

/** Takes what a visit came to; `random` is in 0..1. */
export function endErrand(
  course: LockCourse,
  outcome: ErrandOutcome,
  o: {
    readonly id: number;
    readonly startedAt: number;
    readonly wasBulletin: boolean;
    readonly now: number;
    readonly random: number;
    readonly policy: CoursePolicy;
  },
): LockCourse {
  if (course.errand?.id !== o.id) return course;
  const isSame = compareRevisions(outcome.standing, course.desired.standing) === 0;
  const ended: LockCourse = {
    ...course,
    errand: null,
    reached: outcome.reached ?? course.reached,
    // It does not advertise while it is connected.
    heardAt: outcome.wasMet ? o.now : course.heardAt,
    bulletinDone: course.bulletinDone || (isSame && outcome.bulletinDone),
    visits:
      o.wasBulletin || outcome.end === 'interrupted'
        ? course.visits
        : [...course.visits.filter((at) => at > o.now - hourMs), o.startedAt],
  };
  // What was asked for in the meantime is another matter, and may be gone for at once.
  if (outcome.end === 'interrupted' || !isSame) return ended;
  if (hasArrived(ended)) return { ...ended, failures: 0, notBefore: o.now };
  const failures = course.failures + 1;
  const range = outcome.end === 'failed' ? o.policy.failedPause : o.policy.refusedPause;
  return { ...ended, failures, notBefore: o.now + backoffMs(range, failures, o.random) };
}
