import { type DirectoryRequest, decodeCursor, encodeCursor } from '../directory-http.js';
import type { FakeTenant } from '../fake-tenant.js';
import { placeAfter } from '../sorted-ids.js';
import { type BareAnswer, graphBadRequest, graphError } from './graph-error.js';
import { graphJson } from './graph-listing.js';
import type { GraphQuery } from './graph-query.js';

const dayMs = 86_400_000;
/** Tokens of directory objects live seven days (delta-query-overview). */
const deltaTokenLifeMs = 7 * dayMs;

/** How a tenant answers tokens that it knows no more. */
export interface DeltaMemory {
  /** Tokens given before this are forgotten. */
  forgottenBefore: number;
  /** What it says then: 410 with where to begin anew, or an error code. */
  answer: 'gone' | 'sync-state-not-found';
}

/** What a round of changes is made of. */
export interface DeltaRound {
  readonly request: DirectoryRequest;
  readonly base: string;
  readonly tenant: FakeTenant;
  readonly query: GraphQuery;
  readonly memory: DeltaMemory;
  readonly context: string;
  readonly path: string;
  readonly pageSize: number;
  /** Ids of everything, sorted, for a first round. */
  readonly everyId: () => readonly string[];
  /** Ids of what changed after a sequence number, each once, in the order of the first such change. */
  readonly changedIds: (since: number, select: string | null) => readonly string[];
  /** The records that an id gives, several for a big group; none for what is not to be told. */
  readonly records: (id: string, since: number | null, select: string | null) => readonly Record<string, unknown>[];
}

interface DeltaCursor {
  /** Changes after this are what the round is about; `null` in a first round. */
  readonly since: number | null;
  /** The last change there was when the round began: the next round begins here. */
  readonly until: number;
  /** The last id that was told whole. */
  readonly after: string | null;
  /** How many records of the next id were told. */
  readonly part: number;
  readonly givenAt: number;
  readonly select: string | null;
  readonly filter: string | null;
}

const readCursor = (token: string): DeltaCursor | undefined => {
  const read = decodeCursor(token);
  return typeof read?.['until'] === 'number' ? (read as unknown as DeltaCursor) : undefined;
};

/** One page of a delta round: pages of a next link, then the delta link. */
export function graphDeltaPage(round: DeltaRound): BareAnswer {
  const { request, tenant, query, memory, base, path } = round;
  for (const name of ['$top', '$orderby', '$expand', '$search', '$count']) {
    if (query.parameters.has(name)) {
      return graphBadRequest(`The query parameter '${name}' is not supported.`, 'Request_UnsupportedQuery');
    }
  }
  const now = tenant.now();
  const link = (kind: '$skiptoken' | '$deltatoken', cursor: DeltaCursor): string => {
    return `${base}${path}?${kind}=${encodeCursor({ ...cursor, n: tenant.mint() })}`;
  };
  const deltaToken = query.parameters.get('$deltatoken');
  const token = query.skipToken ?? (deltaToken === '' ? undefined : deltaToken);
  const select = query.parameters.get('$select') ?? null;
  const filter = query.parameters.get('$filter') ?? null;
  const begin: DeltaCursor = {
    since: null,
    until: tenant.changes.length,
    after: null,
    part: 0,
    givenAt: now,
    select,
    filter,
  };
  const context = { '@odata.context': `${base}/$metadata#${round.context}` };
  if (deltaToken === 'latest') {
    const body = { ...context, '@odata.deltaLink': link('$deltatoken', { ...begin, since: null }), value: [] };
    return { status: 200, headers: { 'content-type': graphJson }, body };
  }
  let cursor = begin;
  if (token !== undefined) {
    const known = readCursor(token);
    if (known === undefined) return graphBadRequest('Badly formed token.', 'Directory_BadToken');
    if (known.givenAt < memory.forgottenBefore || now - known.givenAt > deltaTokenLifeMs) {
      return forgotten(round, known);
    }
    // A delta link begins a round of its own; a next link goes on with the one it is of.
    cursor =
      query.skipToken === undefined
        ? { ...known, since: known.until, until: tenant.changes.length, after: null, part: 0, givenAt: now }
        : known;
  }
  const preferred = /odata\.maxpagesize=(\d+)/.exec(request.headers['prefer'] ?? '')?.[1];
  const { value, rest } = collect(round, cursor, preferred === undefined ? round.pageSize : Number(preferred));
  const next =
    rest === undefined
      ? { '@odata.deltaLink': link('$deltatoken', { ...cursor, after: null, part: 0, givenAt: now }) }
      : { '@odata.nextLink': link('$skiptoken', { ...cursor, ...rest }) };
  return {
    status: 200,
    headers: { 'content-type': graphJson },
    body: { ...context, ...next, value },
    page: {
      records: 'value',
      next: '@odata.nextLink',
      nextIs: 'link',
      total: null,
      again: () => link('$skiptoken', cursor),
      self: request.url.href,
      isFirst: query.skipToken === undefined,
    },
  };
}

/** The records of one page and, when there are more, where they begin. */
function collect(
  round: DeltaRound,
  cursor: DeltaCursor,
  pageSize: number,
): { readonly value: readonly Record<string, unknown>[]; readonly rest?: Pick<DeltaCursor, 'after' | 'part'> } {
  const { since, select, filter } = cursor;
  const ids = since === null ? round.everyId() : round.changedIds(since, select);
  const wanted = filter === null ? undefined : idsOfFilter(filter);
  const value: Record<string, unknown>[] = [];
  let { after, part } = cursor;
  let at = after === null ? 0 : since === null ? placeAfter(ids, after) : ids.indexOf(after) + 1;
  for (; at < ids.length; at += 1) {
    const id = ids[at] ?? '';
    const records = wanted?.includes(id) === false ? [] : round.records(id, since, select);
    const told = records.slice(part, part + pageSize - value.length);
    value.push(...told);
    if (part + told.length < records.length) return { value, rest: { after, part: part + told.length } };
    after = id;
    part = 0;
  }
  return { value };
}

const idsOfFilter = (filter: string): readonly string[] =>
  [...filter.matchAll(/id\s+eq\s+'([^']*)'/g)].map(([, id]) => id ?? '');

/** What is said to a token that has aged out or was forgotten. */
function forgotten({ base, path, memory }: DeltaRound, cursor: DeltaCursor): BareAnswer {
  if (memory.answer === 'sync-state-not-found') {
    return graphError(400, { code: 'syncStateNotFound', message: 'The sync state generation is not found.' });
  }
  const select = cursor.select === null ? '' : `&$select=${encodeURIComponent(cursor.select)}`;
  return graphError(
    410,
    { code: 'resyncRequired', message: 'Resync required.' },
    { location: `${base}${path}?$deltatoken=${select}` },
  );
}
