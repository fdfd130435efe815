import * as z from 'zod/mini';
import { apiKeyId, organizationId } from '../identifiers.js';
import { idempotencyHeaders } from '../inputs/headers.js';
import { accountSetupInput, apiKeyInput, sessionInput } from '../inputs/sign-in.js';
import { pageQuery } from '../inputs/values.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

const inOrganization = z.strictObject({ organizationId });

/** Accepts an invitation: uses up the token of the set-up link and sets the password (G18). */
export const completeAccountSetup = route(operations.completeAccountSetup, {
  summary: 'Set up an account with the token of its set-up link',
  body: accountSetupInput,
  statuses: [200],
  problems: ['setup-token-invalid'],
  auth: 'none',
  action: null,
});

/** Signs in; `token` is the bearer token of the session and is shown only here. */
export const createSession = route(operations.createSession, {
  summary: 'Sign in with e-mail address and password',
  body: sessionInput,
  statuses: [201],
  problems: ['sign-in-failed', 'channel-not-allowed'],
  auth: 'none',
  action: null,
});

/** Signs out. */
export const deleteCurrentSession = route(operations.deleteCurrentSession, {
  summary: 'Sign out',
  statuses: [204],
  problems: [],
  auth: 'session',
  action: null,
});

/** Tells who the bearer token stands for: a member by a session, or a member's API key. */
export const getMe = route(operations.getMe, {
  summary: 'Read who is signed in',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: null,
});

/** Lists the Keys the caller holds, on every property; open to every role (G32). */
export const listMyKeys = route(operations.listMyKeys, {
  summary: 'List the Keys of whoever is signed in',
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: null,
});

/** Makes an API key that acts with its creator's rights; `token` is shown only here. */
export const createApiKey = route(operations.createApiKey, {
  summary: 'Create an API key',
  params: inOrganization,
  headers: idempotencyHeaders,
  body: apiKeyInput,
  statuses: [201],
  problems: [],
  auth: 'session',
  action: 'organization.manage',
});

/** Lists the API keys of a tenant, revoked ones too. */
export const listApiKeys = route(operations.listApiKeys, {
  summary: 'List the API keys of an organization',
  params: inOrganization,
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session',
  action: 'organization.manage',
});

/** Revokes an API key at once; repeating it changes nothing. */
export const revokeApiKey = route(operations.revokeApiKey, {
  summary: 'Revoke an API key',
  params: z.strictObject({ apiKeyId }),
  statuses: [204],
  problems: [],
  auth: 'session',
  action: 'organization.manage',
});
