import * as z from 'zod/mini';
import { organizationId, propertyId } from '../identifiers.js';
import { editHeaders, idempotencyHeaders, streamHeaders } from '../inputs/headers.js';
import { removalInput } from '../inputs/removal.js';
import { organizationEditInput, organizationInput, propertyEditInput, propertyInput } from '../inputs/tenancy.js';
import { cursor, pageQuery } from '../inputs/values.js';
import { operations } from '../operations.js';
import { route } from '../route.js';

const inOrganization = z.strictObject({ organizationId });
const inProperty = z.strictObject({ propertyId });

/** Makes a tenant with its first person, who is sent an invitation. */
export const createOrganization = route(operations.createOrganization, {
  summary: 'Create an organization with its first person',
  headers: idempotencyHeaders,
  body: organizationInput,
  statuses: [201],
  problems: ['email-invalid', 'plan-required', 'license-shortfall'],
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

/** Renames a tenant, and settles its role schemes and whether General Managers manage each other (★16). */
export const updateOrganization = route(operations.updateOrganization, {
  summary: 'Change an organization',
  params: inOrganization,
  headers: editHeaders,
  body: organizationEditInput,
  statuses: [200],
  problems: ['forbidden', 'not-found', 'scheme-in-use', 'last-of-role'],
  auth: 'session-or-api-key',
  action: null,
});

/** Makes an organization of a single property; its Owners become Organization Owners (G5). Repeating it changes nothing. */
export const setUpOrganization = route(operations.setUpOrganization, {
  summary: 'Make an organization of a single property',
  params: inOrganization,
  headers: idempotencyHeaders,
  statuses: [200],
  problems: ['not-found', 'last-of-role'],
  auth: 'operator',
  action: null,
});

/**
 * Reads the feed of what concerns the organization and no property, oldest first: for Organization Owners; for Admins of
 * its workplace what concerns its users.
 */
export const listOrganizationEvents = route(operations.listOrganizationEvents, {
  summary: 'Read the event feed of an organization, oldest first',
  params: inOrganization,
  query: pageQuery,
  statuses: [200],
  problems: ['forbidden', 'not-found'],
  auth: 'session-or-api-key',
  action: null,
});

/** Follows the feed of an organization live; see {@link streamEvents}. For those who may list it. */
export const streamOrganizationEvents = route(operations.streamOrganizationEvents, {
  summary: 'Follow the event feed of an organization live',
  params: inOrganization,
  query: z.strictObject({ cursor: z.optional(cursor) }),
  headers: streamHeaders,
  statuses: [200],
  problems: ['forbidden', 'not-found'],
  auth: 'session-or-api-key',
  action: null,
});

/** Reads the audit of a tenant, oldest first. */
export const listAudit = route(operations.listAudit, {
  summary: 'Read the audit of an organization, oldest first',
  params: inOrganization,
  query: pageQuery,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'organization.manage',
});

/** Adds a property to a tenant. */
export const createProperty = route(operations.createProperty, {
  summary: 'Add a property to an organization',
  params: inOrganization,
  headers: idempotencyHeaders,
  body: propertyInput,
  statuses: [201],
  problems: ['organization-required', 'scheme-not-in-use'],
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

/** Renames a property and settles how it is run. */
export const updateProperty = route(operations.updateProperty, {
  summary: 'Change a property and its settings',
  params: inProperty,
  headers: editHeaders,
  body: propertyEditInput,
  statuses: [200],
  problems: [],
  auth: 'session-or-api-key',
  action: 'portal_settings.edit',
});

/**
 * Takes a property out of its organization, with every assignment to it and every Key (G8). Its devices and its history
 * stay in the store and are shown to nobody any more.
 */
export const removeProperty = route(operations.removeProperty, {
  summary: 'Remove a property',
  params: inProperty,
  headers: idempotencyHeaders,
  body: removalInput,
  statuses: [200],
  problems: ['confirmation-required', 'organization-required', 'last-of-role'],
  auth: 'session-or-api-key',
  action: 'organization.manage',
});
