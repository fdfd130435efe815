import { randomInt } from 'node:crypto';
import type { CredentialId, EntranceId, Instant, PropertyId } from '@latchwork/core';
import { isProven } from '@latchwork/core/credentials';
import type { Sealer } from '../access/sealer.js';
import { openDoorCode } from '../locks/door-code-secret.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';

/** At which doors digits are to name one code alone, and when. */
export interface DoorCodeQuestion {
  readonly propertyId: PropertyId;
  readonly entranceIds: readonly EntranceId[];
  readonly now: Instant;
  /** The Key whose own codes do not count; `null`: all do. */
  readonly exceptKeyId: Row<'accessKey'>['id'] | null;
}

/** Digits of the codes that open one of the doors or may: also those that ended, until the lock there has proven it. */
export function digitsInUse(
  { projection, sealer }: { readonly projection: Projection; readonly sealer: Sealer },
  { propertyId, entranceIds, now, exceptKeyId }: DoorCodeQuestion,
): ReadonlySet<string> {
  const held = heldAt(projection, entranceIds);
  const isWanted = ({ keyId, removedAt }: Row<'credential'>) => {
    const key = projection.accessKeys.get(keyId);
    if (key === undefined || removedAt !== null || key.revokedAt !== null) return false;
    return (key.endsAt === null || key.endsAt > now) && key.entranceIds.some((id) => entranceIds.includes(id));
  };
  const digits = new Set<string>();
  for (const credential of projection.credentials.group(propertyId)) {
    const { id, keyId, codeSealed } = credential;
    if (codeSealed === null || keyId === exceptKeyId) continue;
    if (held.has(id) || isWanted(credential)) digits.add(openDoorCode(sealer, id, codeSealed).digits);
  }
  return digits;
}

/** Whether a Key's codes are, at its doors as they shall be, nobody else's digits too. */
export function areOwnDigits(
  parts: { readonly projection: Projection; readonly sealer: Sealer },
  { id, propertyId, entranceIds }: Row<'accessKey'>,
  now: Instant,
): boolean {
  const own = parts.projection.credentials
    .group(id)
    .flatMap(({ id: credentialId, codeSealed, removedAt }) =>
      codeSealed === null || removedAt !== null ? [] : [openDoorCode(parts.sealer, credentialId, codeSealed).digits],
    );
  if (own.length === 0) return true;
  const others = digitsInUse(parts, { propertyId, entranceIds, now, exceptKeyId: id });
  return !own.some((digits) => others.has(digits));
}

/** How many digits a drawn code has. */
const drawnLength = 6;

/** Draws digits that are none of those, each others equally likely. */
export function drawDigits(taken: ReadonlySet<string>): string {
  // A lock holds a thousand entries, so that of a million codes hardly one is drawn twice.
  for (;;) {
    const digits = String(randomInt(10 ** drawnLength)).padStart(drawnLength, '0');
    if (!taken.has(digits)) return digits;
  }
}

/** The credentials that the locks there were told of and have not proven to be gone. */
function heldAt(projection: Projection, entranceIds: readonly EntranceId[]): ReadonlySet<CredentialId> {
  const rows = entranceIds
    .flatMap((id) => projection.devices.group(id))
    .flatMap(({ id }) => projection.lockDesired.get(id) ?? []);
  return new Set(
    rows.flatMap(({ entries, leaving, proven }) =>
      [...entries, ...leaving.filter(({ since }) => !isProven(proven, since))].map(({ credentialId }) => credentialId),
    ),
  );
}
