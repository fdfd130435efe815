import type { Sealer } from '../access/sealer.js';
import type { Row } from '../store/store.js';

/** Where a reading of changes goes on from, and what for: with other settings everybody is read. */
export interface DeltaToken {
  readonly token: string;
  readonly basis: string;
}

/** Seals a token: with it and the credentials a directory tells who changed. */
export function sealDeltaToken(sealer: Sealer, id: Row<'directoryIntegration'>['id'], token: DeltaToken): string {
  return sealer.seal(Buffer.from(JSON.stringify(token)), contextOf(id));
}

/**
 * Opens what {@link sealDeltaToken} sealed.
 *
 * @throws PortalError `sealed-data-unreadable`
 */
export function openDeltaToken(
  sealer: Sealer,
  { id, deltaTokenSealed }: Row<'directoryIntegration'>,
): DeltaToken | undefined {
  if (deltaTokenSealed === null) return undefined;
  return JSON.parse(Buffer.from(sealer.open(deltaTokenSealed, contextOf(id))).toString()) as DeltaToken;
}

function contextOf(id: Row<'directoryIntegration'>['id']): string {
  return `directory_integration/${id}/delta_token`;
}
