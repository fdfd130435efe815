import type { Instant, PropertyId } from '@latchwork/core';
import type { CryptoProvider } from '@latchwork/lock-protocol';
import { diversifySecret, factorySecret } from '@latchwork/lock-protocol/cards';
import type { Sealer } from '../access/sealer.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';

const secretSizeBytes = 16;

/** Makes what a property's cards get their secrets from, sealed for its row. It never leaves the portal. */
export function makeCardMaster(
  { crypto, sealer }: { readonly crypto: CryptoProvider; readonly sealer: Sealer },
  propertyId: PropertyId,
  now: Instant,
): Row<'cardMaster'> {
  const secretSealed = sealer.seal(crypto.randomBytes(secretSizeBytes), contextOf(propertyId));
  return { propertyId, secretSealed, createdAt: now };
}

/** Names one secret of one card: by the tag of what it is for, a lock or the property; `null` is the maker's default. */
export interface CardSecretName {
  readonly keyNumber: number;
  readonly tag: string | null;
}

/**
 * The secrets of one card: each for one card, one number and one lock (packages/lock-protocol/SPEC.md §10.11), so that neither who
 * opens a card nor who dismantles a lock learns another's (T22).
 *
 * @throws PortalError `sealed-data-unreadable`
 */
export function cardSecrets(
  { projection, sealer }: { readonly projection: Projection; readonly sealer: Sealer },
  { propertyId, identity }: Pick<Row<'keyCard'>, 'propertyId' | 'identity'>,
): (name: CardSecretName) => Uint8Array {
  const row = projection.cardMasters.get(propertyId);
  if (row === undefined) throw new Error('A card with AES secrets is of a property that makes none.');
  const master = sealer.open(row.secretSealed, contextOf(propertyId));
  return ({ keyNumber, tag }) =>
    tag === null
      ? factorySecret
      : diversifySecret(
          master,
          new Uint8Array([...Buffer.from(identity, 'hex'), ...Buffer.from(tag, 'hex'), keyNumber]),
        );
}

function contextOf(propertyId: PropertyId): string {
  return `card_master/${propertyId}/secret`;
}
