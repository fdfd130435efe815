import type { HeldReason, SyncPlan, SyncSeats } from './sync-plan.js';

/** How many of a directory's users there are of each status (S24). */
export interface SyncCounts {
  readonly new: number;
  readonly updated: number;
  readonly removed: number;
  readonly unchanged: number;
  readonly conflicts: number;
  readonly skipped: number;
}

/** What somebody confirms before a sync (S30). */
export interface SyncSummary {
  readonly planId: string;
  readonly counts: SyncCounts;
  readonly licenses: SyncSeats;
  readonly signInMethod: SyncPlan['signInMethod'];
  readonly held: readonly HeldReason[];
}

/** Sums a plan up for confirmation, without anybody's name or address. */
export function summarizeSync(plan: SyncPlan): SyncSummary {
  const { planId, rows, conflicts, skipped, unchanged, seats, signInMethod, held } = plan;
  const counts = { new: 0, updated: 0, removed: 0 };
  for (const { status } of rows) counts[status] += 1;
  return {
    ...{ planId, signInMethod, held, licenses: seats },
    counts: { ...counts, unchanged, conflicts: conflicts.length, skipped: skipped.length },
  };
}
