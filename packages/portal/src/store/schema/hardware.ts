import type { LanAddress, LockDriverName } from '@latchwork/contract';
import type { DeviceId, EntranceId, GatewayId, Instant, LockMode, PropertyId } from '@latchwork/core';
import { boolean, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';

/** Controllable openings. */
export const entrance = pgTable('entrance', {
  id: text('id').$type<EntranceId>().primaryKey(),
  propertyId: text('property_id').$type<PropertyId>().notNull(),
  name: text('name').notNull(),
  mode: text('mode').$type<LockMode>().notNull(),
  createdAt: instant('created_at').notNull(),
});

/** Locks: their tag on the air, which is theirs alone within a property, and their two public keys. */
export const device = pgTable(
  'device',
  {
    id: text('id').$type<DeviceId>().primaryKey(),
    propertyId: text('property_id').$type<PropertyId>().notNull(),
    kind: text('kind').$type<'lock'>().notNull(),
    name: text('name').notNull(),
    entranceId: text('entrance_id').$type<EntranceId>().notNull(),
    tag: text('tag').notNull(),
    publicKey: text('public_key').notNull(),
    identityPublicKey: text('identity_public_key').notNull(),
    /** How its gateway speaks to it. */
    driver: text('driver').$type<LockDriverName>().notNull().default('olp'),
    observation: jsonb('observation').$type<DeviceObservation>(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [uniqueIndex('device_tag').on(table.propertyId, table.tag)],
);

/** The last thing a lock said of itself, and when (P-1): by the gateway's clock, but not after it was heard. */
export interface DeviceObservation {
  readonly bolt: 'locked' | 'unlocked' | 'held-open' | 'unknown';
  readonly batteryPercent: number | null;
  readonly observedAt: Instant;
}

/** Gateways on site; only the hash of the secret they sign in to the broker with. */
export const gateway = pgTable('gateway', {
  id: text('id').$type<GatewayId>().primaryKey(),
  propertyId: text('property_id').$type<PropertyId>().notNull(),
  name: text('name').notNull(),
  secretHash: text('secret_hash').notNull(),
  online: boolean('online').notNull(),
  /** The run of the portal process that it is connected to; `null` while it is offline. */
  hostId: text('host_id'),
  lastSeenAt: instant('last_seen_at'),
  version: text('version'),
  /** Its X25519 key in hex, by its own word: what its grants are for; `null` until it has told. */
  publicKey: text('public_key'),
  /** Where phones of the property's own network find it, by its own word. */
  lan: jsonb('lan').$type<LanAddress>(),
  createdAt: instant('created_at').notNull(),
});
