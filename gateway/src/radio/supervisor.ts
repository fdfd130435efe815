import { EventEmitter } from 'eventemitter3';
import { type BackoffRange, backoffMs } from '../backoff.js';
import { type Clock, systemClock } from '../clock.js';
import type { Log } from '../log.js';
import { type Central, type CentralEvents, type ConnectOptions, type Link, RadioError } from './central.js';
import { createHeardLocks } from './heard-locks.js';
import type { NobleFork } from './radio-messages.js';
import { defaultTimings, type RadioTimings } from './radio-timings.js';
import {
  decideRestart,
  defaultRestartLimits,
  type RestartCause,
  type RestartLimits,
  type WorkerHealth,
} from './restart-policy.js';
import { waitFor } from './wait-for.js';
import {
  startWorkerProcess,
  type WorkerEntry,
  type WorkerExit,
  type WorkerNews,
  type WorkerProcess,
} from './worker-process.js';

/** What a radio is made of. Everything but the fork and the log has the values a gateway uses. */
export interface RadioOptions {
  readonly fork: NobleFork;
  /** Index of the adapter; noble's own choice when absent. */
  readonly deviceId?: number | undefined;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly clock?: Clock;
  /** 0..1, for the spread of restarts. */
  readonly random?: () => number;
  readonly worker?: WorkerEntry;
  readonly timings?: Partial<RadioTimings>;
  readonly restart?: Partial<RestartLimits>;
}

/** A {@link Central} in another process, with what a test or an operator may want to know of that process. */
export interface Radio extends Central {
  /** Process id of the radio process that runs now. */
  readonly workerPid: number | undefined;
  /** How many radio processes have been started. */
  readonly starts: number;
}

interface Generation {
  readonly process: WorkerProcess;
  readonly startedAt: number;
  ready: boolean;
  /** It has said that it cannot go on. */
  failing: boolean;
  aliveAt: number;
  addresses: number;
  silenceMs: number;
  /** Set when the supervisor itself ends it. */
  cause: RestartCause | undefined;
}

// A door waits for a restart; a machine without an adapter does not deserve a process every few seconds.
const afterLife: BackoffRange = { baseMs: 100, maxMs: 5_000 };
const neverReady: BackoffRange = { baseMs: 500, maxMs: 60_000 };
const stableMs = 60_000;
const checkMs = 1_000;
const stopGraceMs = 3_000;
const patience = 3;
const locksLimit = 2_000;

/**
 * Starts the radio: one child process in which noble lives on one adapter, and which may die at any moment. It is
 * started anew when it crashes, says that it is stuck, gives no sign of life, hears nothing any more, or has lived long
 * enough; every open operation settles when it goes. A connect waits out a restart within its own time.
 */
