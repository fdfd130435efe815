import type {
  DeskId,
  EntranceId,
  OrganizationId,
  OrganizationKind,
  Plan,
  PropertyId,
  RoleScheme,
} from '@latchwork/core';
import { boolean, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';

/** Tenants, each with the root of trust that its locks know; the root's secret is sealed. */
export const organization = pgTable('organization', {
  id: text('id').$type<OrganizationId>().primaryKey(),
  kind: text('kind').$type<OrganizationKind>().notNull(),
  name: text('name').notNull(),
  schemes: jsonb('schemes').$type<readonly RoleScheme[]>().notNull(),
  plan: text('plan').$type<Plan>().notNull(),
  licenses: integer('licenses').notNull(),
  subscriptionEndsAt: instant('subscription_ends_at'),
  /** ★16. */
  peerManagement: boolean('peer_management').notNull(),
  rootPublicKey: text('root_public_key').notNull(),
  rootSecretSealed: text('root_secret_sealed').notNull(),
  version: integer('version').notNull(),
  createdAt: instant('created_at').notNull(),
});

/** Hotels, hostels, sites. `tag` is the 8-byte name that locks know the property by, `epoch` the one they accept. */
export const property = pgTable('property', {
  id: text('id').$type<PropertyId>().primaryKey(),
  organizationId: text('organization_id').$type<OrganizationId>().notNull(),
  name: text('name').notNull(),
  timeZone: text('time_zone').notNull(),
  tag: text('tag').notNull(),
  epoch: integer('epoch').notNull(),
  settings: jsonb('settings').$type<PropertySettings>().notNull(),
  /** The integrated apps that may unlock here, by id (G33, C7). */
  integratedApps: jsonb('integrated_apps').$type<readonly string[]>().notNull(),
  version: integer('version').notNull(),
  createdAt: instant('created_at').notNull(),
  /** Not `null`: removed, with every assignment to it (G8). */
  removedAt: instant('removed_at'),
});

/** What a property's managers settle. */
export interface PropertySettings {
  /** Whether those who may use the dashboard may unlock from it (★14). */
  readonly remoteUnlock: boolean;
  /** For which entrances Team may give Keys (★10); `null`: all. */
  readonly doorRange: readonly EntranceId[] | null;
  /** The longest period of a Key that Team gives, in milliseconds (★10). */
  readonly longestStayMs: number;
  /** Whether Team sees no events and no access review (★4). */
  readonly auditHiddenFromTeam: boolean;
  /** What a card must prove at the least; absent, on a property that was made before this was settled: 0. */
  readonly minimumCardClass?: number;
}

/** The signing keys of a property, one per use, with the certificate by which locks trust them; secrets are sealed. */
export const propertySigner = pgTable(
  'property_signer',
  {
    propertyId: text('property_id').$type<PropertyId>().notNull(),
    use: text('use').$type<SignerUse>().notNull(),
    epoch: integer('epoch').notNull(),
    publicKey: text('public_key').notNull(),
    secretSealed: text('secret_sealed').notNull(),
    certificate: text('certificate').notNull(),
    expiresAt: instant('expires_at').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.propertyId, table.use, table.epoch] })],
);

/** What one of a property's signing keys may sign. */
export type SignerUse = 'cmd' | 'grant' | 'set' | 'cert';

/** Desks of a workplace; a removed one keeps its past reservations. */
export const desk = pgTable('desk', {
  id: text('id').$type<DeskId>().primaryKey(),
  organizationId: text('organization_id').$type<OrganizationId>().notNull(),
  name: text('name').notNull(),
  createdAt: instant('created_at').notNull(),
  removedAt: instant('removed_at'),
});
