import * as z from 'zod/mini';
import { guestId, propertyId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';

/**
 * A guest or visitor of one property: holds Keys without being a member (G30). A guest signs in nowhere; only what a Key
 * was put on opens for one.
 */
export const guest = z.object({
  id: guestId,
  propertyId,
  name: z.string(),
  email: z.nullable(z.string()),
  /** Give it with an edit; another one there by then refuses the edit with `version-stale`. */
  version: z.int(),
  createdAt: timestamp,
  /** Not `null`: removed, for good, with every Key the guest held. */
  removedAt: z.nullable(timestamp),
});
/** {@link guest} as data. */
export type Guest = ReadonlyData<z.output<typeof guest>>;
