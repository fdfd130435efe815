import type { ApiKeyId, Instant } from '@latchwork/core';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import type { Handlers } from './call.js';
import { pageOf } from './paging.js';
import { seesProperty } from './visibility.js';
import { apiKeyOf, appGrantOf, keyOf, memberOf, sessionOf } from './wire.js';

type MeOperation = 'getMe' | 'listMyKeys';

/** Creates the handlers of what concerns the caller. */
export function createMeHandlers(parts: {
  readonly projection: Projection;
  /** When each API key was last used, fresher than its row. */
  readonly apiKeyUse: ReadonlyMap<ApiKeyId, Instant>;
}): Pick<Handlers, MeOperation> {
  const { projection, apiKeyUse } = parts;
  const everything = () => true;
  const lastUse = (apiKey: Row<'apiKey'>) => apiKeyUse.get(apiKey.id) ?? apiKey.lastUsedAt;

  return {
    getMe: async ({ caller, caller: { member, session, apiKey, appGrant } }) => ({
      status: 200,
      body: {
        member: memberOf(
          projection,
          member,
          appGrant === undefined ? everything : (id) => seesProperty(projection, caller, id),
        ),
        session: session === undefined ? null : sessionOf(session),
        apiKey: apiKey === undefined ? null : apiKeyOf(apiKey, lastUse(apiKey)),
        appGrant: appGrant === undefined ? null : appGrantOf(appGrant, projection.apps.get(appGrant.appId)?.name ?? ''),
      },
    }),

    listMyKeys: async ({ request: { query }, caller }) => ({
      status: 200,
      body: pageOf(projection.accessKeys.group(caller.member.id), {
        query,
        idOf: (row) => row.id,
        isVisible: (row) => seesProperty(projection, caller, row.propertyId),
        toWire: keyOf,
      }),
    }),
  };
}
