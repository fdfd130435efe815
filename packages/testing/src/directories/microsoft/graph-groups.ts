import type { DirectoryRequest } from '../directory-http.js';
import { transitiveMemberIds } from '../fake-groups.js';
import type { FakeTenant } from '../fake-tenant.js';
import { graphDeltaPage } from './graph-delta.js';
import { graphGroup, graphUser, selected } from './graph-entity.js';
import { type BareAnswer, graphError } from './graph-error.js';
import { graphJson, graphPage } from './graph-listing.js';
import { defaultUserProperties, graphGroupProperties, graphUserProperties } from './graph-property.js';
import { isRefused, readGraphQuery } from './graph-query.js';
import type { GraphContext } from './graph-users.js';

const groupType = { name: 'group', properties: graphGroupProperties };
const memberType = {
  name: 'directoryObject',
  properties: [...new Set([...graphUserProperties, ...graphGroupProperties])],
};

/** How many members of a group one record of a delta tells at most; a bigger group comes again, on later pages too. */
const membersPerRecord = 20;

const memberIdOf = (tenant: FakeTenant, id: string): string =>
  tenant.groups.has(id) ? '#microsoft.graph.group' : '#microsoft.graph.user';

const missingGroup = (id: string): BareAnswer =>
  graphError(404, {
    code: 'Request_ResourceNotFound',
    message: `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  });

/** `GET /groups` */
export function listGraphGroups(request: DirectoryRequest, { tenant, base }: GraphContext): BareAnswer {
  const query = readGraphQuery(request, groupType);
  if (isRefused(query)) return query;
  const select = query.select ?? graphGroupProperties;
  const record = (id: string): Record<string, unknown> | undefined => {
    const group = tenant.groups.get(id);
    if (group === undefined) return undefined;
    const entity = graphGroup(group);
    return query.filter?.matches(entity) === false ? undefined : selected(entity, select, 'null');
  };
  const ids = [...tenant.groups.keys()].sort();
  const context = query.select === undefined ? 'groups' : `groups(${query.select.join(',')})`;
  return graphPage({ request, tenant, base, context, query, defaultTop: 100, ids, sorted: true, record });
}

/** `GET /groups/{id}` */
export function getGraphGroup(request: DirectoryRequest, { tenant, base }: GraphContext, id: string): BareAnswer {
  const query = readGraphQuery(request, { ...groupType, single: true });
  if (isRefused(query)) return query;
  const group = tenant.groups.get(id);
  if (group === undefined) return missingGroup(id);
  const body = {
    '@odata.context': `${base}/$metadata#groups/$entity`,
    ...selected(graphGroup(group), query.select ?? graphGroupProperties, 'null'),
  };
  return { status: 200, headers: { 'content-type': graphJson }, body };
}

/** `GET /groups/{id}/members` and `…/transitiveMembers`, with or without a cast to a type. */
export function listGraphMembers(
  request: DirectoryRequest,
  { tenant, base }: GraphContext,
  which: { readonly groupId: string; readonly transitive: boolean; readonly cast: string | undefined },
): BareAnswer {
  const query = readGraphQuery(request, memberType);
  if (isRefused(query)) return query;
  const group = tenant.groups.get(which.groupId);
  if (group === undefined) return missingGroup(which.groupId);
  const ids = [...(which.transitive ? transitiveMemberIds(tenant, group.id) : group.memberIds)].sort();
  const record = (id: string): Record<string, unknown> | undefined => {
    const type = memberIdOf(tenant, id);
    if (which.cast !== undefined && type !== `#${which.cast}`) return undefined;
    const nested = tenant.groups.get(id);
    const person = tenant.people.get(id);
    if (nested === undefined && (person === undefined || person.standing === 'deleted')) return undefined;
    const entity = nested === undefined && person !== undefined ? graphUser(person) : nested && graphGroup(nested);
    if (entity === undefined || query.filter?.matches(entity) === false) return undefined;
    const select = query.select ?? (nested === undefined ? defaultUserProperties : graphGroupProperties);
    return { ...(which.cast === undefined ? { '@odata.type': type } : {}), ...selected(entity, select, 'null') };
  };
  return graphPage({
    request,
    tenant,
    base,
    context: 'directoryObjects',
    query,
    defaultTop: 100,
    ids,
    sorted: true,
    record,
  });
}

/** `GET /groups/delta`, with `members` when they are selected. */
export function listGraphGroupChanges(request: DirectoryRequest, context: GraphContext): BareAnswer {
  const { tenant, base, memory } = context;
  const query = readGraphQuery(request, { name: 'group', properties: [...graphGroupProperties, 'members'] });
  if (isRefused(query)) return query;
  const listed = (select: string | null): readonly string[] =>
    select?.split(',') ?? [...graphGroupProperties, 'members'];
  const split = (entity: Record<string, unknown>, members: readonly unknown[]): Record<string, unknown>[] => {
    const records: Record<string, unknown>[] = [];
    for (let at = 0; at === 0 || at < members.length; at += membersPerRecord) {
      const part = members.slice(at, at + membersPerRecord);
      records.push(part.length === 0 ? entity : { ...entity, 'members@delta': part });
    }
    return records;
  };
  return graphDeltaPage({
    request,
    base,
    tenant,
    query,
    memory,
    context: 'groups',
    path: '/groups/delta',
    pageSize: context.deltaPageSize,
    everyId: () => [...tenant.groups.keys()].sort(),
    changedIds: (since, select) => {
      const withMembers = listed(select).includes('members');
      const told = tenant.changes
        .slice(since)
        .filter((change) => change.of === 'group' || (withMembers && change.of === 'membership'));
      return [...new Set(told.map(({ id }) => id))];
    },
    records: (id, since, select) => {
      const group = tenant.groups.get(id);
      if (group === undefined) return [{ id, '@removed': { reason: 'deleted' } }];
      const names = listed(select).filter((name) => name !== 'members');
      const entity = selected(graphGroup(group), names, 'left-out');
      if (!listed(select).includes('members')) return [entity];
      const typed = (memberId: string) => ({ '@odata.type': memberIdOf(tenant, memberId), id: memberId });
      if (since === null) return split(entity, group.memberIds.map(typed));
      const moved = tenant.changes.slice(since).filter((change) => change.of === 'membership' && change.id === id);
      const touched = [...new Set(moved.flatMap(({ memberId }) => (memberId === undefined ? [] : [memberId])))];
      const members = touched.map((memberId) =>
        group.memberIds.includes(memberId)
          ? typed(memberId)
          : { ...typed(memberId), '@removed': { reason: 'deleted' } },
      );
      return split(entity, members);
    },
  });
}
