import type { CredentialId, EntranceId, GuestId, KeyCardId, KeyId, PropertyId } from '@latchwork/core';
import { integer, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';

/** Guests and visitors: who holds a Key without being a member (G30). They sign in nowhere. */
export const guest = pgTable('guest', {
  id: text('id').$type<GuestId>().primaryKey(),
  propertyId: text('property_id').$type<PropertyId>().notNull(),
  name: text('name').notNull(),
  email: text('email'),
  version: integer('version').notNull(),
  createdAt: instant('created_at').notNull(),
  removedAt: instant('removed_at'),
});

/** A property's stock of key cards (G35). A number on the air, or a public key, names one card within its property. */
export const keyCard = pgTable(
  'key_card',
  {
    id: text('id').$type<KeyCardId>().primaryKey(),
    propertyId: text('property_id').$type<PropertyId>().notNull(),
    /** What is printed on it. */
    label: text('label').notNull(),
    technology: text('technology').$type<KeyCardTechnology>().notNull(),
    /** What the card says of itself, as hex: its UID, or its compressed P-256 public key. */
    identity: text('identity').notNull(),
    state: text('state').$type<KeyCardState>().notNull(),
    version: integer('version').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [uniqueIndex('key_card_identity').on(table.propertyId, table.identity)],
);

/** How a card proves which it is: not at all beyond its UID, or with a P-256 signature. */
export type KeyCardTechnology = 'uid' | 'public-key';

/** `assigned` while a credential that has not ended is on it. A retired card never comes back. */
export type KeyCardState = 'in-stock' | 'assigned' | 'lost' | 'retired';

/** What carries a Key to its doors: a card, or a code. Its state at each door is what the lock there has confirmed. */
export const credential = pgTable('credential', {
  id: text('id').$type<CredentialId>().primaryKey(),
  propertyId: text('property_id').$type<PropertyId>().notNull(),
  keyId: text('key_id').$type<KeyId>().notNull(),
  kind: text('kind').$type<CredentialKind>().notNull(),
  /** Of a door code: the one door that it is for (packages/lock-protocol/SPEC.md §10.10). */
  entranceId: text('entrance_id').$type<EntranceId>(),
  /** Of a key card. */
  cardId: text('card_id').$type<KeyCardId>(),
  /** Digits and salt of a door code, sealed. Emptied once its end is proven at every lock. */
  codeSealed: text('code_sealed'),
  version: integer('version').notNull(),
  createdAt: instant('created_at').notNull(),
  removedAt: instant('removed_at'),
});

/** What carries a Key to a door. */
export type CredentialKind = 'key_card' | 'door_code';
