import type { LockRevision, ReportedMessage } from '@latchwork/contract';
import { encodeBase64url } from './base64url.js';
import { type DesiredHead, type DesiredStore, headOf } from './desired-store.js';
import { type ErrandVisit, runErrand } from './errand-run.js';
import {
  beginCourse,
  type CoursePolicy,
  decideCourse,
  type ErrandOutcome,
  type ErrandPriority,
  endErrand,
  hasArrived,
  isOutdated,
  type LockCourse,
  queueErrand,
  startErrand,
  takeDesired,
} from './lock-course.js';
import type { VisitParts } from './lock-visit.js';
import type { Log } from './log.js';
import type { IgnoreReason, Metrics } from './metrics.js';
import type { QueuedJob } from './queue.js';
import type { Interruption } from './radio-queue.js';
import type { ReportOutbox } from './report-outbox.js';
import type { DesiredArrival } from './uplink.js';

/** One errand on its way to one lock. */
export interface ErrandJob extends QueuedJob {
  readonly kind: 'errand';
  readonly priority: ErrandPriority;
  readonly tag: string;
  /** Which of the course's errands it is. */
  readonly number: number;
}

/** What the desk is wired to. */
export interface ErrandDeskOptions {
  /** This run of the gateway: part of every report's id. */
  readonly runId: string;
  readonly store: DesiredStore;
  readonly reports: ReportOutbox;
  readonly errand: VisitParts;
  /** For how many milliseconds a lock was not heard; undefined when it never was. */
  readonly unheardMs: (tag: string) => number | undefined;
  /** Gives an errand to the radio's queue. */
  readonly queue: (job: ErrandJob) => void;
  readonly policy: CoursePolicy;
  /** 0..1, for the spread of visits. */
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Brings every lock of the gateway to what the portal desires of it, for as long as it takes. */
export interface ErrandDesk {
  /** Takes a desired state, or that a lock is the gateway's no more. */
  receive(arrival: DesiredArrival): void;
  /** A lock was heard on the air. */
  heard(tag: string): void;
  /** Does an errand whose turn it is; resolves when the radio is free. */
  run(job: ErrandJob, interruption: Interruption): Promise<undefined>;
  /** Locks of which something is desired. */
  readonly locks: number;
  /** Those of them that are not there yet. */
  readonly behind: number;
  /** Begins no visit any more and leaves the one under way. */
  stop(): void;
}

/** What is kept of a lock besides its course. */
interface Held {
  course: LockCourse;
  /** Leaves the visit under way. */
  leave: AbortController;
  callOff: () => void;
  /** The newest report with a receipt: the broker may have confirmed it to nobody. */
  proof?: ReportedMessage;
}

/** Wires the desk; what the store has from an earlier run is gone for at once. */
export function createErrandDesk(options: ErrandDeskOptions): ErrandDesk {
  const { store, reports, policy, metrics, log } = options;
  const { clock } = options.errand;
  const locks = new Map<string, Held>();
  let errands = 0;
  let stopping = false;

  for (const head of store.atOpen) {
    begin(head);
  }

  function begin(head: DesiredHead): void {
    const now = clock.monotonic();
    const unheardMs = options.unheardMs(head.tag);
    const course = beginCourse(head, { now, heardAt: unheardMs === undefined ? null : now - unheardMs });
    locks.set(head.tag, { course, leave: new AbortController(), callOff: () => undefined });
  }

  /** Looks at one lock, after anything that happened to it. */
  function consider(held: Held): void {
    held.callOff();
    held.callOff = () => undefined;
    if (stopping) return;
    const now = clock.monotonic();
    const decision = decideCourse(held.course, now, policy);
    if (decision.next === 'wait') {
      held.callOff = clock.after(decision.until - now, () => consider(held));
    } else if (decision.next === 'go') {
      errands += 1;
      const { tag } = held.course.desired;
      held.course = queueErrand(held.course, errands);
      options.queue({
        kind: 'errand',
        id: `errand-${errands}`,
        number: errands,
        priority: decision.priority,
        lane: tag,
        tag,
        deadline: Number.POSITIVE_INFINITY,
        notBefore: now,
      });
    }
  }

  function ignore(reason: IgnoreReason): void {
    metrics.messagesIgnored.inc({ reason });
    log.warn({ reason }, 'message ignored');
  }

  function forget(tag: string): void {
    const held = locks.get(tag);
    if (held === undefined) return;
    locks.delete(tag);
    held.callOff();
    held.leave.abort();
    log.info({ tag }, 'lock left to others');
  }

  function take(head: DesiredHead): void {
    const known = locks.get(head.tag);
    if (known === undefined) {
      begin(head);
    } else {
      known.course = takeDesired(known.course, head, clock.monotonic());
    }
    const held = locks.get(head.tag);
    if (held === undefined) return;
    consider(held);
    resendProof(held);
  }

  /** The portal still lacks what the lock has proven: the report was lost between the broker and the portal. */
  function resendProof({ course, proof }: Held): void {
    const { tag, proven, standing } = course.desired;
    const isLacking = proven === null || proven.epoch !== standing.epoch || proven.revision !== standing.revision;
    if (proof !== undefined && hasArrived(course) && isLacking && !reports.holdsReceiptOf(tag)) {
      reports.add(tag, proof);
    }
  }

  async function visit(held: Held, job: ErrandJob, interruption: Interruption): Promise<void> {
    const startedAt = clock.monotonic();
    const { standing, deviceId } = held.course.desired;
    const brought = await bring(held, job, interruption);
    const now = clock.monotonic();
    held.course = endErrand(held.course, outcomeOf(brought, standing), {
      ...{ id: job.number, startedAt, now, wasBulletin: job.priority === 'bulletin' },
      ...{ random: options.random(), policy },
    });
    conclude(held, { job, brought, standing, deviceId, tookMs: now - startedAt });
  }

  async function bring(held: Held, job: ErrandJob, interruption: Interruption): Promise<ErrandVisit> {
    const nothing = { parts: {}, receipts: [], reached: null, spansMs: {} };
    try {
      const desired = await store.read(job.tag);
      if (desired === undefined) {
        // The portal says it again with the next connection.
        log.warn({ tag: job.tag }, 'desired state unreadable');
        return { ...nothing, failure: 'link-lost' };
      }
      return await runErrand(options.errand, desired, {
        signal: AbortSignal.any([interruption.signal, held.leave.signal]),
        get lane() {
          return interruption.lane;
        },
      });
    } catch (error) {
      log.error({ err: error, tag: job.tag }, 'errand failed unforeseen');
      return { ...nothing, failure: 'link-lost' };
    }
  }

  function conclude(
    held: Held,
    o: {
      readonly job: ErrandJob;
      readonly brought: ErrandVisit;
      readonly standing: ReportedMessage['standing'];
      readonly deviceId: ReportedMessage['deviceId'];
      readonly tookMs: number;
    },
  ): void {
    const { tag, number } = o.job;
    const { parts, receipts, failure, spansMs } = o.brought;
    const arrived = hasArrived(held.course);
    const now = clock.monotonic();
    const decision = decideCourse(held.course, now, policy);
    const waitMs = Math.max(0, (decision.next === 'wait' ? decision.until : held.course.notBefore) - now);
    const outcome = failure ?? (arrived ? 'done' : 'refused');
    metrics.errands.inc({ outcome });
    metrics.errandSeconds.observe(o.tookMs / 1_000);
    log.info({ tag, deviceId: o.deviceId, outcome, parts, standing: o.standing, spansMs, waitMs }, 'errand ended');
    // An interruption that brought nothing is no news: it goes on as soon as the radio is free.
    if (failure === 'interrupted' && receipts.length === 0) return;
    const report: ReportedMessage = {
      v: 1,
      eventId: `${options.runId}:${tag}:${number}`,
      deviceId: o.deviceId,
      standing: o.standing,
      parts,
      ...(failure === undefined ? {} : { failure }),
      receipts: receipts.map(encodeBase64url),
      occurredAt: clock.now(),
      nextTryAt: arrived || locks.get(tag) !== held ? null : clock.now() + Math.ceil(waitMs),
    };
    if (receipts.length > 0) held.proof = report;
    reports.add(tag, report);
  }

  return {
    receive({ tag, ...arrival }) {
      if (arrival.message === null) {
        forget(tag);
        void store.remove(tag);
        return;
      }
      const head = headOf(arrival.message);
      const known = locks.get(tag);
      if (known !== undefined && isOutdated(known.course, head)) {
        ignore('outdated');
        // A portal that was restored from an older copy must learn how far its lock is, or it would speak to the wind.
        take({ ...known.course.desired, proven: head.proven });
        return;
      }
      void store.put(tag, arrival.text);
      take(head);
    },
    heard(tag) {
      const held = locks.get(tag);
      if (held === undefined) return;
      held.course = { ...held.course, heardAt: clock.monotonic() };
      if (held.course.errand === null) consider(held);
    },
    async run(job, interruption) {
      const held = locks.get(job.tag);
      if (held === undefined || stopping) return undefined;
      const now = clock.monotonic();
      const started = startErrand(held.course, job.number, { now, policy });
      held.course = started.course;
      if (started.goes) await visit(held, job, interruption);
      if (locks.get(job.tag) === held) consider(held);
      return undefined;
    },
    get locks() {
      return locks.size;
    },
    get behind() {
      return [...locks.values()].filter(({ course }) => !hasArrived(course)).length;
    },
    stop() {
      stopping = true;
      for (const held of locks.values()) {
        held.callOff();
        held.leave.abort();
      }
    },
  };
}

function outcomeOf({ parts, reached, failure, spansMs }: ErrandVisit, standing: LockRevision): ErrandOutcome {
  const failed = failure === 'interrupted' ? 'interrupted' : 'failed';
  return {
    standing,
    reached,
    wasMet: spansMs.connect !== undefined,
    bulletinDone: parts.bulletin?.outcome === 'done' || parts.bulletin?.outcome === 'refused',
    end: failure === undefined ? 'ended' : failed,
  };
}
