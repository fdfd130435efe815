import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import type { PresentMembers } from './group-members.js';
import { scimUrns } from './scim-attributes.js';
import type { ScimErrorInfo } from './scim-error.js';
import { schemasOf } from './scim-resource.js';
import type { ScimObject } from './scim-value.js';

/** The two kinds of resources, each with its place under the base address. */
export const resourcePlaces = { User: 'Users', Group: 'Groups' } as const;

/** A user as answered: as it was sent, with what the server adds. */
export function userResource(row: Row<'scimUser'>, baseUrl: string): ScimObject {
  const resource = row.resource as ScimObject;
  return {
    schemas: schemasOf(scimUrns.user, resource),
    id: row.id,
    ...resource,
    meta: metaOf(row, 'User', baseUrl),
  };
}

/** A group as answered; `members` is left out where nobody wants to see them. */
export function groupResource(row: Row<'scimGroup'>, members: PresentMembers | undefined, baseUrl: string): ScimObject {
  const resource = row.resource as ScimObject;
  return {
    schemas: schemasOf(scimUrns.group, resource),
    id: row.id,
    ...resource,
    ...(members === undefined ? {} : { members: memberList(members, baseUrl) }),
    meta: metaOf(row, 'Group', baseUrl),
  };
}

function memberList(members: PresentMembers, baseUrl: string): readonly ScimObject[] {
  return [...members].map(([value, { display }]) => ({
    value,
    ...(display === null ? {} : { display }),
    $ref: `${baseUrl}/${value.startsWith('scg_') ? resourcePlaces.Group : resourcePlaces.User}/${value}`,
  }));
}

/** Where a resource is read. */
export function locationOf(id: string, type: keyof typeof resourcePlaces, baseUrl: string): string {
  return `${baseUrl}/${resourcePlaces[type]}/${id}`;
}

/** The weak tag of a version (RFC 7644, 3.14). */
export function tagOf({ version }: { readonly version: number }): string {
  return `W/"${version}"`;
}

function metaOf(
  row: Pick<Row<'scimUser'>, 'version' | 'createdAt' | 'updatedAt'> & { readonly id: string },
  resourceType: keyof typeof resourcePlaces,
  baseUrl: string,
): ScimObject {
  return {
    resourceType,
    created: timestampOf(row.createdAt),
    lastModified: timestampOf(row.updatedAt),
    location: locationOf(row.id, resourceType, baseUrl),
    version: tagOf(row),
  };
}

/** A list of resources, from the given place on. */
export function listResponse(
  resources: readonly ScimObject[],
  { total, startIndex }: { readonly total: number; readonly startIndex: number },
): ScimObject {
  return {
    schemas: [scimUrns.listResponse],
    totalResults: total,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  };
}

/** A refusal as SCIM has it (RFC 7644, 3.12). */
export function errorBody({
  status,
  scimType,
  detail,
}: Omit<ScimErrorInfo, 'status'> & { readonly status: number }): ScimObject {
  return {
    schemas: [scimUrns.error],
    status: String(status),
    ...(scimType === undefined ? {} : { scimType }),
    detail,
  };
}
