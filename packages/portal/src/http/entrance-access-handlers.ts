import { driverGuarantees, type EntranceAccess } from '@latchwork/contract';
import { decideUnlock, type EntranceId, endOfTime, type Instant, isId, type MemberId } from '@latchwork/core';
import { type AccessLock, decideDoorAccess, decidePhoneAccess } from '@latchwork/core/credentials';
import { isGood, isRefused, livingGrants } from '../credentials/phone-grants.js';
import { standsAt } from '../locks/lock-doubt.js';
import { isSpent } from '../locks/revocation-progress.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { unlockStateOf } from '../unlock/unlock-state.js';
import { timestampOf, timestampOrNull } from '../wire-time.js';
import { notFound } from './authorize.js';
import type { Handlers } from './call.js';
import { seesAllKeys } from './visibility.js';

/** Creates the handler of who can open an entrance now (P-5). */
export function createEntranceAccessHandlers(parts: {
  readonly projection: Projection;
}): Pick<Handlers, 'getEntranceAccess'> {
  const { projection } = parts;
  return {
    getEntranceAccess: async ({ place: { entrance, property }, permission, now }) => {
      if (entrance === undefined || property === undefined || !seesAllKeys(permission)) return notFound;
      const locks = projection.devices.group(entrance.id).map((device) => locksOf(projection, device, now));
      const body: EntranceAccess = {
        entranceId: entrance.id,
        at: timestampOf(now),
        locks: locks.map(({ wire }) => wire),
        credentials: [
          ...credentialsAt(projection, { property, entranceId: entrance.id, now }, locks),
          ...phonesAt(projection, { property, entranceId: entrance.id, now }),
        ],
        members: membersAt(projection, { property, entranceId: entrance.id, now }),
      };
      return { status: 200, body };
    },
  };
}

interface Question {
  readonly property: Row<'property'>;
  readonly entranceId: EntranceId;
  readonly now: Instant;
}

interface LockFacts {
  readonly facts: AccessLock;
  readonly wire: EntranceAccess['locks'][number];
}

function locksOf(projection: Projection, device: Row<'device'>, now: Instant): LockFacts {
  const { id: deviceId, propertyId } = device;
  const { setApply } = driverGuarantees[device.driver];
  const row = projection.lockDesired.get(deviceId);
  const pending = projection.revocations
    .group('open')
    .filter((revocation) => revocation.propertyId === propertyId)
    .flatMap(({ locks }) => locks)
    .filter((lock) => lock.deviceId === deviceId && lock.state === 'pending' && !isSpent(lock, now));
  const { entries = [], leaving = [], provenAt = null } = row ?? {};
  const proven = row === undefined ? null : standsAt(row);
  const exposures = pending.flatMap(({ credentialIds, exposureEndsAt }) =>
    credentialIds.map((credentialId) => ({ credentialId, endsAt: exposureEndsAt })),
  );
  const isUpToDate =
    row !== undefined &&
    pending.length === 0 &&
    proven?.epoch === row.standing.epoch &&
    proven.revision === row.standing.revision;
  return {
    facts: { deviceId, entries, leaving, proven, exposures },
    wire: { deviceId, setApply, isUpToDate, provenAt: timestampOrNull(provenAt) },
  };
}

function credentialsAt(
  projection: Projection,
  { property, entranceId, now }: Question,
  locks: readonly LockFacts[],
): EntranceAccess['credentials'] {
  const told = new Set(
    locks.flatMap(({ facts }) => [...facts.entries, ...facts.leaving].map(({ credentialId }) => credentialId)),
  );
  const credentials = [...told].flatMap((id) => projection.credentials.get(id) ?? []);
  const keys = [...new Set(credentials.map(({ keyId }) => keyId))].flatMap((id) => projection.accessKeys.get(id) ?? []);
  const access = decideDoorAccess({
    ...{ at: now, entranceId, timeZone: property.timeZone },
    locks: locks.map(({ facts }) => facts),
    keys: keys.map((key) => ({ ...key, isEdited: isEdited(key) })),
    credentials: credentials.map(({ id, keyId, entranceId: only, removedAt, cardId }) => ({
      ...{ id, keyId, entranceId: only, removedAt },
      isOutOfUse: cardId !== null && projection.keyCards.get(cardId)?.state !== 'assigned',
    })),
  });
  return access.map(({ until, ...one }) => ({ ...one, until: timestampOrNull(until) }));
}

function phonesAt(projection: Projection, { property, entranceId, now }: Question): EntranceAccess['credentials'] {
  const grants = projection.devices
    .group(entranceId)
    .flatMap((device) => livingGrants(projection, device.id, now))
    .map((grant) => ({
      ...{ ...grant, schedule: grant.terms.schedule },
      ...{ isGood: isGood(projection, grant), isRefused: isRefused(projection, grant) },
    }));
  return decidePhoneAccess(grants, { at: now, timeZone: property.timeZone }).flatMap(({ until, ...one }) => {
    const credential = projection.credentials.get(one.credentialId);
    const key = credential && projection.accessKeys.get(credential.keyId);
    return key === undefined ? [] : [{ ...one, keyId: key.id, holderId: key.holderId, until: timestampOf(until) }];
  });
}

/** The first version is the Key as it was given; revoking it makes a version, too. */
function isEdited({ version, revokedAt }: Row<'accessKey'>): boolean {
  return version > (revokedAt === null ? 1 : 2);
}

/** Whoever would be let in now who asked in the Portal app. */
function membersAt(projection: Projection, { property, entranceId, now }: Question): EntranceAccess['members'] {
  const holders = projection.accessKeys
    .group(property.id)
    .filter(({ entranceIds, revokedAt }) => revokedAt === null && entranceIds.includes(entranceId))
    .flatMap(({ holderId }) => (isId('member', holderId) ? [holderId] : []));
  return [...new Set<MemberId>(holders)].sort().flatMap((memberId) => {
    const command = { memberId, entranceId, channel: 'portal_app', at: now } as const;
    const decision = decideUnlock(unlockStateOf(projection, memberId, entranceId), command);
    if (!decision.allow) return [];
    const { by: keyId, until } = decision;
    return [{ memberId, keyId, until: until === endOfTime ? null : timestampOf(until) }];
  });
}
