import type { Revocation } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import { isSpent } from '../locks/revocation-progress.js';
import type { Row } from '../store/store.js';
import { timestampOf, timestampOrNull } from '../wire-time.js';

/** Who reads a revocation, and when: what has run out by itself since the last commit has run out. */
export interface RevocationReading {
  readonly now: Instant;
  /** Whether the reader may see who did what on the property. */
  readonly seesActor: boolean;
}

/** A revocation as the API shows it. */
export function revocationOf(row: Row<'revocation'>, { now, seesActor }: RevocationReading): Revocation {
  const { id, propertyId, cause, createdAt } = row;
  const locks = row.locks.map((lock) => ({
    ...lock,
    state: isSpent(lock, now) ? ('self-expired' as const) : lock.state,
  }));
  const isPending = locks.some(({ state }) => state === 'pending');
  return {
    id,
    propertyId,
    cause: { ...cause },
    actor: seesActor ? row.actor : null,
    state: isPending ? 'pending' : 'ended',
    locks: locks.map(({ deviceId, entranceId, credentialIds, state, exposureEndsAt, provenAt }) => ({
      deviceId,
      entranceId,
      credentialIds: [...credentialIds],
      state,
      exposureEndsAt: timestampOrNull(exposureEndsAt),
      provenAt: timestampOrNull(provenAt),
    })),
    createdAt: timestampOf(createdAt),
    endedAt: timestampOrNull(isPending ? null : (row.endedAt ?? lastEnd(row))),
  };
}

/** When the last of its locks stopped to matter, of a revocation that no commit has ended yet. */
function lastEnd({ locks, createdAt }: Row<'revocation'>): Instant {
  const ends = locks.map(({ provenAt, exposureEndsAt }) => provenAt ?? exposureEndsAt ?? createdAt);
  return Math.max(createdAt, ...ends) as Instant;
}
