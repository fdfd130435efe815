import type { Instant } from '@latchwork/core';
import {
  type ProjectedTable,
  projectedTables,
  type Reader,
  type Row,
  type SequenceHeads,
  type Snapshot,
  type Store,
} from './store.js';

/** Everything a projection is made of, as of one commit. */
export interface ProjectionContent {
  readonly rows: { readonly [Table in ProjectedTable]: readonly Row<Table>[] };
  readonly heads: SequenceHeads;
  readonly openAttempts: readonly Row<'attempt'>[];
  /** Oldest first. */
  readonly requests: Awaited<ReturnType<Reader['idempotentRequests']>>;
}

/** How long a repeated request is recognized by its idempotency key. */
export const idempotencyWindowMs = 24 * 60 * 60 * 1000;

/** Reads the content of a projection from the store, as of one moment. */
export async function readProjectionContent(
  store: Pick<Store, 'snapshot'>,
  now: Instant,
): Promise<Snapshot<ProjectionContent>> {
  return await store.snapshot(async (reader) => {
    const rows: Partial<Record<ProjectedTable, readonly unknown[]>> = {};
    for (const table of projectedTables) rows[table] = await reader.rows(table);
    return {
      // Each table was read by its own name; a record of unions cannot say so.
      rows: rows as ProjectionContent['rows'],
      heads: await reader.heads(),
      openAttempts: await reader.openAttempts(),
      requests: await reader.idempotentRequests((now - idempotencyWindowMs) as Instant),
    };
  });
}
