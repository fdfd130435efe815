import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import { type Projection, scimMemberName, scimName } from '../store/projection.js';
import type { PushedUserId } from '../store/schema/scim.js';
import type { Row } from '../store/store.js';
import type { GroupMembers } from './group-members.js';
import { badRequest, ScimError } from './scim-error.js';
import { matches, type ScimFilter, wantedText } from './scim-filter.js';
import { foldCase, isSame, type ScimObject, valueIn } from './scim-value.js';

/** Keeps groups as a directory pushes them. They give nobody anything. */
export interface GroupDesk {
  groupOf(integration: Integration, id: string): Row<'scimGroup'> | undefined;
  find(integration: Integration, filter: ScimFilter | undefined): readonly Row<'scimGroup'>[];
  membersOf(group: Row<'scimGroup'>): GroupMembers;
  /** @throws ScimError */
  create(draft: Draft, integration: Integration, wish: GroupWish): Row<'scimGroup'>;
  /** Writes what differs, member by member. @throws ScimError */
  change(
    draft: Draft,
    integration: Integration,
    wish: GroupWish & { readonly before: Row<'scimGroup'> },
  ): Row<'scimGroup'>;
  remove(draft: Draft, group: Row<'scimGroup'>): void;
}

/** A group as it is to be; `resource` without its members. */
export interface GroupWish {
  readonly resource: ScimObject;
  readonly members: GroupMembers;
}

type Integration = Row<'directoryIntegration'>;
type GroupId = Row<'scimGroup'>['id'];

const longestName = 1_000;
const mostMembers = 100_000;

/** Creates the desk. */
export function createGroupDesk({
  projection,
  identifiers,
}: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
}): GroupDesk {
  const { scimGroups, scimMemberships, scimUsers } = projection;
  const membersOf: GroupDesk['membersOf'] = ({ id }) =>
    new Map(scimMemberships.group(id).map(({ memberId, display }) => [memberId, { display }]));

  const check = (integration: Integration, row: Row<'scimGroup'>, members: GroupMembers): void => {
    const holder = scimGroups.byUnique(scimName(integration.id, 'displayName', row.displayNameKey));
    if (holder !== undefined && holder.id !== row.id) {
      throw new ScimError({ status: 409, scimType: 'uniqueness', detail: 'Another group has this displayName.' });
    }
    if (members.size > mostMembers) throw badRequest('tooMany', `A group has at most ${mostMembers} members.`);
  };
  const isKnown = (integration: Integration, id: string): boolean => {
    const found = scimUsers.get(id as PushedUserId) ?? scimGroups.get(id as GroupId);
    return found?.integrationId === integration.id;
  };
  const writeMembers = (draft: Draft, integration: Integration, change: MemberChange): void => {
    const { groupId, before, after } = change;
    for (const [id, { display }] of after) {
      const memberId = id as PushedUserId;
      const old = before.get(id);
      if (old !== undefined && (display === null || old.display === display)) continue;
      if (old !== undefined) draft.update('scimMembership', { groupId, memberId, display });
      else if (isKnown(integration, id)) draft.insert('scimMembership', { groupId, memberId, display });
      else throw badRequest('invalidValue', 'A member of the group is no user that is here.');
    }
    for (const [id, { display }] of before) {
      if (!after.has(id)) draft.delete('scimMembership', { groupId, memberId: id as PushedUserId, display });
    }
  };

  return {
    membersOf,
    groupOf: (integration, id) => {
      const row = scimGroups.get(id as GroupId);
      return row?.integrationId === integration.id ? row : undefined;
    },

    find: (integration, filter) => {
      const all = scimGroups.group(integration.id);
      if (filter === undefined) return all;
      const byMembers = filter.some(({ path }) => path.name === 'members');
      return named(all, filter, integration).filter((row) => {
        const members = byMembers ? [...membersOf(row).keys()].map((value) => ({ value })) : [];
        return matches({ ...(row.resource as ScimObject), id: row.id, members }, filter);
      });

      function named(rows: typeof all, by: ScimFilter, { id: integrationId }: Integration): typeof all {
        const id = wantedText(by, 'id');
        if (id !== undefined)
          return [scimGroups.get(id as GroupId)].filter((row) => row?.integrationId === integrationId) as typeof all;
        const displayName = wantedText(by, 'displayName');
        if (displayName !== undefined) {
          const row = scimGroups.byUnique(scimName(integrationId, 'displayName', foldCase(displayName)));
          return row === undefined ? [] : [row];
        }
        const externalId = wantedText(by, 'externalId');
        return externalId === undefined ? rows : scimGroups.group(scimName(integrationId, 'externalId', externalId));
      }
    },

    create: (draft, integration, { resource, members }) => {
      const id = identifiers.next('scimGroup', draft.now);
      const row = rowOf({ id, integration, resource }, { version: 1, createdAt: draft.now, updatedAt: draft.now });
      check(integration, row, members);
      draft.insert('scimGroup', row);
      writeMembers(draft, integration, { groupId: id, before: new Map(), after: members });
      return row;
    },

    change: (draft, integration, { before, resource, members }) => {
      const { id, version, createdAt } = before;
      const row = rowOf({ id, integration, resource }, { version: version + 1, createdAt, updatedAt: draft.now });
      check(integration, row, members);
      const former = membersOf(before);
      const isSameGroup = isSame(before.resource as ScimObject, resource);
      if (isSameGroup && former.size === members.size && [...members.keys()].every((one) => former.has(one)))
        return before;
      draft.update('scimGroup', row);
      writeMembers(draft, integration, { groupId: id, before: former, after: members });
      return row;
    },

    remove: (draft, group) => {
      const asMember = scimMemberships.group(scimMemberName({ memberId: group.id }));
      for (const membership of [...scimMemberships.group(group.id), ...asMember])
        draft.delete('scimMembership', membership);
      draft.delete('scimGroup', group);
    },
  };
}

interface MemberChange {
  readonly groupId: GroupId;
  readonly before: GroupMembers;
  readonly after: GroupMembers;
}

function rowOf(
  {
    id,
    integration,
    resource,
  }: { readonly id: GroupId; readonly integration: Integration; readonly resource: ScimObject },
  life: Pick<Row<'scimGroup'>, 'version' | 'createdAt' | 'updatedAt'>,
): Row<'scimGroup'> {
  const displayName = valueIn(resource, 'displayName');
  if (typeof displayName !== 'string' || displayName.trim() === '' || displayName.length > longestName) {
    throw badRequest('invalidValue', 'A group needs a displayName.');
  }
  const externalId = valueIn(resource, 'externalId');
  return {
    id,
    integrationId: integration.id,
    organizationId: integration.organizationId,
    displayNameKey: foldCase(displayName),
    externalId: typeof externalId === 'string' ? externalId : null,
    resource,
    ...life,
  };
}
