import { lockLimits } from '../lock/lock-limits.js';

/** How many wrong codes a lock still takes, and since when the next is awaited (monotonic ms; absent: nobody waits yet). */
export interface CodeTries {
  readonly tries: number;
  readonly since?: number;
}

/**
 * Spends one try on a code; `undefined` when there is none. A lock counts its waiting from the first code after it was
 * switched on: what it cannot know of the time before counts as none.
 */
export function takeCodeTry({ tries, since }: CodeTries, at: number): CodeTries | undefined {
  const { codeTries, codeRefillMs } = lockLimits;
  const begun = since ?? at;
  const refills = Math.floor((at - begun) / codeRefillMs);
  const refilled = Math.min(codeTries, tries + refills);
  if (refilled < 1) return undefined;
  return { tries: refilled - 1, since: refilled === codeTries ? at : begun + refills * codeRefillMs };
}

/** Gives the try back that a right code has taken, and none for the wrong ones before it: a holder's own code buys no guesses. */
export function returnCodeTry({ tries, since }: CodeTries): CodeTries {
  return { tries: Math.min(lockLimits.codeTries, tries + 1), ...(since === undefined ? {} : { since }) };
}
