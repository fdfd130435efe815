import type { Clock } from './clock.js';

/** Tells the portal of changes at once, but no more often than it is good for a broker. */
export interface Announcer extends AsyncDisposable {
  /** Something has changed: tells of it now, or as soon as it may. */
  changed(): void;
}

/** Creates one; what changes within `gapMs` after a telling is told together when they have passed. */
export function createAnnouncer(o: {
  readonly clock: Clock;
  readonly gapMs: number;
  readonly announce: () => void;
}): Announcer {
  const { clock, gapMs, announce } = o;
  let toldAt = Number.NEGATIVE_INFINITY;
  let callOff: (() => void) | undefined;
  let isOver = false;
  const tell = (): void => {
    callOff = undefined;
    toldAt = clock.monotonic();
    announce();
  };
  return {
    changed() {
      if (isOver || callOff !== undefined) return;
      const waitMs = toldAt + gapMs - clock.monotonic();
      if (waitMs <= 0) tell();
      else callOff = clock.after(waitMs, tell);
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      callOff?.();
    },
  };
}
