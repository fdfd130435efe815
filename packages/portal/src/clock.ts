import { type Instant, toInstant } from '@latchwork/core';

/** Where the portal gets the time from; tests bring one that they move. */
export interface Clock {
  now(): Instant;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => toInstant(Date.now()) };
