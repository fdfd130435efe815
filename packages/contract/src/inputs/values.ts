import * as z from 'zod/mini';

const firstMoment = Date.parse('0001-01-01T00:00:00Z');
const lastMoment = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * A moment as the API reads it: any RFC 3339 date-time with an offset or `Z`; kept to the millisecond. In UTC it lies
 * within the years 1 to 9999, or no reply could write it.
 */
export const timestampInput = z.iso.datetime({ offset: true }).check(
  z.refine((text) => {
    const at = Date.parse(text);
    return at >= firstMoment && at <= lastMoment;
  }),
);

/** A name for people to read: trimmed, 1 to 200 characters, no control characters. */
export const nameInput = z.string().check(z.trim(), z.minLength(1), z.maxLength(200), z.regex(/^[^\p{Cc}\p{Cs}]*$/u));

/** An e-mail address: trimmed, at most 254 characters, kept as typed; it is compared in lower case (G14). */
export const emailInput = z.string().check(z.trim(), z.maxLength(254), z.email());

/** A place in a list or in the event feed. Opaque: keep it and give it back, never make one. */
export const cursor = z.string().check(z.minLength(1), z.maxLength(200));

/** Query of every list: `limit` 1 to 200 (50 when absent) and the `nextCursor` of the page before. */
export const pageQuery = z.strictObject({
  limit: z._default(z.coerce.number<number | string>().check(z.multipleOf(1), z.minimum(1), z.maximum(200)), 50),
  cursor: z.optional(cursor),
});
