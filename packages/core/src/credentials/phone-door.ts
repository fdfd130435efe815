import { type AccessSchedule, isWithinSchedule, nextClosing } from '../access-schedule.js';
import type { CredentialId, DeviceId } from '../identifiers.js';
import type { Instant } from '../instant.js';
import type { DoorAccess } from './door-access.js';
import type { DoorStanding } from './door-state.js';

/** What is known of one door with regard to a phone. A lock is told nothing of a phone but what to refuse: its grants say the rest. */
export interface PhoneDoorFacts {
  /** Whether the phone shall open this door: neither its credential nor its Key has ended, and the Key names the door. */
  readonly isWanted: boolean;
  readonly startsAt: Instant;
  readonly endsAt: Instant | null;
  readonly now: Instant;
  readonly hasLock: boolean;
  /** Whether a phone has taken the credential over. */
  readonly isActivated: boolean;
  /** Whether the phone has a grant for this door that is as its Key is now. */
  readonly isGranted: boolean;
  /** Whether the phone has a grant that shall open no more, and the lock has not proven to refuse it. */
  readonly isExposed: boolean;
}

/** Decides how a phone stands at one door, from the guest's point of view (P-28): what it cannot open yet it does not "have". */
export function decidePhoneDoorState(facts: PhoneDoorFacts): DoorStanding {
  const { isWanted, startsAt, endsAt, now } = facts;
  const isOver = endsAt !== null && endsAt <= now;
  if (!isWanted || isOver) return standing(facts.isExposed && !isOver ? 'removing' : 'removed');
  if (!facts.hasLock) return standing('pending', 'no-lock');
  if (!facts.isActivated) return standing('pending', 'not-activated');
  if (!facts.isGranted) return standing('pending', 'no-grant');
  return standing(now < startsAt ? 'scheduled' : 'provisioned');
}

function standing(state: DoorStanding['state'], cause: string | null = null): DoorStanding {
  return { state, cause, nextTryAt: null };
}

/** A grant that a phone has for one lock, and that has not ended by itself. */
export interface HeldGrant {
  readonly deviceId: DeviceId;
  readonly credentialId: CredentialId;
  readonly notBefore: Instant;
  readonly expiresAt: Instant;
  /** The hours that it says. */
  readonly schedule: AccessSchedule | null;
  /** Whether it says no more than its Key does now. */
  readonly isGood: boolean;
  /** Whether the lock has proven to refuse it. */
  readonly isRefused: boolean;
}

/**
 * Which phones open a door now, by credential: whatever a Key says by now, a lock believes the grant until it has proven to refuse
 * it, or the grant ends (P-5). A good grant counts before one that shall open no more, and what lasts longer before what does not.
 *
 * @throws CoreError `time-zone-unknown`.
 */
export function decidePhoneAccess(
  grants: Iterable<HeldGrant>,
  { at, timeZone }: { readonly at: Instant; readonly timeZone: string },
): readonly (Pick<HeldGrant, 'deviceId' | 'credentialId'> &
  Pick<DoorAccess, 'because'> & { readonly until: Instant })[] {
  const open = [...grants].filter(
    ({ notBefore, expiresAt, schedule, isRefused }) =>
      notBefore <= at &&
      expiresAt > at &&
      !isRefused &&
      (schedule === null || isWithinSchedule(schedule, at, timeZone)),
  );
  const longest = new Map<string, HeldGrant>();
  for (const grant of open) {
    const name = `${grant.deviceId}/${grant.credentialId}`;
    const other = longest.get(name);
    const isBefore =
      other === undefined || (grant.isGood === other.isGood ? grant.expiresAt > other.expiresAt : grant.isGood);
    if (isBefore) longest.set(name, grant);
  }
  return [...longest.values()].map(({ deviceId, credentialId, expiresAt, schedule, isGood }) => {
    const closing = schedule === null ? null : nextClosing(schedule, at, timeZone);
    const until = closing !== null && closing < expiresAt ? closing : expiresAt;
    return { deviceId, credentialId, because: isGood ? 'confirmed' : 'removal-unproven', until };
  });
}
