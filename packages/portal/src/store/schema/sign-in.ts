import type {
  AccessEnd,
  AccountId,
  ApiKeyId,
  AppId,
  Channel,
  InvitationId,
  MemberId,
  OrganizationId,
  PropertyId,
  SessionId,
  SignInMethod,
} from '@latchwork/core';
import { boolean, index, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';

/**
 * What a person signs in with, in every organization they are a member of. Made when the first invitation is accepted;
 * inviting an address neither reads nor tells whether there is one.
 */
export const account = pgTable(
  'account',
  {
    id: text('id').$type<AccountId>().primaryKey(),
    email: text('email').notNull(),
    emailKey: text('email_key').notNull(),
    passwordHash: text('password_hash'),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [uniqueIndex('account_email').on(table.emailKey)],
);

/** Accounts of identity providers, by issuer and subject and never by e-mail (Microsoft: tenant and object id). */
export const accountIdentity = pgTable(
  'account_identity',
  {
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    accountId: text('account_id').$type<AccountId>().notNull(),
    provider: text('provider').$type<Exclude<SignInMethod, 'email_password'>>().notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.issuer, table.subject] })],
);

/** Single-use tokens of links in mails (G18, S40); only their hashes. */
export const setupLink = pgTable('setup_link', {
  tokenHash: text('token_hash').primaryKey(),
  memberId: text('member_id').$type<MemberId>().notNull(),
  purpose: text('purpose').$type<SetupPurpose>().notNull(),
  /** Set exactly for `accept_invitation`. */
  invitationId: text('invitation_id').$type<InvitationId>(),
  expiresAt: instant('expires_at').notNull(),
  /** Used, or void because its reason is gone. */
  endedAt: instant('ended_at'),
  endedAs: text('ended_as').$type<'used' | 'void'>(),
});

/** What a link of a mail opens. */
export type SetupPurpose = 'accept_invitation' | 'set_password';

/** Signed-in sessions; only the hashes of their tokens. */
export const session = pgTable(
  'session',
  {
    id: text('id').$type<SessionId>().primaryKey(),
    tokenHash: text('token_hash').notNull(),
    memberId: text('member_id').$type<MemberId>().notNull(),
    channel: text('channel').$type<Channel>().notNull(),
    method: text('method').$type<SignInMethod>().notNull(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    endedAt: instant('ended_at'),
    endedBecause: text('ended_because').$type<AccessEnd | 'signed_out' | 'password_changed'>(),
  },
  (table) => [uniqueIndex('session_token').on(table.tokenHash)],
);

/** Programs' rights to call the API, bound to the membership of their maker (P-19); only the hashes of their tokens. */
export const apiKey = pgTable(
  'api_key',
  {
    id: text('id').$type<ApiKeyId>().primaryKey(),
    organizationId: text('organization_id').$type<OrganizationId>().notNull(),
    creatorId: text('creator_id').$type<MemberId>().notNull(),
    name: text('name').notNull(),
    /** What of its creator's rights it may use. */
    scopes: jsonb('scopes').$type<readonly string[]>().notNull(),
    tokenHash: text('token_hash').notNull(),
    /** The last characters of the token, to tell keys apart. */
    tokenHint: text('token_hint').notNull(),
    /** The key this one takes over from; that one expires when the overlap ends. */
    rotatedFromId: text('rotated_from_id').$type<ApiKeyId>(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at'),
    lastUsedAt: instant('last_used_at'),
    revokedAt: instant('revoked_at'),
  },
  (table) => [uniqueIndex('api_key_token').on(table.tokenHash)],
);

/** Registered third-party apps, which act for signed-in members by OAuth 2.1. Allowed nowhere until a property allows them (C7). */
export const app = pgTable('app', {
  id: text('id').$type<AppId>().primaryKey(),
  organizationId: text('organization_id').$type<OrganizationId>().notNull(),
  name: text('name').notNull(),
  redirectUris: jsonb('redirect_uris').$type<readonly string[]>().notNull(),
  /** `true` has a secret and keeps it on a server; `false` is installed with its users and proves itself by PKCE alone. */
  confidential: boolean('confidential').notNull(),
  /** Sealed, for the authorization server compares it itself. */
  secretSealed: text('secret_sealed'),
  createdAt: instant('created_at').notNull(),
  removedAt: instant('removed_at'),
});

/** What one member allowed one app on one property; every token of the app is bound to one. */
export const appGrant = pgTable('app_grant', {
  /** The authorization server's own id of the grant. */
  id: text('id').primaryKey(),
  appId: text('app_id').$type<AppId>().notNull(),
  memberId: text('member_id').$type<MemberId>().notNull(),
  propertyId: text('property_id').$type<PropertyId>().notNull(),
  scopes: jsonb('scopes').$type<readonly string[]>().notNull(),
  createdAt: instant('created_at').notNull(),
  revokedAt: instant('revoked_at'),
});

/** What the authorization server keeps: codes, tokens, interactions; by the hash of their id, their content sealed. */
export const oauthRecord = pgTable(
  'oauth_record',
  {
    /** Kind and hash of the id. */
    id: text('id').primaryKey(),
    kind: text('kind').notNull(),
    grantId: text('grant_id'),
    uidHash: text('uid_hash'),
    payloadSealed: text('payload_sealed').notNull(),
    expiresAt: instant('expires_at'),
    consumedAt: instant('consumed_at'),
  },
  (table) => [index('oauth_record_grant').on(table.grantId), index('oauth_record_expiry').on(table.expiresAt)],
);
