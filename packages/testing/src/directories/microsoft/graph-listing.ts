import { type AnswerPage, type DirectoryRequest, decodeCursor, encodeCursor } from '../directory-http.js';
import type { FakeTenant } from '../fake-tenant.js';
import { placeAfter } from '../sorted-ids.js';
import { type BareAnswer, graphBadRequest } from './graph-error.js';
import type { GraphQuery } from './graph-query.js';

/** What a page of a collection is made of. */
export interface GraphListing {
  readonly request: DirectoryRequest;
  readonly tenant: FakeTenant;
  /** `http://host:port/v1.0` */
  readonly base: string;
  readonly context: string;
  readonly query: GraphQuery;
  readonly defaultTop: number;
  /** Ids in the order of the walk, those of records that are gone too. */
  readonly ids: readonly string[];
  /** Whether the ids are sorted, so that a walk goes on after an id; otherwise it goes on at a place. */
  readonly sorted: boolean;
  /** The record of an id; `undefined` for what is not there or was not asked for. */
  readonly record: (id: string) => Record<string, unknown> | undefined;
}

/**
 * One page of a collection. The walk goes on after the last id it has shown, as Graph's does: whoever is created with
 * an id before that is missed, whoever is deleted after being shown stays shown.
 */
export function graphPage(listing: GraphListing): BareAnswer {
  const { request, query, ids, record } = listing;
  const cursor = query.skipToken === undefined ? {} : decodeCursor(query.skipToken);
  if (cursor === undefined)
    return graphBadRequest('The specified skip token is not valid.', 'Directory_ExpiredPageToken');
  const after = cursor['after'];
  const top = query.top ?? listing.defaultTop;
  const linkAfter = (id: string | undefined): string => {
    const link = new URL(request.url);
    for (const name of [...link.searchParams.keys()]) {
      if (name.toLowerCase() === '$skiptoken') link.searchParams.delete(name);
    }
    link.searchParams.set(
      '$skiptoken',
      encodeCursor({ ...(id === undefined ? {} : { after: id }), n: listing.tenant.mint() }),
    );
    return link.href.replaceAll('%24', '$');
  };
  const value: Record<string, unknown>[] = [];
  const first = typeof after !== 'string' ? 0 : listing.sorted ? placeAfter(ids, after) : ids.indexOf(after) + 1;
  let last = typeof after === 'string' ? after : undefined;
  let at = first;
  for (; at < ids.length && value.length < top; at += 1) {
    const id = ids[at] ?? '';
    const shown = record(id);
    last = id;
    if (shown !== undefined) value.push(shown);
  }
  while (at < ids.length && record(ids[at] ?? '') === undefined) at += 1;
  const more = at < ids.length;
  const isFirst = query.skipToken === undefined;
  const counted = isFirst && query.count && query.eventual;
  const page: AnswerPage = {
    records: 'value',
    next: '@odata.nextLink',
    nextIs: 'link',
    total: '@odata.count',
    again: () => linkAfter(typeof after === 'string' ? after : undefined),
    self: request.url.href,
    isFirst,
  };
  return {
    status: 200,
    headers: { 'content-type': graphJson },
    page,
    body: {
      '@odata.context': `${listing.base}/$metadata#${listing.context}`,
      ...(counted ? { '@odata.count': ids.filter((id) => record(id) !== undefined).length } : {}),
      ...(more ? { '@odata.nextLink': linkAfter(last) } : {}),
      value,
    },
  };
}

/** The content type of Graph's answers. */
export const graphJson =
  'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';
