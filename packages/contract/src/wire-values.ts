import * as z from 'zod/mini';

/** A moment as the API writes it: RFC 3339 in UTC with exactly three decimals, `2026-03-01T08:30:00.000Z`. */
export const timestamp = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));

/** Schema of a page of a list. */
export type PageSchema<Item extends z.ZodMiniType> = z.ZodMiniObject<
  { data: z.ZodMiniArray<Item>; nextCursor: z.ZodMiniNullable<z.ZodMiniString<string>> },
  z.core.$strip
>;

/** One page of a list: `data` in the list's order, and `nextCursor`, which is `null` on the last page. */
export function page<Item extends z.ZodMiniType>(item: Item): PageSchema<Item> {
  return z.object({ data: z.array(item), nextCursor: z.nullable(z.string()) });
}

/** One page of a list, as data. */
export interface Page<Item> {
  /** The items, in the order of the list. */
  readonly data: readonly Item[];
  /** Give it as `cursor` for the next page; `null` when this page is the last. */
  readonly nextCursor: string | null;
}
