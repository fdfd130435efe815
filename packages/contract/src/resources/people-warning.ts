import * as z from 'zod/mini';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';

/** What to look at twice before an invitation goes out, although nothing forbids it (G51). Rows count from 0. */
export const peopleWarning = z.discriminatedUnion('code', [
  /** The same address came before; both rows are one invitation. */
  z.object({ code: z.literal('address-repeated'), row: z.number(), firstRow: z.number() }),
  z.object({ code: z.literal('address-looks-mistyped'), row: z.number(), suggestion: z.string() }),
  /** No license is active until the subscription is renewed (S39). */
  z.object({ code: z.literal('subscription-lapsed'), endedAt: timestamp }),
]);
/** {@link peopleWarning} as data. */
export type PeopleWarning = ReadonlyData<z.output<typeof peopleWarning>>;
