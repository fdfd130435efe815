import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DesiredHead } from './desired-store.js';
import {
  beginCourse,
  type CoursePolicy,
  decideCourse,
  defaultCoursePolicy,
  type ErrandOutcome,
  endErrand,
  hasArrived,
  isOutdated,
  type LockCourse,
  queueErrand,
  startErrand,
  takeDesired,
} from './lock-course.js';

const policy: CoursePolicy = defaultCoursePolicy;
const hourMs = 3_600_000;

const head = (revision: number, o: Partial<DesiredHead> = {}): DesiredHead => ({
  tag: '00'.repeat(8),
  deviceId: 'dev_01jd0000000000000000000000' as DesiredHead['deviceId'],
  standing: { epoch: 1, revision },
  proven: null,
  hasBulletin: false,
  set: { epoch: 1, revision },
  ...o,
});

/** What the world does with the next visit. */
type Fate = 'done' | 'only-bulletin' | 'refused' | 'failed' | 'interrupted';
const fate: fc.Arbitrary<Fate> = fc.constantFrom('done', 'only-bulletin', 'refused', 'failed', 'interrupted');

/** What happens to a lock besides its visits. */
type Act =
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'hear' }
  | { readonly do: 'desire'; readonly hasBulletin: boolean; readonly isNew: boolean }
  | { readonly do: 'radio'; readonly fate: Fate; readonly tookMs: number; readonly random: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 400_000 }) }) },
  { weight: 4, arbitrary: fc.constant({ do: 'hear' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('desire' as const), hasBulletin: fc.boolean(), isNew: fc.boolean() }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('radio' as const),
      fate,
      tookMs: fc.integer({ min: 1, max: 20_000 }),
      random: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
);

/** One lock, one radio, and a driver as simple as the gateway's; every visit is noted with its circumstances. */
class World {
  now = 0;
  revision = 1;
  course: LockCourse;
  readonly faults: string[] = [];
  /** Beginnings of the visits that count. */
  readonly counted: number[] = [];
  visits = 0;
  /** Failures in a row, and when the last of them ended. */
  failed: { readonly end: 'failed' | 'refused'; readonly count: number; readonly at: number } | null = null;
  #ids = 0;

  constructor(first: DesiredHead = head(1)) {
    this.course = beginCourse(first, { now: 0, heardAt: null });
  }

  apply(step: Act): void {
    if (step.do === 'pass') {
      this.now += step.ms;
    } else if (step.do === 'hear') {
      this.course = { ...this.course, heardAt: this.now };
    } else if (step.do === 'desire') {
      if (step.isNew) {
        this.revision += 1;
        this.failed = null;
      }
      const { hasBulletin } = step.isNew ? step : this.course.desired;
      this.course = takeDesired(this.course, head(this.revision, { hasBulletin }), this.now);
    } else {
      this.radio(step);
    }
  }

  /** The driver looks, and the radio is free. */
  radio(o: { readonly fate: Fate; readonly tookMs: number; readonly random: number }): boolean {
    const decision = decideCourse(this.course, this.now, policy);
    if (decision.next !== 'go') return false;
    this.#ids += 1;
    const id = this.#ids;
    const wasBulletin = decision.priority === 'bulletin';
    this.course = queueErrand(this.course, id);
    if (decideCourse(this.course, this.now, policy).next !== 'rest') this.faults.push('a second errand was queued');
    const started = startErrand(this.course, id, { now: this.now, policy });
    this.course = started.course;
    if (!started.goes) this.faults.push('an errand that was due did not go');
    if (startErrand(this.course, id, { now: this.now, policy }).goes) this.faults.push('two at once');
    if (decideCourse(this.course, this.now, policy).next !== 'rest') this.faults.push('a second errand while one ran');
    this.#checkVisit(wasBulletin);
    const startedAt = this.now;
    this.visits += 1;
    this.now += o.tookMs;
    const end = { failed: 'failed', interrupted: 'interrupted' }[o.fate as string] ?? 'ended';
    if (!wasBulletin && end !== 'interrupted') this.counted.push(startedAt);
    this.course = endErrand(this.course, this.#outcome(o.fate, end as ErrandOutcome['end']), {
      ...{ id, startedAt, wasBulletin, now: this.now, random: o.random, policy },
    });
    if (hasArrived(this.course)) this.failed = null;
    else if (end !== 'interrupted') {
      this.failed = {
        end: end === 'failed' ? 'failed' : 'refused',
        count: (this.failed?.count ?? 0) + 1,
        at: this.now,
      };
    }
    return true;
  }

  #outcome(what: Fate, end: ErrandOutcome['end']): ErrandOutcome {
    const { standing, hasBulletin } = this.course.desired;
    const before = { epoch: 1, revision: standing.revision - 1 };
    const reached = { done: { standing, set: standing }, 'only-bulletin': { standing: before, set: before } };
    return {
      standing,
      reached: what === 'done' || what === 'only-bulletin' ? reached[what] : null,
      wasMet: what !== 'failed',
      bulletinDone: hasBulletin && (what === 'done' || what === 'only-bulletin'),
      end,
    };
  }

  #checkVisit(wasBulletin: boolean): void {
    const { heardAt } = this.course;
    if (heardAt === null || this.now - heardAt > policy.audibleMs) this.faults.push('connected to a lock nobody hears');
    if (hasArrived(this.course)) this.faults.push('went where nothing was to be brought');
    if (this.failed !== null) {
      const { baseMs, maxMs } = this.failed.end === 'failed' ? policy.failedPause : policy.refusedPause;
      const pause = Math.min(maxMs, baseMs * 2 ** (this.failed.count - 1)) / 2;
      if (this.now < this.failed.at + Math.floor(pause))
        this.faults.push(`came back too soon, after ${this.failed.count}`);
    }
    const recent = this.counted.filter((at) => at > this.now - hourMs).length;
    if (!wasBulletin && recent >= policy.visitsPerHour) this.faults.push('spent more than its budget');
  }
}

