import type { LogMessage, PassMessage, ReadMessage } from '@latchwork/contract';
import { type ShownObjects, serviceFlags } from '@latchwork/lock-protocol';
import { decodeBase64url, encodeBase64url } from './base64url.js';
import type { VisitParts } from './lock-visit.js';
import type { Log } from './log.js';
import {
  beginLogCourse,
  decideLogCourse,
  endLogVisit,
  type LogCourse,
  type LogEnd,
  type LogPolicy,
  takeLogWish,
} from './log-course.js';
import type { LogOutbox } from './log-outbox.js';
import { type LogVisit, runLogErrand } from './log-run.js';
import type { Metrics } from './metrics.js';
import type { QueuedJob } from './queue.js';
import type { Interruption } from './radio-queue.js';

/** One visit for the log of one lock. */
export interface LogJob extends QueuedJob {
  readonly kind: 'log';
  readonly priority: 'log';
  readonly tag: string;
  /** Which of the desk's visits it is. */
  readonly number: number;
}

/** What arrived on a lock's `read` topic; `null`: its log is the gateway's no more. */
export interface ReadArrival {
  readonly tag: string;
  readonly message: ReadMessage | null;
}

/** What the desk is wired to. */
export interface LogDeskOptions {
  /** This run of the gateway: part of every message's id. */
  readonly runId: string;
  readonly outbox: LogOutbox;
  readonly errand: VisitParts;
  /** For how many milliseconds a lock was not heard; undefined when it never was. */
  readonly unheardMs: (tag: string) => number | undefined;
  /** Gives a visit to the radio's queue. */
  readonly queue: (job: LogJob) => void;
  readonly policy: LogPolicy;
  /** 0..1, for the spread of visits. */
  readonly random: () => number;
  readonly metrics: Pick<Metrics, 'logVisits' | 'logPages'>;
  readonly log: Log;
}

/** Reads the logs of the gateway's locks, whenever there is something in them, and brings them to the portal. */
export interface LogDesk {
  /** Takes the gateway's grants: what it may read. */
  allow(pass: PassMessage): void;
  /** Takes how far the portal has the log of a lock. */
  receive(arrival: ReadArrival): void;
  /** A lock was heard on the air, with the flags that it advertises. */
  heard(tag: string, flags: number): void;
  /** The broker is there (again): what waited for it goes on. */
  resume(): void;
  /** Does a visit whose turn it is; resolves when the radio is free. */
  run(job: LogJob, interruption: Interruption): Promise<undefined>;
  /** Begins no visit any more and leaves the one under way. */
  stop(): void;
}

interface Held {
  course: LogCourse;
  read: ReadMessage;
  /** Leaves the visit under way. */
  readonly leave: AbortController;
  callOff: () => void;
}

interface Shown {
  readonly shown: ShownObjects;
  readonly expiresAt: number;
}

