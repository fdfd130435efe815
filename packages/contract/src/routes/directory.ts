import * as z from 'zod/mini';
import { integrationId, organizationId, reviewId, syncRunId } from '../identifiers.js';
import {
  automaticSyncInput,
  directoryIntegrationEdit,
  directoryIntegrationInput,
  reviewRowQuery,
  syncInput,
  syncPlanInput,
} from '../inputs/directory.js';
import { editHeaders, idempotencyHeaders } from '../inputs/headers.js';
import { pageQuery } from '../inputs/values.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

const inOrganization = z.strictObject({ organizationId });
const ofIntegration = z.strictObject({ integrationId });
const ofReview = z.strictObject({ reviewId });
const ofRun = z.strictObject({ syncRunId });
const integrates = { auth: 'session-or-api-key', action: 'directory.integrate' } as const;
const reviews = { auth: 'session-or-api-key', action: 'directory.review' } as const;
const syncs = { auth: 'session-or-api-key', action: 'directory.sync' } as const;

/** Adds the integration of a directory, `pending` until it is authorized; one of each kind (S20). */
export const createDirectoryIntegration = route(operations.createDirectoryIntegration, {
  ...integrates,
  summary: 'Add a directory integration',
  params: inOrganization,
  headers: idempotencyHeaders,
  body: directoryIntegrationInput,
  statuses: [201],
  problems: [
    'integration-exists',
    'address-not-allowed',
    'credentials-unreadable',
    'plan-required',
    'scheme-not-in-use',
  ],
});

/** Lists the directory integrations of an organization. */
export const listDirectoryIntegrations = route(operations.listDirectoryIntegrations, {
  ...integrates,
  summary: 'List the directory integrations of an organization',
  params: inOrganization,
  query: pageQuery,
  statuses: [200],
  problems: [],
});

/** Reads a directory integration. */
export const getDirectoryIntegration = route(operations.getDirectoryIntegration, {
  ...integrates,
  summary: 'Read a directory integration',
  params: ofIntegration,
  statuses: [200],
  problems: [],
});

/** Changes what is read of a directory, and with which credentials. */
export const updateDirectoryIntegration = route(operations.updateDirectoryIntegration, {
  ...integrates,
  summary: 'Change a directory integration',
  params: ofIntegration,
  headers: editHeaders,
  body: directoryIntegrationEdit,
  statuses: [200],
  problems: ['address-not-allowed', 'credentials-unreadable', 'credentials-of-other-kind', 'plan-required'],
});

/** Takes an integration away: reviews end, links are forgotten, and everybody who came by it stays as they are. */
export const removeDirectoryIntegration = route(operations.removeDirectoryIntegration, {
  ...integrates,
  summary: 'Remove a directory integration',
  params: ofIntegration,
  statuses: [204],
  problems: [],
});

/** Asks the directory for as little as shows that the credentials work; then the integration is `authorized` (S21). */
export const authorizeDirectoryIntegration = route(operations.authorizeDirectoryIntegration, {
  ...integrates,
  summary: 'See whether a directory lets the portal in',
  params: ofIntegration,
  headers: idempotencyHeaders,
  statuses: [200],
  problems: ['directory-unreadable', 'integration-kind-not-fitting'],
});

/** Gives a `scim_push` integration a new token, shown only here; the former one ends at once. */
export const rotateScimToken = route(operations.rotateScimToken, {
  ...integrates,
  auth: 'session',
  summary: 'Make the token that a directory pushes with',
  params: ofIntegration,
  headers: idempotencyHeaders,
  statuses: [201],
  problems: ['integration-kind-not-fitting'],
});

/** Switches automatic sync on, with a first run of the plan just shown, or off (S33–S37). */
export const changeAutomaticSync = route(operations.changeAutomaticSync, {
  ...syncs,
  summary: 'Switch automatic sync on or off',
  params: ofIntegration,
  headers: idempotencyHeaders,
  body: automaticSyncInput,
  statuses: [200],
  problems: [
    'integration-not-authorized',
    'integration-kind-not-fitting',
    'review-not-found',
    'review-not-ready',
    'plan-stale',
    'plan-held',
    'selection-not-allowed',
    'plan-required',
  ],
});

/** Begins to read a directory's users into a review (S16, S23). Only one review of an integration is there at a time. */
export const startDirectoryReview = route(operations.startDirectoryReview, {
  ...reviews,
  summary: 'List the users of a directory for review',
  params: ofIntegration,
  headers: idempotencyHeaders,
  statuses: [202],
  problems: ['integration-not-authorized', 'integration-kind-not-fitting'],
});

/** Reads how far a review has come, and what it counts. */
export const getDirectoryReview = route(operations.getDirectoryReview, {
  ...reviews,
  summary: 'Read a directory review',
  params: ofReview,
  statuses: [200],
  problems: [],
});

/** Lists the users of a review, by the directory's ids. */
export const listDirectoryReviewRows = route(operations.listDirectoryReviewRows, {
  ...reviews,
  summary: 'List the users of a directory review',
  params: ofReview,
  query: reviewRowQuery,
  statuses: [200],
  problems: ['review-not-ready'],
});

/** Ends a review and erases all of it. */
export const endDirectoryReview = route(operations.endDirectoryReview, {
  ...reviews,
  summary: 'End a directory review',
  params: ofReview,
  statuses: [204],
  problems: [],
});

/** Says what a sync of the chosen users would do, and does nothing (S28–S32). */
export const planDirectorySync = route(operations.planDirectorySync, {
  ...syncs,
  summary: 'See what a sync of chosen users would do',
  params: ofReview,
  headers: idempotencyHeaders,
  body: syncPlanInput,
  statuses: [200],
  problems: ['review-not-ready', 'row-unknown', 'selection-not-allowed', 'plan-required'],
  largestBodyBytes: 8_000_000,
});

/** Carries a plan out, all of it or nothing, and ends its review (S29). A second time it answers with the same run. */
export const applyDirectorySync = route(operations.applyDirectorySync, {
  ...syncs,
  summary: 'Sync the chosen users',
  params: ofReview,
  headers: idempotencyHeaders,
  body: syncInput,
  statuses: [200],
  problems: [
    'review-not-ready',
    'plan-stale',
    'plan-held',
    'selection-not-allowed',
    'license-shortfall',
    'plan-required',
    'last-of-role',
  ],
});

/** Starts a run over everybody now, as automatic sync does it (S17, S35). */
export const startSyncRun = route(operations.startSyncRun, {
  ...syncs,
  summary: 'Sync everybody now, as automatic sync does',
  params: ofIntegration,
  headers: idempotencyHeaders,
  statuses: [202],
  problems: ['integration-not-authorized', 'integration-kind-not-fitting', 'automatic-sync-off'],
});

/** Lists the sync runs of an integration, newest first. */
export const listSyncRuns = route(operations.listSyncRuns, {
  ...syncs,
  summary: 'List the sync runs of a directory integration, newest first',
  params: ofIntegration,
  query: pageQuery,
  statuses: [200],
  problems: [],
});

/** Reads a sync run. */
export const getSyncRun = route(operations.getSyncRun, {
  ...syncs,
  summary: 'Read a sync run',
  params: ofRun,
  statuses: [200],
  problems: [],
});

/** Lists what a run did to whom (P-27). */
export const listSyncReceipts = route(operations.listSyncReceipts, {
  ...syncs,
  summary: 'List what a sync run did, user by user',
  params: ofRun,
  query: pageQuery,
  statuses: [200],
  problems: [],
});
