import type { AccessSchedule, CredentialId, DeviceId, Instant, PropertyId } from '@latchwork/core';
import { index, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';

/** The phone that a credential is, or the code with which one becomes it. */
export const phone = pgTable('phone', {
  credentialId: text('credential_id').$type<CredentialId>().primaryKey(),
  /** Of the code; once it is used it is good for the same phone alone. */
  codeHash: text('code_hash').unique(),
  codeEndsAt: instant('code_ends_at'),
  /** X25519 or P-256 compressed, as hex; `null`: no phone yet. */
  publicKey: text('public_key'),
  /** Of what it renews its grants with. */
  tokenHash: text('token_hash'),
  activatedAt: instant('activated_at'),
});

/** Grants that phones were given and that have not ended by themselves: who may open, whatever is wished by now. */
export const phoneGrant = pgTable(
  'phone_grant',
  {
    /** The grant's own id, as hex: what a lock is told to refuse. */
    id: text('id').primaryKey(),
    credentialId: text('credential_id').$type<CredentialId>().notNull(),
    propertyId: text('property_id').$type<PropertyId>().notNull(),
    deviceId: text('device_id').$type<DeviceId>().notNull(),
    /** What the Key said when it was signed. */
    terms: jsonb('terms').$type<PhoneTerms>().notNull(),
    notBefore: instant('not_before').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [index('phone_grant_credential').on(table.credentialId)],
);

/** Of a Key, what a grant repeats. */
export interface PhoneTerms {
  readonly startsAt: Instant;
  readonly endsAt: Instant | null;
  readonly schedule: AccessSchedule | null;
}
