import type { MemberId } from '../identifiers.js';
import { licenseUsage } from '../people/license-usage.js';
import { planAddresses } from './address-planning.js';
import type { DirectorySnapshot } from './directory-snapshot.js';
import { keepLastOfRole } from './last-admin-planning.js';
import { draftPlan } from './plan-draft.js';
import { type Digest, planIdOf } from './plan-id.js';
import { seatsOf } from './plan-seats.js';
import { planStrangers } from './stranger-planning.js';
import { heldByReading, heldByRemovals } from './sync-guard.js';
import type { SyncPlan, SyncRow } from './sync-plan.js';
import type { SyncPolicy } from './sync-policy.js';
import type { MatchRequest } from './user-match.js';

/** What a plan is made of. */
export interface SyncRequest extends MatchRequest {
  readonly snapshot: DirectorySnapshot;
  readonly digest: Digest;
  /** The Admin who asks, whom his own sync never removes; nobody for automatic sync. */
  readonly acting?: MemberId | undefined;
}

/**
 * Plans what it takes to make the organization's users those of the directory (S24–S27), and does nothing. The order in
 * which anything is given changes nothing; equal plans have equal ids.
 */
export function planSync(request: SyncRequest): SyncPlan {
  const { snapshot, state, policy, digest } = request;
  const draft = draftPlan(request, snapshot);
  planStrangers(request, draft);
  keepLastOfRole(request, draft);
  planAddresses(request, draft);
  const rows = inOrder(draft.rows);
  const basis = basisOf(snapshot, policy);
  const removals = { linked: draft.linked, removedLately: state.removedLately };
  const { bought, available } = licenseUsage(state.people);
  return {
    ...{ planId: planIdOf(basis, rows, digest), basis, rows },
    conflicts: inOrder(draft.conflicts),
    skipped: inOrder(draft.skipped),
    unchanged: draft.settled.size,
    held: [...heldByReading(snapshot, state, draft), ...heldByRemovals(removals, countRemoved(rows))],
    ...{ removals, seats: seatsOf(rows, { bought, available }), signInMethod: policy.signInMethod },
  };
}

/** How many rows are removals. */
export function countRemoved(rows: readonly SyncRow[]): number {
  return rows.reduce((count, { status }) => count + Number(status === 'removed'), 0);
}

function inOrder<Item>(byRowId: ReadonlyMap<string, Item>): readonly Item[] {
  return [...byRowId.keys()].sort().map((rowId) => byRowId.get(rowId) as Item);
}

function basisOf(
  { kind, tenantId, scope }: DirectorySnapshot,
  { guests, signInMethod, ownDomains }: SyncPolicy,
): string {
  return JSON.stringify([kind, tenantId, scope, guests, signInMethod, [...ownDomains].sort()]);
}
