import type { CredentialId, DeviceId, EntranceId, Instant } from '@latchwork/core';
import {
  type DoorFacts,
  type DoorStanding,
  decideDoorState,
  decidePhoneDoorState,
  isHeld,
} from '@latchwork/core/credentials';
import { standingWithout, takesCredentials } from '../locks/driven-lock.js';
import { lockSetCapacity } from '../locks/wanted-set.js';
import type { Projection } from '../store/projection.js';
import type { LockReport } from '../store/schema/locks.js';
import type { Row } from '../store/store.js';
import { isGood, isRefused, livingGrants } from './phone-grants.js';

/** How a credential stands at one door. */
export interface CredentialDoor extends DoorStanding {
  readonly entranceId: EntranceId;
  /** The lock there; `null`: none. */
  readonly deviceId: DeviceId | null;
}

/** How a credential stands at each door of its Key, and at those where it has not ended yet: by what locks and card have proven. */
export function doorsOf(
  projection: Projection,
  credential: Row<'credential'>,
  now: Instant,
): readonly CredentialDoor[] {
  const key = projection.accessKeys.get(credential.keyId);
  if (key === undefined) return [];
  const devices = projection.devices.group(credential.propertyId);
  const isIts = ({ credentialId }: { readonly credentialId: CredentialId }) => credentialId === credential.id;
  const isHeld = (device: Row<'device'>) => {
    const row = projection.lockDesired.get(device.id);
    if (livingGrants(projection, device.id, now).some(isIts)) return true;
    return [...(row?.entries ?? []), ...(row?.leaving ?? [])].some(isIts);
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
    if (device !== undefined && !takesCredentials(device)) {
      return { entranceId, deviceId: device.id, ...standingWithout({ isWanted, endsAt: key.endsAt, now }) };
    }
    if (credential.kind === 'smart_key') {
      const standing = phoneStanding(projection, { credential, key, device, isWanted, now });
      return { entranceId, deviceId: device?.id ?? null, ...standing };
    }
    const standing = decideDoorState(credential.id, {
      ...{ isWanted, startsAt: key.startsAt, endsAt: key.endsAt, now },
      lock: device === undefined ? null : lockFacts(row),
    });
    const card = credential.cardId === null ? undefined : projection.keyCards.get(credential.cardId);
    const { state, cause, nextTryAt } = isWanted ? withCard(standing, card, device) : standing;
    return { entranceId, deviceId: device?.id ?? null, state, cause, nextTryAt };
  });
}

function phoneStanding(
  projection: Projection,
  o: {
    readonly credential: Row<'credential'>;
    readonly key: Row<'accessKey'>;
    readonly device: Row<'device'> | undefined;
    readonly isWanted: boolean;
    readonly now: Instant;
  },
): DoorStanding {
  const { credential, key, device, isWanted, now } = o;
  const grants = livingGrants(projection, credential.id, now).filter(({ deviceId }) => deviceId === device?.id);
  const isGranted = grants.some((grant) => isGood(projection, grant));
  return decidePhoneDoorState({
    ...{ isWanted, startsAt: key.startsAt, endsAt: key.endsAt, now, hasLock: device !== undefined, isGranted },
    isActivated: projection.phones.get(credential.id)?.activatedAt != null,
    isExposed: grants.some((grant) => !isGood(projection, grant) && !isRefused(projection, grant)),
  });
}

/** What a lock has confirmed opens nothing as long as the card has not got the secret that goes with it. */
function withCard(
  standing: DoorStanding,
  card: Row<'keyCard'> | undefined,
  device: Row<'device'> | undefined,
): DoorStanding {
  if (card?.technology !== 'aes' || device === undefined || standing.state === 'removed') return standing;
  const slot = card.slots.find(({ keyNumber, wanted }) => keyNumber > 0 && wanted === device.tag);
  if (slot === undefined) return { state: 'failed', cause: 'no-card-slot', nextTryAt: null };
  const isConfirmed = standing.state === 'provisioned' || standing.state === 'scheduled';
  return isConfirmed && !isHeld(slot) ? { state: 'pending', cause: 'card-not-written', nextTryAt: null } : standing;
}

/** A lock that was told nothing yet is about to be: nothing stands in the way. */
const untold: NonNullable<DoorFacts['lock']> = {
  ...{ entries: [], leaving: [], hasRoom: true, proven: null, isDoubtful: false, lastReport: null },
};

function lockFacts(row: Row<'lockDesired'> | undefined): NonNullable<DoorFacts['lock']> {
  if (row === undefined) return untold;
  const { entries, leaving, proven, doubtedAt, lastReport } = row;
  const isDoubtful = doubtedAt !== null;
  const hasRoom = entries.length < lockSetCapacity;
  return { entries, leaving, hasRoom, proven, isDoubtful, lastReport: lastReport && reportFacts(lastReport) };
}

function reportFacts({ parts, failure, nextTryAt }: LockReport) {
  return {
    setOutcome: parts.set?.outcome ?? null,
    cause: parts.set?.code ?? failure ?? parts.bulletin?.code ?? null,
    nextTryAt: nextTryAt as Instant | null,
  };
}
