import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import { scimMemberName, scimName } from '../store/row-indexes.js';
import type { PushedUserId } from '../store/schema/scim.js';
import type { Row } from '../store/store.js';
import type { GroupMembers, MemberChange, PresentMembers } from './group-members.js';
import { type PushedResource, pushedRow, requiredName } from './pushed-row.js';
import { badRequest, ScimError } from './scim-error.js';
import { matches, type ScimFilter, wantedText } from './scim-filter.js';
import { foldCase, isSame, type ScimObject } from './scim-value.js';

/** Keeps groups as a directory pushes them. They give nobody anything. */
export interface GroupDesk {
  groupOf(integration: Integration, id: string): Row<'scimGroup'> | undefined;
  find(integration: Integration, filter: ScimFilter | undefined): readonly Row<'scimGroup'>[];
  membersOf(group: Row<'scimGroup'>): PresentMembers;
  /** @throws ScimError */
  create(draft: Draft, integration: Integration, wish: GroupWish<GroupMembers>): Row<'scimGroup'>;
  /** Writes what differs, member by member. @throws ScimError */
  change(
    draft: Draft,
    integration: Integration,
    wish: GroupWish<MemberChange> & { readonly before: Row<'scimGroup'> },
  ): Row<'scimGroup'>;
  remove(draft: Draft, group: Row<'scimGroup'>): void;
}

/** A group as it is to be; `resource` without its members. */
export interface GroupWish<Members> {
  readonly resource: ScimObject;
  readonly members: Members;
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
  const membersOf = ({ id: groupId }: Pick<Row<'scimGroup'>, 'id'>): PresentMembers => {
    const rows = scimMemberships.group(groupId);
    return {
      size: rows.length,
      get: (id) => scimMemberships.get(`${groupId}/${id as PushedUserId}`),
      *[Symbol.iterator]() {
        for (const { memberId, display } of rows) yield [memberId, { display }];
      },
    };
  };

  const check = (integration: Integration, row: Row<'scimGroup'>, size: number): void => {
    const holder = scimGroups.byUnique(scimName(integration.id, 'displayName', row.displayNameKey));
    if (holder !== undefined && holder.id !== row.id) {
      throw new ScimError({ status: 409, scimType: 'uniqueness', detail: 'Another group has this displayName.' });
    }
    if (size > mostMembers) throw badRequest('tooMany', `A group has at most ${mostMembers} members.`);
  };
  const isKnown = (integration: Integration, id: string): boolean => {
    const found = scimUsers.get(id as PushedUserId) ?? scimGroups.get(id as GroupId);
    return found?.integrationId === integration.id;
  };
  const writeMembers = (
    draft: Draft,
    integration: Integration,
    { groupId, put, taken }: MemberChange & { readonly groupId: GroupId },
  ): void => {
    const before = membersOf({ id: groupId });
    for (const [id, { display }] of put) {
      const memberId = id as PushedUserId;
      const old = before.get(id);
      if (old !== undefined && (display === null || old.display === display)) continue;
      if (old !== undefined) draft.update('scimMembership', { groupId, memberId, display });
      else if (isKnown(integration, id)) draft.insert('scimMembership', { groupId, memberId, display });
      else throw badRequest('invalidValue', 'A member of the group is no user that is here.');
    }
    for (const id of taken) {
      const memberId = id as PushedUserId;
      draft.delete('scimMembership', { groupId, memberId, display: before.get(id)?.display ?? null });
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
        const members = byMembers ? [...membersOf(row)].map(([value]) => ({ value })) : [];
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
      const row = rowOf({
        id,
        integration,
        resource,
        life: { version: 1, createdAt: draft.now, updatedAt: draft.now },
      });
      check(integration, row, members.size);
      draft.insert('scimGroup', row);
      writeMembers(draft, integration, { groupId: id, put: members, taken: new Set() });
      return row;
    },

    change: (draft, integration, { before, resource, members }) => {
      const { id, version, createdAt } = before;
      const row = rowOf({ id, integration, resource, life: { version: version + 1, createdAt, updatedAt: draft.now } });
      const former = membersOf(before);
      const added = [...members.put.keys()].filter((one) => former.get(one) === undefined).length;
      check(integration, row, former.size + added - members.taken.size);
      const hasSameMembers = added === 0 && members.taken.size === 0;
      if (hasSameMembers && isSame(before.resource as ScimObject, resource)) return before;
      draft.update('scimGroup', row);
      writeMembers(draft, integration, { groupId: id, ...members });
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

function rowOf(pushed: PushedResource<GroupId>): Row<'scimGroup'> {
  const name = requiredName(pushed.resource, 'displayName', {
    longest: longestName,
    detail: 'A group needs a displayName.',
  });
  return { ...pushedRow(pushed), displayNameKey: foldCase(name) };
}
