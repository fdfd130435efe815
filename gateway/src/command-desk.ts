import type { CommandMessage, UnlockCommand } from '@latchwork/contract';
import { type DrivenLock, runDrivenUnlock } from './drivers/driven-unlock.js';
import { GatewayError } from './gateway-error.js';
import type { Journal } from './journal.js';
import type { Log } from './log.js';
import type { IgnoreReason, Metrics } from './metrics.js';
import type { Outbox } from './outbox.js';
import type { RadioQueue } from './radio-queue.js';
import type { TimeDesk } from './time-desk.js';
import type { TunnelRelay } from './tunnel-relay.js';
import { type UnlockEnd, type UnlockJob, unlockResult } from './unlock-job.js';
import { runUnlock, type UnlockParts } from './unlock-run.js';
import type { Uplink } from './uplink.js';

/** What the desk is wired to. */
export interface CommandDeskOptions {
  readonly gatewayId: string;
  readonly journal: Journal;
  readonly uplink: Pick<Uplink, 'sendAck'>;
  readonly outbox: Outbox;
  readonly unlock: UnlockParts;
  /** The lock of a driver with that tag; undefined for one that speaks the lock protocol. */
  readonly drivenLock: (tag: string) => DrivenLock | undefined;
  /** Takes what the portal says of the time, which comes on the same topic. */
  readonly times: Pick<TimeDesk, 'accept'>;
  /** Takes what the portal says of tunnels. */
  readonly tunnels: TunnelRelay;
  /** The radio's queue, shared with whatever else the radio is for. */
  readonly queue: Pick<RadioQueue<UnlockJob>, 'add'>;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Takes commands from the uplink, each at most once, and sees every one to its end. */
export interface CommandDesk {
  receive(message: CommandMessage): void;
  /** Does an unlock whose turn it is; resolves when the radio is free, with the job for another try. */
  run(job: UnlockJob): Promise<UnlockJob | undefined>;
  /** Ends a command whose deadline passed while it waited. */
  expired(job: UnlockJob): void;
  /** Takes nothing any more. */
  close(): void;
  /** Ends commands that waited for the radio when the gateway stopped. */
  leave(jobs: readonly UnlockJob[]): void;
  /** Gives up the command under way: not executed before it was written, unknown after. */
  giveUp(): void;
  /** Resolves when the end of every command is in the journal. */
  settled(): Promise<void>;
}

/** No command lives longer here, whatever its sender says. */
const longestLifeMs = 30_000;
/** Results that the broker never confirms; past this many something is wrong and no more commands are taken. */
const mostOpen = 10_000;

/** Wires the desk. */
export function createCommandDesk(options: CommandDeskOptions): CommandDesk {
  const { journal, uplink, outbox, queue, metrics, log } = options;
  const { clock, tokens } = options.unlock;
  const stop = new AbortController();
  let stopping = false;
  /** Ends on their way into the journal; a stop waits for them. */
  const ending = new Set<Promise<void>>();

  function ignore(reason: IgnoreReason): void {
    metrics.messagesIgnored.inc({ reason });
    log.warn({ reason }, 'message ignored');
  }

  function receiveUnlock(command: UnlockCommand): void {
    const receivedAt = clock.monotonic();
    const now = clock.now();
    const { commandId, attemptId, lock } = command;
    if (journal.find(commandId) !== undefined) {
      ignore('duplicate');
    } else if (stopping) {
      ignore('stopping');
    } else if (journal.openCount >= mostOpen) {
      ignore('overloaded');
    } else {
      const lifeMs = Math.min(command.ttlMs, command.deadline - now, longestLifeMs);
      const durable = journal.append({ type: 'received', commandId, attemptId, tag: lock.tag, at: now });
      const job: UnlockJob = {
        kind: 'unlock',
        id: commandId,
        priority: 'unlock',
        lane: lock.tag,
        deadline: receivedAt + lifeMs,
        notBefore: receivedAt,
        commandId,
        attemptId,
        tag: lock.tag,
        lockPublicKey: new Uint8Array(Buffer.from(lock.publicKey, 'hex')),
        intent: command.intent,
        receivedAt,
        tries: 0,
        ...(command.traceparent === undefined ? {} : { traceparent: command.traceparent }),
      };
      metrics.commandsReceived.inc();
      // The radio starts in this very turn; see runUnlock on why that need not wait for the disk.
      if (!queue.add(job)) {
        finish(job, { outcome: 'refused', code: 'queue-full', spansMs: {} });
      }
      durable.then(
        () => uplink.sendAck({ v: 1, attemptId, commandId, receivedAt: now }),
        () => undefined,
      );
    }
  }

  /** The spans as the log has them: what is called `token` there is a secret, not a time. */
  function loggedSpans({ token, ...spansMs }: UnlockEnd['spansMs']) {
    return token === undefined ? { spansMs } : { spansMs, tokenMs: token };
  }

  function finish(job: UnlockJob, end: UnlockEnd): void {
    const { clock } = options.unlock;
    const result = unlockResult(job, end, { gatewayId: options.gatewayId, now: clock.now() });
    // The report need not wait for the disk: should a crash lose the record, the next run reports `unknown`, which never
    // takes the place of a truth that the portal already has.
    outbox.add(result);
    measure(metrics, end, clock.monotonic() - job.receivedAt);
    log.info(
      {
        commandId: job.commandId,
        attemptId: job.attemptId,
        outcome: end.outcome,
        code: end.code,
        ...loggedSpans(end.spansMs),
        ...(job.traceparent === undefined ? {} : { traceparent: job.traceparent }),
      },
      'unlock ended',
    );
    const recorded = journal
      .append({ type: 'result', commandId: job.commandId, result })
      .catch(() => undefined)
      .finally(() => ending.delete(recorded));
    ending.add(recorded);
  }

  return {
    receive(message) {
      if (message.type === 'unlock') {
        receiveUnlock(message);
      } else if (message.type === 'time-token' || message.type === 'time-refused') {
        if (!options.times.accept(message)) ignore('not-awaited');
      } else if (message.type === 'token' || message.type === 'token-refused') {
        if (!tokens.accept(message)) ignore('not-awaited');
      } else if (!options.tunnels.receive(message)) {
        ignore('duplicate');
      }
    },
    async run(job) {
      let known = false;
      const ended = (end: UnlockEnd): void => {
        known = true;
        finish(job, end);
      };
      try {
        const driven = options.drivenLock(job.tag);
        const again = await (driven === undefined
          ? runUnlock(options.unlock, job, { stop: stop.signal, ended })
          : runDrivenUnlock(driven, options.unlock, { job, stop: stop.signal, ended }));
        if (again === undefined || !stopping) {
          metrics.connectRetries.inc(again === undefined ? 0 : 1);
          return again;
        }
        finish(again, restarted);
      } catch (error) {
        // With a broken journal nothing was sent to the lock and nothing can be recorded: the gateway is going down.
        if (!(error instanceof GatewayError)) {
          log.error({ err: error, commandId: job.commandId }, 'unlock failed unforeseen');
          if (!known) finish(job, { outcome: 'unknown', code: 'link-lost', spansMs: {} });
        }
      }
      return undefined;
    },
    expired(job) {
      finish(job, { outcome: 'not-executed', code: job.lastFailure ?? 'deadline-passed', spansMs: {} });
    },
    close() {
      stopping = true;
    },
    leave(jobs) {
      for (const job of jobs) {
        finish(job, restarted);
      }
    },
    giveUp() {
      stop.abort();
    },
    async settled() {
      await Promise.all(ending);
    },
  };
}

const restarted: UnlockEnd = { outcome: 'not-executed', code: 'gateway-restarted', spansMs: {} };

function measure(metrics: Metrics, end: UnlockEnd, totalMs: number): void {
  metrics.unlocks.inc({ outcome: end.outcome, code: end.code });
  metrics.unlockSeconds.observe(totalMs / 1_000);
  for (const [span, tookMs] of Object.entries(end.spansMs)) {
    metrics.unlockSpanSeconds.observe({ span }, (tookMs ?? 0) / 1_000);
  }
}
