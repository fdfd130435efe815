import type { GatewayResultCode, UnlockResultMessage } from '@latchwork/contract';
import type { AnswerCode, LockAnswer } from '@latchwork/lock-protocol';
import { type BackoffRange, backoffMs } from './backoff.js';
import type { JournalTail } from './journal-file.js';
import type { JournalEntry, UnlockResult } from './journal-record.js';
import type { QueuedJob } from './queue.js';

/** One unlock on its way to one lock. */
export interface UnlockJob extends QueuedJob {
  readonly kind: 'unlock';
  readonly priority: 'unlock';
  readonly commandId: string;
  readonly attemptId: UnlockResultMessage['attemptId'];
  readonly tag: string;
  /** The lock's X25519 public key. */
  readonly lockPublicKey: Uint8Array;
  readonly intent: 'staff' | 'tap';
  /** Monotonic milliseconds of its receipt. */
  readonly receivedAt: number;
  /** W3C trace context of the request that led here, for the log. */
  readonly traceparent?: string;
  /** Connections tried before this run. */
  readonly tries: number;
  /** Why the last try failed; what the result says when there is no time for another. */
  readonly lastFailure?: GatewayResultCode;
}

/** How an unlock ended, as far as this gateway knows. */
export interface UnlockEnd {
  readonly outcome: UnlockResultMessage['outcome'];
  readonly code: AnswerCode | GatewayResultCode;
  /** Present when the lock answered. */
  readonly answer?: LockAnswer;
  /** Present when a driver's lock, which signs nothing, told where it is. */
  readonly observed?: Pick<UnlockResultMessage, 'bolt' | 'batteryPercent'>;
  readonly spansMs: NonNullable<UnlockResultMessage['spansMs']>;
}

/** Connections tried for one command at most; each one before the command was written. */
const maxTries = 8;
const retryPause: BackoffRange = { baseMs: 50, maxMs: 1_000 };
/** A lock heard this recently is expected to answer a connect soon. */
const recentlyHeardMs = 10_000;
/** One try at a lock that was heard; then others get a turn. */
const heardTryMs = 5_000;
/** One try at a lock nobody hears; it costs everybody else in the queue. */
const unheardTryMs = 2_000;
/** How long one try may hold the radio. */
export function decideTryMs(remainingMs: number, heardAgoMs: number | undefined): number {
  const wanted = heardAgoMs !== undefined && heardAgoMs <= recentlyHeardMs ? heardTryMs : unheardTryMs;
  return Math.max(0, Math.min(remainingMs, wanted));
}

/**
 * Decides what follows a try that failed before the command was written: the job for another try after a pause, or null
 * when there have been enough of them or no time is left. `random` is in 0..1.
 */
export function decideRetry(
  job: UnlockJob,
  failure: GatewayResultCode,
  o: { now: number; random: number },
): UnlockJob | null {
  const tries = job.tries + 1;
  const notBefore = o.now + backoffMs(retryPause, tries, o.random);
  return tries >= maxTries || notBefore >= job.deadline ? null : { ...job, tries, notBefore, lastFailure: failure };
}

/** What the lock's answer means for the command. One that lost power while its bolt moved says that it does not know. */
export function decideOutcome({ code }: Pick<LockAnswer, 'code'>): UnlockEnd['outcome'] {
  if (code === 'ok') return 'executed';
  return code === 'position-unknown' ? 'unknown' : 'refused';
}

/** The result of a command as it is journaled and published; its event id is the same however often it is sent. */
export function unlockResult(
  command: { readonly commandId: string; readonly attemptId: string; readonly tag: string },
  end: UnlockEnd,
  o: { readonly gatewayId: string; readonly now: number },
): UnlockResult {
  const { answer } = end;
  return {
    v: 1,
    eventId: `${o.gatewayId}:${command.commandId}`,
    type: 'unlock-result',
    attemptId: command.attemptId as UnlockResult['attemptId'],
    commandId: command.commandId,
    tag: command.tag,
    outcome: end.outcome,
    code: end.code,
    occurredAt: o.now,
    ...(answer === undefined
      ? {}
      : {
          bolt: answer.bolt,
          batteryPercent: answer.batteryPercent,
          logSeq: answer.logSeq,
          logHead: Buffer.from(answer.logHead).toString('hex'),
        }),
    ...end.observed,
    spansMs: rounded(end.spansMs),
  };
}

/** A hundredth of a millisecond is all that these clocks can tell. */
function rounded(spansMs: UnlockEnd['spansMs']): UnlockEnd['spansMs'] {
  const round = (ms: number | undefined) => Math.round((ms ?? 0) * 100) / 100;
  return Object.fromEntries(Object.entries(spansMs).map(([span, ms]) => [span, round(ms)]));
}

/**
 * How commands end that an earlier run of the gateway left open: unknown when they may have reached the lock, not
 * executed otherwise. A command whose WRITTEN may be lost in a damaged last line is unknown too. None is ever retried.
 */
export function decideRecovery(entry: JournalEntry, tail: JournalTail): UnlockEnd | null {
  if (entry.result !== undefined || entry.published) {
    return null;
  }
  const outcome = entry.written || tail === 'damaged' ? 'unknown' : 'not-executed';
  return { outcome, code: 'gateway-restarted', spansMs: {} };
}
