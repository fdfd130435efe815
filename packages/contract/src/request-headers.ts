import * as z from 'zod/mini';

/** An `Idempotency-Key`: 1 to 255 visible ASCII characters, new for each new intention and the same in each repeat. */
export const idempotencyKey = z.string().check(z.regex(/^[\x21-\x7e]{1,255}$/));

/** Headers of a route whose repeats an idempotency key makes safe. */
export const idempotencyHeaders = z.object({ 'idempotency-key': z.optional(idempotencyKey) });

/** Headers of `unlockEntrance`. */
export const unlockHeaders = z.object({
  'idempotency-key': idempotencyKey,
  prefer: z.optional(z.string().check(z.maxLength(200))),
});

/** Headers of `streamEvents`: where a cut stream goes on. It wins over the query's `cursor`. */
export const streamHeaders = z.object({ 'last-event-id': z.optional(z.string().check(z.maxLength(200))) });

/** The longest a reply is held back for `Prefer: wait`. */
export const maxWaitSeconds = 30;

/** Reads how long a caller prefers to wait for the end of the action (RFC 7240 `wait`), 0 to 30; anything else counts as 0. */
export function readPreferredWait(prefer: string | undefined): number {
  const seconds = /(?:^|,)\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(prefer ?? '')?.[1];
  return Math.min(Number(seconds ?? 0), maxWaitSeconds);
}
