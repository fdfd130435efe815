import type { Actor } from '@latchwork/contract';
import type { CredentialId, EntranceId, Instant, KeyCardId, PropertyId } from '@latchwork/core';
import { livingGrants } from '../credentials/phone-grants.js';
import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { LockRevocation, RevocationCause } from '../store/schema/locks.js';
import type { Row, TableName, Write } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import { lostDoors } from './key-loss.js';
import { giveUpRevocations } from './revocation-progress.js';

/** What this commit takes from one credential, and why. */
interface Loss {
  readonly credentialId: CredentialId;
  readonly propertyId: PropertyId;
  readonly cause: RevocationCause;
  /** The doors at which it opens less from now on. */
  readonly isAt: (entranceId: EntranceId) => boolean;
  /** When it would have ended by itself. */
  readonly endsAt: Instant | null;
}

/**
 * Writes a revocation into every commit that takes something from a credential that a lock was told of: whatever command it was,
 * its writes say so. For the ledger, after the command.
 *
 * @param writes all of the commit's.
 */
export function createRevocationRecord(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
}): (draft: Draft, writes: readonly Write[]) => void {
  const { projection, identifiers } = parts;

  const revoke = (draft: Draft, actor: Actor, losses: readonly Loss[]): void => {
    const [{ propertyId, cause } = { propertyId: undefined, cause: undefined }] = losses;
    const property = propertyId === undefined ? undefined : projection.properties.get(propertyId);
    if (property === undefined || cause === undefined) return;
    const locks = projection.devices
      .group(property.id)
      .flatMap((device) => lockLosses(projection, device, { losses, now: draft.now }));
    if (locks.length === 0) return;
    const id = identifiers.next('revocation', draft.now);
    const { organizationId } = property;
    draft.insert('revocation', {
      ...{ id, organizationId, propertyId: property.id, cause, actor, locks },
      ...{ createdAt: draft.now, endedAt: null },
    });
    draft.event({
      type: 'revocation.created',
      occurredAt: timestampOf(draft.now),
      ...{ propertyId: property.id, actor, revocationId: id, cause },
      entranceIds: [...new Set(locks.map(({ entranceId }) => entranceId))],
    });
  };

  return (draft, writes) => {
    for (const device of rowsOf(writes, 'device', 'delete')) {
      const row = projection.lockDesired.get(device.id);
      if (row !== undefined) draft.delete('lockDesired', row);
      const reader = projection.lockReaders.get(device.id);
      if (reader !== undefined) draft.delete('lockReader', reader);
      giveUpRevocations(draft, projection, device.id);
    }
    const losses = lossesOf(projection, writes);
    if (losses.length === 0) return;
    const actor = actorOf(writes);
    const causes = new Map<string, Loss[]>();
    for (const loss of losses) {
      const name = `${loss.propertyId}/${loss.cause.type}/${loss.cause.id}`;
      const same = causes.get(name) ?? [];
      causes.set(name, same);
      same.push(loss);
    }
    for (const same of causes.values()) revoke(draft, actor, same);
  };
}

function rowsOf<Table extends TableName>(
  writes: readonly Write[],
  table: Table,
  op: Write['op'],
): readonly Row<Table>[] {
  // The union of all pairs cannot see that a write's row is of its table.
  return writes.flatMap((write) => (write.table === table && write.op === op ? [write.row as Row<Table>] : []));
}

function lossesOf(projection: Projection, writes: readonly Write[]): readonly Loss[] {
  const credentials = new Map(rowsOf(writes, 'credential', 'update').map((row) => [row.id, row]));
  const keys = new Map(rowsOf(writes, 'accessKey', 'update').map((row) => [row.id, row]));
  if (credentials.size === 0 && keys.size === 0) return [];
  const lostCards = new Set(
    rowsOf(writes, 'keyCard', 'update').flatMap(({ id, state }) => (state === 'lost' ? [id] : [])),
  );
  const holders = endedHolders(writes);
  const causeOfKey = (key: Row<'accessKey'>): RevocationCause =>
    holders.get(key.holderId) ?? { type: 'key', id: key.id };
  const losses: Loss[] = [];
  const ended = new Set<CredentialId>();
  for (const after of credentials.values()) {
    const before = projection.credentials.get(after.id);
    const key = projection.accessKeys.get(after.keyId);
    if (before === undefined || key === undefined || before.removedAt !== null || after.removedAt === null) continue;
    ended.add(after.id);
    const isKeyEnding = isRevoking(key, keys.get(key.id));
    const cause = causeOfCredential(after, { lostCards, keyCause: isKeyEnding ? causeOfKey(key) : undefined });
    const { propertyId } = after;
    losses.push({ credentialId: after.id, propertyId, cause, isAt: () => true, endsAt: key.endsAt });
  }
  for (const after of keys.values()) {
    const before = projection.accessKeys.get(after.id);
    if (before === undefined || before.revokedAt !== null) continue;
    for (const { id, removedAt } of projection.credentials.group(before.id)) {
      if (removedAt !== null || ended.has(id)) continue;
      const { propertyId, endsAt } = before;
      losses.push({ credentialId: id, propertyId, cause: causeOfKey(before), isAt: lostDoors(before, after), endsAt });
    }
  }
  return losses;
}

