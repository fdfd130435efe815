import { isWithinSchedule, nextClosing } from '../access-schedule.js';
import type { CredentialId, DeviceId, EntranceId, KeyId } from '../identifiers.js';
import { endOfTime, type Instant } from '../instant.js';
import type { Key, KeyHolderId } from '../key.js';
import { isProven, type LockRevision } from './door-state.js';
import type { CarriedCredential } from './lock-entries.js';

/** A Key as {@link decideDoorAccess} reads it. */
export interface AccessKey extends Key {
  /** Whether its doors, period or hours were ever changed. */
  readonly isEdited: boolean;
}

/** A credential as {@link decideDoorAccess} reads it. */
export interface AccessCredential extends CarriedCredential {
  /** Whether what it is on was taken out of use, as a lost card is. */
  readonly isOutOfUse: boolean;
}

/** What one lock was told last, and what it has confirmed of that. */
export interface AccessLock {
  readonly deviceId: DeviceId;
  readonly entries: readonly { readonly credentialId: CredentialId; readonly since: LockRevision }[];
  readonly leaving: readonly { readonly credentialId: CredentialId; readonly since: LockRevision }[];
  readonly proven: LockRevision | null;
  /** What a revocation that it has not proven may leave open, and until when at the latest; `null`: without end. */
  readonly exposures: readonly { readonly credentialId: CredentialId; readonly endsAt: Instant | null }[];
}

/** What {@link decideDoorAccess} decides on. */
export interface DoorAccessRequest {
  readonly at: Instant;
  readonly entranceId: EntranceId;
  /** The property's IANA time zone. */
  readonly timeZone: string;
  readonly locks: readonly AccessLock[];
  /** Every Key that a credential is of, ended ones too. */
  readonly keys: Iterable<AccessKey>;
  /** Every credential that a lock was ever told of and may still obey. */
  readonly credentials: Iterable<AccessCredential>;
}

/**
 * Why a credential may open: the lock has confirmed it; it has not confirmed the newest word on it, so that it may obey that
 * or an older one; or it has not confirmed that it is gone.
 */
export const accessReasons = ['confirmed', 'not-confirmed', 'removal-unproven'] as const;
/** One of {@link accessReasons}. */
export type AccessReason = (typeof accessReasons)[number];

/** One credential that opens one lock now, or may. */
export interface DoorAccess {
  readonly deviceId: DeviceId;
  readonly credentialId: CredentialId;
  readonly keyId: KeyId;
  readonly holderId: KeyHolderId;
  /** `confirmed`: it opens. All others: it may, for nothing has proven that it does not. */
  readonly because: AccessReason;
  /** When that ends by itself, by the hours and the end of the Key, or at the latest; `null`: never. */
  readonly until: Instant | null;
}

/**
 * Answers "who can open this door now?" from what its locks have confirmed, not from what was wished: whoever may still
 * open is in the answer until a lock has proven the contrary (P-5, P-6), and whoever a lock has proven to obey only within
 * its period and its hours. By device, then by credential.
 *
 * @throws CoreError `time-zone-unknown`.
 */
export function decideDoorAccess(request: DoorAccessRequest): readonly DoorAccess[] {
  const keys = new Map([...request.keys].map((key) => [key.id, key]));
  const credentials = [...request.credentials].sort((a, b) => (a.id < b.id ? -1 : 1));
  const locks = [...request.locks].sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1));
  return locks.flatMap((lock) =>
    credentials.flatMap((credential) => {
      const key = keys.get(credential.keyId);
      const exposure = exposureOf(lock, credential.id);
      const because = key && reasonAt(lock, { credential, key, entranceId: request.entranceId, exposure });
      if (key === undefined || because === undefined) return [];
      // A lock that has not proven a revocation may obey what the Key said before it was changed.
      const isFormer = exposure !== undefined && key.isEdited;
      if (isFormer ? exposure.endsAt !== null && exposure.endsAt <= request.at : !isOpenFor(key, request)) return [];
      const { id: credentialId } = credential;
      const until = isFormer ? exposure.endsAt : endOf(key, request);
      return [{ deviceId: lock.deviceId, credentialId, keyId: key.id, holderId: key.holderId, because, until }];
    }),
  );
}

type Exposure = AccessLock['exposures'][number];

/** Of several, the one that lasts longest. */
function exposureOf(lock: AccessLock, credentialId: CredentialId): Exposure | undefined {
  const here = lock.exposures.filter((exposure) => exposure.credentialId === credentialId);
  const lasts = ({ endsAt }: Exposure) => endsAt ?? endOfTime;
  return here.reduce<Exposure | undefined>(
    (longest, one) => (longest === undefined || lasts(one) > lasts(longest) ? one : longest),
    undefined,
  );
}

/** Why a lock may obey a credential at all, its time left aside; `undefined`: it does not. */
function reasonAt(
  lock: AccessLock,
  o: {
    readonly credential: AccessCredential;
    readonly key: AccessKey;
    readonly entranceId: EntranceId;
    readonly exposure: Exposure | undefined;
  },
): AccessReason | undefined {
  const { credential, key, entranceId, exposure } = o;
  const isOf = (entry: { readonly credentialId: CredentialId }) => entry.credentialId === credential.id;
  const entry = lock.entries.find(isOf);
  const leaving = lock.leaving.filter(isOf);
  if (entry === undefined && leaving.length === 0) return undefined;
  const isEnded = credential.removedAt !== null || credential.isOutOfUse || key.revokedAt !== null;
  if (entry === undefined || isEnded || !key.entranceIds.includes(entranceId)) {
    // An entry that the lock was told of counts until another word has taken it out and is proven.
    const isGone = entry === undefined && leaving.every(({ since }) => isProven(lock.proven, since));
    return isGone ? undefined : 'removal-unproven';
  }
  return isProven(lock.proven, entry.since) && exposure === undefined ? 'confirmed' : 'not-confirmed';
}

function isOpenFor({ startsAt, endsAt, schedule }: Key, { at, timeZone }: DoorAccessRequest): boolean {
  if (at < startsAt || (endsAt !== null && at >= endsAt)) return false;
  return schedule === null || isWithinSchedule(schedule, at, timeZone);
}

function endOf({ endsAt, schedule }: Key, { at, timeZone }: DoorAccessRequest): Instant | null {
  const closing = schedule === null ? null : nextClosing(schedule, at, timeZone);
  if (closing === null || endsAt === null) return closing ?? endsAt;
  return closing < endsAt ? closing : endsAt;
}
