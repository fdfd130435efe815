import type { Actor, AttemptState, Event } from '@latchwork/contract';
import type {
  AccessSchedule,
  ApiKeyId,
  AttemptId,
  Channel,
  DeviceId,
  EntranceId,
  GatewayId,
  HospitalityRole,
  Instant,
  KeyId,
  LockMode,
  MemberId,
  MembershipState,
  OrganizationId,
  PropertyId,
  SessionId,
  UnlockRefusal,
} from '@latchwork/core';
import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';

const instant = (name: string) => bigint(name, { mode: 'number' }).$type<Instant>();

/** Tenants, each with the root of trust that its locks know; the root's secret is sealed. */
export const organization = pgTable('organization', {
  id: text('id').$type<OrganizationId>().primaryKey(),
  name: text('name').notNull(),
  rootPublicKey: text('root_public_key').notNull(),
  rootSecretSealed: text('root_secret_sealed').notNull(),
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
  /** The "Remote Unlock" setting (★14). */
  remoteUnlock: boolean('remote_unlock').notNull(),
  /** The integrated apps that may unlock here (G33, C7). */
  integratedApps: jsonb('integrated_apps').$type<readonly string[]>().notNull(),
  createdAt: instant('created_at').notNull(),
});

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
export type SignerUse = 'cmd' | 'grant';

/** Persons within an organization. `emailKey` is the e-mail trimmed and in lower case (G14). */
export const member = pgTable(
  'member',
  {
    id: text('id').$type<MemberId>().primaryKey(),
    organizationId: text('organization_id').$type<OrganizationId>().notNull(),
    name: text('name').notNull(),
    email: text('email').notNull(),
    emailKey: text('email_key').notNull(),
    state: text('state').$type<MembershipState>().notNull(),
    organizationOwner: boolean('organization_owner').notNull(),
    passwordHash: text('password_hash'),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [uniqueIndex('member_email').on(table.emailKey)],
);

/** Which role a member has on which property (G2). */
export const assignment = pgTable(
  'assignment',
  {
    memberId: text('member_id').$type<MemberId>().notNull(),
    propertyId: text('property_id').$type<PropertyId>().notNull(),
    role: text('role').$type<HospitalityRole>().notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.memberId, table.propertyId] })],
);

/** Single-use tokens that let an invited person choose a password (G18); only their hashes. */
export const accountSetup = pgTable('account_setup', {
  tokenHash: text('token_hash').primaryKey(),
  memberId: text('member_id').$type<MemberId>().notNull(),
  expiresAt: instant('expires_at').notNull(),
  usedAt: instant('used_at'),
});

/** Signed-in sessions; only the hashes of their tokens. */
export const session = pgTable(
  'session',
  {
    id: text('id').$type<SessionId>().primaryKey(),
    tokenHash: text('token_hash').notNull(),
    memberId: text('member_id').$type<MemberId>().notNull(),
    channel: text('channel').$type<Channel>().notNull(),
    /** Which integrated app acts for the member; only on the channel `integrated_app`. */
    app: text('app'),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    endedAt: instant('ended_at'),
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
    tokenHash: text('token_hash').notNull(),
    createdAt: instant('created_at').notNull(),
    lastUsedAt: instant('last_used_at'),
    revokedAt: instant('revoked_at'),
  },
  (table) => [uniqueIndex('api_key_token').on(table.tokenHash)],
);

/** Controllable openings. */
export const entrance = pgTable('entrance', {
  id: text('id').$type<EntranceId>().primaryKey(),
  propertyId: text('property_id').$type<PropertyId>().notNull(),
  name: text('name').notNull(),
  mode: text('mode').$type<LockMode>().notNull(),
  createdAt: instant('created_at').notNull(),
});

