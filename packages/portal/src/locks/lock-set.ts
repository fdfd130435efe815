import type { CredentialId, DeviceId } from '@latchwork/core';
import { decodeSetEntry, encodeSetEntry, type SetEntry } from '@latchwork/lock-protocol';
import type { Sealer } from '../access/sealer.js';

/** One entry of a lock's set, with the secret that proves it: never outside the portal but in the lock's boxes. */
export interface LockSetEntry {
  readonly credentialId: CredentialId;
  readonly entry: SetEntry;
  /** The entry as the lock hashes it: two that are the same to the lock have the same. */
  readonly bytes: Uint8Array;
}

/** Makes one, with its bytes. */
export function lockSetEntry(credentialId: CredentialId, entry: SetEntry): LockSetEntry {
  return { credentialId, entry, bytes: encodeSetEntry(entry) };
}

/** Seals a lock's set for its row. */
export function sealLockSet(sealer: Sealer, deviceId: DeviceId, set: readonly LockSetEntry[]): string {
  const rows = set.map(({ credentialId, bytes }) => [credentialId, Buffer.from(bytes).toString('base64')]);
  return sealer.seal(Buffer.from(JSON.stringify(rows)), contextOf(deviceId));
}

/**
 * Opens a lock's set.
 *
 * @throws PortalError `sealed-data-unreadable`
 */
export function openLockSet(sealer: Sealer, deviceId: DeviceId, sealed: string): readonly LockSetEntry[] {
  const rows: [CredentialId, string][] = JSON.parse(Buffer.from(sealer.open(sealed, contextOf(deviceId))).toString());
  return rows.map(([credentialId, text]) => {
    const bytes = new Uint8Array(Buffer.from(text, 'base64'));
    return { credentialId, entry: decodeSetEntry(bytes), bytes };
  });
}

function contextOf(deviceId: DeviceId): string {
  return `lock_desired/${deviceId}/entries`;
}
