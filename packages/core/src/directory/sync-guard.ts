import type { CompletenessEvidence, DirectorySnapshot } from './directory-snapshot.js';
import type { DirectoryState } from './directory-state.js';
import type { HeldReason, RemovalBasis } from './sync-plan.js';

/** How many more may be counted, or fewer, than were seen: directories count at another moment than they list. */
function isCountNear({ counted, distinct }: CompletenessEvidence): boolean {
  return counted === null || Math.abs(counted - distinct) <= counted * 0.02 + 2;
}

/**
 * Tells whether a user who is not in the snapshot is not in the directory either: everybody was asked for, and the listing
 * came to its end whole (S16). Nobody is missing from a list of nobody: that is how lost rights look.
 */
export function provesAbsence({ coverage, evidence }: DirectorySnapshot, seen: number): boolean {
  const { sawLastPage, malformed } = evidence;
  return coverage === 'everybody' && sawLastPage && malformed === 0 && isCountNear(evidence) && seen > 0;
}

/** What about the reading itself keeps a plan from being carried out unseen. */
export function heldByReading(
  { coverage, evidence, tenantId, scope }: DirectorySnapshot,
  { bound }: Pick<DirectoryState, 'bound'>,
  { seen, linked }: { readonly seen: number; readonly linked: number },
): readonly HeldReason[] {
  const { sawLastPage, malformed, counted, distinct } = evidence;
  const held: HeldReason[] = [];
  const everybody = coverage === 'everybody';
  if (!sawLastPage || (everybody && malformed > 0)) held.push({ because: 'incomplete' });
  if (everybody && seen === 0 && linked > 0) held.push({ because: 'empty' });
  if (everybody && counted !== null && !isCountNear(evidence)) {
    held.push({ because: 'count-mismatch', counted, distinct });
  }
  if (bound !== null && bound.tenantId !== tenantId) held.push({ because: 'tenant-changed' });
  if (bound !== null && bound.scope !== scope) held.push({ because: 'scope-changed' });
  return held;
}

/**
 * What about the number of removals keeps a plan from being carried out unseen: more than five and than a tenth of all
 * linked users at once, or, with those of the last seven days, more than five and than a fifth. In a small directory more
 * than half may well leave in a day, so no share counts there, but of several linked users somebody has to be left.
 */
export function heldByRemovals({ linked, removedLately }: RemovalBasis, removed: number): readonly HeldReason[] {
  if (removed === 0) return [];
  const held: HeldReason[] = [];
  const atOnce = Math.max(5, Math.floor(linked / 10));
  const allowed = linked > 1 ? Math.min(atOnce, linked - 1) : atOnce;
  if (removed > allowed) held.push({ because: 'too-many-removed', removed, allowed });
  const allowedLately = Math.max(5, Math.floor((linked + removedLately) / 5));
  const sum = removed + removedLately;
  if (sum > allowedLately) held.push({ because: 'too-many-removed-lately', removed: sum, allowed: allowedLately });
  return held;
}
