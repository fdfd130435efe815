import * as z from 'zod/mini';
import { organizationId, propertyId } from '../identifiers.js';
import { idempotencyHeaders } from '../inputs/headers.js';
import { memberInput, organizationInput, propertyInput } from '../inputs/tenancy.js';
import { pageQuery } from '../inputs/values.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

const inOrganization = z.strictObject({ organizationId });
const inProperty = z.strictObject({ propertyId });

/** Makes a tenant and its first Organization Owner; `setupToken` opens the owner's account set-up, once. */
export const createOrganization = route(operations.createOrganization, {
  summary: 'Create an organization with its first Organization Owner',
  headers: idempotencyHeaders,
  body: organizationInput,
  statuses: [201],
  problems: ['conflict'],
  auth: 'operator',
  action: null,
});

/** Lists every tenant of this portal, for its operator. */
export const listOrganizations = route(operations.listOrganizations, {
  summary: 'List the organizations of this portal',
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'operator',
  action: null,
});

/** Reads the caller's tenant, including the public key its locks trust. */
export const getOrganization = route(operations.getOrganization, {
  summary: 'Read an organization',
  params: inOrganization,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'organization.view',
});

/** Adds a property to a tenant. */
export const createProperty = route(operations.createProperty, {
  summary: 'Add a property to an organization',
  params: inOrganization,
  headers: idempotencyHeaders,
  body: propertyInput,
  statuses: [201],
  problems: [],
  auth: 'session-or-api-key',
  action: 'organization.manage',
});

/** Lists the properties of a tenant that the caller may see (G10). */
export const listProperties = route(operations.listProperties, {
  summary: 'List the properties of an organization that the caller is assigned to',
  params: inOrganization,
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'organization.view',
});

/** Reads a property, including what its locks are given to trust. */
export const getProperty = route(operations.getProperty, {
  summary: 'Read a property',
  params: inProperty,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'organization.view',
});

/** Invites a person with a role on the property; `setupToken` opens the account set-up, once. */
export const createMember = route(operations.createMember, {
  summary: 'Invite a person to a property with a role',
  params: inProperty,
  headers: idempotencyHeaders,
  body: memberInput,
  statuses: [201],
  problems: ['conflict'],
  auth: 'session-or-api-key',
  action: 'member.invite',
});

/** Lists the members assigned to a property. */
export const listMembers = route(operations.listMembers, {
  summary: 'List the members of a property',
  params: inProperty,
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'member.list',
});
