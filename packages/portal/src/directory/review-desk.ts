import type { Actor, DirectoryReview } from '@latchwork/contract';
import type { Instant, ReviewId } from '@latchwork/core';
import type { Sealer } from '../access/sealer.js';
import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import { isLockedOut } from './health.js';
import { noteLockOut } from './integration-record.js';
import { makeDataKey } from './review-content.js';

/** Why a review ends. */
export type ReviewEnd = 'asked' | 'expired' | 'applied' | 'integration_removed';

/** The life of reviews, as commands see it; what is on them, the review reader brings. */
export interface ReviewDesk {
  /** Begins a review, in place of whichever there was; somebody has to read it then. */
  begin(draft: Draft, integration: Row<'directoryIntegration'>, actor: Actor): Row<'directoryReview'>;
  /** Erases a review with all that is on it. */
  end(
    draft: Draft,
    review: Row<'directoryReview'>,
    ending: { readonly because: ReviewEnd; readonly actor: Actor },
  ): void;
  /** Erases whatever reviews an integration has. */
  endAll(
    draft: Draft,
    integration: Row<'directoryIntegration'>,
    ending: { readonly because: ReviewEnd; readonly actor: Actor },
  ): void;
  /** Erases all that is on a review that was carried out, and leaves which run did it. */
  settle(draft: Draft, review: Row<'directoryReview'>, run: Row<'syncRun'>): void;
  /** Notes that a review could not be read. */
  fail(draft: Draft, review: Row<'directoryReview'>, fault: NonNullable<DirectoryReview['fault']>): void;
  /** Erases reviews whose time is over, and readings whose portal is gone. */
  sweep(draft: Draft, running: ReadonlySet<string>): void;
}

/** How long an applied review is remembered, for whoever asks for it a second time. */
const rememberedMs = 24 * 60 * 60 * 1000;

/** Whether the time of a review is over, or the portal is gone that was reading it. */
export function isOver(
  { state, hostId, expiresAt }: Row<'directoryReview'>,
  { now, running }: { readonly now: Instant; readonly running: ReadonlySet<string> },
): boolean {
  return expiresAt <= now || (state === 'reading' && !running.has(hostId));
}

/** Creates the desk. */
export function createReviewDesk(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
  readonly sealer: Sealer;
  readonly hostId: string;
  readonly lifetimeMs: number;
}): ReviewDesk {
  const { projection, identifiers, sealer, hostId, lifetimeMs } = parts;

  const eraseChunks = (draft: Draft, { id: reviewId, chunks }: Row<'directoryReview'>): void => {
    for (let position = 0; position < chunks; position++) {
      draft.delete('directoryReviewChunk', { reviewId, position, sealed: '' });
    }
  };
  const tellEnd = (draft: Draft, review: Row<'directoryReview'>, because: ReviewEnd, actor: Actor): void => {
    const { id: reviewId, integrationId, organizationId } = review;
    const at = { occurredAt: timestampOf(draft.now), organizationId, actor };
    draft.event({ type: 'directory_review.ended', ...at, integrationId, reviewId, because });
  };
  const end: ReviewDesk['end'] = (draft, review, { because, actor }) => {
    eraseChunks(draft, review);
    draft.delete('directoryReview', review);
    if (review.state !== 'applied') tellEnd(draft, review, because, actor);
  };
  const endAll: ReviewDesk['endAll'] = (draft, integration, ending) => {
    for (const review of projection.directoryReviews.group(integration.id)) {
      // One that was carried out has nothing left to erase but the answer to its repeat.
      if (review.state !== 'applied' || ending.because === 'integration_removed') end(draft, review, ending);
    }
  };

  return {
    begin: (draft, integration, actor) => {
      endAll(draft, integration, { because: 'asked', actor });
      const id: ReviewId = identifiers.next('review', draft.now);
      const { id: integrationId, organizationId } = integration;
      const review: Row<'directoryReview'> = {
        ...{ id, integrationId, organizationId, hostId },
        state: 'reading',
        fault: null,
        startedBy: actor,
        progress: { pages: 0, users: 0, counted: null },
        counts: null,
        held: [],
        dataKeySealed: makeDataKey(sealer, id),
        chunks: 0,
        contents: { rowChunks: 0, idChunks: 0, plans: [] },
        syncRunId: null,
        planId: null,
        createdAt: draft.now,
        expiresAt: (draft.now + lifetimeMs) as Instant,
      };
      draft.insert('directoryReview', review);
      const at = { occurredAt: timestampOf(draft.now), organizationId, actor };
      draft.event({ type: 'directory_review.started', ...at, integrationId, reviewId: id });
      draft.audit(organizationId, {
        action: 'directory_review.started',
        actor,
        subject: { integrationId, reviewId: id },
      });
      return review;
    },

    end,
    endAll,

    settle: (draft, review, run) => {
      eraseChunks(draft, review);
      draft.update('directoryReview', {
        ...review,
        state: 'applied',
        dataKeySealed: null,
        chunks: 0,
        contents: { rowChunks: 0, idChunks: 0, plans: [] },
        syncRunId: run.id,
        planId: run.planId,
        expiresAt: (draft.now + rememberedMs) as Instant,
      });
      tellEnd(draft, review, 'applied', run.actor);
    },

    fail: (draft, review, fault) => {
      eraseChunks(draft, review);
      draft.update('directoryReview', { ...review, state: 'failed', fault, dataKeySealed: null, chunks: 0 });
      const { id: reviewId, integrationId, organizationId, startedBy: actor } = review;
      const at = { occurredAt: timestampOf(draft.now), organizationId, actor };
      draft.event({ type: 'directory_review.failed', ...at, integrationId, reviewId, fault });
      const integration = projection.directoryIntegrations.get(integrationId);
      if (integration !== undefined && isLockedOut(fault)) noteLockOut(draft, integration, actor);
    },

    sweep: (draft, running) => {
      for (const review of projection.directoryReviews.all()) {
        if (!isOver(review, { now: draft.now, running })) continue;
        end(draft, review, { because: 'expired', actor: { kind: 'system' } });
      }
    },
  };
}
