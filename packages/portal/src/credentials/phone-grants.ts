import type { Instant } from '@latchwork/core';
import { isProven } from '@latchwork/core/credentials';
import { opensLess } from '../locks/key-loss.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';

type Grant = Row<'phoneGrant'>;

/** Most grants that a lock can be told to refuse (packages/lock-protocol/SPEC.md §5.10). */
const mostRefused = 32;

/** Whether a grant says what its Key says now; one that says more must not open, and one that its lock was told to refuse does not. */
export function isGood(projection: Projection, grant: Grant): boolean {
  const credential = projection.credentials.get(grant.credentialId);
  const key = credential && projection.accessKeys.get(credential.keyId);
  const device = projection.devices.get(grant.deviceId);
  if (credential?.removedAt !== null || key === undefined || key.revokedAt !== null || device === undefined)
    return false;
  if (projection.lockDesired.get(device.id)?.refused.some(({ id }) => id === grant.id)) return false;
  return key.entranceIds.includes(device.entranceId) && !opensLess(grant.terms, key);
}

/** Grants for a lock, or of a credential, that have not ended by themselves. */
export function livingGrants(
  projection: Projection,
  of: Row<'device'>['id'] | Row<'credential'>['id'],
  now: Instant,
): readonly Grant[] {
  return projection.phoneGrants.group(of).filter(({ expiresAt }) => expiresAt > now);
}

/**
 * What a lock must be told to refuse. Each word takes the place of the one before, so what was named once is named until it ends
 * by itself, or what is proven would be true no more. Beyond as many as a lock takes, those that end soonest are left to end by
 * themselves: a revocation says so.
 */
export function grantsToRefuse(projection: Projection, deviceId: Row<'device'>['id'], now: Instant): readonly Grant[] {
  const named = new Set(projection.lockDesired.get(deviceId)?.refused.map(({ id }) => id));
  const rank = ({ id }: Grant) => (named.has(id) ? 0 : 1);
  return livingGrants(projection, deviceId, now)
    .filter((grant) => !isGood(projection, grant))
    .sort((a, b) => rank(a) - rank(b) || b.expiresAt - a.expiresAt || (a.id < b.id ? -1 : 1))
    .slice(0, mostRefused)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Whether a lock has proven that it refuses a grant. */
export function isRefused(projection: Projection, { id, deviceId }: Grant): boolean {
  const row = projection.lockDesired.get(deviceId);
  const told = row?.refused.find((refused) => refused.id === id);
  return told !== undefined && isProven(row?.proven ?? null, told.since);
}
