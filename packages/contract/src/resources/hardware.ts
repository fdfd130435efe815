import * as z from 'zod/mini';
import { hexBytes } from '../bytes-text.js';
import { deviceId, entranceId, gatewayId, propertyId } from '../identifiers.js';
import { lanAddress } from '../lan.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';
import { lockDriverName, lockGuarantees } from './lock-driver.js';

/** One controllable opening; the UI word is "door". */
export const entrance = z.object({ id: entranceId, propertyId, name: z.string(), createdAt: timestamp });
/** {@link entrance} as data. */
export type Entrance = ReadonlyData<z.output<typeof entrance>>;

/** Where a bolt is, as far as the lock knows. */
export const bolt = z.enum(['locked', 'unlocked', 'held-open', 'unknown']);

/**
 * A lock. Its keys are public ones, as lowercase hex: X25519 for the session, Ed25519 for its signatures.
 * `observation` is the last thing the lock said, with the time it said it; `null` before that (P-1).
 */
export const device = z.object({
  id: deviceId,
  propertyId,
  kind: z.literal('lock'),
  name: z.string(),
  entranceId,
  tag: hexBytes(8),
  publicKey: hexBytes(32),
  identityPublicKey: hexBytes(32),
  /** How its gateway speaks to it, and what can be promised of it for that reason. */
  driver: lockDriverName,
  guarantees: lockGuarantees,
  observation: z.nullable(z.object({ bolt, batteryPercent: z.nullable(z.number()), observedAt: timestamp })),
  /** When a gateway of the property last heard it, or had it within reach through its bridge; `null`: none ever has. */
  lastHeardAt: z.nullable(timestamp),
  createdAt: timestamp,
});
/** {@link device} as data. */
export type Device = ReadonlyData<z.output<typeof device>>;

/** Our process on site that carries commands to the locks. `lastSeenAt` is `null` until it has reported once (P-4). */
export const gateway = z.object({
  id: gatewayId,
  propertyId,
  name: z.string(),
  online: z.boolean(),
  lastSeenAt: z.nullable(timestamp),
  version: z.nullable(z.string()),
  /** Where phones of the property's own network find it, and by what they know it; `null`: they do not. */
  lan: z.nullable(lanAddress),
  createdAt: timestamp,
});
/** {@link gateway} as data. */
export type Gateway = ReadonlyData<z.output<typeof gateway>>;
