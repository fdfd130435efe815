import type { DirectoryIntegration, SyncRun } from '@latchwork/contract';
import type { HeldReason } from '@latchwork/core/directory';

/** How automatic sync of one integration fares. */
export interface SyncHealth {
  readonly health: DirectoryIntegration['health'];
  /** Empty exactly unless it is held. */
  readonly heldBecause: readonly HeldReason[];
  /** Failures in a row. */
  readonly failures: number;
}

/** Why a run failed. */
export type RunFault = NonNullable<SyncRun['fault']>;

/** How an automatic run ended. */
export type RunEnd =
  /** `waiting` tells of new users for whom licenses were missing (S36); empty: everything was done. */
  | { readonly state: 'applied'; readonly waiting: readonly HeldReason[] }
  /** Nobody was touched. */
  | { readonly state: 'held'; readonly held: readonly HeldReason[] }
  | { readonly state: 'failed'; readonly fault: RunFault };

/** So many failures in a row are an Admin's concern. It goes on being tried once a day. */
export const failuresUntilQuarantine = 7;

/** The health of an integration that was never run, or was authorized anew. */
export const healthy: SyncHealth = { health: 'healthy', heldBecause: [], failures: 0 };

/**
 * What a run makes of its integration's health. A directory that no longer lets us in is at once an Admin's concern (S21,
 * case 43); any other failure may pass, and changes nothing until there have been {@link failuresUntilQuarantine} in a row.
 */
export function healthAfter(before: SyncHealth, end: RunEnd): SyncHealth {
  switch (end.state) {
    case 'applied':
      return heldBy(end.waiting);
    case 'held':
      return heldBy(end.held);
    case 'failed': {
      const failures = before.failures + 1;
      if (isLockedOut(end.fault)) return { health: 'needs_reauthorization', heldBecause: [], failures };
      if (failures >= failuresUntilQuarantine) return { health: 'quarantined', heldBecause: [], failures };
      return { ...before, failures };
    }
  }
}

/** Whether the directory's owner has to act before there is any use in asking again. */
export function isLockedOut(fault: RunFault): boolean {
  return fault === 'unauthorized' || fault === 'forbidden';
}

/** Whether somebody has to be told: another health, or held for other reasons. Numbers alone are no news. */
export function isNews(before: SyncHealth, after: SyncHealth): boolean {
  return summaryOf(before) !== summaryOf(after);
}

function heldBy(held: readonly HeldReason[]): SyncHealth {
  return held.length === 0 ? healthy : { health: 'held', heldBecause: held, failures: 0 };
}

function summaryOf({ health, heldBecause }: SyncHealth): string {
  return [health, ...heldBecause.map(({ because }) => because).sort()].join(' ');
}
