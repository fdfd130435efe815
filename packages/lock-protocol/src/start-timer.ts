/** Calls `onElapsed` once after `delayMs`, unless the returned function is called first. */
export type StartTimer = (delayMs: number, onElapsed: () => void) => () => void;

const startPlatformTimer: StartTimer = (delayMs, onElapsed) => {
  const timer = setTimeout(onElapsed, delayMs);
  return () => clearTimeout(timer);
};

/** The one timer of a driver, always set to what its machine waits for. */
export interface Deadline {
  /** Moves the timer; `undefined` stops it. */
  set(at: number | undefined): void;
}

/**
 * Makes a {@link Deadline} on the clock `now`. `onElapsed` is called once per deadline, at or after it: a platform timer
 * that fires early is set again.
 */
export function createDeadline(o: {
  readonly now: () => number;
  /** The platform's `setTimeout` when absent. */
  readonly startTimer: StartTimer | undefined;
  readonly onElapsed: (at: number) => void;
}): Deadline {
  const { now, startTimer = startPlatformTimer, onElapsed } = o;
  let armed: { readonly at: number; readonly stop: () => void } | undefined;
  const arm = (at: number): void => {
    const stop = startTimer(Math.max(0, Math.ceil(at - now())), () => {
      armed = undefined;
      if (now() < at) arm(at);
      else onElapsed(now());
    });
    armed = { at, stop };
  };
  return {
    set(at) {
      if (armed?.at === at) return;
      armed?.stop();
      armed = undefined;
      if (at !== undefined) arm(at);
    },
  };
}
