import type { ClockQuality } from '../log/lock-log.js';

/** Seconds counted by the part of a lock that goes on counting while it sleeps. */
export interface SecondsCounter {
  /** Drawn anew whenever the counter has lost its power: what was known of the time before is known no more. */
  readonly run: number;
  /** Whole seconds since the counter began its run. */
  readonly seconds: number;
}

/** The last time a lock was told the time; kept over a loss of power. */
export interface ClockSetting {
  /** The counter at that moment. */
  readonly counter: SecondsCounter;
  /** UTC seconds at that moment. */
  readonly utcSeconds: number;
  /** How far that may have been from the truth, in seconds. */
  readonly errorSeconds: number;
}

/** What a lock's clock says. */
export interface ClockReading {
  readonly quality: ClockQuality;
  /** UTC seconds; 0 at quality `none`. */
  readonly utcSeconds: number;
  /** How far it may be from the truth, in seconds, as long as the counter keeps {@link driftPpm}. */
  readonly errorSeconds: number;
}

/** How much a counter may run fast or slow, in millionths. */
export const driftPpm = 50;

/** A clock that may be further from the truth than this is `stale`, in seconds: about two weeks after it was set. */
export const goodErrorSeconds = 60;

/** Reads the clock: `none` when it was never set, or the counter has begun anew since. */
export function readClock(setting: ClockSetting | undefined, counter: SecondsCounter): ClockReading {
  const elapsed = setting === undefined ? -1 : counter.seconds - setting.counter.seconds;
  if (setting === undefined || setting.counter.run !== counter.run || elapsed < 0) {
    return { quality: 'none', utcSeconds: 0, errorSeconds: Number.POSITIVE_INFINITY };
  }
  const errorSeconds = setting.errorSeconds + Math.ceil((elapsed * driftPpm) / 1_000_000);
  const quality = errorSeconds <= goodErrorSeconds ? 'good' : 'stale';
  return { quality, utcSeconds: setting.utcSeconds + elapsed, errorSeconds };
}

/** What a lock's clock is to be set to. */
export type LockTime = Pick<ClockSetting, 'utcSeconds' | 'errorSeconds'>;

/**
 * The time that a token tells. It was signed after its connection began and may have been held back since: the truth
 * lies between its time and that plus the connection's age, and the middle is what is set.
 */
export function timeFrom(token: { readonly issuedAt: number }, connectionAgeMs: number): LockTime {
  const half = connectionAgeMs / 2000;
  // One second more: the token's time is cut to whole seconds, as a counter is.
  return { utcSeconds: token.issuedAt + Math.round(half), errorSeconds: Math.ceil(half) + 1 };
}
