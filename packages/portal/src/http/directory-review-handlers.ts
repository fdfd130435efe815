import { createProblem, type DirectoryReviewRow } from '@latchwork/contract';
import { directoryReviewOf } from '../directory/directory-wire.js';
import type { ReviewBasis, ReviewEntry } from '../directory/review-content.js';
import type { ReviewDesk } from '../directory/review-desk.js';
import type { ReviewReader } from '../directory/review-reader.js';
import type { Projection } from '../store/projection.js';
import { linkName } from '../store/row-indexes.js';
import type { Row } from '../store/store.js';
import { notFound } from './authorize.js';
import type { Handlers, ProblemAnswer } from './call.js';
import { encodeCursor, readOffset } from './paging.js';

type ReviewOperation = 'startDirectoryReview' | 'getDirectoryReview' | 'listDirectoryReviewRows' | 'endDirectoryReview';

/** A review that is to be seen: one that was carried out is over. */
export type OpenReview = Row<'directoryReview'> & { readonly state: 'reading' | 'ready' | 'failed' };

/** The review of a path while there is one to see. */
export function openReview(review: Row<'directoryReview'> | undefined, now: number): OpenReview | undefined {
  if (review === undefined || review.state === 'applied' || review.expiresAt <= now) return undefined;
  return review as OpenReview;
}

/** The problem of a review that has nothing to choose from. */
export function refuseUnready({ state }: OpenReview): ProblemAnswer | undefined {
  return state === 'ready' ? undefined : { problem: createProblem('review-not-ready', { state }) };
}

/** Creates the handlers of reviews (S16, S22–S24). */
export function createDirectoryReviewHandlers(parts: {
  readonly projection: Projection;
  readonly desk: ReviewDesk;
  readonly reader: Pick<ReviewReader, 'read' | 'rows'>;
}): Pick<Handlers, ReviewOperation> {
  const { projection, desk, reader } = parts;
  return {
    startDirectoryReview: async ({ place, caller: { actor }, write }) => {
      let begun: Row<'directoryReview'> | undefined;
      const answered = await write((draft) => {
        begun = undefined;
        const asked = place.directoryIntegration;
        const integration = asked && projection.directoryIntegrations.get(asked.id);
        if (integration === undefined) return notFound;
        const { kind, state } = integration;
        if (kind === 'scim_push') return { problem: createProblem('integration-kind-not-fitting', { kind }) };
        if (state !== 'authorized') return { problem: createProblem('integration-not-authorized', { state }) };
        begun = desk.begin(draft, integration, actor);
        return { status: 202, body: directoryReviewOf(begun as OpenReview) };
      });
      if (begun !== undefined) reader.read(begun.id);
      return answered;
    },

    getDirectoryReview: async ({ place, now }) => {
      const review = openReview(place.directoryReview, now);
      return review === undefined ? notFound : { status: 200, body: directoryReviewOf(review) };
    },

    listDirectoryReviewRows: async ({ request: { query }, place, now }) => {
      const review = openReview(place.directoryReview, now);
      if (review === undefined) return notFound;
      const unready = refuseUnready(review);
      if (unready !== undefined) return unready;
      const offset = readOffset(query.cursor);
      if (typeof offset !== 'number') return offset;
      const { status, limit } = query;
      const { entries, more, basis } = await reader.rows(review, { status, offset, limit });
      const data = entries.map((entry) => rowOf(projection, { review, entry, basis }));
      return { status: 200, body: { data, nextCursor: more ? encodeCursor(String(offset + data.length)) : null } };
    },

    endDirectoryReview: async ({ place, caller: { actor }, now, write }) =>
      await write((draft) => {
        const asked = place.directoryReview;
        const review = openReview(asked && projection.directoryReviews.get(asked.id), now);
        if (review === undefined) return notFound;
        desk.end(draft, review, { because: 'asked', actor });
        return { status: 204, body: undefined };
      }),
  };
}

/** A user of a review as the API shows it; whom the directory says nothing about, as it was known before. */
function rowOf(
  projection: Projection,
  listed: { readonly review: OpenReview; readonly entry: ReviewEntry; readonly basis: ReviewBasis },
): DirectoryReviewRow {
  const { review, entry, basis } = listed;
  const { rowId, user, memberId, status, because, needs, changes } = entry;
  const known = projection.directoryLinks.get(
    linkName({ integrationId: review.integrationId, directoryId: rowId }),
  )?.profile;
  const member = memberId === null ? undefined : projection.members.get(memberId);
  const said = (field: 'givenName' | 'familyName' | 'displayName' | 'department' | 'title') =>
    user?.[field] ?? known?.[field] ?? null;
  const person = {
    rowId,
    email: user?.email ?? known?.email ?? member?.email ?? null,
    displayName: said('displayName') ?? (user === null ? (member?.name ?? null) : null),
    givenName: said('givenName'),
    familyName: said('familyName'),
    department: said('department'),
    title: said('title'),
    groups: (user?.groupIds ?? []).flatMap((id) => basis.groupNames[id] ?? []),
    memberId,
  };
  // The reason of an entry is one of its status; kept as text it has lost the link.
  if (status === 'new') return { status, ...person, needs: [...needs] };
  const reason = { because: because as never };
  if (status === 'updated') return { status, ...person, needs: [...needs], ...reason, changes: [...changes] };
  if (status === 'removed') return { status, ...person, needs: [...needs], ...reason };
  return { status, ...person, ...reason };
}
