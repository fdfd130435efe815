import { isProven } from '@latchwork/core/credentials';
import type { Ledger } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';

/** Forgets the digits of codes that ended, as soon as no lock may open for them any more: nobody needs them from then on. */
export async function forgetEndedCodes({
  projection,
  ledger,
}: {
  readonly projection: Projection;
  readonly ledger: Pick<Ledger, 'write'>;
}): Promise<void> {
  if (codesToForget(projection).length === 0) return;
  await ledger.write((draft) => {
    for (const credential of codesToForget(projection)) draft.update('credential', { ...credential, codeSealed: null });
  });
}

function codesToForget(projection: Projection): readonly Row<'credential'>[] {
  const ended = projection.credentials
    .all()
    .filter(({ codeSealed, removedAt }) => codeSealed !== null && removedAt !== null);
  return ended.filter(({ id, propertyId }) =>
    projection.lockDesired.group(propertyId).every(({ entries, leaving, proven }) => {
      const isIn = entries.some(({ credentialId }) => credentialId === id);
      return !isIn && leaving.every(({ credentialId, since }) => credentialId !== id || isProven(proven, since));
    }),
  );
}
