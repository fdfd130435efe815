import { randomInt } from 'node:crypto';
import type { CredentialId, Instant, PropertyId } from '@latchwork/core';
import { isProven } from '@latchwork/core/credentials';
import type { Sealer } from '../access/sealer.js';
import { openDoorCode } from '../locks/door-code-secret.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';

/** Where digits are to name one code alone, and when. */
export interface DoorCodeQuestion {
  readonly propertyId: PropertyId;
  readonly now: Instant;
  /** The Key whose own codes do not count; `null`: all do. */
  readonly exceptKeyId: Row<'accessKey'>['id'] | null;
}

/**
 * Digits of the codes that open a door of the property or may: also those that ended, until each lock has proven it. Whoever
 * dismantles a lock finds its codes by trying, so none of them may open another door (packages/lock-protocol/SPEC.md §10.10).
 */
export function digitsInUse(
  { projection, sealer }: { readonly projection: Projection; readonly sealer: Sealer },
  { propertyId, now, exceptKeyId }: DoorCodeQuestion,
): ReadonlySet<string> {
  const held = heldAt(projection, propertyId);
  const isWanted = ({ keyId, removedAt }: Row<'credential'>) => {
    const key = projection.accessKeys.get(keyId);
    if (key === undefined || removedAt !== null || key.revokedAt !== null) return false;
    return key.endsAt === null || key.endsAt > now;
  };
  const digits = new Set<string>();
  for (const credential of projection.credentials.group(propertyId)) {
    const { id, keyId, codeSealed } = credential;
    if (codeSealed === null || keyId === exceptKeyId) continue;
    if (held.has(id) || isWanted(credential)) digits.add(openDoorCode(sealer, id, codeSealed).digits);
  }
  return digits;
}

/** Whether the codes of a Key that is edited are nobody else's digits by now: of one that was over, somebody may have them. */
export function areOwnDigits(
  parts: { readonly projection: Projection; readonly sealer: Sealer },
  { id, propertyId, endsAt }: Row<'accessKey'>,
  now: Instant,
): boolean {
  const own = parts.projection.credentials
    .group(id)
    .flatMap(({ id: credentialId, codeSealed, removedAt }) =>
      codeSealed === null || removedAt !== null ? [] : [openDoorCode(parts.sealer, credentialId, codeSealed).digits],
    );
  if (own.length === 0 || (endsAt !== null && endsAt <= now)) return true;
  const others = digitsInUse(parts, { propertyId, now, exceptKeyId: id });
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

/** The credentials that locks of the property were told of and have not proven to be gone. */
function heldAt(projection: Projection, propertyId: PropertyId): ReadonlySet<CredentialId> {
  const rows = projection.lockDesired.group(propertyId);
  return new Set(
    rows.flatMap(({ entries, leaving, proven }) =>
      [...entries, ...leaving.filter(({ since }) => !isProven(proven, since))].map(({ credentialId }) => credentialId),
    ),
  );
}
