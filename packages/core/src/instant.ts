import { CoreError } from './core-error.js';

declare const instantUnit: unique symbol;

/** A moment in time: whole milliseconds since 1970-01-01T00:00Z. Always given by the caller; core has no clock. */
export type Instant = number & { readonly [instantUnit]: 'epoch milliseconds' };

/** The last instant a date can name; stands for "without end" where a decision must carry an end. */
export const endOfTime = 8_640_000_000_000_000 as Instant;

/**
 * Takes a number of epoch milliseconds as an instant.
 *
 * @throws CoreError `instant-invalid` for fractions, infinities and numbers no date can hold.
 */
export function toInstant(epochMs: number): Instant {
  if (!Number.isInteger(epochMs) || Math.abs(epochMs) > endOfTime) {
    throw new CoreError({ code: 'instant-invalid', value: epochMs });
  }
  return epochMs as Instant;
}
