import * as z from 'zod/mini';

/** A moment as the API writes it: RFC 3339 in UTC with exactly three decimals, `2026-03-01T08:30:00.000Z`. */
export const timestamp = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));

/** A moment as the API reads it: any RFC 3339 date-time with an offset or `Z`; kept to the millisecond. */
export const timestampInput = z.iso.datetime({ offset: true });

/** A name for people to read: trimmed, 1 to 200 characters, no control characters. */
export const nameInput = z.string().check(z.trim(), z.minLength(1), z.maxLength(200), z.regex(/^[^\p{Cc}]*$/u));

/** An e-mail address: trimmed, at most 254 characters, kept as typed; it is compared in lower case (G14). */
export const emailInput = z.string().check(z.trim(), z.maxLength(254), z.email());

/** A place in a list or in the event feed. Opaque: keep it and give it back, never make one. */
export const cursor = z.string().check(z.minLength(1), z.maxLength(200));

/** Query of every list: `limit` 1 to 200 (50 when absent) and the `nextCursor` of the page before. */
export const pageQuery = z.strictObject({
  limit: z._default(z.coerce.number<number | string>().check(z.multipleOf(1), z.minimum(1), z.maximum(200)), 50),
  cursor: z.optional(cursor),
});

/** One page of a list: `data` in the list's order, and `nextCursor`, which is `null` on the last page. */
export function page<Item extends z.ZodMiniType>(
  item: Item,
): z.ZodMiniObject<
  { data: z.ZodMiniArray<Item>; nextCursor: z.ZodMiniNullable<z.ZodMiniString<string>> },
  z.core.$strip
> {
  return z.object({ data: z.array(item), nextCursor: z.nullable(z.string()) });
}

/** One page of a list, as data. */
export interface Page<Item> {
  /** The items, in the order of the list. */
  readonly data: readonly Item[];
  /** Give it as `cursor` for the next page; `null` when this page is the last. */
  readonly nextCursor: string | null;
}
