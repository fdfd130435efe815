import { type EntranceId, type Instant, isId } from '@latchwork/core';
import { type LockEntryPlan, planLockEntries } from '@latchwork/core/credentials';
import type { SetCredential, SetEntry } from '@latchwork/lock-protocol';
import type { Sealer } from '../access/sealer.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { openDoorCode } from './door-code-secret.js';
import { type LockSetEntry, lockSetEntry } from './lock-set.js';

/** Most entries that a lock is given: as many as every lock takes and one desired message holds. */
export const lockSetCapacity = 1000;

const largestUint32 = 0xffff_ffff;

/** Whose set is wanted, and when. */
export interface WantedSetRequest {
  readonly device: Row<'device'>;
  /** What the lock was last told; `undefined`: nothing yet. */
  readonly row: Row<'lockDesired'> | undefined;
  readonly now: Instant;
}

/** The set that a lock shall have by the Keys and credentials of now, by ascending id. The same state gives the same bytes. */
export function wantedSet(
  { projection, sealer }: { readonly projection: Projection; readonly sealer: Sealer },
  { device, row, now }: WantedSetRequest,
): readonly LockSetEntry[] {
  const property = projection.properties.get(device.propertyId);
  if (property === undefined) return [];
  const keys = keysOf(projection, device.entranceId, device.propertyId);
  const proofs = new Map(
    keys.flatMap(({ id }) =>
      projection.credentials.group(id).flatMap((credential) => {
        const proof = credential.removedAt === null ? proofOf(projection, sealer, credential) : undefined;
        return proof === undefined ? [] : [[credential.id, { credential, proof }] as const];
      }),
    ),
  );
  const { entries } = planLockEntries({
    entranceId: device.entranceId,
    keys,
    credentials: [...proofs.values()].map(({ credential }) => credential),
    timeZone: property.timeZone,
    now,
    held: row?.entries ?? [],
    unproven: row?.leaving.map(({ id }) => id) ?? [],
    capacity: lockSetCapacity,
  });
  const holders = new Map(keys.map(({ id, holderId }) => [id, holderId]));
  return entries.flatMap((plan) => {
    const proof = proofs.get(plan.credentialId)?.proof;
    const isStaff = isId('member', holders.get(plan.keyId));
    return proof === undefined ? [] : [lockSetEntry(plan.credentialId, entryOf(plan, proof, isStaff))];
  });
}

function keysOf(projection: Projection, entranceId: EntranceId, propertyId: Row<'device'>['propertyId']) {
  return projection.accessKeys
    .group(propertyId)
    .filter(({ entranceIds, revokedAt }) => revokedAt === null && entranceIds.includes(entranceId));
}

/** What proves a credential at a door; `undefined` for a card that opens nothing. */
function proofOf(projection: Projection, sealer: Sealer, credential: Row<'credential'>): SetCredential | undefined {
  if (credential.kind === 'door_code') {
    if (credential.codeSealed === null) return undefined;
    return { kind: 'code', ...openDoorCode(sealer, credential.id, credential.codeSealed) };
  }
  const card = credential.cardId === null ? undefined : projection.keyCards.get(credential.cardId);
  if (card === undefined || card.state === 'lost' || card.state === 'retired') return undefined;
  const identity = new Uint8Array(Buffer.from(card.identity, 'hex'));
  return card.technology === 'uid' ? { kind: 'uid', uid: identity } : { kind: 'public-key', publicKey: identity };
}

function entryOf(
  { id, startsAt, endsAt, hours }: LockEntryPlan,
  credential: SetCredential,
  isStaff: boolean,
): SetEntry {
  // A lock counts full seconds: it never opens before the period, nor after it.
  const notBefore = Math.max(0, Math.ceil(startsAt / 1000));
  const expires = endsAt === null ? undefined : Math.max(notBefore + 1, Math.floor(endsAt / 1000));
  return {
    id,
    credential,
    ...(notBefore === 0 ? {} : { notBefore }),
    // What ends after a lock's time ends with the set.
    ...(expires === undefined || expires > largestUint32 ? {} : { expires }),
    ...(hours === null
      ? {}
      : {
          schedule: {
            windows: hours.schedule.windows,
            offsets: hours.offsets.map(({ from, offsetMinutes }) => ({ from: from / 1000, offsetMinutes })),
          },
        }),
    ...(isStaff ? { flags: ['staff' as const] } : {}),
  };
}
