import { makeToken, tokenHash } from '../access/bearer-token.js';
import type { Identifiers } from '../identifiers.js';
import type { AuditDraft, Draft } from '../ledger.js';
import { revokeGrant, stands } from '../oauth/grant-record.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import { notFound } from './authorize.js';
import type { Handlers } from './call.js';
import { pageOf } from './paging.js';
import { appGrantOf, appOf, integratedAppOf } from './wire.js';

type AppOperation =
  | 'createApp'
  | 'listApps'
  | 'getApp'
  | 'removeApp'
  | 'listIntegratedApps'
  | 'allowIntegratedApp'
  | 'forbidIntegratedApp'
  | 'listMyAppGrants'
  | 'revokeMyAppGrant';

/** Creates the handlers of third-party apps: their registration, the properties' permission, and what members let them do. */
export function createAppHandlers(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
}): Pick<Handlers, AppOperation> {
  const { projection, identifiers } = parts;

  /** Switches an app on a property on or off; nothing happens when it is so already. */
  const permit = (
    draft: Draft,
    to: {
      readonly app: Row<'app'>;
      readonly property: Row<'property'>;
      readonly allowed: boolean;
      readonly actor: AuditDraft['actor'];
    },
  ) => {
    const { app, allowed, actor } = to;
    // As it is now: several apps of one property may change in one command.
    const property = projection.properties.get(to.property.id) ?? to.property;
    if (property.integratedApps.includes(app.id) === allowed) return property;
    const others = property.integratedApps.filter((id) => id !== app.id);
    const changed = {
      ...property,
      integratedApps: allowed ? [...others, app.id] : others,
    };
    draft.update('property', changed);
    const type = allowed ? 'integrated_app.allowed' : 'integrated_app.forbidden';
    const fact = { propertyId: property.id, actor };
    draft.event({ type, occurredAt: timestampOf(draft.now), ...fact, appId: app.id });
    draft.audit(property.organizationId, { action: type, ...fact, subject: { appId: app.id } });
    return changed;
  };

  return {
    createApp: async ({ request: { body }, place: { organization }, caller, write }) =>
      await write((draft) => {
        if (organization === undefined) return notFound;
        const { name, kind, redirectUris, scopes } = body;
        const clientSecret = kind === 'confidential' ? makeToken('app-secret') : null;
        const app: Row<'app'> = {
          id: identifiers.next('app', draft.now),
          organizationId: organization.id,
          name,
          kind,
          redirectUris,
          scopes,
          secretHash: clientSecret === null ? null : tokenHash(clientSecret),
          createdAt: draft.now,
          removedAt: null,
        };
        draft.insert('app', app);
        const fact = { organizationId: organization.id, actor: caller.actor };
        draft.event({ type: 'app.created', occurredAt: timestampOf(draft.now), ...fact, appId: app.id });
        const subject = { appId: app.id, kind, scopes };
        draft.audit(organization.id, { action: 'app.created', actor: caller.actor, subject });
        return { status: 201, body: { app: appOf(app), clientSecret } };
      }),

    listApps: async ({ request: { query }, place: { organization } }) =>
      organization === undefined
        ? notFound
        : {
            status: 200,
            body: pageOf(projection.apps.group(organization.id), {
              query,
              idOf: (row) => row.id,
              isVisible: (row) => row.removedAt === null,
              toWire: appOf,
            }),
          },

    getApp: async ({ place: { app } }) =>
      app === undefined || app.removedAt !== null ? notFound : { status: 200, body: appOf(app) },

    removeApp: async ({ place, caller: { actor }, write }) =>
      await write((draft) => {
        const app = place.app && projection.apps.get(place.app.id);
        if (app === undefined) return notFound;
        if (app.removedAt === null) {
          draft.update('app', { ...app, removedAt: draft.now });
          for (const property of projection.properties.group(app.organizationId)) {
            permit(draft, { app, property, allowed: false, actor });
          }
          for (const grant of projection.appGrants.group(app.id)) {
            revokeGrant(draft, projection, grant, { actor, because: 'app_removed' });
          }
          const fact = { organizationId: app.organizationId, actor };
          draft.event({ type: 'app.removed', occurredAt: timestampOf(draft.now), ...fact, appId: app.id });
          draft.audit(app.organizationId, { action: 'app.removed', actor, subject: { appId: app.id } });
        }
        return { status: 204, body: undefined };
      }),

    listIntegratedApps: async ({ request: { query }, place: { property } }) =>
      property === undefined
        ? notFound
        : {
            status: 200,
            body: pageOf(projection.apps.group(property.organizationId), {
              query,
              idOf: (row) => row.id,
              isVisible: (row) => row.removedAt === null,
              toWire: (row) => integratedAppOf(row, property),
            }),
          },

    allowIntegratedApp: async ({ place: { app, property }, caller: { actor }, write }) =>
      await write((draft) => {
        const found = app && projection.apps.get(app.id);
        if (found === undefined || found.removedAt !== null || property === undefined) return notFound;
        const changed = permit(draft, { app: found, property, allowed: true, actor });
        return { status: 200, body: integratedAppOf(found, changed) };
      }),

    forbidIntegratedApp: async ({ place: { app, property }, caller: { actor }, write }) =>
      await write((draft) => {
        if (app === undefined || property === undefined) return notFound;
        permit(draft, { app, property, allowed: false, actor });
        return { status: 204, body: undefined };
      }),

    listMyAppGrants: async ({ request: { query }, caller, now }) => ({
      status: 200,
      body: pageOf(projection.appGrants.group(caller.member.id), {
        query,
        idOf: (row) => row.id,
        isVisible: (row) => stands(row, now),
        toWire: (row) => appGrantOf(row, projection.apps.get(row.appId)?.name ?? ''),
      }),
    }),

    revokeMyAppGrant: async ({ request: { params }, caller, write }) =>
      await write((draft) => {
        const grant = projection.appGrants.get(params.appGrantId);
        if (grant === undefined || grant.memberId !== caller.member.id) return notFound;
        revokeGrant(draft, projection, grant, { actor: caller.actor, because: 'revoked_by_member' });
        return { status: 204, body: undefined };
      }),
  };
}
