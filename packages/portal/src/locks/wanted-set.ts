import { type EntranceId, type Instant, isId } from '@latchwork/core';
import { type LockEntryPlan, planLockEntries } from '@latchwork/core/credentials';
import type { SetCredential, SetEntry, SetEntryFlag } from '@latchwork/lock-protocol';
import type { Sealer } from '../access/sealer.js';
import { cardSecrets } from '../credentials/card-master.js';
import type { Projection } from '../store/projection.js';
import type { CredentialIssue } from '../store/schema/credentials.js';
import type { Row } from '../store/store.js';
import { openDoorCode } from './door-code-secret.js';
import { type LockSetEntry, lockSetEntry } from './lock-set.js';

/** Most entries that a lock is given: as many as every lock takes and one desired message holds. */
export const lockSetCapacity = 1000;

const largestUint32 = 0xffff_ffff;

/** What an entry that names no number means. */
const firstNumber = 1;

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
        const proof = credential.removedAt === null ? proofOf({ projection, sealer }, credential, device) : undefined;
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
    const { proof, credential } = proofs.get(plan.credentialId) ?? {};
    const isStaff = isId('member', holders.get(plan.keyId));
    if (proof === undefined) return [];
    const flags = [...(isStaff ? (['staff'] as const) : []), ...(credential?.opensOnce ? (['one-shot'] as const) : [])];
    return [lockSetEntry(plan.credentialId, entryOf(plan, proof, { flags, issue: credential?.issue ?? null }))];
  });
}

function keysOf(projection: Projection, entranceId: EntranceId, propertyId: Row<'device'>['propertyId']) {
  return projection.accessKeys
    .group(propertyId)
    .filter(({ entranceIds, revokedAt }) => revokedAt === null && entranceIds.includes(entranceId));
}

/** What proves a credential at a door; `undefined` for a card that opens nothing there. */
function proofOf(
  parts: { readonly projection: Projection; readonly sealer: Sealer },
  credential: Row<'credential'>,
  { tag }: Row<'device'>,
): SetCredential | undefined {
  const { projection, sealer } = parts;
  if (credential.kind === 'door_code') {
    if (credential.codeSealed === null) return undefined;
    return { kind: 'code', ...openDoorCode(sealer, credential.id, credential.codeSealed) };
  }
  const card = credential.cardId === null ? undefined : projection.keyCards.get(credential.cardId);
  if (card === undefined || card.state === 'lost' || card.state === 'retired') return undefined;
  const identity = new Uint8Array(Buffer.from(card.identity, 'hex'));
  if (card.technology === 'public-key') return { kind: 'public-key', publicKey: identity };
  if (card.technology === 'uid') return { kind: 'uid', uid: identity };
  const slot = card.slots.find(({ wanted, keyNumber }) => wanted === tag && keyNumber > 0);
  if (slot === undefined) return undefined;
  const { keyNumber } = slot;
  const secret = cardSecrets(parts, card)({ keyNumber, tag });
  return { kind: 'aes', uid: identity, secret, ...(keyNumber === firstNumber ? {} : { keyNumber }) };
}

function entryOf(
  { id, startsAt, endsAt, hours }: LockEntryPlan,
  credential: SetCredential,
  { flags, issue }: { readonly flags: readonly SetEntryFlag[]; readonly issue: CredentialIssue | null },
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
    ...(issue === null ? {} : { slot: issue.slot, issue: issue.number }),
    ...(flags.length === 0 ? {} : { flags }),
  };
}
