import type { DirectoryRequest } from '../directory-http.js';
import type { FakePerson, TenantChange } from '../fake-person.js';
import type { FakeTenant } from '../fake-tenant.js';
import { type DeltaMemory, graphDeltaPage } from './graph-delta.js';
import { graphUser, selected, touchesSelected } from './graph-entity.js';
import { type BareAnswer, graphBadRequest, graphError } from './graph-error.js';
import { graphJson, graphPage } from './graph-listing.js';
import { defaultUserProperties, graphUserProperties } from './graph-property.js';
import { isRefused, readGraphQuery } from './graph-query.js';

/** What the users' part of Graph needs. */
export interface GraphContext {
  readonly tenant: FakeTenant;
  /** `http://host:port/v1.0` */
  readonly base: string;
  readonly memory: DeltaMemory;
  /** Records of a page of changes that does not ask for a number. */
  readonly deltaPageSize: number;
  /** Whether soft-deleted people are told of in a first round too (case 13). */
  readonly tombstonesInFirstRound: boolean;
}

const userType = { name: 'user', properties: graphUserProperties };
const living = (person: FakePerson | undefined): person is FakePerson =>
  person !== undefined && person.standing !== 'deleted';

const contextOf = (name: string, select: readonly string[] | undefined): string =>
  select === undefined ? name : `${name}(${select.join(',')})`;

const selectOf = (select: readonly string[] | undefined): readonly string[] =>
  select === undefined ? defaultUserProperties : select.includes('*') ? graphUserProperties : select;

/** `GET /users` */
export function listGraphUsers(request: DirectoryRequest, { tenant, base }: GraphContext): BareAnswer {
  const query = readGraphQuery(request, userType);
  if (isRefused(query)) return query;
  const select = selectOf(query.select);
  const record = (id: string): Record<string, unknown> | undefined => {
    const person = tenant.people.get(id);
    if (!living(person)) return undefined;
    const entity = graphUser(person);
    return query.filter?.matches(entity) === false ? undefined : selected(entity, select, 'null');
  };
  const ids = [...tenant.listedIds()];
  const context = contextOf('users', query.select);
  const order = query.parameters.get('$orderby')?.split(' ');
  if (order === undefined) {
    return graphPage({ request, tenant, base, context, query, defaultTop: 100, ids, sorted: true, record });
  }
  const [property = '', direction = 'asc'] = order;
  if (property !== 'displayName' && property !== 'userPrincipalName') {
    return graphBadRequest('Unsupported or invalid query filter clause specified.', 'Request_UnsupportedQuery');
  }
  const keyOf = (id: string): string => {
    const person = tenant.people.get(id);
    return `${person === undefined ? '' : (graphUser(person)[property] ?? '')}`.toLowerCase();
  };
  ids.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
  if (direction === 'desc') ids.reverse();
  return graphPage({ request, tenant, base, context, query, defaultTop: 100, ids, sorted: false, record });
}

/** `GET /users/$count` */
export function countGraphUsers(request: DirectoryRequest, { tenant }: GraphContext): BareAnswer {
  const query = readGraphQuery(request, userType);
  if (isRefused(query)) return query;
  if (!query.eventual) return graphBadRequest('$count is not currently supported.');
  const matches = (person: FakePerson): boolean => query.filter?.matches(graphUser(person)) !== false;
  const count = [...tenant.people.values()].filter((person) => living(person) && matches(person)).length;
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: `${count}` };
}

/** `GET /users/{id or UPN}` */
export function getGraphUser(request: DirectoryRequest, { tenant, base }: GraphContext, who: string): BareAnswer {
  const query = readGraphQuery(request, { ...userType, single: true });
  if (isRefused(query)) return query;
  const named = ({ userName }: FakePerson): boolean => userName.toLowerCase() === who.toLowerCase();
  const person = tenant.people.get(who) ?? [...tenant.people.values()].find(named);
  if (!living(person)) {
    const message = `Resource '${who}' does not exist or one of its queried reference-property objects are not present.`;
    return graphError(404, { code: 'Request_ResourceNotFound', message });
  }
  const body = {
    '@odata.context': `${base}/$metadata#${contextOf('users', query.select)}/$entity`,
    ...selected(graphUser(person), selectOf(query.select), 'null'),
  };
  return { status: 200, headers: { 'content-type': graphJson }, body };
}

/** `GET /directory/deletedItems/microsoft.graph.user` */
export function listDeletedGraphUsers(request: DirectoryRequest, { tenant, base }: GraphContext): BareAnswer {
  const query = readGraphQuery(request, userType);
  if (isRefused(query)) return query;
  const record = (id: string): Record<string, unknown> | undefined => {
    const person = tenant.people.get(id);
    return person?.standing === 'deleted' ? selected(graphUser(person), selectOf(query.select), 'null') : undefined;
  };
  const ids = tenant.listedIds();
  return graphPage({ request, tenant, base, context: 'users', query, defaultTop: 100, ids, sorted: true, record });
}

/** `GET /users/delta` */
export function listGraphUserChanges(request: DirectoryRequest, context: GraphContext): BareAnswer {
  const { tenant, base, memory } = context;
  const query = readGraphQuery(request, userType);
  if (isRefused(query)) return query;
  const minimal = /return=minimal/.test(request.headers['prefer'] ?? '');
  // Grouped once: a tenant of ten thousand with as many changes is asked for page by page.
  let grouped: { readonly since: number; readonly byId: ReadonlyMap<string, readonly TenantChange[]> } | undefined;
  const changesOf = (id: string, since: number): readonly TenantChange[] => {
    if (grouped?.since !== since) {
      const byId = new Map<string, TenantChange[]>();
      for (const change of tenant.changes.slice(since)) {
        const known = byId.get(change.id);
        if (known === undefined) byId.set(change.id, [change]);
        else known.push(change);
      }
      grouped = { since, byId };
    }
    return grouped.byId.get(id) ?? [];
  };
  const selectFrom = (text: string | null): readonly string[] => selectOf(text?.split(',').map((name) => name.trim()));
  return graphDeltaPage({
    request,
    base,
    tenant,
    query,
    memory,
    context: query.select === undefined ? 'users' : contextOf('users', query.select),
    path: '/users/delta',
    pageSize: context.deltaPageSize,
    everyId: () => tenant.listedIds(),
    changedIds: (since, select) => {
      const properties = selectFrom(select);
      const told = tenant.changes
        .slice(since)
        .filter((change) => change.of === 'person')
        .filter(({ change, fields }) => change !== 'changed' || touchesSelected(fields, properties));
      return [...new Set(told.map(({ id }) => id))];
    },
    records: (id, since, select) => {
      const person = tenant.people.get(id);
      if (person === undefined) return [{ id, '@removed': { reason: 'deleted' } }];
      if (person.standing === 'deleted') {
        return since === null && !context.tombstonesInFirstRound ? [] : [{ id, '@removed': { reason: 'changed' } }];
      }
      const properties = selectFrom(select);
      if (since === null) return [selected(graphUser(person), properties, 'left-out')];
      const changes = changesOf(id, since);
      const whole = changes.some(({ change }) => change !== 'changed');
      const edited = changes.filter(({ change }) => change === 'changed');
      const changed = properties.filter((name) => edited.some(({ fields }) => touchesSelected(fields, [name])));
      // What was cleared is told as null; what was never set is not told.
      const cleared = selected(graphUser(person), changed, 'null');
      return [minimal && !whole ? cleared : { ...selected(graphUser(person), properties, 'left-out'), ...cleared }];
    },
  });
}