/** Locks: their tag on the air, which is theirs alone within a property, and their two public keys. */
export const device = pgTable(
  'device',
  {
    id: text('id').$type<DeviceId>().primaryKey(),
    propertyId: text('property_id').$type<PropertyId>().notNull(),
    kind: text('kind').$type<'lock'>().notNull(),
    name: text('name').notNull(),
    entranceId: text('entrance_id').$type<EntranceId>().notNull(),
    tag: text('tag').notNull(),
    publicKey: text('public_key').notNull(),
    identityPublicKey: text('identity_public_key').notNull(),
    observation: jsonb('observation').$type<DeviceObservation>(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [uniqueIndex('device_tag').on(table.propertyId, table.tag)],
);

/** The last thing a lock said of itself, and when (P-1): by the gateway's clock, but not after it was heard. */
export interface DeviceObservation {
  readonly bolt: 'locked' | 'unlocked' | 'held-open' | 'unknown';
  readonly batteryPercent: number | null;
  readonly observedAt: Instant;
}

/** Gateways on site; only the hash of the secret they sign in to the broker with. */
export const gateway = pgTable('gateway', {
  id: text('id').$type<GatewayId>().primaryKey(),
  propertyId: text('property_id').$type<PropertyId>().notNull(),
  name: text('name').notNull(),
  secretHash: text('secret_hash').notNull(),
  online: boolean('online').notNull(),
  lastSeenAt: instant('last_seen_at'),
  version: text('version'),
  createdAt: instant('created_at').notNull(),
});

/** Keys: who may open which entrances when. The table is not called `key`, which is an SQL word. */
export const accessKey = pgTable('access_key', {
  id: text('id').$type<KeyId>().primaryKey(),
  propertyId: text('property_id').$type<PropertyId>().notNull(),
  holderId: text('holder_id').$type<MemberId>().notNull(),
  creatorId: text('creator_id').$type<MemberId>().notNull(),
  entranceIds: jsonb('entrance_ids').$type<readonly EntranceId[]>().notNull(),
  startsAt: instant('starts_at').notNull(),
  endsAt: instant('ends_at'),
  schedule: jsonb('schedule').$type<AccessSchedule>(),
  revokedAt: instant('revoked_at'),
  createdAt: instant('created_at').notNull(),
});

/** Action attempts with the times of their separate facts (P-1); denied ones too (P-17). */
export const attempt = pgTable(
  'attempt',
  {
    id: text('id').$type<AttemptId>().primaryKey(),
    propertyId: text('property_id').$type<PropertyId>().notNull(),
    entranceId: text('entrance_id').$type<EntranceId>().notNull(),
    deviceId: text('device_id').$type<DeviceId>(),
    gatewayId: text('gateway_id').$type<GatewayId>(),
    holderId: text('holder_id').$type<MemberId>().notNull(),
    actor: jsonb('actor').$type<Actor>().notNull(),
    keyId: text('key_id').$type<KeyId>(),
    channel: text('channel').$type<Channel>().notNull(),
    app: text('app'),
    commandId: text('command_id').notNull(),
    state: text('state').$type<AttemptState>().notNull(),
    code: text('code'),
    because: text('because').$type<UnlockRefusal>(),
    explanation: text('explanation'),
    deadline: instant('deadline').notNull(),
    requestedAt: instant('requested_at').notNull(),
    acceptedAt: instant('accepted_at'),
    sentAt: instant('sent_at'),
    acknowledgedAt: instant('acknowledged_at'),
    /** From then on a command token may have left the portal. */
    tokenPossibleAt: instant('token_possible_at'),
    endedAt: instant('ended_at'),
    result: jsonb('result').$type<AttemptResult>(),
  },
  (table) => [index('attempt_entrance').on(table.entranceId, table.id), index('attempt_open').on(table.endedAt)],
);

/** What a gateway reported about the end of an attempt. */
export interface AttemptResult {
  /** The gateway's id of the report: the same report again changes nothing. */
  readonly eventId: string;
  /** When it happened at the lock, by the gateway's clock, but not after it was heard. */
  readonly occurredAt: Instant;
  readonly bolt?: string;
  readonly batteryPercent?: number | null;
  readonly logSeq?: number;
  readonly logHead?: string;
  readonly spansMs?: Readonly<Record<string, number>>;
}

/** The event feed: dense positions per property, which are its cursors. */
export const event = pgTable(
  'event',
  {
    propertyId: text('property_id').$type<PropertyId>().notNull(),
    position: bigint('position', { mode: 'number' }).notNull(),
    /** The event as the API writes it, except for its cursor, which is the position. */
    body: jsonb('body').$type<StoredEvent>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.propertyId, table.position] })],
);

type WithoutCursor<Wire> = Wire extends { readonly cursor: string } ? Omit<Wire, 'cursor'> : never;

/** An event without its place in the feed. */
export type StoredEvent = WithoutCursor<Event>;

/** The audit of an organization: each entry's hash covers the hash before it, so nothing can be edited or taken out unseen. */
export const auditEntry = pgTable(
  'audit_entry',
  {
    organizationId: text('organization_id').$type<OrganizationId>().notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    entry: text('entry').notNull(),
    hash: text('hash').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.seq] })],
);

/** Replies kept for a repeated request with the same idempotency key; sealed, for some carry a secret shown once. */
export const idempotentReply = pgTable(
  'idempotent_reply',
  {
    scope: text('scope').notNull(),
    key: text('key').notNull(),
    requestHash: text('request_hash').notNull(),
    status: integer('status').notNull(),
    replySealed: text('reply_sealed'),
    attemptId: text('attempt_id').$type<AttemptId>(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.key] }), index('idempotent_reply_age').on(table.createdAt)],
);
