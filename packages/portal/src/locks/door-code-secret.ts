import type { CredentialId } from '@latchwork/core';
import type { Sealer } from '../access/sealer.js';

/** What a door code is to a lock: its digits, and 16 random bytes that keep whoever hears the entry's hash from trying all. */
export interface DoorCodeSecret {
  /** 4 to 10. */
  readonly digits: string;
  readonly salt: Uint8Array;
}

/** Seals a door code for its credential's row. */
export function sealDoorCode(sealer: Sealer, credentialId: CredentialId, { digits, salt }: DoorCodeSecret): string {
  const text = JSON.stringify([digits, Buffer.from(salt).toString('hex')]);
  return sealer.seal(Buffer.from(text), contextOf(credentialId));
}

/**
 * Opens it.
 *
 * @throws PortalError `sealed-data-unreadable`
 */
export function openDoorCode(sealer: Sealer, credentialId: CredentialId, sealed: string): DoorCodeSecret {
  const [digits, salt]: [string, string] = JSON.parse(
    Buffer.from(sealer.open(sealed, contextOf(credentialId))).toString(),
  );
  return { digits, salt: new Uint8Array(Buffer.from(salt, 'hex')) };
}

function contextOf(credentialId: CredentialId): string {
  return `credential/${credentialId}/code`;
}
