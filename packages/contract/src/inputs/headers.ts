import * as z from 'zod/mini';
import { longestDeadlineMs } from '../resources/attempt-state.js';

/** An `Idempotency-Key`: 1 to 255 visible ASCII characters, new for each new intention and the same in each repeat. */
export const idempotencyKey = z.string().check(z.regex(/^[\x21-\x7e]{1,255}$/));

/** Headers of a route whose repeats an idempotency key makes safe. */
export const idempotencyHeaders = z.object({ 'idempotency-key': z.optional(idempotencyKey) });

/** An `If-Match` as edits take it: the version that the caller has seen, `"7"`, or `*` for whatever there is. */
export const ifMatch = z.string().check(z.regex(/^(\*|"\d{1,9}")$/));

/** Headers of an edit; see {@link readIfMatch}. */
export const editHeaders = z.object({ 'idempotency-key': z.optional(idempotencyKey), 'if-match': ifMatch });

/** Reads the version that an `If-Match` demands; `undefined` for `*`, which every version fits. */
export function readIfMatch(header: string): number | undefined {
  return header === '*' ? undefined : Number(header.slice(1, -1));
}

const prefer = z.optional(z.string().check(z.maxLength(200)));

/**
 * Headers of `unlockEntrance`. `latchwork-elapsed-ms` says on a repeat how much of `deadlineMs` has passed since the
 * first try, 0 to 30000; it is taken off, so that no repeat moves the deadline (P-18). It is no part of what the idempotency key
 * stands for. `traceparent` (W3C) is carried on to the lock's answer; a malformed one is ignored.
 */
export const unlockHeaders = z.object({
  'idempotency-key': idempotencyKey,
  prefer,
  'latchwork-elapsed-ms': z.optional(
    z.coerce.number<number | string>().check(z.minimum(0), z.maximum(longestDeadlineMs)),
  ),
  traceparent: z.optional(z.string()),
});

/** Headers of a read that can wait for a change. */
export const waitHeaders = z.object({ prefer });

/** Headers of `streamEvents`: where a cut stream goes on. It wins over the query's `cursor`. */
export const streamHeaders = z.object({ 'last-event-id': z.optional(z.string().check(z.maxLength(200))) });

/** The longest a reply is held back for `Prefer: wait`. */
export const maxWaitSeconds = 30;

/** Reads how long a caller prefers to wait for the end of the action (RFC 7240 `wait`), 0 to 30; anything else counts as 0. */
export function readPreferredWait(prefer: string | undefined): number {
  const seconds = /(?:^|,)\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(prefer ?? '')?.[1];
  return Math.min(Number(seconds ?? 0), maxWaitSeconds);
}
