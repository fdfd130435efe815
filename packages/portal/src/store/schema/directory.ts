import type { Actor, DirectoryIntegration, DirectoryReview, SyncRun } from '@latchwork/contract';
import type { IntegrationId, MemberId, OrganizationId, ReviewId, SignInMethod, SyncRunId } from '@latchwork/core';
import type { DirectoryKind, DirectoryProfile, HeldReason, SyncStatus } from '@latchwork/core/directory';
import { boolean, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { instant } from './columns.js';

/** Connections to directories of people, one of a kind in an organization (S20). A removed one leaves its runs alone. */
export const directoryIntegration = pgTable(
  'directory_integration',
  {
    id: text('id').$type<IntegrationId>().primaryKey(),
    organizationId: text('organization_id').$type<OrganizationId>().notNull(),
    kind: text('kind').$type<DirectoryKind>().notNull(),
    state: text('state').$type<DirectoryIntegration['state']>().notNull(),
    /** Client, service account or address that the credentials are for; no secret. */
    connectedAs: text('connected_as').notNull(),
    /** What the portal signs in with, sealed; `null` where the directory signs in here. */
    credentialsSealed: text('credentials_sealed'),
    /** The hash of the token that a directory pushes with; `null` until there is one. */
    scimTokenHash: text('scim_token_hash'),
    /** The directory's own name of the tenant, once it has said it. */
    tenantId: text('tenant_id'),
    guests: text('guests').$type<'skip' | 'sync'>().notNull(),
    groupIds: jsonb('group_ids').$type<readonly string[]>().notNull(),
    ownDomains: jsonb('own_domains').$type<readonly string[]>().notNull(),
    signInMethod: text('sign_in_method').$type<SignInMethod>(),
    /** Tenant and scope of the last sync; another one is not synced by itself. */
    bound: jsonb('bound').$type<DirectoryBinding>(),
    automaticSync: boolean('automatic_sync').notNull(),
    /** `null` with automatic sync on: at once. */
    nextRunAt: instant('next_run_at'),
    health: text('health').$type<DirectoryIntegration['health']>().notNull(),
    heldBecause: jsonb('held_because').$type<readonly HeldReason[]>().notNull(),
    /** Automatic runs that failed in a row. */
    failures: integer('failures').notNull(),
    /** When an automatic run last read everybody. */
    readAllAt: instant('read_all_at'),
    /** Where a reading of changes goes on from, sealed. */
    deltaTokenSealed: text('delta_token_sealed'),
    lastRun: jsonb('last_run').$type<LastRun>(),
    version: integer('version').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [uniqueIndex('directory_integration_kind').on(table.organizationId, table.kind)],
);

/** Which tenant was synced, and what of it. */
export interface DirectoryBinding {
  readonly tenantId: string;
  readonly scope: string;
}

/** How the last run of an integration ended. */
export interface LastRun {
  readonly id: SyncRunId;
  readonly state: 'applied' | 'held' | 'failed';
  readonly endedAt: number;
}

/** Members who came from a directory, or were taken over by it, with its properties of them as they were last applied. */
export const directoryLink = pgTable(
  'directory_link',
  {
    integrationId: text('integration_id').$type<IntegrationId>().notNull(),
    directoryId: text('directory_id').notNull(),
    memberId: text('member_id').$type<MemberId>().notNull(),
    profile: jsonb('profile').$type<DirectoryProfile>().notNull(),
    /** Whether a sync has deactivated the member; only then does coming back mean anything (S25). */
    removed: boolean('removed').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.integrationId, table.directoryId] }),
    index('directory_link_member').on(table.memberId),
  ],
);

/** Lists of a directory's users, kept for a while so that somebody can choose (S16, S22). Who is listed stands in the chunks alone. */
export const directoryReview = pgTable('directory_review', {
  id: text('id').$type<ReviewId>().primaryKey(),
  integrationId: text('integration_id').$type<IntegrationId>().notNull(),
  organizationId: text('organization_id').$type<OrganizationId>().notNull(),
  /** An applied one has nothing left but the name of its run, for whoever asks a second time. */
  state: text('state').$type<DirectoryReview['state'] | 'applied'>().notNull(),
  fault: text('fault').$type<NonNullable<DirectoryReview['fault']>>(),
  startedBy: jsonb('started_by').$type<Actor>().notNull(),
  /** The run of the portal that reads it; a reading does not outlive it. */
  hostId: text('host_id').notNull(),
  progress: jsonb('progress').$type<DirectoryReview['progress']>().notNull(),
  counts: jsonb('counts').$type<DirectoryReview['counts']>(),
  held: jsonb('held').$type<readonly HeldReason[]>().notNull(),
  /** What the chunks are sealed with, sealed itself; without it they are noise. */
  dataKeySealed: text('data_key_sealed'),
  /** How many chunks there are, numbered from 0. */
  chunks: integer('chunks').notNull(),
  /** Of which chunks what is: rows, ids that are unchanged, plans. */
  contents: jsonb('contents').$type<ReviewContents>().notNull(),
  syncRunId: text('sync_run_id').$type<SyncRunId>(),
  planId: text('plan_id'),
  createdAt: instant('created_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
});

/** Where in a review's chunks what stands. */
export interface ReviewContents {
  /** The chunks of rows are the first. */
  readonly rowChunks: number;
  /** After them those of ids. */
  readonly idChunks: number;
  /** The chunk of each plan that was looked at. */
  readonly plans: readonly { readonly planId: string; readonly chunk: number }[];
}

/** The sealed pieces of a review; read only when they are asked for. */
export const directoryReviewChunk = pgTable(
  'directory_review_chunk',
  {
    reviewId: text('review_id').$type<ReviewId>().notNull(),
    position: integer('position').notNull(),
    sealed: text('sealed').notNull(),
  },
  (table) => [primaryKey({ columns: [table.reviewId, table.position] })],
);

/** Times that a directory's differences were carried over, or were to be: numbers and reasons. */
export const syncRun = pgTable(
  'sync_run',
  {
    id: text('id').$type<SyncRunId>().primaryKey(),
    integrationId: text('integration_id').$type<IntegrationId>().notNull(),
    organizationId: text('organization_id').$type<OrganizationId>().notNull(),
    trigger: text('trigger').$type<SyncRun['trigger']>().notNull(),
    actor: jsonb('actor').$type<Actor>().notNull(),
    state: text('state').$type<SyncRun['state']>().notNull(),
    planId: text('plan_id'),
    counts: jsonb('counts').$type<SyncRun['counts']>().notNull(),
    held: jsonb('held').$type<readonly HeldReason[]>().notNull(),
    fault: text('fault').$type<NonNullable<SyncRun['fault']>>(),
    /** How many receipts there are. */
    receipts: integer('receipts').notNull(),
    /** The run of the portal that does it. */
    hostId: text('host_id'),
    startedAt: instant('started_at').notNull(),
    endedAt: instant('ended_at'),
  },
  (table) => [index('sync_run_integration').on(table.integrationId, table.id)],
);

/** What a run did to whom (P-27); ids and codes. */
export const syncReceipt = pgTable(
  'sync_receipt',
  {
    syncRunId: text('sync_run_id').$type<SyncRunId>().notNull(),
    position: integer('position').notNull(),
    memberId: text('member_id').$type<MemberId>().notNull(),
    status: text('status').$type<SyncStatus>().notNull(),
    because: text('because'),
  },
  (table) => [primaryKey({ columns: [table.syncRunId, table.position] })],
);