/** Wires the desk. Nothing of it is on the disk: the portal says everything again, and a lock keeps what was not read. */
export function createLogDesk(options: LogDeskOptions): LogDesk {
  const { outbox, policy, metrics, log } = options;
  const { clock, isPortalReachable } = options.errand;
  const locks = new Map<string, Held>();
  let grants: ReadonlyMap<string, Shown> = new Map();
  let visits = 0;
  let stopping = false;

  const shownTo = (tag: string): ShownObjects | undefined => {
    const grant = grants.get(tag);
    return grant !== undefined && grant.expiresAt > clock.now() ? grant.shown : undefined;
  };

  /** Looks at one lock, after anything that happened to it. */
  function consider(tag: string): void {
    const held = locks.get(tag);
    if (held === undefined) return;
    held.callOff();
    held.callOff = () => undefined;
    // Pages that nobody takes are in the lock as well as here.
    if (stopping || !isPortalReachable() || outbox.holds(tag) || shownTo(tag) === undefined) return;
    const now = clock.monotonic();
    const decision = decideLogCourse(held.course, now, policy);
    if (decision.next === 'wait') {
      held.callOff = clock.after(decision.until - now, () => consider(tag));
    } else if (decision.next === 'go') {
      visits += 1;
      held.course = { ...held.course, visit: visits };
      options.queue({
        ...({ kind: 'log', priority: 'log', id: `log-${visits}`, number: visits, lane: tag, tag } as const),
        ...{ deadline: Number.POSITIVE_INFINITY, notBefore: now },
      });
    }
  }

  function considerAll(): void {
    for (const tag of locks.keys()) consider(tag);
  }

  function forget(tag: string): void {
    const held = locks.get(tag);
    locks.delete(tag);
    held?.callOff();
    held?.leave.abort();
  }

  async function visit(held: Held, shown: ShownObjects, interruption: Interruption): Promise<LogVisit> {
    try {
      return await runLogErrand(
        options.errand,
        { read: held.read, shown },
        {
          signal: AbortSignal.any([interruption.signal, held.leave.signal]),
          get lane() {
            return interruption.lane;
          },
        },
      );
    } catch (error) {
      log.error({ err: error, tag: held.read.lock.tag }, 'log visit failed unforeseen');
      return { pages: [], isMore: false, outcome: 'cut', code: 'link-lost', spansMs: {} };
    }
  }

  function conclude(held: Held, number: number, brought: LogVisit): void {
    const { tag } = held.read.lock;
    const { pages, outcome, code, observed, spansMs } = brought;
    const end: LogEnd = { ...endOf(brought), entries: pages.reduce((sum, page) => sum + (page[0] ?? 0), 0) };
    held.course = endLogVisit(held.course, { end, now: clock.monotonic(), random: options.random(), policy });
    metrics.logVisits.inc({ outcome: code ?? outcome });
    metrics.logPages.inc(pages.length);
    log.info(
      { tag, outcome, ...(code === undefined ? {} : { code }), pages: pages.length, spansMs },
      'log visit ended',
    );
    // An interruption that brought nothing is no news.
    if (code === 'interrupted' && pages.length === 0) return;
    const message: LogMessage = {
      ...{ v: 1, eventId: `${options.runId}:${tag}:log:${number}`, deviceId: held.read.deviceId },
      pages: pages.map(encodeBase64url),
      outcome,
      ...(observed === undefined ? {} : { observed }),
      ...(code === undefined ? {} : { code }),
      occurredAt: clock.now(),
    };
    outbox.add(tag, message);
  }

  return {
    allow({ grants: given }) {
      grants = new Map(
        given.flatMap(({ locks: tags, object, certificate, expiresAt }) => {
          const shown = { grant: decodeBase64url(object), certificate: decodeBase64url(certificate) };
          return tags.map((tag) => [tag, { shown, expiresAt }] as const);
        }),
      );
      considerAll();
    },
    receive({ tag, message }) {
      if (message === null) {
        forget(tag);
        return;
      }
      const now = clock.monotonic();
      const held = locks.get(tag);
      if (held === undefined) {
        const unheardMs = options.unheardMs(tag);
        const heardAt = unheardMs === undefined ? null : now - unheardMs;
        const course = beginLogCourse(message, { now, heardAt, random: options.random(), policy });
        locks.set(tag, { course, read: message, leave: new AbortController(), callOff: () => undefined });
      } else {
        held.course = takeLogWish(held.course, message, now);
        held.read = message;
      }
      consider(tag);
    },
    heard(tag, flags) {
      const held = locks.get(tag);
      if (held === undefined) return;
      const isFlagged = held.course.isFlagged || (flags & serviceFlags.eventsWaiting) !== 0;
      held.course = { ...held.course, isFlagged, heardAt: clock.monotonic() };
      if (held.course.visit === null) consider(tag);
    },
    resume() {
      outbox.resend();
      considerAll();
    },
    async run(job, interruption) {
      const held = locks.get(job.tag);
      if (held === undefined || held.course.visit !== job.number) return undefined;
      const shown = shownTo(job.tag);
      held.course = { ...held.course, visit: null };
      const goes =
        !stopping && shown !== undefined && decideLogCourse(held.course, clock.monotonic(), policy).next === 'go';
      if (goes) {
        held.course = { ...held.course, visit: job.number };
        conclude(held, job.number, await visit(held, shown, interruption));
      }
      if (locks.get(job.tag) === held) consider(job.tag);
      return undefined;
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

function endOf({
  outcome,
  code,
  isMore,
}: LogVisit): { readonly end: 'read'; readonly isMore: boolean } | { readonly end: 'interrupted' | 'failed' } {
  if (outcome === 'done') return { end: 'read', isMore };
  return { end: code === 'interrupted' ? 'interrupted' : 'failed' };
}
