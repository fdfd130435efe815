import type { Credential, KeyCard } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import { decideCardEncoding } from '@latchwork/core/credentials';
import { type CredentialDoor, doorsOf } from '../credentials/credential-doors.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf, timestampOrNull } from '../wire-time.js';

/** A key card as the API shows it: without what it says of itself. */
export function keyCardOf(projection: Projection, card: Row<'keyCard'>): KeyCard {
  const { id, propertyId, label, technology, chip, state, version, createdAt } = card;
  const credential = projection.credentials.group(id).find(({ removedAt }) => removedAt === null);
  const credentialId = state === 'assigned' ? (credential?.id ?? null) : null;
  const encoding = technology === 'aes' ? decideCardEncoding(card.slots) : null;
  return {
    ...{ id, propertyId, label, technology, chip, encoding, state, credentialId, version },
    createdAt: timestampOf(createdAt),
  };
}

/** A credential as the API shows it: with how it stands at each door of its Key, and at those where it has not ended yet. */
export function credentialOf(projection: Projection, credential: Row<'credential'>, now: Instant): Credential {
  const { id, propertyId, keyId, kind, entranceId, cardId, version, createdAt, removedAt } = credential;
  return {
    ...{
      id,
      propertyId,
      keyId,
      kind,
      entranceId,
      keyCardId: cardId,
      doors: doorsOf(projection, credential, now).map(wireDoor),
    },
    ...{ opensOnce: credential.opensOnce, replacesId: credential.replacesId },
    ...{ version, createdAt: timestampOf(createdAt), removedAt: timestampOrNull(removedAt) },
  };
}

function wireDoor({ nextTryAt, ...door }: CredentialDoor): Credential['doors'][number] {
  return { ...door, nextTryAt: timestampOrNull(nextTryAt) };
}
