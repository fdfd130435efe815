import * as z from 'zod/mini';
import { apiKeyId, organizationId } from '../identifiers.js';
import { idempotencyHeaders } from '../request-headers.js';
import { key } from '../resources/key.js';
import { accountSetupInput, apiKey, apiKeyInput, member, session, sessionInput } from '../resources/member.js';
import { route } from '../route.js';
import { page, pageQuery } from '../wire-values.js';

const inOrganization = z.strictObject({ organizationId });

/** Accepts an invitation: uses up the token of the set-up link and sets the password (G18). */
export const completeAccountSetup = route({
  method: 'POST',
  path: '/v1/account-setups',
  summary: 'Set up an account with the token of its set-up link',
  body: accountSetupInput,
  reply: z.object({ member }),
  media: 'json',
  statuses: [200],
  problems: ['setup-token-invalid'],
  auth: 'none',
  action: null,
  idempotency: 'none',
});

/** Signs in; `token` is the bearer token of the session and is shown only here. */
export const createSession = route({
  method: 'POST',
  path: '/v1/sessions',
  summary: 'Sign in with e-mail address and password',
  body: sessionInput,
  reply: z.object({ token: z.string(), session, member }),
  media: 'json',
  statuses: [201],
  problems: ['sign-in-failed', 'channel-not-allowed'],
  auth: 'none',
  action: null,
  idempotency: 'none',
});

/** Signs out. */
export const deleteCurrentSession = route({
  method: 'DELETE',
  path: '/v1/sessions/current',
  summary: 'Sign out',
  reply: null,
  media: 'none',
  statuses: [204],
  problems: [],
  auth: 'session',
  action: null,
  idempotency: 'none',
});

/** Tells who the bearer token stands for: a member by a session, or a member's API key. */
export const getMe = route({
  method: 'GET',
  path: '/v1/me',
  summary: 'Read who is signed in',
  reply: z.object({ member, session: z.nullable(session), apiKey: z.nullable(apiKey) }),
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: null,
  idempotency: 'none',
});

/** Lists the Keys the caller holds, on every property; open to every role (G32). */
export const listMyKeys = route({
  method: 'GET',
  path: '/v1/me/keys',
  summary: 'List the Keys of whoever is signed in',
  query: pageQuery,
  reply: page(key),
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: null,
  idempotency: 'none',
});

/** Makes an API key that acts with its creator's rights; `token` is shown only here. */
export const createApiKey = route({
  method: 'POST',
  path: '/v1/organizations/:organizationId/api-keys',
  summary: 'Create an API key',
  params: inOrganization,
  headers: idempotencyHeaders,
  body: apiKeyInput,
  reply: z.object({ apiKey, token: z.string() }),
  media: 'json',
  statuses: [201],
  problems: [],
  auth: 'session',
  action: 'organization.manage',
  idempotency: 'optional',
});

/** Lists the API keys of a tenant, revoked ones too. */
export const listApiKeys = route({
  method: 'GET',
  path: '/v1/organizations/:organizationId/api-keys',
  summary: 'List the API keys of an organization',
  params: inOrganization,
  query: pageQuery,
  reply: page(apiKey),
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'session',
  action: 'organization.manage',
  idempotency: 'none',
});

/** Revokes an API key at once; repeating it changes nothing. */
export const revokeApiKey = route({
  method: 'DELETE',
  path: '/v1/api-keys/:apiKeyId',
  summary: 'Revoke an API key',
  params: z.strictObject({ apiKeyId }),
  reply: null,
  media: 'none',
  statuses: [204],
  problems: [],
  auth: 'session',
  action: 'organization.manage',
  idempotency: 'none',
});
