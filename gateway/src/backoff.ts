/** How long to wait between attempts: from `baseMs`, doubling, never above `maxMs`. */
export interface BackoffRange {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * The pause in whole milliseconds before attempt number `attempt` (1 is the first retry), spread over the upper half of its step so that a
 * property full of gateways does not come back in one beat. `random` is in 0..1.
 */
export function backoffMs(range: BackoffRange, attempt: number, random: number): number {
  const step = Math.min(range.maxMs, range.baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(step / 2 + (step / 2) * random);
}
