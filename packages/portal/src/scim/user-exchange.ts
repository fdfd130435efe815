import { headerOf } from '../http/api-exchange.js';
import type { Row } from '../store/store.js';
import type { ScimCall, ScimExchange, ScimParts } from './scim-api.js';
import { badRequest, ScimError } from './scim-error.js';
import { checkTag, listAnswer, queryOf, readScimBody, scimResponse } from './scim-exchange.js';
import { applyPatch, parsePatch } from './scim-patch.js';
import { keptResource, parseResource, parseWanted, projected } from './scim-resource.js';
import type { ScimObject } from './scim-value.js';
import { locationOf, tagOf, userResource } from './scim-wire.js';
import type { UserOutcome } from './user-desk.js';
import { type FindingParts, findUsers, userOf } from './user-finding.js';

/** Answers `/Users` and `/Users/{id}`. */
export function createUserExchange({ projection, users, clock }: ScimParts): {
  readonly all: ScimExchange;
  readonly one: ScimExchange;
} {
  const partsOf = ({ integration }: Pick<ScimCall, 'integration'>): FindingParts => ({
    projection,
    integration,
    at: clock.now(),
  });
  const found = (call: Pick<ScimCall, 'integration' | 'id'>): Row<'scimUser'> => {
    const row = call.id === undefined ? undefined : userOf(partsOf(call), call.id);
    if (row === undefined) throw notFound();
    return row;
  };
  const respond = (call: ScimCall, outcome: UserOutcome, status: 200 | 201) => {
    if ('refused' in outcome) throw new ScimError(outcome.refused.error);
    const { row } = outcome;
    const location = locationOf(row.id, 'User', call.baseUrl);
    const headers = { etag: tagOf(row), ...(status === 201 ? { location } : {}) };
    return scimResponse(status, projected(userResource(row, call.baseUrl), wantedOf(call)), headers);
  };

  /** Changes a user; one who was here before the directory came is linked first, as a step of its own. */
  const change = async (call: ScimCall, resourceOf: (before: ScimObject) => ScimObject) => {
    let ifMatch = headerOf(call.request.headers, 'if-match');
    const seen = found(call);
    if (seen.version === 0) {
      checkTag(ifMatch, tagOf(seen));
      ifMatch = undefined;
      const adopted = await call.write((draft, integration) => {
        const before = found({ integration, id: call.id });
        return before.version === 0 ? users.adopt(draft, integration, before) : { row: before };
      });
      if ('refused' in adopted) throw new ScimError(adopted.refused.error);
    }
    const outcome = await call.write((draft, integration) => {
      const before = found({ integration, id: call.id });
      checkTag(ifMatch, tagOf(before));
      return users.change(draft, integration, { before, resource: resourceOf(before.resource as ScimObject) });
    });
    return respond(call, outcome, 200);
  };

  return {
    all: {
      GET: (call) =>
        listAnswer(call.request, {
          find: (filter) => findUsers(partsOf(call), filter),
          shown: () => {
            const wanted = wantedOf(call);
            return (row) => projected(userResource(row, call.baseUrl), wanted);
          },
        }),
      POST: async (call) => {
        const resource = parseResource(await readScimBody(call.request));
        return respond(call, await call.write((draft, integration) => users.create(draft, integration, resource)), 201);
      },
    },
    one: {
      GET: (call) => {
        const row = found(call);
        const etag = tagOf(row);
        if (headerOf(call.request.headers, 'if-none-match') === etag) return scimResponse(304, undefined, { etag });
        return scimResponse(200, projected(userResource(row, call.baseUrl), wantedOf(call)), { etag });
      },
      PUT: async (call) => {
        const resource = parseResource(await readScimBody(call.request));
        return await change(call, () => resource);
      },
      PATCH: async (call) => {
        const operations = parsePatch(await readScimBody(call.request));
        return await change(call, (before) => keptResource(applyPatch(before, operations)));
      },
      DELETE: async (call) => {
        const ifMatch = headerOf(call.request.headers, 'if-match');
        const outcome = await call.write((draft, integration) => {
          const row = found({ integration, id: call.id });
          // Nobody is removed for a directory that has never linked itself to them.
          if (row.version === 0) throw notFound();
          checkTag(ifMatch, tagOf(row));
          return users.remove(draft, integration, row);
        });
        if ('refused' in outcome) throw new ScimError(outcome.refused.error);
        return scimResponse(204, undefined);
      },
    },
  };
}

function notFound(): ScimError {
  return new ScimError({ status: 404, detail: 'There is no such user.' });
}

function wantedOf({ request }: ScimCall) {
  const query = queryOf(request.target);
  const only = query.get('attributes');
  const without = query.get('excludedAttributes');
  if (only !== null && without !== null && only !== '') {
    throw badRequest('invalidValue', 'Either attributes or excludedAttributes, not both.');
  }
  return parseWanted(only === null || only === '' ? undefined : only, without ?? undefined);
}
