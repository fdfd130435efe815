/**
 * The time the simulated world runs on. The default is the process's own timers; a fake clock has the same shape, so
 * a test can move time by hand. `now` is in milliseconds and never goes back.
 */
export interface Timers {
  now(): number;
  /** Runs once after the delay; the returned function cancels. */
  after(delayMs: number, run: () => void): () => void;
  /** Runs in the next event-loop turn. */
  soon(run: () => void): void;
}

/** The process's own timers. Nothing scheduled here keeps a process alive by itself. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
  soon(run) {
    setImmediate(run);
  },
};
