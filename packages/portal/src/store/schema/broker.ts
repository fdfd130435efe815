import type { GatewayId } from '@latchwork/core';
import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';

/** What certifies gateways, and the portal itself, to an MQTT broker: one for the installation; only its key is secret. */
export const brokerAuthority = pgTable('broker_authority', {
  id: text('id').primaryKey(),
  /** PEM. */
  certificate: text('certificate').notNull(),
  /** PKCS #8, sealed. */
  secretSealed: text('secret_sealed').notNull(),
  createdAt: instant('created_at').notNull(),
});

/** Codes by which a gateway gets its first certificate, each once; only a hash of the code. */
export const gatewayEnrollment = pgTable('gateway_enrollment', {
  gatewayId: text('gateway_id').$type<GatewayId>().primaryKey(),
  codeHash: text('code_hash').notNull().unique(),
  endsAt: instant('ends_at').notNull(),
  createdAt: instant('created_at').notNull(),
});

/** Certificates of gateways, until they end by themselves. */
export const gatewayCertificate = pgTable(
  'gateway_certificate',
  {
    /** Lowercase hex. */
    serial: text('serial').primaryKey(),
    gatewayId: text('gateway_id').$type<GatewayId>().notNull(),
    /** SHA-256 of its DER form, in hex. */
    fingerprint: text('fingerprint').notNull(),
    notBefore: instant('not_before').notNull(),
    notAfter: instant('not_after').notNull(),
    revokedAt: instant('revoked_at'),
  },
  (table) => [index('gateway_certificate_gateway').on(table.gatewayId)],
);
