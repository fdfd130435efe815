import type { Actor } from '@latchwork/contract';
import type { ReviewId } from '@latchwork/core';
import type { DirectorySnapshot, HeldReason } from '@latchwork/core/directory';
import { featurePlans, type PeopleActor, type PeopleDecision, planAllowsMethod } from '@latchwork/core/people';
import type { Steps } from '../in-steps.js';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import type { AutomaticSync } from './automatic-sync.js';
import type { ReviewDesk } from './review-desk.js';
import type { ReviewReader } from './review-reader.js';
import type { SyncDesk } from './sync-desk.js';
import { isEverybody, planOf, type SyncChoice } from './sync-planning.js';

/** What of a review has to be read before a plan of it can be carried out. */
export interface PreparedPlan {
  readonly reviewId: ReviewId;
  /** `undefined`: nothing of that plan is known any more. */
  readonly content: { readonly snapshot: DirectorySnapshot; readonly choice: SyncChoice } | undefined;
}

/** Who carries a plan out, and what was typed to say so. */
export interface ApplyRequest {
  readonly planId: string;
  readonly actor: Actor;
  readonly by: PeopleActor;
  readonly confirmRemovals?: number | undefined;
  /**
   * As automatic sync does it (S34): everybody, nothing that is held, and new users wait for licenses; and switches it on.
   * By default as it was chosen, all of it or nothing.
   */
  readonly as?: 'chosen' | 'automatic';
}

/** Why a plan is not carried out. Nothing is written then. */
export type PlanRefusal =
  | { readonly code: 'review-not-found' }
  | { readonly code: 'review-not-ready'; readonly state: 'reading' | 'failed' }
  | { readonly code: 'plan-stale'; readonly planId: string | null }
  | { readonly code: 'plan-held'; readonly held: readonly HeldReason[]; readonly removals: number }
  | { readonly code: 'selection-not-allowed' }
  | {
      readonly code: 'plan-required';
      readonly required: Row<'organization'>['plan'];
      readonly plan: Row<'organization'>['plan'];
    }
  | { readonly code: 'people'; readonly refused: Extract<PeopleDecision, { readonly allow: false }> };

/** What was carried out. */
export interface Applied {
  readonly run: Row<'syncRun'>;
  /** The integration as it is afterwards, where automatic sync was switched on by it; and how many more are linked to it. */
  readonly switchedOn?: { readonly integration: Row<'directoryIntegration'>; readonly linked: number };
}

/** Carries out plans that were looked at (S29). */
export interface PlanDesk {
  /** Reads, outside of any command, what the plan was made from. */
  prepare(review: Row<'directoryReview'>, planId: string): Promise<PreparedPlan>;
  /**
   * Plans once more on the present state, and does exactly what was looked at or nothing. A second time it answers with
   * the run of the first.
   */
  apply(draft: Draft, prepared: PreparedPlan, request: ApplyRequest): Steps<Applied | PlanRefusal>;
}

/** Creates the desk. */
export function createPlanDesk(parts: {
  readonly projection: Projection;
  readonly reader: Pick<ReviewReader, 'snapshot' | 'choice'>;
  readonly reviews: Pick<ReviewDesk, 'settle'>;
  readonly syncs: SyncDesk;
  readonly automatic: Pick<AutomaticSync, 'applyPlan'>;
}): PlanDesk {
  const { projection, reader, reviews, syncs, automatic } = parts;
  return {
    prepare: async (review, planId) => {
      const { id: reviewId } = review;
      if (review.state !== 'ready') return { reviewId, content: undefined };
      const choice = await reader.choice(review, planId);
      const content = choice && { snapshot: await reader.snapshot(review), choice };
      return { reviewId, content };
    },

    apply: function* (draft, { reviewId, content }, { planId, actor, by, confirmRemovals, as = 'chosen' }) {
      const review = projection.directoryReviews.get(reviewId);
      if (review === undefined) return { code: 'review-not-found' };
      if (review.state === 'applied') {
        const run = review.syncRunId === null ? undefined : projection.syncRuns.get(review.syncRunId);
        return run !== undefined && review.planId === planId ? { run } : { code: 'plan-stale', planId: null };
      }
      const integration = projection.directoryIntegrations.get(review.integrationId);
      const organization = integration && projection.organizations.get(integration.organizationId);
      if (review.expiresAt <= draft.now || integration === undefined || organization === undefined) {
        return { code: 'review-not-found' };
      }
      if (review.state !== 'ready') return { code: 'review-not-ready', state: review.state };
      if (content === undefined) return { code: 'plan-stale', planId: null };
      const { snapshot, choice } = content;
      if ((as === 'automatic' || integration.automaticSync) && !isEverybody(choice))
        return { code: 'selection-not-allowed' };
      const { chosen } = planOf(projection, integration, { snapshot, choice, at: draft.now, by: actor });
      yield;
      if (!chosen.allow) return { code: 'plan-stale', planId: null };
      const { plan } = chosen;
      if (plan.planId !== planId) return { code: 'plan-stale', planId: plan.planId };
      if (!planAllowsMethod(organization.plan, plan.signInMethod)) {
        return { code: 'plan-required', required: featurePlans.sso, plan: organization.plan };
      }
      const removals = plan.rows.filter(({ status }) => status === 'removed').length;
      const isConfirmed = as === 'chosen' && confirmRemovals === removals;
      if (plan.held.length > 0 && !isConfirmed) return { code: 'plan-held', held: plan.held, removals };
      const { tenantId, scope } = snapshot;
      const request = { integration, plan, actor, by, bound: { tenantId, scope } };
      const outcome =
        as === 'automatic'
          ? yield* automatic.applyPlan(draft, { ...request, also: switchedOn(integration) })
          : yield* syncs.runInSteps(draft, { ...request, trigger: 'manual' });
      if (!outcome.allow) return { code: 'people', refused: outcome };
      reviews.settle(draft, review, outcome.run);
      const { run, integration: synced, linked } = outcome;
      return as === 'automatic' ? { run, switchedOn: { integration: synced, linked } } : { run };
    },
  };
}

/** The first run after this one reads everybody again. */
function switchedOn({ version }: Row<'directoryIntegration'>): Partial<Row<'directoryIntegration'>> {
  return { automaticSync: true, readAllAt: null, deltaTokenSealed: null, version: version + 1 };
}
