import type { Guest } from '@latchwork/contract';
import type { Row } from '../store/store.js';
import { timestampOf, timestampOrNull } from '../wire-time.js';

/** A guest as the API shows it. */
export function guestOf({ id, propertyId, name, email, version, createdAt, removedAt }: Row<'guest'>): Guest {
  return {
    id,
    propertyId,
    name,
    email,
    version,
    createdAt: timestampOf(createdAt),
    removedAt: timestampOrNull(removedAt),
  };
}
