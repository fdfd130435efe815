import type { ProblemCode } from '@latchwork/contract';

/** How often and how patiently a call is repeated. */
export interface RetryOptions {
  /** Most repeats after the first try; 0 turns repeating off. */
  readonly limit: number;
  /** The first pause; each further one is at most twice as long. The actual pause is random between half and all of it. */
  readonly baseDelayMs: number;
  /** The longest pause that is our own choice; the portal's `Retry-After` is kept whatever its length. */
  readonly maxDelayMs: number;
}

/** Two repeats after about 0.3 and 0.6 seconds. */
export const defaultRetry: RetryOptions = { limit: 2, baseDelayMs: 300, maxDelayMs: 5000 };

/** How one try failed, as far as it matters for another. */
export interface FailedTry {
  /** The HTTP status; absent when there was no reply. */
  readonly status?: number;
  /** The problem's code; absent when the reply was none of the portal's. */
  readonly code?: ProblemCode;
  /** The pause the portal asks for. */
  readonly retryAfterMs?: number;
}

/** The answer to "try again?". */
export type RetryDecision = { readonly retry: true; readonly delayMs: number } | { readonly retry: false };

/**
 * Decides whether a call that is safe to repeat is tried again, and after which pause.
 *
 * `remainingMs` bounds the pause: a repeat that could only start after it is not made, so a call never outlives its
 * time and an unlock never its deadline (P-18).
 */
export function decideRetry(
  failed: FailedTry,
  context: {
    readonly retry: RetryOptions;
    readonly repeats: number;
    readonly remainingMs: number;
    readonly random: number;
  },
): RetryDecision {
  const { retry, repeats, remainingMs, random } = context;
  if (repeats >= retry.limit || !isTransient(failed)) return { retry: false };
  const ceilingMs = Math.min(retry.baseDelayMs * 2 ** repeats, retry.maxDelayMs);
  const delayMs = failed.retryAfterMs ?? ceilingMs * (0.5 + random / 2);
  return delayMs < remainingMs ? { retry: true, delayMs } : { retry: false };
}

function isTransient(failed: FailedTry): boolean {
  switch (failed.code) {
    case 'rate-limited':
    case 'unavailable':
    case 'internal':
    case 'idempotency-key-in-use':
      return true;
    case undefined:
      // No reply at all, or a proxy's answer in the portal's place.
      return failed.status === undefined || [408, 429, 500, 502, 503, 504].includes(failed.status);
    default:
      return false;
  }
}

/** Reads a `Retry-After` header, seconds or a date; `undefined` for none or nonsense. */
export function readRetryAfterMs(header: string | null, nowEpochMs: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  const delayMs = Number.isNaN(seconds) ? Date.parse(header) - nowEpochMs : seconds * 1000;
  return Number.isNaN(delayMs) ? undefined : Math.max(0, delayMs);
}
