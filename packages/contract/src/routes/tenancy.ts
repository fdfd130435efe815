import * as z from 'zod/mini';
import { organizationId, propertyId } from '../identifiers.js';
import { idempotencyHeaders } from '../request-headers.js';
import { member, memberInput } from '../resources/member.js';
import { organization, organizationInput, property, propertyInput } from '../resources/organization.js';
import { route } from '../route.js';
import { page, pageQuery } from '../wire-values.js';

const inOrganization = z.strictObject({ organizationId });
const inProperty = z.strictObject({ propertyId });

/** Makes a tenant and its first Organization Owner; `setupToken` opens the owner's account set-up, once. */
export const createOrganization = route({
  method: 'POST',
  path: '/v1/organizations',
  summary: 'Create an organization with its first Organization Owner',
  headers: idempotencyHeaders,
  body: organizationInput,
  reply: z.object({ organization, owner: member, setupToken: z.string() }),
  media: 'json',
  statuses: [201],
  problems: ['conflict'],
  auth: 'operator',
  action: null,
  idempotency: 'optional',
});

/** Lists every tenant of this portal, for its operator. */
export const listOrganizations = route({
  method: 'GET',
  path: '/v1/organizations',
  summary: 'List the organizations of this portal',
  query: pageQuery,
  reply: page(organization),
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'operator',
  action: null,
  idempotency: 'none',
});

/** Reads the caller's tenant, including the public key its locks trust. */
export const getOrganization = route({
  method: 'GET',
  path: '/v1/organizations/:organizationId',
  summary: 'Read an organization',
  params: inOrganization,
  reply: organization,
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'organization.view',
  idempotency: 'none',
});

/** Adds a property to a tenant. */
export const createProperty = route({
  method: 'POST',
  path: '/v1/organizations/:organizationId/properties',
  summary: 'Add a property to an organization',
  params: inOrganization,
  headers: idempotencyHeaders,
  body: propertyInput,
  reply: property,
  media: 'json',
  statuses: [201],
  problems: [],
  auth: 'session-or-api-key',
  action: 'organization.manage',
  idempotency: 'optional',
});

/** Lists the properties of a tenant that the caller may see (G10). */
export const listProperties = route({
  method: 'GET',
  path: '/v1/organizations/:organizationId/properties',
  summary: 'List the properties of an organization that the caller is assigned to',
  params: inOrganization,
  query: pageQuery,
  reply: page(property),
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'organization.view',
  idempotency: 'none',
});

/** Reads a property, including what its locks are given to trust. */
export const getProperty = route({
  method: 'GET',
  path: '/v1/properties/:propertyId',
  summary: 'Read a property',
  params: inProperty,
  reply: property,
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'organization.view',
  idempotency: 'none',
});

/** Invites a person with a role on the property; `setupToken` opens the account set-up, once. */
export const createMember = route({
  method: 'POST',
  path: '/v1/properties/:propertyId/members',
  summary: 'Invite a person to a property with a role',
  params: inProperty,
  headers: idempotencyHeaders,
  body: memberInput,
  reply: z.object({ member, setupToken: z.string() }),
  media: 'json',
  statuses: [201],
  problems: ['conflict'],
  auth: 'session-or-api-key',
  action: 'member.invite',
  idempotency: 'optional',
});

/** Lists the members assigned to a property. */
export const listMembers = route({
  method: 'GET',
  path: '/v1/properties/:propertyId/members',
  summary: 'List the members of a property',
  params: inProperty,
  query: pageQuery,
  reply: page(member),
  media: 'json',
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'member.list',
  idempotency: 'none',
});
