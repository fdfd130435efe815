import { type Instant, toInstant } from '@latchwork/core';

/** An instant as the API writes it: RFC 3339 in UTC with three decimals. */
export function timestampOf(at: Instant): string {
  return new Date(at).toISOString();
}

/** {@link timestampOf} for a time that may not have come. */
export function timestampOrNull(at: Instant | null): string | null {
  return at === null ? null : timestampOf(at);
}

/** An instant that somebody wrote in a request, whose contract read it as RFC 3339. */
export function instantOf(text: string): Instant {
  return toInstant(Date.parse(text));
}
