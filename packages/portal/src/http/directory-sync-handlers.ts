import { createProblem, type SyncSummary } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import { type SyncPlan, summarizeSync } from '@latchwork/core/directory';
import { featurePlans, planAllowsMethod } from '@latchwork/core/people';
import { syncRunOf } from '../directory/directory-wire.js';
import type { PlanDesk } from '../directory/plan-desk.js';
import type { ReviewReader } from '../directory/review-reader.js';
import { isEverybody, planOf } from '../directory/sync-planning.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { notFound } from './authorize.js';
import type { Handlers, ProblemAnswer } from './call.js';
import { answerOfPlan } from './directory-problem.js';
import { openReview, refuseUnready } from './directory-review-handlers.js';
import { organizationNow } from './people-request.js';

type SyncOperation = 'planDirectorySync' | 'applyDirectorySync';

/** How many rows that are not on the list a refusal names. */
const mostNamed = 100;
/** How many plans of one review are remembered. */
const mostPlans = 20;

/** Creates the handlers of manual syncs (S28–S32, S35). */
export function createDirectorySyncHandlers(parts: {
  readonly projection: Projection;
  readonly reader: Pick<ReviewReader, 'snapshot' | 'seal'>;
  readonly plans: PlanDesk;
}): Pick<Handlers, SyncOperation> {
  const { projection, reader, plans } = parts;

  const ready = (
    asked: Row<'directoryReview'> | undefined,
    now: Instant,
  ): { readonly review: Row<'directoryReview'> } | ProblemAnswer => {
    const review = openReview(asked && projection.directoryReviews.get(asked.id), now);
    return review === undefined ? notFound : (refuseUnready(review) ?? { review });
  };

  return {
    planDirectorySync: async ({ request: { body }, place, caller: { actor }, now, writeLong }) => {
      const asked = ready(place.directoryReview, now);
      if ('problem' in asked) return asked;
      const snapshot = await reader.snapshot(asked.review);
      return await writeLong(function* (draft) {
        const found = ready(asked.review, draft.now);
        if ('problem' in found) return found;
        const { review } = found;
        const integration = projection.directoryIntegrations.get(review.integrationId);
        if (integration === undefined) return notFound;
        if (integration.automaticSync && !isEverybody(body)) {
          return { problem: createProblem('selection-not-allowed', {}) };
        }
        const { plan } = organizationNow(projection, integration.organizationId);
        const planned = planOf(projection, integration, { snapshot, choice: body, at: draft.now, by: actor });
        yield;
        if (!planned.chosen.allow) {
          const rowIds = planned.chosen.rowIds.slice(0, mostNamed);
          return { problem: createProblem('row-unknown', { rowIds }) };
        }
        const { plan: chosen, alsoChosen } = planned.chosen;
        if (!planAllowsMethod(plan, chosen.signInMethod)) {
          return { problem: createProblem('plan-required', { required: featurePlans.sso, plan }) };
        }
        if (!review.contents.plans.some(({ planId }) => planId === chosen.planId)) {
          draft.insert('directoryReviewChunk', {
            reviewId: review.id,
            position: review.chunks,
            sealed: reader.seal(review, body),
          });
          const kept = [...review.contents.plans, { planId: chosen.planId, chunk: review.chunks }].slice(-mostPlans);
          const contents = { ...review.contents, plans: kept };
          draft.update('directoryReview', { ...review, chunks: review.chunks + 1, contents });
        }
        return { status: 200, body: summaryOf(review, chosen, alsoChosen) };
      });
    },

    applyDirectorySync: async ({ request: { body }, place, caller: { actor, member }, writeLong }) => {
      const review = place.directoryReview;
      if (review === undefined) return notFound;
      const { planId, confirmRemovals } = body;
      const prepared = await plans.prepare(review, planId);
      return await writeLong(function* (draft) {
        const by = { kind: 'member', memberId: member.id } as const;
        const outcome = yield* plans.apply(draft, prepared, { planId, confirmRemovals, actor, by });
        return 'run' in outcome ? { status: 200, body: syncRunOf(outcome.run) } : answerOfPlan(outcome);
      });
    },
  };
}

function summaryOf(review: Row<'directoryReview'>, plan: SyncPlan, alsoChosen: readonly string[]): SyncSummary {
  const { planId, counts, licenses, signInMethod, held } = summarizeSync(plan);
  return {
    ...{ planId, signInMethod, reviewId: review.id },
    counts: { new: counts.new, updated: counts.updated, removed: counts.removed },
    alsoChosen: [...alsoChosen],
    licenses: { ...licenses },
    held: [...held],
  };
}
