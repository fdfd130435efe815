/** Whoever calls measures time for the phone: the platform's clocks, or a test's. */
export interface PhoneClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds that never go back. */
  monotonic(): number;
  /** Calls back once after a time, unless the returned function is called first. */
  startTimer(delayMs: number, onElapsed: () => void): () => void;
}

/** The platform's clocks. */
export const platformClock: PhoneClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  startTimer: (delayMs, onElapsed) => {
    const timer = setTimeout(onElapsed, delayMs);
    return () => clearTimeout(timer);
  },
};

/** How long something may take, and who may end it sooner. */
export interface TimeBound {
  readonly clock: Pick<PhoneClock, 'startTimer'>;
  readonly ms: number;
  readonly signal: AbortSignal;
}

/** Does something with a signal that fires when the time is over or the given signal fires; not every engine has `AbortSignal.any`. */
export async function withinTime<Result>(
  { clock, ms, signal }: TimeBound,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const stop = clock.startTimer(Math.max(0, ms), abort);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  const ended = new Promise<never>((_resolve, reject) => {
    const end = () => reject(new Error('The time is over.'));
    if (controller.signal.aborted) end();
    else controller.signal.addEventListener('abort', end, { once: true });
  });
  try {
    return await Promise.race([work(controller.signal), ended]);
  } finally {
    stop();
    signal.removeEventListener('abort', abort);
  }
}
