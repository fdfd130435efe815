import type { Clock } from './clock.js';

/** A deadline and a stop that end the same work, as one signal. */
export interface TimeLimit {
  /** Aborts at the deadline or at the stop. */
  readonly signal: AbortSignal;
  /** True from the deadline on, also when no timer has had its turn yet. */
  passed(): boolean;
  /** @throws the reason, when the deadline has passed or the stop came. */
  check(): void;
  /** The promise's value, or a rejection at the deadline or the stop. */
  race<Value>(work: Promise<Value>): Promise<Value>;
  /** Lets go of timers and of the stop; whatever still races is rejected. */
  end(): void;
}

/** Starts counting towards `deadline`, monotonic milliseconds. */
export function startTimeLimit(clock: Clock, stop: AbortSignal, deadline: number): TimeLimit {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort(new Error(stop.aborted ? 'stopped' : 'deadline passed'));
  };
  if (stop.aborted) {
    abort();
  }
  stop.addEventListener('abort', abort);
  let isOver = false;
  // A timer counts whole milliseconds: it may ring a fraction of one before the deadline, which is then over all the same.
  const callOff = clock.after(deadline - clock.monotonic(), () => {
    isOver = true;
    abort();
  });
  const ended = new Promise<never>((_resolve, reject) => {
    const { signal } = controller;
    if (signal.aborted) {
      reject(signal.reason);
    }
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  // Nobody may be racing when it happens.
  ended.catch(() => undefined);
  const passed = (): boolean => isOver || clock.monotonic() >= deadline;
  return {
    signal: controller.signal,
    passed,
    check() {
      if (passed()) {
        abort();
      }
      controller.signal.throwIfAborted();
    },
    async race(work) {
      return await Promise.race([work, ended]);
    },
    end() {
      callOff();
      stop.removeEventListener('abort', abort);
      controller.abort(new Error('ended'));
    },
  };
}
