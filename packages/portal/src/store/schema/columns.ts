import type { Instant } from '@latchwork/core';
import { bigint } from 'drizzle-orm/pg-core';

/** A column of epoch milliseconds. */
export function instant(name: string) {
  return bigint(name, { mode: 'number' }).$type<Instant>();
}
