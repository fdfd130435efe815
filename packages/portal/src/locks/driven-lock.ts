import { driverGuarantees } from '@latchwork/contract';
import type { EntranceId, Instant } from '@latchwork/core';
import type { DoorStanding } from '@latchwork/core/credentials';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';

/** Whether cards, codes and phones are brought to a lock at all, as its driver declares; one that takes none is told of none. */
export function takesCredentials({ driver }: Pick<Row<'device'>, 'driver'>): boolean {
  return driverGuarantees[driver].setApply !== 'none';
}

/** Whether each of some doors has locks, and none of them takes credentials: there is nothing that one could ever open. */
export function takesNone(projection: Projection, entranceIds: readonly EntranceId[]): boolean {
  const isWithout = (entranceId: EntranceId): boolean => {
    const locks = projection.devices.group(entranceId);
    return locks.length > 0 && !locks.some(takesCredentials);
  };
  return entranceIds.length > 0 && entranceIds.every(isWithout);
}

/** How a credential stands at a lock that takes none: it was never there, so nothing has to be removed either. */
export function standingWithout(o: {
  readonly isWanted: boolean;
  readonly endsAt: Instant | null;
  readonly now: Instant;
}): DoorStanding {
  const isOver = o.endsAt !== null && o.endsAt <= o.now;
  if (!o.isWanted || isOver) return { state: 'removed', cause: null, nextTryAt: null };
  return { state: 'failed', cause: notByDriver, nextTryAt: null };
}

/** The cause at a lock whose driver brings it no credentials. */
export const notByDriver = 'not-by-driver';
