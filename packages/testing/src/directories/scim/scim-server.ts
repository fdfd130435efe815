import type { AccessBook } from '../directory-access.js';
import {
  bearerOf,
  type DirectoryAnswer,
  type DirectoryOperation,
  type DirectoryRequest,
  decodeCursor,
  encodeCursor,
  queryOf,
} from '../directory-http.js';
import type { FakeTenant } from '../fake-tenant.js';
import { type ScimPaging, scimResourceTypes, scimSchemas, scimServiceProvider } from './scim-discovery.js';
import { type BareAnswer, scimError, scimJson, scimWords } from './scim-error.js';
import { parseScimFilter } from './scim-filter.js';
import { scimGroup, scimUser, withAttributes } from './scim-resource.js';

/** What the SCIM server needs. */
export interface ScimContext {
  readonly tenant: FakeTenant;
  /** `http://host:port/scim/v2` */
  readonly base: string;
  readonly paging: ScimPaging;
}

const cursorLifeMs = 3_600_000;

const operations: Readonly<Record<string, DirectoryOperation>> = {
  users: 'users',
  groups: 'groups',
  serviceproviderconfig: 'tenant',
  schemas: 'discovery',
  resourcetypes: 'discovery',
};

/** What a request to SCIM is for, before anything of it is answered. */
export function scimOperationOf(request: DirectoryRequest): DirectoryOperation {
  const [, first = '', second] = pathOf(request);
  const operation = operations[first.toLowerCase()] ?? 'unknown';
  if (second === undefined) return operation;
  return operation === 'users' ? 'user' : operation === 'groups' ? 'group' : operation;
}

const pathOf = (request: DirectoryRequest): readonly string[] => {
  const path = request.url.pathname;
  return path.startsWith('/scim/v2') ? path.slice('/scim/v2'.length).split('/').map(decodeURIComponent) : [];
};

/** A resource that is only put into words when it is shown. */
interface Listed {
  readonly id: string;
  readonly resource: () => Record<string, unknown>;
}

/** A page of resources by `startIndex` and `count`, or by cursor where the tenant offers them. */
function page(request: DirectoryRequest, context: ScimContext, all: readonly Listed[]): BareAnswer {
  const query = queryOf(request.url, { ignoreCase: false });
  const { maxResults, cursor: offersCursor } = context.paging;
  const filterText = query.get('filter');
  let matching = all;
  try {
    if (filterText !== undefined) {
      const matches = parseScimFilter(filterText);
      matching = all.filter(({ resource }) => matches(resource()));
    }
  } catch (fault) {
    return scimError(400, fault instanceof Error ? fault.message : 'The filter is not supported.', 'invalidFilter');
  }
  const askedCount = Number(query.get('count') ?? 100);
  if (!Number.isInteger(askedCount)) return scimError(400, 'count is no number.', 'invalidValue');
  const count = Math.min(Math.max(askedCount, 0), maxResults);
  const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'], totalResults: matching.length };
  const shaped = (listed: readonly Listed[]): Record<string, unknown> =>
    listed.length === 0 ? {} : { Resources: listed.map(({ resource }) => withAttributes(resource(), query)) };
  const cursorText = query.get('cursor');
  const headers = { 'content-type': scimJson };
  if (offersCursor && cursorText !== undefined) {
    const cursor = cursorText === '' ? { after: null, at: context.tenant.now() } : decodeCursor(cursorText);
    const givenAt = cursor?.['at'];
    if (typeof givenAt !== 'number') return scimError(400, 'The cursor is not one of ours.', 'invalidCursor');
    if (context.tenant.now() - givenAt > cursorLifeMs) return scimError(400, 'The cursor is too old.', 'expiredCursor');
    const after = cursor?.['after'] ?? null;
    const byId = [...matching].sort((a, b) => (a.id < b.id ? -1 : 1));
    const rest = byId.filter(({ id }) => after === null || id > `${after}`);
    const shown = rest.slice(0, count);
    const cursorAfter = (id: unknown): string => {
      return encodeCursor({ after: id, at: context.tenant.now(), n: context.tenant.mint() });
    };
    const next = rest.length > shown.length ? { nextCursor: cursorAfter(shown.at(-1)?.id ?? after) } : {};
    return {
      status: 200,
      headers,
      body: { ...body, itemsPerPage: shown.length, ...next, ...shaped(shown) },
      page: {
        records: 'Resources',
        next: 'nextCursor',
        nextIs: 'token',
        total: 'totalResults',
        again: () => cursorAfter(after),
        self: cursorText === '' ? cursorAfter(null) : cursorText,
        isFirst: cursorText === '',
      },
    };
  }
  const startIndex = Math.max(Math.floor(Number(query.get('startIndex') ?? 1)) || 1, 1);
  const shown = matching.slice(startIndex - 1, startIndex - 1 + count);
  return {
    status: 200,
    headers,
    body: { ...body, startIndex, itemsPerPage: shown.length, ...shaped(shown) },
    page: {
      records: 'Resources',
      next: null,
      nextIs: 'token',
      total: 'totalResults',
      again: () => `${startIndex}`,
      self: `${startIndex}`,
      isFirst: startIndex === 1,
    },
  };
}

function answerPath(request: DirectoryRequest, context: ScimContext): BareAnswer {
  const { tenant, base, paging } = context;
  const [, first = '', second] = pathOf(request);
  const single = (resource: Record<string, unknown> | undefined): BareAnswer => {
    if (resource === undefined) return scimError(404, `Resource ${second} not found`);
    const query = queryOf(request.url, { ignoreCase: false });
    return { status: 200, headers: { 'content-type': scimJson }, body: withAttributes(resource, query) };
  };
  switch (first.toLowerCase()) {
    case 'serviceproviderconfig':
      return scimServiceProvider(paging, base);
    case 'resourcetypes':
      return scimResourceTypes(base);
    case 'schemas':
      return scimSchemas(base);
    case 'users': {
      const people = tenant.listedIds().flatMap((id) => {
        const person = tenant.people.get(id);
        return person === undefined || person.standing === 'deleted' ? [] : [person];
      });
      if (second === undefined)
        return page(
          request,
          context,
          people.map((person) => ({ id: person.id, resource: () => scimUser(person, tenant, base) })),
        );
      const person = people.find(({ id }) => id === second);
      return single(person === undefined ? undefined : scimUser(person, tenant, base));
    }
    case 'groups': {
      const groups = [...tenant.groups.values()];
      if (second === undefined)
        return page(
          request,
          context,
          groups.map((group) => ({ id: group.id, resource: () => scimGroup(group, tenant, base) })),
        );
      const group = groups.find(({ id }) => id === second);
      return single(group === undefined ? undefined : scimGroup(group, tenant, base));
    }
    default:
      return scimError(404, 'There is nothing here.');
  }
}

/** Answers a request to the SCIM server. */
export function answerScim(
  request: DirectoryRequest,
  context: ScimContext,
  access: AccessBook,
  token: string,
): DirectoryAnswer {
  const operation = scimOperationOf(request);
  const presented = bearerOf(request);
  const known = presented === token && !access.revoked && !access.secretExpired;
  if (!known) return { operation, ...scimWords.unauthorized() };
  if (request.method !== 'GET') return { operation, ...scimError(501, 'This directory is only read.') };
  return { operation, ...answerPath(request, context) };
}
