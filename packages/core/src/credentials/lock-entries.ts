import type { AccessSchedule } from '../access-schedule.js';
import type { CredentialId, EntranceId, KeyId } from '../identifiers.js';
import type { Instant } from '../instant.js';
import type { Key } from '../key.js';
import { type UtcOffset, utcOffsets } from '../utc-offsets.js';

/** What carries a Key to its doors, as far as a lock's set is concerned. */
export interface CarriedCredential {
  readonly id: CredentialId;
  readonly keyId: KeyId;
  /** The one door that it is for; `null`: every door of its key. */
  readonly entranceId: EntranceId | null;
  /** Not `null`: ended, for good. */
  readonly removedAt: Instant | null;
}

/** One credential as one lock shall know it. */
export interface LockEntryPlan {
  /** 0..65,535; a credential keeps its number as long as it is in the set. */
  readonly id: number;
  readonly credentialId: CredentialId;
  readonly keyId: KeyId;
  readonly startsAt: Instant;
  readonly endsAt: Instant | null;
  readonly hours: LockHours | null;
}

/** The hours of a Key for a lock that knows no time zones: with how far the property's clocks are ahead of UTC. */
export interface LockHours {
  readonly schedule: AccessSchedule;
  readonly offsets: readonly UtcOffset[];
}

/** What one lock's set shall be, and what does not fit into it. */
export interface LockSetPlan {
  /** By ascending id. */
  readonly entries: readonly LockEntryPlan[];
  /** Credentials that the lock has no room for at present. */
  readonly leftOut: readonly CredentialId[];
}

/** What {@link planLockEntries} decides about. */
export interface LockSetRequest {
  /** The entrance that the lock is at. */
  readonly entranceId: EntranceId;
  readonly keys: Iterable<Key>;
  /** The credentials of those keys, and no others. */
  readonly credentials: Iterable<CarriedCredential>;
  /** The property's IANA time zone. */
  readonly timeZone: string;
  readonly now: Instant;
  /** What the lock's newest set has: those keep their numbers. */
  readonly held: readonly { readonly id: number; readonly credentialId: CredentialId }[];
  /** Numbers of entries whose removal the lock has not proven: not to be given to anybody else. */
  readonly unproven: readonly number[];
  /** Most entries that the lock takes. */
  readonly capacity: number;
}

/** As many changes of the clocks as an entry can carry (packages/lock-protocol/SPEC.md §5.5). */
const mostOffsets = 8;

/** The hours of a Key as a lock is told them; `null`: it opens at any time of its period. @throws CoreError `time-zone-unknown`. */
export function lockHours({ schedule, endsAt }: Key, timeZone: string, now: Instant): LockHours | null {
  if (schedule === null) return null;
  return { schedule, offsets: utcOffsets(timeZone, { now, until: endsAt, most: mostOffsets }) };
}

/**
 * Plans which credentials a lock shall obey: those of living keys for its entrance, whose period has not ended. Where there is no
 * room for all, whoever may open already goes before whoever is to come, and who comes sooner before who comes later: nobody who is
 * in the house is put out by a booking (P-7). The plan depends on nothing but the request, so asking again changes nothing.
 */
export function planLockEntries(request: LockSetRequest): LockSetPlan {
  const { entranceId, now, timeZone, capacity } = request;
  const keys = new Map([...request.keys].map((key) => [key.id, key]));
  const wanted = [...request.credentials]
    .flatMap((credential) => {
      const key = keys.get(credential.keyId);
      const isLive =
        credential.removedAt === null &&
        (credential.entranceId ?? entranceId) === entranceId &&
        key !== undefined &&
        key.revokedAt === null &&
        key.entranceIds.includes(entranceId) &&
        (key.endsAt === null || key.endsAt > now);
      return isLive ? [{ credential, key }] : [];
    })
    .sort(
      (a, b) =>
        Math.max(a.key.startsAt, now) - Math.max(b.key.startsAt, now) || (a.credential.id < b.credential.id ? -1 : 1),
    );
  const taken = new Set([...request.held.map(({ id }) => id), ...request.unproven]);
  const idOf = new Map(request.held.map(({ id, credentialId }) => [credentialId, id]));
  let next = 0;
  const freeId = (): number => {
    while (taken.has(next)) next += 1;
    taken.add(next);
    return next;
  };
  const entries = wanted.slice(0, capacity).map(
    ({ credential, key }): LockEntryPlan => ({
      id: idOf.get(credential.id) ?? freeId(),
      credentialId: credential.id,
      keyId: key.id,
      startsAt: key.startsAt,
      endsAt: key.endsAt,
      hours: lockHours(key, timeZone, now),
    }),
  );
  return {
    entries: entries.sort((a, b) => a.id - b.id),
    leftOut: wanted.slice(capacity).map(({ credential }) => credential.id),
  };
}
