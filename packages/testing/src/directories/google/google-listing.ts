import { type DirectoryRequest, decodeCursor, encodeCursor, queryOf } from '../directory-http.js';
import type { FakeTenant } from '../fake-tenant.js';
import { placeAfter } from '../sorted-ids.js';
import { type BareAnswer, googleBadRequest } from './google-error.js';

const tokenLifeMs = 3 * 86_400_000;
/** What a page of a Google list is made of. */
export interface GoogleListing {
  readonly request: DirectoryRequest;
  readonly kind: string;
  /** The name of the list in the answer. */
  readonly name: 'users' | 'groups' | 'members';
  readonly maximum: number;
  readonly usual: number;
  readonly tenant: FakeTenant;
  /** Sorted ids; those of records that are gone may be among them. */
  readonly ids: readonly string[];
  readonly record: (id: string) => Record<string, unknown> | undefined;
}

/** One page of a list; a page token is good for three days, and an empty list is no list at all. */
export function googlePage(listing: GoogleListing): BareAnswer {
  const { request, name, ids, record, tenant } = listing;
  const now = tenant.now();
  const query = queryOf(request.url, { ignoreCase: false });
  const asked = query.get('maxResults');
  const maxResults = asked === undefined ? listing.usual : Number(asked);
  if (!Number.isInteger(maxResults) || maxResults < 1 || maxResults > listing.maximum) {
    const range = `[1, ${listing.maximum}]`;
    return googleBadRequest(`Invalid value '${asked}'. Values must be within the range: ${range}`, 'invalidParameter');
  }
  const pageToken = query.get('pageToken');
  const cursor = pageToken === undefined ? undefined : decodeCursor(pageToken);
  const givenAt = cursor?.['at'];
  const stale = pageToken !== undefined && (typeof givenAt !== 'number' || now - givenAt > tokenLifeMs);
  if (stale) return googleBadRequest('Invalid Input: page token');
  const tokenAfter = (id: unknown): string => {
    return encodeCursor({ after: id, at: now, n: tenant.mint() });
  };
  const after = typeof cursor?.['after'] === 'string' ? cursor['after'] : undefined;
  let at = after === undefined ? 0 : placeAfter(ids, after);
  const records: Record<string, unknown>[] = [];
  let last = after;
  for (; at < ids.length && records.length < maxResults; at += 1) {
    const shown = record(ids[at] ?? '');
    last = ids[at];
    if (shown !== undefined) records.push(shown);
  }
  while (at < ids.length && record(ids[at] ?? '') === undefined) at += 1;
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    body: {
      kind: listing.kind,
      etag: `"fake/${name}-${tenant.mint()}"`,
      ...(records.length === 0 ? {} : { [name]: records }),
      ...(at < ids.length ? { nextPageToken: tokenAfter(last) } : {}),
    },
    page: {
      records: name,
      next: 'nextPageToken',
      nextIs: 'token',
      total: null,
      again: () => tokenAfter(after ?? null),
      self: pageToken ?? tokenAfter(null),
      isFirst: pageToken === undefined,
    },
  };
}
