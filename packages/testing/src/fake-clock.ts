import type { Timers } from './air/timers.js';

/** How a fake clock is made. */
export interface FakeClockOptions {
  /** Wall time at the start, epoch milliseconds. Default 2026-01-01T00:00:00Z. */
  readonly startsAt?: number;
}

/**
 * A clock that only moves when a test moves it. It fits wherever a room takes a clock or timers: `now` is wall time in
 * epoch milliseconds, `monotonic` counts from 0, `after` is a one-shot timer.
 */
export interface FakeClock extends Timers {
  /** Wall time, epoch milliseconds. */
  now(): number;
  /** Milliseconds since the clock was made; not moved by `setWallTime`. */
  monotonic(): number;
  after(delayMs: number, run: () => void): () => void;
  /** Timers not yet due. */
  readonly pendingTimers: number;
  /**
   * Lets this much time pass. Timers run in the order they are due, each at its own time, and the event loop turns
   * before the first, between two and after the last, so that promises and sockets keep up.
   */
  advance(ms: number): Promise<void>;
  /** Makes wall time jump, as when somebody sets the machine's clock; timers do not notice. */
  setWallTime(epochMs: number): void;
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Makes a clock that stands still. */
export function createFakeClock(options: FakeClockOptions = {}): FakeClock {
  let elapsedMs = 0;
  let wallOffsetMs = options.startsAt ?? Date.UTC(2026, 0, 1);
  const timers = new Set<Timer>();

  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  const nextDue = (until: number): Timer | undefined => {
    let earliest: Timer | undefined;
    for (const timer of timers) {
      if (timer.at <= until && (earliest === undefined || timer.at < earliest.at)) earliest = timer;
    }
    return earliest;
  };

  const after = (delayMs: number, run: () => void): (() => void) => {
    const timer: Timer = { at: elapsedMs + Math.max(0, delayMs), run };
    timers.add(timer);
    return () => timers.delete(timer);
  };

  return {
    now: () => elapsedMs + wallOffsetMs,
    monotonic: () => elapsedMs,
    after,
    soon(run) {
      setImmediate(run);
    },
    get pendingTimers() {
      return timers.size;
    },
    async advance(ms) {
      const until = elapsedMs + ms;
      await turn();
      for (let due = nextDue(until); due !== undefined; due = nextDue(until)) {
        timers.delete(due);
        elapsedMs = due.at;
        due.run();
        await turn();
      }
      elapsedMs = until;
      await turn();
    },
    setWallTime(epochMs) {
      wallOffsetMs = epochMs - elapsedMs;
    },
  };
}
