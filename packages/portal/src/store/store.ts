import type { AttemptId, DeviceId, EntranceId, Instant, OrganizationId, ReviewId, SyncRunId } from '@latchwork/core';
import type { Steps } from '../in-steps.js';
import type { DeliveryReader } from './delivery-reader.js';
import type { Peers } from './peers.js';
import { accessKey, attempt } from './schema/access.js';
import { alarm } from './schema/alarms.js';
import { brokerAuthority, gatewayCertificate, gatewayEnrollment } from './schema/broker.js';
import { cardMaster, credential, guest, keyCard } from './schema/credentials.js';
import { mail, webhookDelivery, webhookEndpoint } from './schema/delivery.js';
import {
  directoryIntegration,
  directoryLink,
  directoryReview,
  directoryReviewChunk,
  syncReceipt,
  syncRun,
} from './schema/directory.js';
import { device, entrance, gateway } from './schema/hardware.js';
import { lockCondition } from './schema/lock-condition.js';
import { lockLog, lockReader } from './schema/lock-log.js';
import { lockDesired, revocation } from './schema/locks.js';
import { assignment, invitation, member, reservation } from './schema/people.js';
import { phone, phoneGrant } from './schema/phones.js';
import { auditEntry, event, type FeedId, idempotentReply } from './schema/record.js';
import { scimGroup, scimMembership, scimUser } from './schema/scim.js';
import {
  account,
  accountIdentity,
  apiKey,
  app,
  appGrant,
  appToken,
  oauthRecord,
  oauthSecret,
  session,
  setupLink,
  ssoHandover,
} from './schema/sign-in.js';
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
  ssoHandover,
  setupLink,
  session,
  apiKey,
  app,
  appGrant,
  appToken,
  oauthRecord,
  oauthSecret,
  entrance,
  device,
  gateway,
  gatewayEnrollment,
  gatewayCertificate,
  brokerAuthority,
  accessKey,
  guest,
  keyCard,
  cardMaster,
  credential,
  phone,
  phoneGrant,
  lockDesired,
  lockLog,
  lockReader,
  lockCondition,
  revocation,
  alarm,
  attempt,
  mail,
  webhookEndpoint,
  webhookDelivery,
  directoryIntegration,
  directoryLink,
  directoryReview,
  directoryReviewChunk,
  syncRun,
  syncReceipt,
  scimUser,
  scimGroup,
  scimMembership,
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
  'ssoHandover',
  'setupLink',
  'session',
  'apiKey',
  'app',
  'appGrant',
  'appToken',
  'oauthSecret',
  'entrance',
  'device',
  'gateway',
  'gatewayEnrollment',
  'gatewayCertificate',
  'brokerAuthority',
  'accessKey',
  'guest',
  'keyCard',
  'cardMaster',
  'credential',
  'phone',
  'phoneGrant',
  'lockDesired',
  'lockReader',
  'lockCondition',
  'revocation',
  'alarm',
  'mail',
  'webhookEndpoint',
  'directoryIntegration',
  'directoryLink',
  'directoryReview',
  'syncRun',
  'scimUser',
  'scimGroup',
  'scimMembership',
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

