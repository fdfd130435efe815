import type { HeldReason } from '@latchwork/core/directory';
import type { Row } from '../store/store.js';

/** What of a push may wait for an Admin: people who go, or people who need a license. */
export type Waiting = 'removals' | 'licenses';

type Integration = Row<'directoryIntegration'>;

/** The integration when something has to wait, for these reasons. */
export function heldFor(integration: Integration, reasons: readonly HeldReason[]): Integration {
  const fresh = new Set(reasons.map(waitingOf));
  const others = integration.heldBecause.filter((reason) => !fresh.has(waitingOf(reason)));
  return { ...integration, health: 'held', heldBecause: [...others, ...reasons] };
}

/** The integration when something of that kind went through: nothing of it waits any more, as far as anybody knows. */
export function letThrough(integration: Integration, passed: ReadonlySet<Waiting>): Integration {
  const heldBecause = integration.heldBecause.filter((reason) => !passed.has(waitingOf(reason)));
  if (integration.health !== 'held' || heldBecause.length === integration.heldBecause.length) return integration;
  return { ...integration, health: heldBecause.length === 0 ? 'healthy' : 'held', heldBecause };
}

function waitingOf({ because }: HeldReason): Waiting {
  return because === 'seats-short' ? 'licenses' : 'removals';
}
