import { organizationKinds } from '@latchwork/core';
import * as z from 'zod/mini';
import { hexBytes } from '../bytes-text.js';
import { entranceId, organizationId, propertyId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';

/**
 * A tenant (G8): an `organization` groups properties under Organization Owners, a `single_property` is one property
 * without that level (G4, G5). `rootPublicKey` is the Ed25519 key that its locks trust.
 */
export const organization = z.object({
  id: organizationId,
  name: z.string(),
  kind: z.enum(organizationKinds),
  /** The role schemes in use; no role of one implies one of the other. */
  schemes: z.array(z.enum(['hospitality', 'workplace'])),
  /** `false` forbids General Managers to manage each other (★16). */
  peerManagement: z.boolean(),
  version: z.number(),
  rootPublicKey: hexBytes(32),
  createdAt: timestamp,
});
/** {@link organization} as data. */
export type Organization = ReadonlyData<z.output<typeof organization>>;

/** What a property's managers settle. */
export const propertySettings = z.object({
  /** Whether those who may use the dashboard may unlock from it (★14). */
  remoteUnlock: z.boolean(),
  /** For which entrances Team may give Keys, to staff too (★10); `null`: for all, but to guests only. */
  doorRange: z.nullable(z.array(entranceId)),
  /** The longest period of a Key that Team gives, in milliseconds (★10). */
  longestStayMs: z.number(),
  /** Whether Team sees no events, no attempts of others and no access review (★4). */
  auditHiddenFromTeam: z.boolean(),
  /** What a card must prove at the least: 0 its number, 2 an AES secret, 3 a signature (packages/lock-protocol/SPEC.md §10.10). */
  minimumCardClass: z.int(),
});

/** A hotel, hostel or other site. `lockTrust` is what a lock is given when it is commissioned for this property. */
export const property = z.object({
  id: propertyId,
  organizationId,
  name: z.string(),
  /** IANA name; the key schedules of this property are read in it. */
  timeZone: z.string(),
  lockTrust: z.object({ rootPublicKey: hexBytes(32), property: hexBytes(8), epoch: z.number() }),
  settings: propertySettings,
  version: z.number(),
  /** Only in the reply of the removal itself: a removed property is shown to nobody (G8). */
  removedAt: z.nullable(timestamp),
  createdAt: timestamp,
});
/** {@link property} as data. */
export type Property = ReadonlyData<z.output<typeof property>>;
