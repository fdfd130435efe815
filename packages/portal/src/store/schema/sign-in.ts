import type { ApiScope, App, AppScope } from '@latchwork/contract';
import type {
  AccountId,
  ApiKeyId,
  AppGrantId,
  AppId,
  Channel,
  InvitationId,
  MemberId,
  OrganizationId,
  PropertyId,
  SessionId,
  SignInMethod,
} from '@latchwork/core';
import type { AccessEnd, SignInChannel } from '@latchwork/core/people';
import { index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
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
    /** Network addresses that its owner was seen at, as tags, the newest first; see `addressTag`. */
    knownAddresses: jsonb('known_addresses').$type<readonly string[]>().notNull(),
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

/**
 * What an identity provider told, on its way from the callback to the session: by the flow's state, so that a callback
 * counts once. Forgotten when it has expired.
 */
export const ssoHandover = pgTable(
  'sso_handover',
  {
    /** Hash of the `state` that the provider gave back. */
    stateHash: text('state_hash').primaryKey(),
    /** Hash of the one-time code that the browser carries on. */
    codeHash: text('code_hash').notNull(),
    codeChallenge: text('code_challenge').notNull(),
    accountId: text('account_id').$type<AccountId>().notNull(),
    provider: text('provider').$type<Exclude<SignInMethod, 'email_password'>>().notNull(),
    channel: text('channel').$type<SignInChannel>().notNull(),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
  },
  (table) => [uniqueIndex('sso_handover_code').on(table.codeHash)],
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
    scopes: jsonb('scopes').$type<readonly ApiScope[]>().notNull(),
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
  /** `confidential` has a secret and keeps it on a server; `public` is installed with its users. */
  kind: text('kind').$type<App['kind']>().notNull(),
  redirectUris: jsonb('redirect_uris').$type<readonly string[]>().notNull(),
  /** The most it can ask a member for. */
  scopes: jsonb('scopes').$type<readonly AppScope[]>().notNull(),
  /** The hash of its secret; `null` for a public app. */
  secretHash: text('secret_hash'),
  createdAt: instant('created_at').notNull(),
  removedAt: instant('removed_at'),
});

/** What one member allowed one app on one property; every token of the app is bound to one. */
export const appGrant = pgTable('app_grant', {
  id: text('id').$type<AppGrantId>().primaryKey(),
  appId: text('app_id').$type<AppId>().notNull(),
  memberId: text('member_id').$type<MemberId>().notNull(),
  propertyId: text('property_id').$type<PropertyId>().notNull(),
  scopes: jsonb('scopes').$type<readonly AppScope[]>().notNull(),
  /** How the member signed in to allow it; another method since then ends it. */
  method: text('method').$type<SignInMethod>().notNull(),
  createdAt: instant('created_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
  revokedAt: instant('revoked_at'),
});

/** Access tokens of apps, by their hash; held in memory, so that a request with one asks no database. They live for minutes. */
export const appToken = pgTable(
  'app_token',
  {
    id: text('id').primaryKey(),
    grantId: text('grant_id').$type<AppGrantId>().notNull(),
    scopes: jsonb('scopes').$type<readonly AppScope[]>().notNull(),
    expiresAt: instant('expires_at').notNull(),
    /** What the authorization server itself keeps of it. */
    payloadSealed: text('payload_sealed').notNull(),
  },
  (table) => [index('app_token_expiry').on(table.expiresAt)],
);

/** What the authorization server keeps between two requests: codes, refresh tokens, sign-ins under way; by the hash of their id, their content sealed. */
export const oauthRecord = pgTable(
  'oauth_record',
  {
    /** Kind and hash of the id. */
    id: text('id').primaryKey(),
    /** A second name of a sign-in under way, hashed too. */
    uidHash: text('uid_hash'),
    payloadSealed: text('payload_sealed').notNull(),
    expiresAt: instant('expires_at').notNull(),
    /** Codes and refresh tokens work once; whoever comes with a used one has stolen it, or has been stolen from. */
    consumedAt: instant('consumed_at'),
  },
  (table) => [index('oauth_record_uid').on(table.uidHash), index('oauth_record_expiry').on(table.expiresAt)],
);

/** Generations of the secrets that the authorization server signs with; the newest signs, the one before still verifies. */
export const oauthSecret = pgTable('oauth_secret', {
  generation: integer('generation').primaryKey(),
  secretsSealed: text('secrets_sealed').notNull(),
  createdAt: instant('created_at').notNull(),
});