function isRevoking(before: Row<'accessKey'>, after: Row<'accessKey'> | undefined): boolean {
  return before.revokedAt === null && after !== undefined && after.revokedAt !== null;
}

function causeOfCredential(
  { id, cardId }: Row<'credential'>,
  o: { readonly lostCards: ReadonlySet<KeyCardId>; readonly keyCause: RevocationCause | undefined },
): RevocationCause {
  if (cardId !== null && o.lostCards.has(cardId)) return { type: 'card', id: cardId };
  return o.keyCause ?? { type: 'credential', id };
}

/** Guests and members whose removal is what this commit is about. */
function endedHolders(writes: readonly Write[]): ReadonlyMap<string, RevocationCause> {
  const holders = new Map<string, RevocationCause>();
  for (const { body } of rowsOf(writes, 'event', 'insert')) {
    switch (body.type) {
      case 'guest.removed':
        holders.set(body.guestId, { type: 'guest', id: body.guestId });
        break;
      case 'member.removed':
      case 'member.deactivated':
      case 'membership.removed':
      case 'membership.deactivated':
        holders.set(body.memberId, { type: 'member', id: body.memberId });
        break;
    }
  }
  return holders;
}

/** A commit is one command, and a command is somebody's. */
function actorOf(writes: readonly Write[]): Actor {
  return rowsOf(writes, 'event', 'insert')[0]?.body.actor ?? { kind: 'system' };
}

/** What one lock can go on opening that it shall not; nothing where nobody told it and no phone can, or where it is over by now. */
function lockLosses(
  projection: Projection,
  { id: deviceId, entranceId }: Row<'device'>,
  { losses, now }: { readonly losses: readonly Loss[]; readonly now: Instant },
): readonly LockRevocation[] {
  const told = new Set(projection.lockDesired.get(deviceId)?.entries.map(({ credentialId }) => credentialId));
  const grants = livingGrants(projection, deviceId, now);
  const here = losses
    .filter(({ isAt }) => isAt(entranceId))
    .flatMap((loss) => {
      const { credentialId } = loss;
      const leases = grants.filter((grant) => grant.credentialId === credentialId).map(({ expiresAt }) => expiresAt);
      if (leases.length > 0) return [{ credentialId, exposureEndsAt: latest(leases) }];
      if (!told.has(credentialId)) return [];
      return [{ credentialId, exposureEndsAt: exposureOf(projection, deviceId, loss) }];
    })
    .filter(({ exposureEndsAt }) => exposureEndsAt === null || exposureEndsAt > now);
  if (here.length === 0) return [];
  return [
    {
      ...{ deviceId, entranceId, credentialIds: here.map(({ credentialId }) => credentialId) },
      ...{ needs: null, state: 'pending', provenAt: null },
      exposureEndsAt: latest(here.map(({ exposureEndsAt }) => exposureEndsAt)),
    },
  ];
}

/** A lock may still have the period that the credential had before an earlier revocation which it has not proven. */
function exposureOf(projection: Projection, deviceId: Row<'device'>['id'], { credentialId, endsAt }: Loss) {
  const earlier = projection.revocations
    .group('open')
    .flatMap(({ locks }) => locks)
    .filter(
      (lock) => lock.deviceId === deviceId && lock.state === 'pending' && lock.credentialIds.includes(credentialId),
    );
  return latest([endsAt, ...earlier.map(({ exposureEndsAt }) => exposureEndsAt)]);
}

/** `null` is later than any moment. */
function latest(instants: readonly (Instant | null)[]): Instant | null {
  let last: Instant | null = instants[0] ?? null;
  for (const at of instants) last = at === null || last === null ? null : at > last ? at : last;
  return last;
}
