/** One question is asked this often at most. ky's two repeats lose a listing to five 429s in a row. */
export const maxTries = 8;

/** The longest pause that a server's `Retry-After` gets; Microsoft and Google stay far below it. */
const longestAskedMs = 5 * 60_000;

const firstBackOffMs = 500;
const longestBackOffMs = 30_000;

/**
 * Reads a `Retry-After` header, seconds or a date (RFC 9110, 10.2.3). `undefined` for none, for nonsense and for what
 * is over already; whatever is longer than five minutes counts as five minutes.
 */
export function readRetryAfterMs(header: string | null, nowEpochMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (text === '') return undefined;
  const askedMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowEpochMs;
  return askedMs > 0 ? Math.min(askedMs, longestAskedMs) : undefined;
}

/**
 * How long to wait before asking again: exactly what the server asked for, which is the fastest with Microsoft; else
 * twice as long after each try, half of it by chance.
 */
export function decidePauseMs(failed: {
  readonly tries: number;
  readonly retryAfterMs: number | undefined;
  readonly random: number;
}): number {
  if (failed.retryAfterMs !== undefined) return failed.retryAfterMs;
  const ceilingMs = Math.min(firstBackOffMs * 2 ** (failed.tries - 1), longestBackOffMs);
  return Math.round(ceilingMs * (0.5 + failed.random / 2));
}
