import { conflictReasons, directoryKinds, profileFields, skipReasons, syncStatuses } from '@latchwork/core/directory';
import * as z from 'zod/mini';
import { integrationId, memberId, organizationId, reviewId, syncRunId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { timestamp } from '../wire-values.js';
import { actor } from './member.js';
import { signInMethod } from './sign-in.js';

/** Where an integration stands with the directory's owner (S21): asked for, proven to work, or taken back. */
export const integrationStates = ['pending', 'authorized', 'revoked'] as const;

/** How automatic sync fares: `held` waits for somebody to look, `quarantined` has failed too often in a row. */
export const integrationHealths = ['healthy', 'held', 'needs_reauthorization', 'quarantined'] as const;

/** Why a directory could not be read. */
export const directoryFaults = [
  'unauthorized',
  'forbidden',
  'not-found',
  'throttled',
  'unreachable',
  'answer-malformed',
  'link-refused',
  'too-large',
  'token-expired',
  'aborted',
] as const;

/** Why a plan is not carried out by itself; `seats-short` and `plan-required` concern new users only (S32, S36). */
export const heldReason = z.discriminatedUnion('because', [
  z.object({ because: z.literal('incomplete') }),
  z.object({ because: z.literal('empty') }),
  z.object({ because: z.literal('count-mismatch'), counted: z.number(), distinct: z.number() }),
  z.object({ because: z.literal('too-many-removed'), removed: z.number(), allowed: z.number() }),
  z.object({ because: z.literal('too-many-removed-lately'), removed: z.number(), allowed: z.number() }),
  z.object({ because: z.literal('tenant-changed') }),
  z.object({ because: z.literal('scope-changed') }),
  z.object({ because: z.literal('seats-short'), short: z.number() }),
  z.object({ because: z.literal('plan-required') }),
]);

/**
 * An organization's connection to a directory of people (S20). Credentials go in and never come out; `connectedAs` names the
 * client, service account or address that they are for.
 */
export const directoryIntegration = z.object({
  id: integrationId,
  organizationId,
  kind: z.enum(directoryKinds),
  state: z.enum(integrationStates),
  connectedAs: z.string(),
  /** The directory's own name of the tenant, once it has said it. */
  tenantId: z.nullable(z.string()),
  /** Whether guests of the directory count as people to sync. */
  guests: z.enum(['skip', 'sync']),
  /** Only members of these groups are read; empty: everybody. */
  groupIds: z.array(z.string()),
  /** Addresses at these domains are the organization's own: a user who has one of them may be taken over by the directory. */
  ownDomains: z.array(z.string()),
  /** How new users will sign in; `null`: as fits directory and plan (S32). */
  signInMethod: z.nullable(signInMethod),
  automaticSync: z.object({ enabled: z.boolean(), nextRunAt: z.nullable(timestamp) }),
  health: z.enum(integrationHealths),
  heldBecause: z.array(heldReason),
  /** How many users are linked to this directory. */
  linked: z.number(),
  lastRun: z.nullable(z.object({ id: syncRunId, state: z.enum(['applied', 'held', 'failed']), endedAt: timestamp })),
  version: z.number(),
  createdAt: timestamp,
});
/** {@link directoryIntegration} as data. */
export type DirectoryIntegration = ReadonlyData<z.output<typeof directoryIntegration>>;

/** How many of a directory's users there are of each status; who differs in nothing is only counted (S24). */
export const syncCounts = z.object({
  new: z.number(),
  updated: z.number(),
  removed: z.number(),
  unchanged: z.number(),
  conflicts: z.number(),
  skipped: z.number(),
});

/**
 * A directory's users, listed for a while so that somebody can choose (S16, S22). Nobody on it is a user for being on it;
 * when it ends, by itself after half an hour, it is erased.
 */
export const directoryReview = z.object({
  id: reviewId,
  integrationId,
  state: z.enum(['reading', 'ready', 'failed']),
  /** Set exactly when it has failed. */
  fault: z.nullable(z.enum(directoryFaults)),
  progress: z.object({ pages: z.number(), users: z.number(), counted: z.nullable(z.number()) }),
  /** `null` until it is ready. */
  counts: z.nullable(syncCounts),
  /** Whatever would keep an automatic run from doing it all. */
  held: z.array(heldReason),
  createdAt: timestamp,
  expiresAt: timestamp,
});
/** {@link directoryReview} as data. */
export type DirectoryReview = ReadonlyData<z.output<typeof directoryReview>>;

const listedPerson = {
  /** The directory's id of the user. */
  rowId: z.string(),
  email: z.nullable(z.string()),
  displayName: z.nullable(z.string()),
  givenName: z.nullable(z.string()),
  familyName: z.nullable(z.string()),
  department: z.nullable(z.string()),
  title: z.nullable(z.string()),
  /** Names of the directory's groups, through other groups too (S23). */
  groups: z.array(z.string()),
  /** The user here, where there is one. */
  memberId: z.nullable(memberId),
};
const fieldChange = z.object({
  field: z.enum(profileFields),
  from: z.nullable(z.string()),
  to: z.nullable(z.string()),
});
const needs = z.array(z.string());

/**
 * One user of a review. Of `status` `new`, `updated` or `removed` it can be chosen (S24, S28); a `conflict` waits for a
 * person's decision, and `skipped` is nobody to sync. `needs` names rows that have to be chosen with it.
 */
export const directoryReviewRow = z.discriminatedUnion('status', [
  z.object({ status: z.literal('new'), ...listedPerson, needs }),
  z.object({
    status: z.literal('updated'),
    ...listedPerson,
    needs,
    because: z.enum(['fields', 'reactivate', 'adopt', 'relink']),
    changes: z.array(fieldChange),
  }),
  z.object({
    status: z.literal('removed'),
    ...listedPerson,
    needs,
    because: z.enum(['absent', 'deleted', 'disabled', 'guest', 'not-a-person', 'replaced']),
  }),
  z.object({ status: z.literal('conflict'), ...listedPerson, because: z.enum(conflictReasons) }),
  z.object({ status: z.literal('skipped'), ...listedPerson, because: z.enum(skipReasons) }),
]);
/** {@link directoryReviewRow} as data. */
export type DirectoryReviewRow = ReadonlyData<z.output<typeof directoryReviewRow>>;

/**
 * What a sync of the chosen rows would do (S30): nothing is done yet. It is carried out by its `planId`, as long as nothing
 * that it builds on has changed.
 */
export const syncSummary = z.object({
  planId: z.string(),
  reviewId,
  counts: z.object({ new: z.number(), updated: z.number(), removed: z.number() }),
  /** Rows that were chosen because others need them. */
  alsoChosen: z.array(z.string()),
  licenses: z.object({
    bought: z.number(),
    available: z.number(),
    freed: z.number(),
    needed: z.number(),
    short: z.number(),
  }),
  /** How the new users will sign in (S32). */
  signInMethod,
  /** Not empty: to be carried out it takes `confirmRemovals`, the number of removals typed by a person. */
  held: z.array(heldReason),
});
/** {@link syncSummary} as data. */
export type SyncSummary = ReadonlyData<z.output<typeof syncSummary>>;

/** One time that a directory's differences were carried over, or were to be. */
export const syncRun = z.object({
  id: syncRunId,
  integrationId,
  trigger: z.enum(['manual', 'automatic', 'scim']),
  actor,
  /** `applied` also when there was nothing to do; `held` and `failed` changed nothing. */
  state: z.enum(['reading', 'applied', 'held', 'failed']),
  planId: z.nullable(z.string()),
  /** What it did; `waiting` are new users for whom licenses were missing (S36). */
  counts: z.object({ ...syncCounts.shape, waiting: z.number() }),
  held: z.array(heldReason),
  /** Set exactly when it has failed. */
  fault: z.nullable(z.enum(directoryFaults)),
  startedAt: timestamp,
  endedAt: z.nullable(timestamp),
});
/** {@link syncRun} as data. */
export type SyncRun = ReadonlyData<z.output<typeof syncRun>>;

/** What a run did to one user: the receipt. */
export const syncReceipt = z.object({ memberId, status: z.enum(syncStatuses), because: z.nullable(z.string()) });
/** {@link syncReceipt} as data. */
export type SyncReceipt = ReadonlyData<z.output<typeof syncReceipt>>;
