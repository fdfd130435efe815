import type { DirectoryIntegration, DirectoryReview, SyncReceipt, SyncRun } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf, timestampOrNull } from '../wire-time.js';

/** A directory integration as the API shows it; `more` are linked by the command that asks. */
export function directoryIntegrationOf(
  projection: Projection,
  integration: Row<'directoryIntegration'>,
  more = 0,
): DirectoryIntegration {
  const { id, organizationId, kind, state, connectedAs, tenantId, guests, signInMethod } = integration;
  const { automaticSync, nextRunAt, health, lastRun, version } = integration;
  return {
    ...{ id, organizationId, kind, state, connectedAs, tenantId, guests, signInMethod, health, version },
    groupIds: [...integration.groupIds],
    ownDomains: [...integration.ownDomains],
    automaticSync: { enabled: automaticSync, nextRunAt: automaticSync ? timestampOrNull(nextRunAt) : null },
    heldBecause: [...integration.heldBecause],
    linked: projection.directoryLinks.group(id).filter(({ removed }) => !removed).length + more,
    lastRun: lastRun && { id: lastRun.id, state: lastRun.state, endedAt: timestampOf(lastRun.endedAt as Instant) },
    createdAt: timestampOf(integration.createdAt),
  };
}

/** A review as the API shows it; who is on it stands in its rows. */
export function directoryReviewOf(
  review: Row<'directoryReview'> & { readonly state: DirectoryReview['state'] },
): DirectoryReview {
  const { id, integrationId, state, fault, progress, counts, held, createdAt, expiresAt } = review;
  return {
    ...{ id, integrationId, state, fault, progress, counts },
    held: [...held],
    createdAt: timestampOf(createdAt),
    expiresAt: timestampOf(expiresAt),
  };
}

/** A sync run as the API shows it. */
export function syncRunOf(run: Row<'syncRun'>): SyncRun {
  const { id, integrationId, trigger, actor, state, planId, counts, held, fault, startedAt, endedAt } = run;
  return {
    ...{ id, integrationId, trigger, actor, state, planId, counts, fault },
    held: [...held],
    startedAt: timestampOf(startedAt),
    endedAt: timestampOrNull(endedAt),
  };
}

/** A receipt as the API shows it. */
export function syncReceiptOf({ memberId, status, because }: Row<'syncReceipt'>): SyncReceipt {
  return { memberId, status, because };
}
