import { type Instant, toInstant } from '@latchwork/core';

/** How long after a success the next automatic run follows (S17, S34): always so many hours, whatever the wall clock does. */
export const runEveryMs = 24 * 60 * 60 * 1000;

/** Runs are spread by as much to either side, so that the organizations of an installation do not all ask at once. */
const spreadMs = 10 * 60 * 1000;

/** Waits after the first, second, … failure in a row; after these it is once a day again. */
const backOffMs = [60_000, 5 * 60_000, 15 * 60_000, 60 * 60_000, 6 * 60 * 60_000] as const;

/** After how long everybody is read again, although the directory tells what changed. */
const readAllEveryMs = 7 * runEveryMs;

/** When something is settled: the moment, and a number from 0 to 1 that spreads. */
interface Settling {
  readonly at: Instant;
  readonly random: number;
}

/** The next run after one that did all that it was to do, or that waits for somebody to look. */
export function nextRunAfterDone({ at, random }: Settling): Instant {
  return toInstant(Math.round(at + runEveryMs + (2 * random - 1) * spreadMs));
}

/** The next run after so many failures in a row, this one among them. */
export function nextRunAfterFailure(failures: number, settling: Settling): Instant {
  const waitMs = backOffMs[failures - 1];
  return waitMs === undefined
    ? nextRunAfterDone(settling)
    : toInstant(Math.round(settling.at + waitMs * (1 + settling.random / 2)));
}

/**
 * Whether an automatic run is due. `nextRunAt` `null` is due at once. However many runs were missed, one makes up for
 * them; and a moment further away than any that is ever settled means that the clock was set back since.
 */
export function isRunDue(nextRunAt: Instant | null, now: Instant): boolean {
  return nextRunAt === null || nextRunAt <= now || nextRunAt > now + runEveryMs + spreadMs;
}

/**
 * Whether a run has to read everybody, or may ask what changed since the last one: changes that happen while a directory
 * is being read can be missed, so everybody is read once a week, by the seventh daily run at the latest.
 */
export function mustReadAll(last: { readonly readAllAt: Instant | null; readonly now: Instant }): boolean {
  const { readAllAt, now } = last;
  return readAllAt === null || readAllAt > now || now >= readAllAt + readAllEveryMs - runEveryMs / 2;
}
