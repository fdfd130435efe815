import type { CredentialId } from '../identifiers.js';
import type { Instant } from '../instant.js';

/** Where a property's word on a lock stands; orders by epoch, then by revision. */
export interface LockRevision {
  readonly epoch: number;
  readonly revision: number;
}

/** Whether a lock that stands at `proven` obeys what came with `needs`. */
export function isProven(proven: LockRevision | null, needs: LockRevision): boolean {
  if (proven === null) return false;
  return proven.epoch === needs.epoch ? proven.revision >= needs.revision : proven.epoch > needs.epoch;
}

/** How a credential stands at one door. */
export type DoorState =
  /** Not confirmed by the lock yet. */
  | 'pending'
  /** Confirmed; its period has not begun. */
  | 'scheduled'
  /** Its set is on its way into the lock: begun, broken off, to be gone on with. */
  | 'writing'
  /** Confirmed: it opens. */
  | 'provisioned'
  /** The lock, or its size, said no. */
  | 'failed'
  /** Ended here; the lock has not confirmed that yet. */
  | 'removing'
  /** The lock obeys it no more, or never did. */
  | 'removed'
  /** Nobody can say: the lock has told of an older set than it had proven. */
  | 'unknown';

/** {@link DoorState} with why it is so, where it is not as wished. */
export interface DoorStanding {
  readonly state: DoorState;
  /** Closed code: of the lock (`full`, …), of the way to it (`lock-unreachable`, …), `no-lock` or `no-room`. */
  readonly cause: string | null;
  /** When it is tried again. */
  readonly nextTryAt: Instant | null;
}

/** What is known of a lock with regard to a credential. */
export interface DoorFacts {
  /** Whether the credential shall open this door: neither it nor its key has ended, and the key names the door. */
  readonly isWanted: boolean;
  readonly startsAt: Instant;
  readonly endsAt: Instant | null;
  readonly now: Instant;
  /** The lock at the door; `null`: there is none. */
  readonly lock: {
    readonly entries: readonly { readonly credentialId: CredentialId; readonly since: LockRevision }[];
    readonly leaving: readonly { readonly credentialId: CredentialId; readonly since: LockRevision }[];
    /** Whether the set takes another entry: then one that is not in it yet is about to be. */
    readonly hasRoom: boolean;
    readonly proven: LockRevision | null;
    /** Whether the lock has told since of an older set than it had proven: it was reset, replaced or damaged. */
    readonly isDoubtful: boolean;
    readonly lastReport: {
      readonly setOutcome: 'done' | 'refused' | 'not-given' | 'cut' | null;
      readonly cause: string | null;
      readonly nextTryAt: Instant | null;
    } | null;
  } | null;
}

/** Decides how a credential stands at one door, from what the lock has confirmed and not from what was wished (P-1, P-6). */
export function decideDoorState(credentialId: CredentialId, facts: DoorFacts): DoorStanding {
  const { isWanted, startsAt, endsAt, now, lock } = facts;
  const isOver = endsAt !== null && endsAt <= now;
  if (lock === null) return isWanted && !isOver ? standing('pending', 'no-lock') : standing('removed');
  const find = (list: typeof lock.entries) => list.find((entry) => entry.credentialId === credentialId);
  const report = lock.lastReport;
  const onItsWay = (state: DoorState): DoorStanding => standing(state, report?.cause, report?.nextTryAt);
  if (lock.isDoubtful) return onItsWay('unknown');
  const leaving = find(lock.leaving);
  const entry = find(lock.entries);
  if (entry === undefined) {
    // Its period is part of what the lock obeys: past it the lock opens for it no more, whatever it was told since.
    if (leaving !== undefined && !isProven(lock.proven, leaving.since) && !isOver) return onItsWay('removing');
    if (!isWanted || isOver) return standing('removed');
    return lock.hasRoom ? standing('pending') : standing('failed', 'no-room');
  }
  if (isOver) return standing('removed');
  if (!isWanted) return onItsWay('removing');
  if (isProven(lock.proven, entry.since)) return standing(now < startsAt ? 'scheduled' : 'provisioned');
  if (report?.setOutcome === 'refused') return onItsWay('failed');
  return onItsWay(report?.setOutcome === 'cut' ? 'writing' : 'pending');
}

function standing(state: DoorState, cause: string | null = null, nextTryAt: Instant | null = null): DoorStanding {
  return { state, cause, nextTryAt };
}
