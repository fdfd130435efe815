import * as z from 'zod/mini';
import { hexBytes } from '../bytes-text.js';
import { organizationId, propertyId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { emailInput, nameInput, timestamp } from '../wire-values.js';

/** A tenant that groups properties (G8). `rootPublicKey` is the Ed25519 key that its locks trust. */
export const organization = z.object({
  id: organizationId,
  name: z.string(),
  rootPublicKey: hexBytes(32),
  createdAt: timestamp,
});
/** {@link organization} as data. */
export type Organization = ReadonlyData<z.output<typeof organization>>;

/** Body of `createOrganization`: the tenant and its first Organization Owner. */
export const organizationInput = z.strictObject({
  name: nameInput,
  owner: z.strictObject({ name: nameInput, email: emailInput }),
});

/** A hotel, hostel or other site. `lockTrust` is what a lock is given when it is commissioned for this property. */
export const property = z.object({
  id: propertyId,
  organizationId,
  name: z.string(),
  /** IANA name; the key schedules of this property are read in it. */
  timeZone: z.string(),
  lockTrust: z.object({ rootPublicKey: hexBytes(32), property: hexBytes(8), epoch: z.int() }),
  createdAt: timestamp,
});
/** {@link property} as data. */
export type Property = ReadonlyData<z.output<typeof property>>;

/** Body of `createProperty`; the time zone is an IANA name and has no default. */
export const propertyInput = z.strictObject({
  name: nameInput,
  timeZone: z.string().check(z.maxLength(64), z.refine(isTimeZone)),
});

function isTimeZone(timeZone: string): boolean {
  try {
    // An offset such as "+02:00" is accepted by Intl but has no daylight saving rules, so it is no property's zone.
    return /^[A-Za-z]/.test(timeZone) && Boolean(new Intl.DateTimeFormat('en', { timeZone }));
  } catch {
    return false;
  }
}
