import { headerOf } from '../http/api-exchange.js';
import type { Row } from '../store/store.js';
import { type GroupMembers, isAboutMembers, parseMembers, patchMembers, replaceMembers } from './group-members.js';
import type { ScimCall, ScimExchange, ScimParts } from './scim-api.js';
import { ScimError } from './scim-error.js';
import { checkTag, listAnswer, queryOf, readScimBody, scimResponse } from './scim-exchange.js';
import { applyPatch, parsePatch } from './scim-patch.js';
import { keptResource, parseResource, parseWanted, projected, wants } from './scim-resource.js';
import { type ScimObject, valueIn, withValue } from './scim-value.js';
import { groupResource, locationOf, tagOf } from './scim-wire.js';

/** Answers `/Groups` and `/Groups/{id}`. */
export function createGroupExchange({ groups }: Pick<ScimParts, 'groups'>): {
  readonly all: ScimExchange;
  readonly one: ScimExchange;
} {
  const found = ({ integration, id }: Pick<ScimCall, 'integration' | 'id'>): Row<'scimGroup'> => {
    const row = id === undefined ? undefined : groups.groupOf(integration, id);
    if (row === undefined) throw new ScimError({ status: 404, detail: 'There is no such group.' });
    return row;
  };
  const show = (call: ScimCall, row: Row<'scimGroup'>): ScimObject => {
    const query = queryOf(call.request.target);
    const wanted = parseWanted(query.get('attributes') ?? undefined, query.get('excludedAttributes') ?? undefined);
    // Many thousands of members cost nothing where nobody asks for them.
    const members = wants(wanted, 'members') ? groups.membersOf(row) : undefined;
    return projected(groupResource(row, members, call.baseUrl), wanted);
  };

  return {
    all: {
      GET: (call) =>
        listAnswer(call.request, {
          find: (filter) => groups.find(call.integration, filter),
          shown: () => (row) => show(call, row),
        }),
      POST: async (call) => {
        const wish = wishOf(await readScimBody(call.request));
        const row = await call.write((draft, integration) => groups.create(draft, integration, wish));
        const headers = { etag: tagOf(row), location: locationOf(row.id, 'Group', call.baseUrl) };
        return scimResponse(201, show(call, row), headers);
      },
    },
    one: {
      GET: (call) => {
        const row = found(call);
        return scimResponse(200, show(call, row), { etag: tagOf(row) });
      },
      PUT: async (call) => {
        const wish = wishOf(await readScimBody(call.request));
        const row = await call.write((draft, integration) => {
          const before = found({ integration, id: call.id });
          checkTag(headerOf(call.request.headers, 'if-match'), tagOf(before));
          const members = replaceMembers(groups.membersOf(before), wish.members);
          return groups.change(draft, integration, { before, resource: wish.resource, members });
        });
        return scimResponse(200, show(call, row), { etag: tagOf(row) });
      },
      PATCH: async (call) => {
        const operations = parsePatch(await readScimBody(call.request));
        const row = await call.write((draft, integration) => {
          const before = found({ integration, id: call.id });
          checkTag(headerOf(call.request.headers, 'if-match'), tagOf(before));
          const aboutMembers = operations.filter(isAboutMembers);
          const others = operations.filter((one) => !isAboutMembers(one));
          const resource = keptResource(applyPatch(before.resource as ScimObject, others));
          return groups.change(draft, integration, {
            before,
            resource,
            members: patchMembers(groups.membersOf(before), aboutMembers),
          });
        });
        // Entra wants no body here: it would list everybody in the group.
        return scimResponse(204, undefined, { etag: tagOf(row) });
      },
      DELETE: async (call) => {
        await call.write((draft, integration) => {
          const row = found({ integration, id: call.id });
          checkTag(headerOf(call.request.headers, 'if-match'), tagOf(row));
          groups.remove(draft, row);
        });
        return scimResponse(204, undefined);
      },
    },
  };
}

function wishOf(body: unknown): { readonly resource: ScimObject; readonly members: GroupMembers } {
  const sent = parseResource(body);
  return { resource: withValue(sent, 'members', undefined), members: parseMembers(valueIn(sent, 'members')) };
}
