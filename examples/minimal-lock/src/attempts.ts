/** The refused attempts of one hour, which have few entries of their own (SPEC §9.3); times are monotonic milliseconds. */
export interface Attempts {
  readonly sinceMs: number;
  readonly ofNobody: number;
  readonly ofKnown: number;
  /** Those that have no entry, and the UTC second of the first. */
  readonly counted: number;
  readonly firstCountedAt: number;
  readonly told: number;
}

const hourMs = 3_600_000;
const entriesOfNobody = 8;
const entriesOfKnown = 24;
const tellings = 4;

/** Counts one refused attempt; `logged` says whether it has an entry of its own. */
export function countAttempt(
  before: Attempts | undefined,
  attempt: { readonly isKnown: boolean; readonly nowMs: number; readonly utcSeconds: number },
): { readonly attempts: Attempts; readonly logged: boolean } {
  const begun = { sinceMs: attempt.nowMs, ofNobody: 0, ofKnown: 0, counted: 0, firstCountedAt: 0, told: 0 };
  const attempts = before ?? begun;
  if (attempt.isKnown && attempts.ofKnown < entriesOfKnown) {
    return { attempts: { ...attempts, ofKnown: attempts.ofKnown + 1 }, logged: true };
  }
  if (!attempt.isKnown && attempts.ofNobody < entriesOfNobody) {
    return { attempts: { ...attempts, ofNobody: attempts.ofNobody + 1 }, logged: true };
  }
  const firstCountedAt = attempts.counted === 0 ? attempt.utcSeconds : attempts.firstCountedAt;
  return { attempts: { ...attempts, counted: attempts.counted + 1, firstCountedAt }, logged: false };
}

/** Whether what was counted is told now: before somebody known is logged, or because the hour is over. */
export function tellsAttempts(attempts: Attempts, nowMs: number, beforeKnown: boolean): boolean {
  return attempts.counted > 0 && (isOver(attempts, nowMs) || (beforeKnown && attempts.told < tellings));
}

/** What goes on after telling, or with the hour; undefined when none is running any more. */
export function goOn(attempts: Attempts, nowMs: number, told: boolean): Attempts | undefined {
  if (isOver(attempts, nowMs)) return undefined;
  return told ? { ...attempts, counted: 0, told: attempts.told + 1 } : attempts;
}

function isOver(attempts: Attempts, nowMs: number): boolean {
  return nowMs - attempts.sinceMs >= hourMs;
}
