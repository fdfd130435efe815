/** The time as the gateway sees it; a fake one lets tests decide when a deadline passes. */
export interface Clock {
  /** Wall time, epoch milliseconds: for what is reported and for deadlines that came from elsewhere. */
  now(): number;
  /** Milliseconds that never jump: for every deadline enforced here. */
  monotonic(): number;
  /** Calls once after `delayMs`; the returned function calls it off. */
  after(delayMs: number, call: () => void): () => void;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, call) => {
    const timer = setTimeout(call, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};
