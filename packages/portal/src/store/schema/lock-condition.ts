import type { DeviceId, GatewayId, Instant, PropertyId } from '@latchwork/core';
import { jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';

/** What gateways and the lock itself told of how it is, now and then: an account of the last few, not of each. */
export const lockCondition = pgTable('lock_condition', {
  deviceId: text('device_id').$type<DeviceId>().primaryKey(),
  propertyId: text('property_id').$type<PropertyId>().notNull(),
  /** The last hearing of each gateway. */
  hearings: jsonb('hearings').$type<readonly LockHearing[]>().notNull(),
  /** Oldest first, one a day at most. */
  batteryLevels: jsonb('battery_levels').$type<readonly BatteryLevel[]>().notNull(),
  updatedAt: instant('updated_at').notNull(),
});

/** How a gateway heard a lock. */
export interface LockHearing {
  readonly gatewayId: GatewayId;
  /** In dBm. */
  readonly rssi: number;
  readonly heardAt: Instant;
}

/** What a lock said of its battery. */
export interface BatteryLevel {
  readonly percent: number;
  readonly at: Instant;
}
