import type { Alarm } from '@latchwork/contract';
import type { AlarmId, DeviceId, GatewayId, PropertyId } from '@latchwork/core';
import { jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';
import type { SignerUse } from './tenancy.js';

/** What somebody has to see to, or had to. */
export const alarm = pgTable('alarm', {
  id: text('id').$type<AlarmId>().primaryKey(),
  propertyId: text('property_id').$type<PropertyId>().notNull(),
  /** What it is about: a gateway, a lock, or of the property itself which certificate. */
  subject: text('subject').$type<AlarmSubject>().notNull(),
  /** Its kind, and what that kind says, as the API shows it. */
  cause: jsonb('cause').$type<AlarmCause>().notNull(),
  raisedAt: instant('raised_at').notNull(),
  /** `null` while it goes on. */
  clearedAt: instant('cleared_at'),
});

/** What an alarm is about. */
export type AlarmSubject = GatewayId | DeviceId | `${PropertyId}/${SignerUse}`;

type CauseOf<Wire> = Wire extends { readonly kind: string }
  ? Omit<Wire, 'id' | 'propertyId' | 'raisedAt' | 'clearedAt'>
  : never;

/** Why an alarm was raised, told apart by `kind`. */
export type AlarmCause = CauseOf<Alarm>;
