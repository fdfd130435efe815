import * as z from 'zod/mini';
import { hexBytes } from '../bytes-text.js';
import { organizationId, propertyId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';

/** A tenant that groups properties (G8). `rootPublicKey` is the Ed25519 key that its locks trust. */
export const organization = z.object({
  id: organizationId,
  name: z.string(),
  rootPublicKey: hexBytes(32),
  createdAt: timestamp,
});
/** {@link organization} as data. */
export type Organization = ReadonlyData<z.output<typeof organization>>;

/** A hotel, hostel or other site. `lockTrust` is what a lock is given when it is commissioned for this property. */
export const property = z.object({
  id: propertyId,
  organizationId,
  name: z.string(),
  /** IANA name; the key schedules of this property are read in it. */
  timeZone: z.string(),
  lockTrust: z.object({ rootPublicKey: hexBytes(32), property: hexBytes(8), epoch: z.number() }),
  createdAt: timestamp,
});
/** {@link property} as data. */
export type Property = ReadonlyData<z.output<typeof property>>;