/** The tables that writes go to, each once. */
export function tablesOf(writes: readonly Write[]): readonly TableName[] {
  return [...new Set(writes.map(({ table }) => table))];
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

/** Where an entry stands among all of a lock's. */
export type LogPosition = Pick<Row<'lockLog'>, 'resets' | 'seq'>;

/** Which rows of a descending or ascending list to read. */
export interface Page<Position> {
  /** Exclusive; `undefined` begins at the beginning. */
  readonly after: Position | undefined;
  readonly limit: number;
}

/** Reads what is not held in memory, and at start all that is. */
export interface Reader extends DeliveryReader {
  rows<Table extends ProjectedTable>(table: Table): Promise<readonly Row<Table>[]>;
  heads(): Promise<SequenceHeads>;
  /** Those that have not ended, and those whose end is unknown or stands by a phone's word alone. */
  openAttempts(): Promise<readonly Row<'attempt'>[]>;
  attempt(id: AttemptId): Promise<Row<'attempt'> | undefined>;
  /** Newest first. */
  attemptsOf(entranceId: EntranceId, page: Page<AttemptId>): Promise<readonly Row<'attempt'>[]>;
  /** Those of a lock by the ids of their commands. */
  attemptsOfCommands(deviceId: DeviceId, commandIds: readonly string[]): Promise<readonly Row<'attempt'>[]>;
  /** Newest first. */
  lockLogOf(deviceId: DeviceId, page: Page<LogPosition>): Promise<readonly Row<'lockLog'>[]>;
  /** Entries that name a command by its id, oldest first. */
  lockLogOfCommands(deviceId: DeviceId, commandIds: readonly string[]): Promise<readonly Row<'lockLog'>[]>;
  /** Oldest first. */
  events(feedId: FeedId, page: Page<number>): Promise<readonly Row<'event'>[]>;
  /** Oldest first. */
  audit(organizationId: OrganizationId, page: Page<number>): Promise<readonly Row<'auditEntry'>[]>;
  /** Oldest first. */
  idempotentRequests(
    since: Instant,
  ): Promise<readonly Pick<Row<'idempotentReply'>, 'scope' | 'key' | 'requestHash' | 'createdAt'>[]>;
  idempotentReply(scope: string, key: string): Promise<Row<'idempotentReply'> | undefined>;
  oauthRecord(id: string): Promise<Row<'oauthRecord'> | undefined>;
  oauthRecordByUid(uidHash: string): Promise<Row<'oauthRecord'> | undefined>;
  /** Some pieces of a review, in their order: from a position, so many. */
  reviewChunks(
    reviewId: ReviewId,
    range: { readonly from: number; readonly count: number },
  ): Promise<readonly Row<'directoryReviewChunk'>[]>;
  /** In the order in which they were made. */
  syncReceipts(syncRunId: SyncRunId, page: Page<number>): Promise<readonly Row<'syncReceipt'>[]>;
}

/** What was read, all as of one moment. */
export interface Snapshot<Result> {
  /** Of the last commit that it contains; without meaning where there is no {@link ChangeLog}. */
  readonly version: number;
  readonly result: Result;
}

/** What one commit wrote, and which version of the ledger it made. */
export interface Change {
  readonly version: number;
  /** Names the commit: no two have the same. */
  readonly commitId: string;
  /** The writes to tables that every process holds in memory, and to the record; see {@link loggedWrites}. */
  readonly writes: readonly Write[];
  /** Every table that was written to, also those whose rows are read only when they are due. */
  readonly tables: readonly TableName[];
}

/** One statement; `blob` is the content of the file from which it reads, where there is one. */
export type Statement = string | { readonly sql: string; readonly blob: string };

/** The first of a commit's writes in the words of the database, made ahead; see {@link Store.wording}. */
export interface Wording {
  /** Of how many writes. */
  readonly count: number;
  readonly statements: readonly Statement[];
  /** As they stand in the log of changes, with commas in between. */
  readonly logged: string;
}

/** Everything that one commit writes. */
export interface NewWrites {
  readonly writes: readonly Write[];
  readonly wording?: Wording | undefined;
}

/** A change as its writer hands it over. */
export interface NewChange extends NewWrites {
  readonly commitId: string;
}

/** The commits of all processes on one database, in their one order. */
export interface ChangeLog {
  /** Version of the last commit of any process. */
  head(): Promise<number>;
  /** Changes after a version, oldest first, not necessarily all; `undefined`: the next one is forgotten already. */
  changesAfter(version: number): Promise<readonly Change[] | undefined>;
  /**
   * Commits what was decided on the version `follows`, as the next version. `overtaken`: it was not committed and never
   * will be, because another commit came first or because the connection was lost.
   */
  commit(change: NewChange & { readonly follows: number }): Promise<'committed' | 'overtaken'>;
  /**
   * Locks every other writer out, asks for the change with the version that it will follow, and commits it; `undefined`
   * commits nothing. Whoever was overtaken gets its turn here, however busy the others are.
   */
  commitAlone(decide: (head: number) => Promise<NewChange | undefined>): Promise<'committed' | 'overtaken' | 'nothing'>;
  /** Hears of new versions soon after their commit, not necessarily of each. @returns the end of the hearing. */
  onHead(listener: (version: number) => void): () => void;
  /** Forgets changes that every running process has long taken over. */
  forget(): Promise<void>;
}

/** The portal's only place for state that outlives it. SQL stays within what PostgreSQL itself understands. */
export interface Store extends Reader, AsyncDisposable {
  /** Present where several processes write to one database; `undefined`: this one is the only writer. */
  readonly log: ChangeLog | undefined;
  readonly peers: Peers;
  /** Whether the database answers, as far as is known. */
  isReachable(): boolean;
  /** Reads several things as of one moment. */
  snapshot<Result>(read: (reader: Reader) => Promise<Result>): Promise<Snapshot<Result>>;
  /**
   * Writes many rows in one transaction, whatever was written before: all or nothing; when it resolves the rows survive a
   * crash of the process and of the machine.
   */
  commit(writes: readonly Write[], wording?: Wording): Promise<void>;
  /** Makes the words for writes, in steps: they take longer than others should wait for. */
  wording(writes: readonly Write[]): Steps<Wording>;
  /** The sealed text by which a start sees that its sealing key is the installation's; kept on the first start. */
  sealingCheck(make: () => string): Promise<string>;
  /** Forgets replies kept for repeated requests made before the given instant. */
  forgetReplies(before: Instant): Promise<void>;
  /** Forgets what the authorization server kept and what has expired before the given instant. */
  forgetOauthRecords(before: Instant): Promise<void>;
  /** Forgets webhook deliveries that ended before the given instant. */
  forgetDeliveries(before: Instant): Promise<void>;
  /** Forgets entries of locks' logs that came before the given instant; how far each log was read and proven stays known. */
  forgetLockLog(before: Instant): Promise<void>;
  /** Keeps files small and restarts fast; cheap when nothing was written since the last time. */
  maintain(): Promise<void>;
}
