import type { AttemptId, EntranceId, Instant, OrganizationId } from '@latchwork/core';
import { accessKey, attempt } from './schema/access.js';
import { mail, webhookDelivery, webhookEndpoint } from './schema/delivery.js';
import { device, entrance, gateway } from './schema/hardware.js';
import { assignment, invitation, member, reservation } from './schema/people.js';
import { auditEntry, event, type FeedId, idempotentReply } from './schema/record.js';
import { account, accountIdentity, apiKey, app, appGrant, oauthRecord, session, setupLink } from './schema/sign-in.js';
import { desk, organization, property, propertySigner } from './schema/tenancy.js';

/** Every table by the name that writes and rows are typed with. */
export const tables = {
  organization,
  property,
  propertySigner,
  desk,
  member,
  assignment,
  invitation,
  reservation,
  account,
  accountIdentity,
  setupLink,
  session,
  apiKey,
  app,
  appGrant,
  oauthRecord,
  entrance,
  device,
  gateway,
  accessKey,
  attempt,
  mail,
  webhookEndpoint,
  webhookDelivery,
  event,
  auditEntry,
  idempotentReply,
} as const;

/** Names a table. */
export type TableName = keyof typeof tables;

/** One row of a table, read or written whole. */
export type Row<Table extends TableName> = Readonly<(typeof tables)[Table]['$inferSelect']>;

/** The tables that decisions need; they are held in memory whole. */
export const projectedTables = [
  'organization',
  'property',
  'propertySigner',
  'desk',
  'member',
  'assignment',
  'invitation',
  'reservation',
  'account',
  'accountIdentity',
  'setupLink',
  'session',
  'apiKey',
  'app',
  'appGrant',
  'entrance',
  'device',
  'gateway',
  'accessKey',
  'mail',
  'webhookEndpoint',
] as const satisfies readonly TableName[];

/** Names a table that is held in memory whole. */
export type ProjectedTable = (typeof projectedTables)[number];

/** One row to insert, to replace by its primary key, or to delete by it; data, so that a decision can be looked at before it is written. */
export type Write = { readonly [Table in TableName]: WriteTo<Table> }[TableName];

/** A write to one table. */
export interface WriteTo<Table extends TableName> {
  readonly op: 'insert' | 'update' | 'delete';
  readonly table: Table;
  readonly row: Row<Table>;
}

/** Where the dense sequences stand: the next event and the next audit entry follow these. */
export interface SequenceHeads {
  readonly events: readonly { readonly feedId: FeedId; readonly position: number }[];
  readonly audit: readonly {
    readonly organizationId: OrganizationId;
    readonly seq: number;
    readonly hash: string;
  }[];
}

/** Which rows of a descending or ascending list to read. */
export interface Page<Position> {
  /** Exclusive; `undefined` begins at the beginning. */
  readonly after: Position | undefined;
  readonly limit: number;
}

/** Reads what is not held in memory, and at start all that is. */
export interface Reader {
  rows<Table extends ProjectedTable>(table: Table): Promise<readonly Row<Table>[]>;
  heads(): Promise<SequenceHeads>;
  openAttempts(): Promise<readonly Row<'attempt'>[]>;
  attempt(id: AttemptId): Promise<Row<'attempt'> | undefined>;
  /** Newest first. */
  attemptsOf(entranceId: EntranceId, page: Page<AttemptId>): Promise<readonly Row<'attempt'>[]>;
  /** Oldest first. */
  events(feedId: FeedId, page: Page<number>): Promise<readonly Row<'event'>[]>;
  /** Oldest first. */
  audit(organizationId: OrganizationId, page: Page<number>): Promise<readonly Row<'auditEntry'>[]>;
  /** Oldest first. */
  idempotentRequests(
    since: Instant,
  ): Promise<readonly Pick<Row<'idempotentReply'>, 'scope' | 'key' | 'requestHash' | 'createdAt'>[]>;
  idempotentReply(scope: string, key: string): Promise<Row<'idempotentReply'> | undefined>;
}

/** Writes many rows in one transaction. */
export interface Transactor {
  /** All or nothing; when it resolves the rows survive a crash of the process and of the machine. */
  commit(writes: readonly Write[]): Promise<void>;
}

/** The portal's only place for state that outlives it. SQL stays within what PostgreSQL itself understands. */
export interface Store extends Reader, Transactor, AsyncDisposable {
  /** Forgets replies kept for repeated requests made before the given instant. */
  forgetReplies(before: Instant): Promise<void>;
  /** Keeps files small and restarts fast; cheap when nothing was written since the last time. */
  maintain(): Promise<void>;
}
