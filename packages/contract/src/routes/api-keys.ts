import * as z from 'zod/mini';
import { apiKeyId, organizationId } from '../identifiers.js';
import { apiKeyInput, apiKeyRotationInput } from '../inputs/api-keys.js';
import { idempotencyHeaders } from '../inputs/headers.js';
import { pageQuery } from '../inputs/values.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

const inOrganization = z.strictObject({ organizationId });
const ofApiKey = z.strictObject({ apiKeyId });

/** Makes an API key that acts with its creator's rights, as far as its scopes reach; `token` is shown only here. */
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

/** Lists the API keys of a tenant, ended ones too. */
export const listApiKeys = route(operations.listApiKeys, {
  summary: 'List the API keys of an organization',
  params: inOrganization,
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session',
  action: 'organization.manage',
});

/**
 * Makes a key that takes over from another, with the same name and scopes; the old one dies when the overlap ends. The new
 * key acts with the rights of whoever rotates; `token` is shown only here.
 */
export const rotateApiKey = route(operations.rotateApiKey, {
  summary: 'Rotate an API key',
  params: ofApiKey,
  headers: idempotencyHeaders,
  body: apiKeyRotationInput,
  statuses: [201],
  problems: ['conflict'],
  auth: 'session',
  action: 'organization.manage',
});

/** Revokes an API key at once; repeating it changes nothing. */
export const revokeApiKey = route(operations.revokeApiKey, {
  summary: 'Revoke an API key',
  params: ofApiKey,
  statuses: [204],
  problems: [],
  auth: 'session',
  action: 'organization.manage',
});
