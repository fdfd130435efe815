import type { IntegrationId, MemberId, OrganizationId, ScimGroupId, ScimUserId } from '@latchwork/core';
import { index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';

/** A pushed user's id; who was a user here before has the member's. */
export type PushedUserId = ScimUserId | MemberId;

/** What a directory that pushes has written of a person, with the values as sent; who is a member of it stands in the link. */
export const scimUser = pgTable(
  'scim_user',
  {
    id: text('id').$type<PushedUserId>().primaryKey(),
    integrationId: text('integration_id').$type<IntegrationId>().notNull(),
    organizationId: text('organization_id').$type<OrganizationId>().notNull(),
    /** `userName` without case, which no two users of a directory share. */
    userNameKey: text('user_name_key').notNull(),
    externalId: text('external_id'),
    /** All addresses without case, each once. */
    emailKeys: jsonb('email_keys').$type<readonly string[]>().notNull(),
    /** Without `id`, `meta` and `password`. */
    resource: jsonb('resource').$type<Readonly<Record<string, unknown>>>().notNull(),
    version: integer('version').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [uniqueIndex('scim_user_name').on(table.integrationId, table.userNameKey)],
);

/** Groups that a directory has pushed. They are kept for the directory alone: nobody is or may anything for being in one. */
export const scimGroup = pgTable(
  'scim_group',
  {
    id: text('id').$type<ScimGroupId>().primaryKey(),
    integrationId: text('integration_id').$type<IntegrationId>().notNull(),
    organizationId: text('organization_id').$type<OrganizationId>().notNull(),
    /** `displayName` without case, which no two groups of a directory share: Entra finds groups by it. */
    displayNameKey: text('display_name_key').notNull(),
    externalId: text('external_id'),
    /** Without `id`, `meta` and `members`. */
    resource: jsonb('resource').$type<Readonly<Record<string, unknown>>>().notNull(),
    version: integer('version').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [uniqueIndex('scim_group_name').on(table.integrationId, table.displayNameKey)],
);

/** Who is in a pushed group: rows of their own, so that one more in a group of many thousands is one small write. */
export const scimMembership = pgTable(
  'scim_membership',
  {
    groupId: text('group_id').$type<ScimGroupId>().notNull(),
    /** A user, or a group within the group. */
    memberId: text('member_id').$type<PushedUserId | ScimGroupId>().notNull(),
    /** What the directory calls the member. */
    display: text('display'),
  },
  (table) => [
    primaryKey({ columns: [table.groupId, table.memberId] }),
    index('scim_membership_member').on(table.memberId),
  ],
);
