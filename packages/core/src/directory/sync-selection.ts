import type { Digest } from './plan-id.js';
import { planIdOf } from './plan-id.js';
import { seatsOf } from './plan-seats.js';
import { countRemoved } from './plan-sync.js';
import { heldByRemovals } from './sync-guard.js';
import type { HeldReason, SyncPlan, SyncRow } from './sync-plan.js';

/** Which rows of a plan a person wants carried out (S28). */
export type SyncSelection =
  | { readonly rows: 'all'; readonly except: readonly string[] }
  | { readonly rows: 'some'; readonly rowIds: readonly string[] };

/** The plan of chosen rows, or why there is none. */
export type SelectedPlan =
  | {
      readonly allow: true;
      readonly plan: SyncPlan;
      /** Rows that were not asked for, but free what others need (case 19). */
      readonly alsoChosen: readonly string[];
    }
  | { readonly allow: false; readonly because: 'row-unknown'; readonly rowIds: readonly string[] };

/**
 * Restricts a plan to chosen rows and whatever those need, with an id, seats and removals of its own. Conflicts and skipped
 * users can be chosen no more than users who are not in the plan at all (S16).
 */
export function selectRows(plan: SyncPlan, select: SyncSelection, digest: Digest): SelectedPlan {
  const rows = new Map(plan.rows.map((row) => [row.rowId, row]));
  const named = select.rows === 'all' ? select.except : select.rowIds;
  const unknown = [...new Set(named)].filter((rowId) => !rows.has(rowId));
  if (unknown.length > 0) return { allow: false, because: 'row-unknown', rowIds: unknown.sort() };
  const asked = new Set(select.rows === 'some' ? named : []);
  if (select.rows === 'all') {
    const except = new Set(named);
    for (const rowId of rows.keys()) if (!except.has(rowId)) asked.add(rowId);
  }
  const chosen = new Set(asked);
  // A set is gone through to what is added to it meanwhile.
  for (const rowId of chosen) for (const needed of rows.get(rowId)?.needs ?? []) chosen.add(needed);
  const alsoChosen = [...chosen].filter((rowId) => !asked.has(rowId)).sort();
  return { allow: true, plan: restrict(plan, (row) => chosen.has(row.rowId), digest), alsoChosen };
}

function restrict(plan: SyncPlan, isChosen: (row: SyncRow) => boolean, digest: Digest): SyncPlan {
  const rows = plan.rows.filter(isChosen);
  const byReading = plan.held.filter(
    ({ because }) => because !== 'too-many-removed' && because !== 'too-many-removed-lately',
  );
  return {
    ...plan,
    ...{ planId: planIdOf(plan.basis, rows, digest), rows, seats: seatsOf(rows, plan.seats) },
    held: [...byReading, ...heldByRemovals(plan.removals, countRemoved(rows))],
  };
}

/** What a run does that nobody looks at. */
export interface AutomaticPart {
  /** What is to be carried out now. */
  readonly plan: SyncPlan;
  /** Not empty when not all of it is. */
  readonly held: readonly HeldReason[];
  /** How many rows wait for licenses. */
  readonly waiting: number;
}

/** Who waits for licenses: new users; then whoever comes back; and where more are in use than bought, everybody. */
const waitingFirst: readonly ((row: SyncRow) => boolean)[] = [
  ({ status }) => status === 'new',
  ({ takes, frees }) => takes > frees,
  ({ takes }) => takes > 0,
];

/**
 * What an automatic run does of a plan: nothing of one that is held; and where licenses are short nobody gets one, rather
 * than some at random, while everything that takes none goes on (S36). Users who come back get theirs before new ones do.
 */
export function automaticPart(plan: SyncPlan, digest: Digest): AutomaticPart {
  if (plan.held.length > 0) return { plan: restrict(plan, () => false, digest), held: plan.held, waiting: 0 };
  const { short } = plan.seats;
  if (short === 0) return { plan, held: [], waiting: 0 };
  let part = plan;
  for (const waits of waitingFirst) if (part.seats.short > 0) part = withoutRows(part, waits, digest);
  const waiting = plan.rows.length - part.rows.length;
  return { plan: part, held: [{ because: 'seats-short', short }], waiting };
}

/** The plan without some rows and without all that need them. */
function withoutRows(plan: SyncPlan, isLeft: (row: SyncRow) => boolean, digest: Digest): SyncPlan {
  const behind = new Map<string, string>();
  for (const { rowId, needs } of plan.rows) for (const needed of needs) behind.set(needed, rowId);
  const left = new Set(plan.rows.filter(isLeft).map(({ rowId }) => rowId));
  for (const rowId of left) {
    const next = behind.get(rowId);
    if (next !== undefined) left.add(next);
  }
  return restrict(plan, ({ rowId }) => !left.has(rowId), digest);
}
