import type { Credential, KeyCard } from '@latchwork/contract';
import type { EntranceId, Instant } from '@latchwork/core';
import { type DoorFacts, decideDoorState } from '@latchwork/core/credentials';
import { lockSetCapacity } from '../locks/wanted-set.js';
import type { Projection } from '../store/projection.js';
import type { LockReport } from '../store/schema/locks.js';
import type { Row } from '../store/store.js';
import { timestampOf, timestampOrNull } from '../wire-time.js';

/** A key card as the API shows it: without what it says of itself. */
export function keyCardOf(projection: Projection, card: Row<'keyCard'>): KeyCard {
  const { id, propertyId, label, technology, state, version, createdAt } = card;
  const credential = projection.credentials.group(id).find(({ removedAt }) => removedAt === null);
  const credentialId = state === 'assigned' ? (credential?.id ?? null) : null;
  return { id, propertyId, label, technology, state, credentialId, version, createdAt: timestampOf(createdAt) };
}

/** A credential as the API shows it: with how it stands at each door of its Key, and at those where it has not ended yet. */
export function credentialOf(projection: Projection, credential: Row<'credential'>, now: Instant): Credential {
  const { id, propertyId, keyId, kind, entranceId, cardId, version, createdAt, removedAt } = credential;
  return {
    ...{ id, propertyId, keyId, kind, entranceId, keyCardId: cardId, doors: doorsOf(projection, credential, now) },
    ...{ version, createdAt: timestampOf(createdAt), removedAt: timestampOrNull(removedAt) },
  };
}

function doorsOf(projection: Projection, credential: Row<'credential'>, now: Instant): Credential['doors'] {
  const key = projection.accessKeys.get(credential.keyId);
  if (key === undefined) return [];
  const devices = projection.devices.group(credential.propertyId);
  const isHeld = (device: Row<'device'>) => {
    const row = projection.lockDesired.get(device.id);
    return [...(row?.entries ?? []), ...(row?.leaving ?? [])].some(
      ({ credentialId }) => credentialId === credential.id,
    );
  };
  const wanted = key.entranceIds.filter((id) => (credential.entranceId ?? id) === id);
  // A door that the Key names no more is of interest as long as its lock may open for it.
  const former = devices.filter((device) => !wanted.includes(device.entranceId) && isHeld(device));
  const places: readonly { readonly entranceId: EntranceId; readonly device: Row<'device'> | undefined }[] = [
    ...wanted.flatMap((entranceId) => {
      const locks = devices.filter((device) => device.entranceId === entranceId);
      return (locks.length === 0 ? [undefined] : locks).map((device) => ({ entranceId, device }));
    }),
    ...former.map((device) => ({ entranceId: device.entranceId, device })),
  ];
  return places.map(({ entranceId, device }) => {
    const row = device && projection.lockDesired.get(device.id);
    const isWanted = credential.removedAt === null && key.revokedAt === null && wanted.includes(entranceId);
    const { state, cause, nextTryAt } = decideDoorState(credential.id, {
      ...{ isWanted, startsAt: key.startsAt, endsAt: key.endsAt, now },
      lock: device === undefined ? null : lockFacts(row),
    });
    return { entranceId, deviceId: device?.id ?? null, state, cause, nextTryAt: timestampOrNull(nextTryAt) };
  });
}

/** A lock that was told nothing yet is about to be: nothing stands in the way. */
const untold: NonNullable<DoorFacts['lock']> = {
  ...{ entries: [], leaving: [], hasRoom: true, proven: null, isDoubtful: false, lastReport: null },
};

function lockFacts(row: Row<'lockDesired'> | undefined): NonNullable<DoorFacts['lock']> {
  if (row === undefined) return untold;
  const { entries, leaving, proven, lastReport } = row;
  const hasRoom = entries.length < lockSetCapacity;
  return { entries, leaving, hasRoom, proven, isDoubtful: false, lastReport: lastReport && reportFacts(lastReport) };
}

function reportFacts({ parts, failure, nextTryAt }: LockReport) {
  return {
    setOutcome: parts.set?.outcome ?? null,
    cause: parts.set?.code ?? failure ?? parts.bulletin?.code ?? null,
    nextTryAt: nextTryAt as Instant | null,
  };
}
