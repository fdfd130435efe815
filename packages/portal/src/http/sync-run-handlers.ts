import { createProblem, type DirectoryIntegration } from '@latchwork/contract';
import type { AutomaticSync } from '../directory/automatic-sync.js';
import { directoryIntegrationOf, syncReceiptOf, syncRunOf } from '../directory/directory-wire.js';
import { healthy } from '../directory/health.js';
import { recordHealth, recordIntegration } from '../directory/integration-record.js';
import type { PlanDesk } from '../directory/plan-desk.js';
import type { Projection } from '../store/projection.js';
import type { Row, Store } from '../store/store.js';
import { notFound } from './authorize.js';
import type { Handlers, ProblemAnswer } from './call.js';
import { answerOfPlan } from './directory-problem.js';
import { decodeCursor, encodeCursor, readOffset } from './paging.js';

type RunOperation = 'changeAutomaticSync' | 'startSyncRun' | 'listSyncRuns' | 'getSyncRun' | 'listSyncReceipts';

/** Creates the handlers of automatic sync and of the record of runs (S17, S33–S37). */
export function createSyncRunHandlers(parts: {
  readonly projection: Projection;
  readonly store: Pick<Store, 'syncReceipts'>;
  readonly plans: PlanDesk;
  readonly automatic: AutomaticSync;
}): Pick<Handlers, RunOperation> {
  const { projection, store, plans, automatic } = parts;

  /** The integration as it is within a command, where it may have changed since the path was read. */
  const current = (integration: Row<'directoryIntegration'> | undefined) =>
    integration && projection.directoryIntegrations.get(integration.id);
  const show = (integration: Row<'directoryIntegration'>): DirectoryIntegration =>
    directoryIntegrationOf(projection, integration);
  const readable = (
    asked: Row<'directoryIntegration'> | undefined,
  ): { readonly integration: Row<'directoryIntegration'> } | ProblemAnswer => {
    const integration = current(asked);
    if (integration === undefined) return notFound;
    const { kind, state } = integration;
    if (kind === 'scim_push') return { problem: createProblem('integration-kind-not-fitting', { kind }) };
    if (state !== 'authorized') return { problem: createProblem('integration-not-authorized', { state }) };
    return { integration };
  };

  return {
    changeAutomaticSync: async ({ request: { body }, place, caller: { actor, member }, write, writeLong }) => {
      const asked = place.directoryIntegration;
      if (asked === undefined) return notFound;
      if (!body.enabled) {
        return await write((draft) => {
          const integration = current(asked);
          if (integration === undefined) return notFound;
          if (!integration.automaticSync) return { status: 200, body: show(integration) };
          // Nothing waits for anybody any more; a directory that does not let us in goes on not to.
          const health = integration.health === 'needs_reauthorization' ? {} : healthy;
          const version = integration.version + 1;
          const next = {
            ...integration,
            ...health,
            automaticSync: false,
            nextRunAt: null,
            deltaTokenSealed: null,
            version,
          };
          draft.update('directoryIntegration', next);
          recordIntegration(draft, next, { type: 'updated', actor, subject: { automaticSync: false } });
          if (next.health !== integration.health) recordHealth(draft, next, actor);
          return { status: 200, body: show(next) };
        });
      }
      const { reviewId, planId } = body;
      const review = projection.directoryReviews.get(reviewId);
      const prepared = review?.integrationId === asked.id ? await plans.prepare(review, planId) : undefined;
      return await writeLong(function* (draft) {
        const found = readable(asked);
        if ('problem' in found) return found;
        if (prepared === undefined) return { problem: createProblem('review-not-found', {}) };
        const by = { kind: 'member', memberId: member.id } as const;
        const outcome = yield* plans.apply(draft, prepared, { planId, actor, by, as: 'automatic' });
        if (!('run' in outcome)) {
          const isGone = outcome.code === 'review-not-found';
          return isGone ? { problem: createProblem('review-not-found', {}) } : answerOfPlan(outcome);
        }
        const { integration, linked } = outcome.switchedOn ?? { integration: found.integration, linked: 0 };
        // What was carried out before was carried out by hand, and somebody looks at what comes first (S34).
        if (!integration.automaticSync) return { problem: createProblem('plan-stale', { planId: null }) };
        if (outcome.switchedOn !== undefined) {
          recordIntegration(draft, integration, { type: 'updated', actor, subject: { automaticSync: true } });
        }
        return { status: 200, body: directoryIntegrationOf(projection, integration, linked) };
      });
    },

    startSyncRun: async ({ place, caller: { actor }, write }) =>
      await write((draft) => {
        const found = readable(place.directoryIntegration);
        if ('problem' in found) return found;
        const { integration } = found;
        if (!integration.automaticSync) return { problem: createProblem('automatic-sync-off', {}) };
        const open = projection.syncRuns.group('open').find((run) => run.integrationId === integration.id);
        const run = open ?? automatic.begin(draft, integration, { trigger: 'manual', actor, hostId: null });
        return { status: 202, body: syncRunOf(run) };
      }),

    listSyncRuns: async ({ request: { query }, place: { directoryIntegration } }) => {
      if (directoryIntegration === undefined) return notFound;
      const before = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
      const runs = projection.syncRuns.group(directoryIntegration.id).toReversed();
      const older = before === undefined ? runs : runs.filter(({ id }) => id < before);
      const page = older.slice(0, query.limit);
      const last = page.at(-1);
      const nextCursor = older.length > page.length && last !== undefined ? encodeCursor(last.id) : null;
      return { status: 200, body: { data: page.map(syncRunOf), nextCursor } };
    },

    getSyncRun: async ({ place: { syncRun } }) =>
      syncRun === undefined ? notFound : { status: 200, body: syncRunOf(syncRun) },

    listSyncReceipts: async ({ request: { query }, place: { syncRun } }) => {
      if (syncRun === undefined) return notFound;
      const offset = readOffset(query.cursor);
      if (typeof offset !== 'number') return offset;
      const page = await store.syncReceipts(syncRun.id, { after: offset - 1, limit: query.limit });
      const next = offset + page.length;
      const nextCursor = next < syncRun.receipts && page.length > 0 ? encodeCursor(String(next)) : null;
      return { status: 200, body: { data: page.map(syncReceiptOf), nextCursor } };
    },
  };
}
