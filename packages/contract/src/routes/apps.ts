import * as z from 'zod/mini';
import { appGrantId, appId, organizationId, propertyId } from '../identifiers.js';
import { appInput } from '../inputs/apps.js';
import { idempotencyHeaders } from '../inputs/headers.js';
import { pageQuery } from '../inputs/values.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

const inOrganization = z.strictObject({ organizationId });
const onProperty = z.strictObject({ propertyId, appId });

/** Registers a third-party app. `clientSecret` is shown only here and is `null` for a public app. */
export const createApp = route(operations.createApp, {
  summary: 'Register a third-party app',
  params: inOrganization,
  headers: idempotencyHeaders,
  body: appInput,
  statuses: [201],
  problems: [],
  auth: 'session',
  action: 'organization.manage',
});

/** Lists the registered apps of a tenant. */
export const listApps = route(operations.listApps, {
  summary: 'List the registered apps of an organization',
  params: inOrganization,
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session',
  action: 'organization.manage',
});

/** Reads a registered app. */
export const getApp = route(operations.getApp, {
  summary: 'Read a registered app',
  params: z.strictObject({ appId }),
  statuses: [200],
  problems: [],
  auth: 'session',
  action: 'organization.manage',
});

/** Removes an app: from this moment on none of its tokens is taken, on any property. */
export const removeApp = route(operations.removeApp, {
  summary: 'Remove a registered app',
  params: z.strictObject({ appId }),
  statuses: [204],
  problems: [],
  auth: 'session',
  action: 'organization.manage',
});

/** Lists every registered app of the tenant with whether it may act on this property (C7). */
export const listIntegratedApps = route(operations.listIntegratedApps, {
  summary: 'List the apps that may or could act on a property',
  params: z.strictObject({ propertyId }),
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'connected_app.view',
});

/** Lets an app act on a property for those who sign in with it; audited (G33, C7). Repeating it changes nothing. */
export const allowIntegratedApp = route(operations.allowIntegratedApp, {
  summary: 'Allow an app on a property',
  params: onProperty,
  statuses: [200],
  problems: [],
  auth: 'session',
  action: 'integrated_app.allow',
});

/** Takes an app's permission on a property away, at once; audited. Repeating it changes nothing. */
export const forbidIntegratedApp = route(operations.forbidIntegratedApp, {
  summary: 'Forbid an app on a property',
  params: onProperty,
  statuses: [204],
  problems: [],
  auth: 'session',
  action: 'integrated_app.allow',
});

/**
 * Lists what whoever is signed in lets apps do. `not-found`: the session is of a booking channel, and its person has no
 * place in the workplace any more (S39).
 */
export const listMyAppGrants = route(operations.listMyAppGrants, {
  summary: 'List the apps that act for whoever is signed in',
  query: pageQuery,
  statuses: [200],
  problems: ['not-found'],
  auth: 'session',
  action: null,
});

/** Takes an app's right to act for the caller away, at once; repeating it changes nothing. */
export const revokeMyAppGrant = route(operations.revokeMyAppGrant, {
  summary: 'Stop an app from acting for whoever is signed in',
  params: z.strictObject({ appGrantId }),
  statuses: [204],
  problems: ['not-found'],
  auth: 'session',
  action: null,
});
