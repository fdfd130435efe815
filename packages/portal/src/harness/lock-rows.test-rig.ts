import type { DeviceId, IdKind, IdOf, KeyId, RevocationId } from '@latchwork/core';
import { createIdentifiers } from '../identifiers.js';
import type { LockRevocation } from '../store/schema/locks.js';
import type { Row, Write } from '../store/store.js';
import { newCard, type Person } from './sample-hotel.test-rig.js';
import { insert } from './store-rows.test-rig.js';
import type { TestPortal } from './test-portal.test-rig.js';

const identifiers = createIdentifiers();

function nextId<Kind extends IdKind>({ clock }: TestPortal, kind: Kind): IdOf<Kind> {
  return identifiers.next(kind, clock.now());
}

/** Writes rows as a commit would, but without a command. */
async function commitRows({ portal }: TestPortal, writes: readonly Write[]): Promise<void> {
  await portal.store.commit(writes);
  portal.projection.apply(writes);
}

/** Puts a guest's Key on a new card of the property's stock, and waits until its locks are told. */
export async function addCard(test: TestPortal, { client }: Person, keyId: string): Promise<string> {
  const { propertyId } = await client.keys.get({ keyId });
  const { id: keyCardId } = await client.keyCards.enroll({ propertyId, ...newCard('Card') });
  const { id } = await client.credentials.create({ keyId, kind: 'key_card', keyCardId });
  await test.portal.planLocks();
  return id;
}

/** Has a lock prove all that it was told, as its receipt would. */
export async function proveAll(test: TestPortal, deviceId: string): Promise<void> {
  const row = test.portal.projection.lockDesired.get(deviceId as DeviceId);
  if (row === undefined) throw new Error('The lock was told nothing.');
  const proven = { ...row, proven: row.standing, provenAt: test.clock.now() };
  await commitRows(test, [{ op: 'update', table: 'lockDesired', row: proven }]);
}

/** Has a lock tell of less than it had proven, as a receipt of an older set would. */
export async function doubt(test: TestPortal, deviceId: string): Promise<void> {
  const row = test.portal.projection.lockDesired.get(deviceId as DeviceId);
  if (row === undefined) throw new Error('The lock was told nothing.');
  const doubted = { ...row, doubtedAt: test.clock.now() };
  await commitRows(test, [{ op: 'update', table: 'lockDesired', row: doubted }]);
}

/** Puts a revocation on record of which each lock stands as given. */
export async function addRevocation(
  test: TestPortal,
  keyId: string,
  locks: readonly Partial<LockRevocation>[] = [],
): Promise<RevocationId> {
  const key = test.portal.projection.accessKeys.get(keyId as KeyId);
  const property = key && test.portal.projection.properties.get(key.propertyId);
  if (key === undefined || property === undefined) throw new Error('There is no such Key.');
  const id = nextId(test, 'revocation');
  const isOver = locks.every(({ state = 'pending' }) => state !== 'pending');
  const row: Row<'revocation'> = {
    ...{ id, organizationId: property.organizationId, propertyId: property.id, createdAt: test.clock.now() },
    cause: { type: 'key', id: key.id },
    actor: { kind: 'system' },
    locks: locks.map((lock) => ({
      ...{ deviceId: nextId(test, 'device'), entranceId: nextId(test, 'entrance'), credentialIds: [], needs: null },
      ...{ exposureEndsAt: null, state: 'pending', provenAt: null, ...lock },
    })),
    endedAt: isOver ? test.clock.now() : null,
  };
  await commitRows(test, [insert('revocation', row)]);
  return id;
}
