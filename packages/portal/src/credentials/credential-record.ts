import type { Actor, Event } from '@latchwork/contract';
import type { OrganizationId } from '@latchwork/core';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';

/** What is written of a credential is written with. */
export interface CredentialRecord {
  readonly projection: Projection;
  readonly draft: Draft;
  readonly organizationId: OrganizationId;
  readonly actor: Actor;
}

/** Tells of a credential in the feed and in the audit: by ids alone, never what proves it at a door. */
export function tellCredential(
  { projection, draft, organizationId, actor }: CredentialRecord,
  credential: Row<'credential'>,
  type: Extract<Event['type'], `credential.${string}`>,
): void {
  const { id: credentialId, keyId, propertyId, kind, cardId: keyCardId } = credential;
  const key = projection.accessKeys.get(keyId);
  if (key === undefined) return;
  const { holderId } = key;
  const fact = { propertyId, actor };
  draft.event({
    ...{ type, occurredAt: timestampOf(draft.now), ...fact },
    ...{ credentialId, keyId, holderId, kind, keyCardId },
  });
  const subject = { credentialId, keyId, holderId, kind, keyCardId };
  draft.audit(organizationId, { action: type, ...fact, subject });
}

/** Ends a credential for good; one that has ended stays as it is. What becomes of its card is for the caller to say. */
export function endCredential(record: CredentialRecord, credential: Row<'credential'>): Row<'credential'> {
  if (credential.removedAt !== null) return credential;
  const { draft } = record;
  const ended = { ...credential, version: credential.version + 1, removedAt: draft.now };
  draft.update('credential', ended);
  tellCredential(record, ended, 'credential.removed');
  return ended;
}

/** Ends a credential, and its card is in stock again. */
export function takeBack(record: CredentialRecord, credential: Row<'credential'>): Row<'credential'> {
  if (credential.removedAt !== null) return credential;
  const { projection, draft } = record;
  const card = credential.cardId === null ? undefined : projection.keyCards.get(credential.cardId);
  if (card?.state === 'assigned') draft.update('keyCard', { ...card, state: 'in-stock', version: card.version + 1 });
  return endCredential(record, credential);
}

/** Ends the codes of a Key that are for doors which it names no more: they open nothing, and would never again. */
export function endOrphanCodes(record: CredentialRecord, { id, entranceIds }: Row<'accessKey'>): void {
  for (const credential of record.projection.credentials.group(id)) {
    const { entranceId } = credential;
    if (entranceId !== null && !entranceIds.includes(entranceId)) endCredential(record, credential);
  }
}

/** Ends every credential of a Key that ends, so that none comes back with another Key (G41, G42). */
export function takeBackAll(record: CredentialRecord, keyId: Row<'accessKey'>['id']): void {
  for (const credential of record.projection.credentials.group(keyId)) takeBack(record, credential);
}