export function startRadio(options: RadioOptions): Radio {
  const { fork, deviceId, log } = options;
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const timings: RadioTimings = { ...defaultTimings, ...options.timings };
  const limits: RestartLimits = { ...defaultRestartLimits, ...options.restart };
  const entry = options.worker ?? { url: new URL('./radio/worker.js', import.meta.url) };
  const events = new EventEmitter<CentralEvents>();
  const heard = createHeardLocks<undefined>(locksLimit);
  const life = new AbortController();
  let generation: Generation | undefined;
  let starts = 0;
  let failures = 0;
  let deafRestarts = 0;
  let everHeard = false;
  let callOffStart: () => void = () => {};
  let callOffCheck: () => void = () => {};

  function launch(): void {
    starts += 1;
    const start = { type: 'start', fork, timings } as const;
    const now = clock.monotonic();
    const process = startWorkerProcess({
      entry,
      timings,
      start: deviceId === undefined ? start : { ...start, deviceId },
      onNews: (news) => hear(current, news),
    });
    const current: Generation = {
      process,
      startedAt: now,
      ready: false,
      failing: false,
      aliveAt: now,
      addresses: 0,
      silenceMs: 0,
      cause: undefined,
    };
    generation = current;
    events.emit('state', { state: 'starting' });
    void process.exited.then((exit) => succeed(current, exit));
  }

  function hear(current: Generation, news: WorkerNews): void {
    current.aliveAt = clock.monotonic();
    switch (news.type) {
      case 'ready':
        current.ready = true;
        log.info({ fork, pid: current.process.pid }, 'radio ready');
        events.emit('state', { state: 'ready' });
        return;
      case 'failed':
        current.failing = true;
        return;
      case 'alive':
        current.addresses = news.addresses;
        current.silenceMs = news.silenceMs;
        if (news.hasHeard) {
          everHeard = true;
          deafRestarts = 0;
        }
        return;
      case 'adverts':
        for (const advert of news.adverts) {
          heard.hear({ ...advert, peripheral: undefined });
          events.emit('advert', advert);
        }
        return;
      case 'violated':
        log.warn({ because: news.because, address: news.address }, 'radio peer broke the rules');
        events.emit('violation', { because: news.because, address: news.address });
    }
  }

  // The process is gone: tell, and plan the next one.
  function succeed(past: Generation, exit: WorkerExit): void {
    if (generation !== past || life.signal.aborted) return;
    generation = undefined;
    const { cause, ready } = past;
    const fields = { fork, pid: past.process.pid, cause: cause ?? 'exited', ready, ...exit };
    if (cause === 'silent' || cause === 'aged' || cause === 'crowded') {
      log.info(fields, 'radio process replaced');
      launch();
      return;
    }
    log.error(fields, 'radio process ended');
    if (ready && clock.monotonic() - past.startedAt > stableMs) failures = 0;
    failures += 1;
    events.emit('state', { state: 'failed', reason: exit.reason ?? (ready ? 'LINK_LOST' : 'ADAPTER') });
    callOffStart = clock.after(backoffMs(ready ? afterLife : neverReady, failures, random()), launch);
  }

  function check(): void {
    callOffCheck = clock.after(checkMs, check);
    if (generation === undefined || generation.cause !== undefined) return;
    const health: WorkerHealth = {
      startedAt: generation.startedAt,
      ready: generation.ready,
      aliveAt: generation.aliveAt,
      hasHeard: everHeard,
      silenceMs: generation.silenceMs,
      addresses: generation.addresses,
      idle: generation.process.idle,
    };
    // Each restart that brought no advert doubles the patience with the next silence: the locks themselves may be gone.
    const silenceMs = limits.silenceMs * 2 ** Math.min(deafRestarts, 6);
    const cause = decideRestart(health, { ...limits, silenceMs }, clock.monotonic());
    if (cause === undefined) return;
    generation.cause = cause;
    if (cause === 'silent') deafRestarts += 1;
    log.warn({ fork, pid: generation.process.pid, cause }, 'radio process is being ended');
    if (cause === 'hung' || cause === 'unready') generation.process.kill();
    else void generation.process.stop(stopGraceMs);
  }

  function usable(): Generation | undefined {
    const sound = generation?.ready && !generation.failing && generation.cause === undefined;
    return sound && !life.signal.aborted ? generation : undefined;
  }

  async function whenUsable(timeoutMs: number, signal?: AbortSignal): Promise<Generation> {
    const now = usable();
    if (now !== undefined) return now;
    const gone = new RadioError({ code: 'ADAPTER' }, 'There is no usable Bluetooth adapter.');
    if (life.signal.aborted) throw gone;
    return waitFor<Generation>(
      { signal: life.signal, timeoutMs, onTimeout: () => gone, what: 'The radio' },
      (resolve, reject) => {
        const onState = () => {
          const next = usable();
          if (next !== undefined) resolve(next);
        };
        const giveUp = () => reject(new RadioError({ code: 'TIMEOUT' }, 'The caller gave up.'));
        events.on('state', onState);
        signal?.addEventListener('abort', giveUp);
        if (signal?.aborted) giveUp();
        return () => {
          events.off('state', onState);
          signal?.removeEventListener('abort', giveUp);
        };
      },
    );
  }

  async function connect(tag: string, { timeoutMs, signal }: ConnectOptions): Promise<Link> {
    if (generation === undefined && failures >= patience) {
      throw new RadioError({ code: 'ADAPTER' }, 'The radio has failed again and again; it is being started.');
    }
    const startedAt = performance.now();
    const { process } = await whenUsable(timeoutMs, signal);
    const left = Math.max(0, timeoutMs - (performance.now() - startedAt));
    return process.connect(tag, signal === undefined ? { timeoutMs: left } : { timeoutMs: left, signal });
  }

  async function dispose(): Promise<void> {
    if (life.signal.aborted) return;
    life.abort(new RadioError({ code: 'ADAPTER' }, 'The radio is closed.'));
    callOffStart();
    callOffCheck();
    await generation?.process.stop(stopGraceMs);
  }

  launch();
  callOffCheck = clock.after(checkMs, check);

  return {
    events,
    connect,
    heard: heard.list,
    async ready(timeoutMs) {
      await whenUsable(timeoutMs);
    },
    get workerPid() {
      return generation?.process.pid;
    },
    get starts() {
      return starts;
    },
    [Symbol.asyncDispose]: dispose,
  };
}
