import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DirectoryReview } from '@latchwork/contract';
import type { ReviewId } from '@latchwork/core';
import { type DirectorySnapshot, type DirectoryUser, summarizeSync } from '@latchwork/core/directory';
import { DirectoryError, type ReadSnapshot } from '@latchwork/directory';
import type { Sealer } from '../access/sealer.js';
import type { Clock } from '../clock.js';
import type { Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import type { Projection } from '../store/projection.js';
import type { Reader, Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import {
  type ChunkSealer,
  chunkSealerOf,
  entriesOf,
  entriesPerChunk,
  entryStatuses,
  piecesOf,
  type ReviewBasis,
  type ReviewEntry,
} from './review-content.js';
import { isOver, type ReviewDesk } from './review-desk.js';
import { progressTeller } from './run-progress.js';
import { expectedOf, readScope } from './scoped-reading.js';
import type { SourceFactory } from './source-factory.js';
import { everybody, planOf, type SyncChoice } from './sync-planning.js';

/** What is on a review: read in the background once, and shown piece by piece. */
export interface ReviewReader extends AsyncDisposable {
  /** Begins to read a review that was begun and is committed. */
  read(reviewId: ReviewId): void;
  /** Resolves when nothing is being read. */
  idle(): Promise<void>;
  /** Users from an offset among those of a status, or among all that can be chosen. */
  rows(
    review: Row<'directoryReview'>,
    page: { readonly status: ReviewEntry['status'] | undefined; readonly offset: number; readonly limit: number },
  ): Promise<{ readonly entries: readonly ReviewEntry[]; readonly more: boolean; readonly basis: ReviewBasis }>;
  /** All that a plan is made from. */
  snapshot(review: Row<'directoryReview'>): Promise<DirectorySnapshot>;
  /** What was chosen for a plan that was looked at; `undefined`: there is none of that id. */
  choice(review: Row<'directoryReview'>, planId: string): Promise<SyncChoice | undefined>;
  /** Seals something as a further piece of a review. */
  seal(review: Row<'directoryReview'>, piece: unknown): string;
  /** Erases what is over; see {@link ReviewDesk.sweep}. */
  sweep(): Promise<void>;
}

/** How many bytes of sealed pieces go into one commit, so that nobody waits long behind it. */
const commitSize = 512 * 1024;
/** How many pieces are read at once. */
const chunksAtOnce = 16;

/** What the reader stands on. */
export interface ReviewReaderParts {
  readonly projection: Projection;
  readonly store: Pick<Reader, 'reviewChunks'>;
  readonly running: () => Promise<ReadonlySet<string>>;
  readonly ledger: Ledger;
  readonly desk: ReviewDesk;
  readonly sources: SourceFactory;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Log;
}

/** Creates the reader. */
export function createReviewReader(parts: ReviewReaderParts): ReviewReader {
  const { projection, store, ledger, desk, sealer, clock, log } = parts;
  const readings = new Map<ReviewId, { readonly abort: AbortController; readonly done: Promise<void> }>();

  const sealerOf = ({ id, dataKeySealed }: Row<'directoryReview'>): ChunkSealer => {
    if (dataKeySealed === null) throw new Error(`Review ${id} has nothing on it any more.`);
    return chunkSealerOf(sealer, id, dataKeySealed);
  };
  const pieces = async function* (
    review: Row<'directoryReview'>,
    { from, count }: { readonly from: number; readonly count: number },
  ): AsyncGenerator<unknown> {
    const chunks = sealerOf(review);
    for (let at = from; at < from + count; at += chunksAtOnce) {
      const range = { from: at, count: Math.min(chunksAtOnce, from + count - at) };
      for (const { position, sealed } of await store.reviewChunks(review.id, range)) {
        yield chunks.open(position, sealed);
        await nextTurn();
      }
    }
  };
  const basisOf = async (review: Row<'directoryReview'>): Promise<ReviewBasis> => {
    for await (const piece of pieces(review, { from: 0, count: 1 })) return piece as ReviewBasis;
    throw new Error(`Review ${review.id} has no basis.`);
  };

  const read = async (reviewId: ReviewId, signal: AbortSignal): Promise<void> => {
    const begun = projection.directoryReviews.get(reviewId);
    const integration = begun && projection.directoryIntegrations.get(begun.integrationId);
    if (begun === undefined || integration === undefined) return;
    const source = parts.sources.open(integration);
    if (source === undefined) return;
    const onProgress = progressTeller(
      async ({ pages, users, counted }) => await tellReviewProgress(parts, reviewId, { pages, users, counted }),
    );
    const snapshot = await readScope(source, integration, {
      ...{ signal, onProgress, groups: true },
      expected: expectedOf(projection, integration),
    });
    const at = clock.now();
    const plan = planOf(projection, projection.directoryIntegrations.get(integration.id) ?? integration, {
      snapshot,
      choice: everybody,
      at,
      by: begun.startedBy,
    }).full;
    const entries = entriesOf(plan, snapshot.users);
    await nextTurn();
    await keep(parts, reviewId, { ...contentOf(snapshot, entries), chunks: sealerOf(begun) });
    const { counts } = summarizeSync(plan);
    const { pages } = snapshot.evidence;
    const progress = { pages, users: snapshot.evidence.distinct, counted: snapshot.evidence.counted };
    await ledger.write((draft) => {
      const review = reading(projection, reviewId);
      if (review === undefined) return;
      draft.update('directoryReview', { ...review, state: 'ready', counts, held: plan.held, progress });
      const { integrationId, organizationId, startedBy: actor } = review;
      const told = { occurredAt: timestampOf(draft.now), organizationId, actor, integrationId, reviewId };
      draft.event({ type: 'directory_review.ready', ...told, counts });
    });
  };

  const fail = async (reviewId: ReviewId, error: unknown): Promise<void> => {
    const fault = error instanceof DirectoryError ? error.info.code : 'answer-malformed';
    // The kind of fault only: what a directory answers may name people.
    if (error instanceof DirectoryError) log.warn({ reviewId, fault }, 'directory not read');
    else log.error({ reviewId, fault: (error as Error | null)?.name }, 'directory not read');
    await ledger.write((draft) => {
      const review = reading(projection, reviewId);
      if (review !== undefined) desk.fail(draft, review, fault);
    });
  };

  return {
    read: (reviewId) => {
      const abort = new AbortController();
      const done = read(reviewId, abort.signal)
        .catch(async (error: unknown) => await fail(reviewId, error))
        .catch(() => log.error({ reviewId }, 'review neither read nor ended'))
        .finally(() => readings.delete(reviewId));
      readings.set(reviewId, { abort, done });
    },

    idle: async () => {
      await Promise.all([...readings.values()].map(({ done }) => done));
    },

    rows: async (review, { status, offset, limit }) => {
      const basis = await basisOf(review);
      const { first, count } = rangeOf(review, status);
      const from = first + Math.min(offset, count);
      const to = Math.min(from + limit, first + count);
      const entries: ReviewEntry[] = [];
      if (to > from) {
        const firstChunk = Math.floor(from / entriesPerChunk);
        const lastChunk = Math.floor((to - 1) / entriesPerChunk);
        let at = firstChunk * entriesPerChunk;
        for await (const piece of pieces(review, { from: firstChunk + 1, count: lastChunk - firstChunk + 1 })) {
          for (const entry of piece as readonly ReviewEntry[]) {
            if (at >= from && at < to) entries.push(entry);
            at += 1;
          }
        }
      }
      return { entries, more: to < first + count, basis };
    },

    snapshot: async (review) => {
      const { groupNames: _, ...basis } = await basisOf(review);
      const { rowChunks, idChunks } = review.contents;
      const users: DirectoryUser[] = [];
      for await (const piece of pieces(review, { from: 1, count: rowChunks })) {
        for (const { user } of piece as readonly ReviewEntry[]) if (user !== null) users.push(user);
      }
      const unchangedIds: string[] = [];
      for await (const piece of pieces(review, { from: 1 + rowChunks, count: idChunks })) {
        for (const id of piece as readonly string[]) unchangedIds.push(id);
      }
      return { ...basis, users, unchangedIds };
    },

    choice: async (review, planId) => {
      const kept = review.contents.plans.find((plan) => plan.planId === planId);
      if (kept === undefined) return undefined;
      for await (const piece of pieces(review, { from: kept.chunk, count: 1 })) return piece as SyncChoice;
      return undefined;
    },

    seal: (review, piece) => sealerOf(review).seal(review.chunks, piece),

    sweep: async () => {
      for (const [reviewId, { abort }] of readings) {
        if (reading(projection, reviewId) === undefined) abort.abort();
      }
      if (projection.directoryReviews.size === 0) return;
      const now = clock.now();
      const running = await parts.running();
      const isAnyOver = projection.directoryReviews.all().some((review) => isOver(review, { now, running }));
      if (isAnyOver) await ledger.write((draft) => desk.sweep(draft, running));
    },

    [Symbol.asyncDispose]: async () => {
      for (const { abort } of readings.values()) abort.abort();
      await Promise.all([...readings.values()].map(({ done }) => done));
    },
  };
}

function contentOf(snapshot: ReadSnapshot, entries: readonly ReviewEntry[]) {
  const { kind, tenantId, scope, coverage, evidence, groupNames, users } = snapshot;
  const listed = new Set(entries.map(({ rowId }) => rowId));
  const named = new Set(entries.flatMap(({ user }) => user?.groupIds ?? []));
  const unchangedIds = new Set(users.map(({ directoryId }) => directoryId).filter((id) => !listed.has(id)));
  const names = Object.fromEntries([...groupNames].filter(([id]) => named.has(id)));
  const basis: ReviewBasis = { kind, tenantId, scope, coverage, evidence, groupNames: names };
  return piecesOf({ basis, entries, unchangedIds: [...unchangedIds] });
}

/** Keeps the pieces of a review, a few in each commit; stops when the review has ended meanwhile. */
async function keep(
  { projection, ledger }: ReviewReaderParts,
  reviewId: ReviewId,
  content: ReturnType<typeof piecesOf> & { readonly chunks: ChunkSealer },
): Promise<void> {
  const { pieces, rowChunks, idChunks, chunks } = content;
  for (let at = 0; at < pieces.length; ) {
    const batch: string[] = [];
    for (let size = 0; at + batch.length < pieces.length && size < commitSize; ) {
      const sealed = chunks.seal(at + batch.length, pieces[at + batch.length]);
      batch.push(sealed);
      size += sealed.length;
      await nextTurn();
    }
    const from = at;
    await ledger.write((draft) => {
      const review = reading(projection, reviewId);
      if (review === undefined) return;
      for (const [index, sealed] of batch.entries()) {
        draft.insert('directoryReviewChunk', { reviewId, position: from + index, sealed });
      }
      const contents = { rowChunks, idChunks, plans: [] };
      draft.update('directoryReview', { ...review, chunks: from + batch.length, contents });
    });
    at += batch.length;
  }
}

/** The review while it is being read. */
function reading(projection: Projection, reviewId: ReviewId): Row<'directoryReview'> | undefined {
  const review = projection.directoryReviews.get(reviewId);
  return review?.state === 'reading' ? review : undefined;
}

/** Where users of a status, or all that can be chosen, stand among the entries. */
function rangeOf(
  { counts }: Row<'directoryReview'>,
  status: ReviewEntry['status'] | undefined,
): { readonly first: number; readonly count: number } {
  const of = counts ?? { new: 0, updated: 0, removed: 0, conflicts: 0, skipped: 0 };
  const sizes: Readonly<Record<ReviewEntry['status'], number>> = {
    new: of.new,
    updated: of.updated,
    removed: of.removed,
    conflict: of.conflicts,
    skipped: of.skipped,
  };
  if (status === undefined) return { first: 0, count: of.new + of.updated + of.removed };
  let first = 0;
  for (const one of entryStatuses) {
    if (one === status) break;
    first += sizes[one];
  }
  return { first, count: sizes[status] };
}

/** Notes on a review how far its reading has come, and tells so on the organization's feed. */
async function tellReviewProgress(
  { projection, ledger }: ReviewReaderParts,
  reviewId: ReviewId,
  progress: DirectoryReview['progress'],
): Promise<void> {
  await ledger.write((draft) => {
    const review = reading(projection, reviewId);
    if (review === undefined) return;
    const { pages, users } = progress;
    draft.update('directoryReview', { ...review, progress });
    const { integrationId, organizationId, startedBy: actor } = review;
    const at = { occurredAt: timestampOf(draft.now), organizationId, actor, integrationId, reviewId };
    draft.event({ type: 'directory_review.progressed', ...at, pages, users });
  });
}
