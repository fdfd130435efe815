import type { CredentialId, EntranceId, GuestId, KeyCardId, KeyId, PropertyId } from '@latchwork/core';
import type { CardSlot } from '@latchwork/core/credentials';
import { boolean, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
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
    /** Of a card with AES secrets: which chip it has, which says how many secrets it holds. */
    chip: text('chip').$type<KeyCardChip>(),
    /** Of a card with AES secrets: what each shall be and what it may be; one that is not listed is as its maker made it. */
    slots: jsonb('slots').$type<readonly CardSlotRow[]>().notNull().default([]),
    state: text('state').$type<KeyCardState>().notNull(),
    version: integer('version').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [uniqueIndex('key_card_identity').on(table.propertyId, table.identity)],
);

/** How a card proves which it is: not at all beyond its UID, with AES secrets, or with a P-256 signature. */
export type KeyCardTechnology = 'uid' | 'aes' | 'public-key';

/** A chip that holds AES secrets: one of a few, or up to 14. */
export type KeyCardChip = 'ntag-424' | 'desfire';

/** One of a card's AES secrets with the newest writing that may have changed it: the one that may say how it ended. */
export interface CardSlotRow extends CardSlot {
  readonly writing?: string;
}

/** What a property makes the secrets of its cards from, sealed. */
export const cardMaster = pgTable('card_master', {
  propertyId: text('property_id').$type<PropertyId>().primaryKey(),
  secretSealed: text('secret_sealed').notNull(),
  createdAt: instant('created_at').notNull(),
});

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
  /** Whether it opens each of its doors one time only. */
  opensOnce: boolean('opens_once').notNull().default(false),
  /** The credential that ends when this one is confirmed at every door. */
  replacesId: text('replaces_id').$type<CredentialId>(),
  /** Its place among those that replace one another: a lock that has seen a later one takes no earlier one. */
  issue: jsonb('issue').$type<CredentialIssue>(),
  version: integer('version').notNull(),
  createdAt: instant('created_at').notNull(),
  removedAt: instant('removed_at'),
});

/** Issue of a credential at a lock (packages/lock-protocol/SPEC.md §5.12). */
export interface CredentialIssue {
  /** 0..255. */
  readonly slot: number;
  readonly number: number;
}

/** What carries a Key to a door. */
export type CredentialKind = 'key_card' | 'door_code' | 'smart_key';