describe('the course of a lock', () => {
  test('laws, over random histories: one errand at a time, backoff, budget, only where it is heard and needed', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 120 }), (acts) => {
        const world = new World();
        for (const step of acts) world.apply(step);
        expect(world.faults).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('law: whatever went wrong before, a lock that is heard and answers gets there, and then is left alone', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 80 }), fc.double({ min: 0, max: 1, noNaN: true }), (acts, random) => {
        const world = new World();
        for (const step of acts) world.apply(step);
        // Never longer than the longest pause and a spent budget.
        const until = world.now + policy.refusedPause.maxMs + hourMs;
        while (!hasArrived(world.course) && world.now <= until) {
          world.apply({ do: 'hear' });
          if (world.radio({ fate: 'done', tookMs: 1_000, random })) continue;
          const decision = decideCourse(world.course, world.now, policy);
          expect(decision.next).toBe('wait');
          world.now = decision.next === 'wait' ? decision.until : world.now;
        }
        expect(hasArrived(world.course)).toBe(true);
        world.apply({ do: 'hear' });
        expect(decideCourse(world.course, world.now, policy)).toEqual({ next: 'rest' });
        expect(world.faults).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('law: interruptions cost nothing: as many as there may be, it goes on at once', () => {
    const world = new World();
    for (let n = 0; n < 100; n += 1) {
      world.apply({ do: 'hear' });
      expect(world.radio({ fate: 'interrupted', tookMs: 10, random: 1 })).toBe(true);
    }
    expect(world.radio({ fate: 'done', tookMs: 10, random: 1 })).toBe(true);
    expect(hasArrived(world.course)).toBe(true);
  });

  test('P-12: twelve visits in an hour, and then none but for what revokes', () => {
    const world = new World();
    const visit = () => {
      world.apply({ do: 'desire', hasBulletin: false, isNew: true });
      world.apply({ do: 'hear' });
      return world.radio({ fate: 'done', tookMs: 1_000, random: 0 });
    };
    for (let n = 0; n < policy.visitsPerHour; n += 1) expect(visit()).toBe(true);
    expect(visit()).toBe(false);
    expect(decideCourse(world.course, world.now, policy)).toEqual({ next: 'wait', until: hourMs });
    world.apply({ do: 'desire', hasBulletin: true, isNew: true });
    expect(decideCourse(world.course, world.now, policy)).toEqual({ next: 'go', priority: 'bulletin' });
    // Answered once, what revokes is there: the rest must wait again.
    expect(world.radio({ fate: 'only-bulletin', tookMs: 1_000, random: 0 })).toBe(true);
    world.now = world.course.notBefore;
    world.apply({ do: 'hear' });
    expect(decideCourse(world.course, world.now, policy)).toEqual({ next: 'wait', until: hourMs });
  });

  test('P-8: a lock that says no is asked less and less, never more often than every three hours in the end', () => {
    const world = new World();
    const pauses: number[] = [];
    for (let n = 0; n < 16; n += 1) {
      world.apply({ do: 'hear' });
      expect(world.radio({ fate: 'refused', tookMs: 1_000, random: 0 })).toBe(true);
      pauses.push(world.course.notBefore - world.now);
      world.now = world.course.notBefore;
    }
    expect(pauses.slice(0, 3)).toEqual([30_000, 60_000, 120_000]);
    expect(pauses.at(-1)).toBe(3 * hourMs);
  });

  test('is over when the portal says that it is proven, and when there is nothing to bring', () => {
    const heard = { now: 0, heardAt: 0 };
    const proven = head(4, { proven: { epoch: 1, revision: 4 } });
    expect(decideCourse(beginCourse(proven, heard), 0, policy)).toEqual({ next: 'rest' });
    const older = head(4, { proven: { epoch: 1, revision: 3 } });
    expect(decideCourse(beginCourse(older, heard), 0, policy).next).toBe('go');
    const nothing = head(0, { set: null });
    expect(decideCourse(beginCourse(nothing, heard), 0, policy)).toEqual({ next: 'rest' });
  });

  test('is not over while the lock stands at a bulletin and lacks the set before it', () => {
    const course = beginCourse(head(5, { hasBulletin: true, set: { epoch: 1, revision: 4 } }), { now: 0, heardAt: 0 });
    const standing = { epoch: 1, revision: 5 };
    const half = { ...course, reached: { standing, set: { epoch: 1, revision: 3 } }, bulletinDone: true };
    expect(decideCourse(half, 0, policy)).toEqual({ next: 'go', priority: 'set' });
    expect(hasArrived({ ...half, reached: { standing, set: { epoch: 1, revision: 4 } } })).toBe(true);
  });

  test('a new epoch is newer, whatever its number; an older word is outdated', () => {
    const course = beginCourse(head(9), { now: 0, heardAt: 0 });
    expect(isOutdated(course, head(8))).toBe(true);
    expect(isOutdated(course, head(9))).toBe(false);
    expect(isOutdated(course, { standing: { epoch: 2, revision: 1 } })).toBe(false);
    expect(isOutdated(course, { standing: { epoch: 0, revision: 99 } })).toBe(true);
  });

  test('an errand of a course that has begun anew neither starts nor ends anything', () => {
    const course = queueErrand(beginCourse(head(1), { now: 0, heardAt: 0 }), 7);
    expect(startErrand(course, 6, { now: 0, policy })).toEqual({ course, goes: false });
    const outcome = { standing: { epoch: 1, revision: 1 }, reached: null, wasMet: true, bulletinDone: false };
    const o = { id: 6, startedAt: 0, wasBulletin: false, now: 1, random: 0, policy };
    expect(endErrand(course, { ...outcome, end: 'failed' }, o)).toBe(course);
  });

  test('a newer word that comes during a visit is gone for at once, however the visit ends', () => {
    let course = queueErrand(beginCourse(head(1), { now: 0, heardAt: 0 }), 1);
    course = startErrand(course, 1, { now: 0, policy }).course;
    course = takeDesired(course, head(2), 5);
    const standing = { epoch: 1, revision: 1 };
    const outcome: ErrandOutcome = { standing, reached: null, wasMet: true, bulletinDone: false, end: 'failed' };
    course = endErrand(course, outcome, { id: 1, startedAt: 0, wasBulletin: false, now: 10, random: 0.5, policy });
    expect(decideCourse(course, 10, policy)).toEqual({ next: 'go', priority: 'set' });
  });
});
