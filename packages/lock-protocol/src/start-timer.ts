/** Calls `onElapsed` once after `delayMs`, unless the returned function is called first. */
export type StartTimer = (delayMs: number, onElapsed: () => void) => () => void;

/** Timers of the platform, for every driver that is not given others. */
export const startPlatformTimer: StartTimer = (delayMs, onElapsed) => {
  const timer = setTimeout(onElapsed, delayMs);
  return () => clearTimeout(timer);
};
