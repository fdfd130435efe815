import type { Actor, LockRevision } from '@latchwork/contract';
import type { DeviceId, Instant } from '@latchwork/core';
import { isProven } from '@latchwork/core/credentials';
import { compareRevisions } from '@latchwork/lock-protocol';
import { isGood, livingGrants } from '../credentials/phone-grants.js';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { LockEntry, LockRevocation } from '../store/schema/locks.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';

type Revocation = Row<'revocation'>;

/** What a commit knows of the lock that it is about. */
interface LockProgress {
  readonly row: Row<'lockDesired'>;
  readonly actor: Actor;
}

/**
 * Writes down what each open revocation needs of a lock, in the commit in which what the lock is told was last compared with what
 * is wanted: before that, nobody knows.
 */
export function tellRevocations(draft: Draft, projection: Projection, { row, actor }: LockProgress): void {
  for (const revocation of openOf(projection, row.deviceId)) {
    const next = (lock: LockRevocation) =>
      isWaitingFor(lock, row) && isToldWhole(projection, lock, { row, now: draft.now })
        ? proven(told(lock, row), row, draft.now)
        : lock;
    advance(draft, { revocation, actor, next });
  }
}

/** Ends the waiting for what a lock has proven, in the commit that takes the lock's receipts. */
export function proveRevocations(draft: Draft, projection: Projection, { row, actor }: LockProgress): void {
  for (const revocation of openOf(projection, row.deviceId)) {
    const next = (lock: LockRevocation) => (isWaitingFor(lock, row) ? proven(lock, row, draft.now) : lock);
    advance(draft, { revocation, actor, next });
  }
}

/** Whether a lock has revocations that nobody has looked into yet. */
export function hasUntold(projection: Projection, deviceId: DeviceId): boolean {
  return openOf(projection, deviceId).some(({ locks }) =>
    locks.some((lock) => lock.deviceId === deviceId && lock.state === 'pending' && lock.needs === null),
  );
}

/** Ends, in the commit that takes a lock away, what was waited for from it. */
export function giveUpRevocations(draft: Draft, projection: Projection, deviceId: DeviceId): void {
  for (const revocation of openOf(projection, deviceId)) {
    const next = (lock: LockRevocation): LockRevocation =>
      lock.deviceId === deviceId && lock.state === 'pending' ? { ...lock, state: 'lock-removed' } : lock;
    advance(draft, { revocation, actor: { kind: 'system' }, next });
  }
}

/** Whether something that a revocation waits for has run out by itself. */
export function isSpent({ state, exposureEndsAt }: LockRevocation, now: Instant): boolean {
  return state === 'pending' && exposureEndsAt !== null && exposureEndsAt <= now;
}

/** Ends the waiting for what has run out by itself. */
export function expireRevocations(draft: Draft, projection: Projection): void {
  for (const revocation of projection.revocations.group('open')) {
    const next = (lock: LockRevocation): LockRevocation =>
      isSpent(lock, draft.now) ? { ...lock, state: 'self-expired' } : lock;
    advance(draft, { revocation, actor: { kind: 'system' }, next });
  }
}

function openOf(projection: Projection, deviceId: DeviceId): readonly Revocation[] {
  return projection.revocations
    .group('open')
    .filter(({ locks }) => locks.some((lock) => lock.deviceId === deviceId && lock.state === 'pending'));
}

function isWaitingFor({ deviceId, state }: LockRevocation, row: Row<'lockDesired'>): boolean {
  return deviceId === row.deviceId && state === 'pending';
}

/** A lock that cannot be told of every grant of a phone proves nothing of it: what is left ends by itself. */
function isToldWhole(
  projection: Projection,
  { deviceId, credentialIds }: LockRevocation,
  { row: { refused }, now }: { readonly row: Row<'lockDesired'>; readonly now: Instant },
): boolean {
  const isRefused = new Set(refused.map(({ id }) => id));
  return livingGrants(projection, deviceId, now)
    .filter((grant) => credentialIds.includes(grant.credentialId) && !isGood(projection, grant))
    .every(({ id }) => isRefused.has(id));
}

/** What a receipt must show is the newest word there is on any of the credentials; on one that is on no list it was shown. */
function told(lock: LockRevocation, { leaving, refused, entries }: Row<'lockDesired'>): LockRevocation {
  const words = lock.credentialIds.flatMap((credentialId) => {
    const isOf = (entry: Pick<LockEntry, 'credentialId'>) => entry.credentialId === credentialId;
    const left = [...leaving.filter(isOf), ...refused.filter(isOf)];
    return (left.length > 0 ? left : entries.filter(isOf)).map(({ since }) => since);
  });
  const isNewer = (word: LockRevision, than: LockRevision | null) => than === null || compareRevisions(word, than) > 0;
  const needs = words.reduce((newest, word) => (isNewer(word, newest) ? word : newest), lock.needs);
  return needs === lock.needs ? lock : { ...lock, needs };
}

function proven(lock: LockRevocation, row: Row<'lockDesired'>, now: Instant): LockRevocation {
  const isDone = lock.needs !== null && isProven(row.proven, lock.needs);
  return isDone ? { ...lock, state: 'proven', provenAt: now } : lock;
}

function advance(
  draft: Draft,
  o: {
    readonly revocation: Revocation;
    readonly actor: Actor;
    readonly next: (lock: LockRevocation) => LockRevocation;
  },
): void {
  const { revocation, actor } = o;
  const locks = revocation.locks.map(o.next);
  if (locks.every((lock, at) => lock === revocation.locks[at])) return;
  const isOver = locks.every(({ state }) => state !== 'pending');
  draft.update('revocation', { ...revocation, locks, endedAt: isOver ? draft.now : null });
  for (const [at, { deviceId, entranceId, state }] of locks.entries()) {
    if (state !== 'proven' || revocation.locks[at]?.state === 'proven') continue;
    const occurredAt = timestampOf(draft.now);
    const { id: revocationId, propertyId } = revocation;
    draft.event({
      type: 'revocation.proven',
      ...{ occurredAt, propertyId, actor, revocationId, deviceId, entranceId, provenAt: occurredAt },
    });
  }
}
