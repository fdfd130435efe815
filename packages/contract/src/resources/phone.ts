import * as z from 'zod/mini';
import { base64urlBytes, hexBytes } from '../bytes-text.js';
import { credentialId, deviceId, entranceId, keyId, propertyId } from '../identifiers.js';
import { lanAddress } from '../lan.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';

/** A code with which one phone becomes a `smart_key`, once, until it ends; shown only here. */
export const phoneCode = z.object({ credentialId, code: z.string(), expiresAt: timestamp });
/** {@link phoneCode} as data. */
export type PhoneCode = ReadonlyData<z.output<typeof phoneCode>>;

/** A grant for one lock (packages/lock-protocol/SPEC.md §5.4), and when it opens. */
export const phoneGrant = z.object({ object: base64urlBytes(4096), notBefore: timestamp, expiresAt: timestamp });
/** {@link phoneGrant} as data. */
export type PhoneGrant = ReadonlyData<z.output<typeof phoneGrant>>;

/** A lock that a phone opens: its number on the air, and the X25519 key that it proves itself with, as hex. */
export const phoneLock = z.object({
  entranceId,
  deviceId,
  tag: hexBytes(8),
  publicKey: hexBytes(32),
  /** `null` as long as the Key's period is more than a day away. */
  grant: z.nullable(phoneGrant),
});
/** {@link phoneLock} as data. */
export type PhoneLock = ReadonlyData<z.output<typeof phoneLock>>;

/**
 * What a phone opens its doors with for now. Grants are leases of a day at most, so a phone that is never heard of again opens
 * nothing after that; the phone renews them from `renewAt` on.
 */
export const phoneGrants = z.object({
  credentialId,
  keyId,
  propertyId,
  locks: z.array(phoneLock),
  /** What a lock needs to believe the grants; `null`: there are none. */
  certificate: z.nullable(base64urlBytes(4096)),
  /** Where the property's gateways are on its own network, for when the portal cannot be reached. */
  lan: z.array(lanAddress),
  renewAt: timestamp,
});
/** {@link phoneGrants} as data. */
export type PhoneGrants = ReadonlyData<z.output<typeof phoneGrants>>;

/** A phone that has become a `smart_key`: `token` is what it renews its grants with, and shown only here. */
export const activatedPhone = z.extend(phoneGrants, { token: z.string() });
/** {@link activatedPhone} as data. */
export type ActivatedPhone = ReadonlyData<z.output<typeof activatedPhone>>;
