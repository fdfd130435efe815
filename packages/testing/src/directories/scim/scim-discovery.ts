import { type BareAnswer, scimJson } from './scim-error.js';

/** How a SCIM tenant pages. */
export interface ScimPaging {
  /** Whether it offers cursors (RFC 9865) besides `startIndex`. */
  readonly cursor: boolean;
  /** The most resources of a page, whatever `count` asks for. */
  readonly maxResults: number;
}

const json = (body: Record<string, unknown>): BareAnswer => ({
  status: 200,
  headers: { 'content-type': scimJson },
  body,
});

const list = (resources: readonly Record<string, unknown>[]): BareAnswer =>
  json({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: resources.length,
    startIndex: 1,
    itemsPerPage: resources.length,
    Resources: resources,
  });

/** `GET /ServiceProviderConfig` */
export function scimServiceProvider(paging: ScimPaging, base: string): BareAnswer {
  return json({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    documentationUri: `${base}/docs`,
    patch: { supported: false },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: paging.maxResults },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: false },
    authenticationSchemes: [
      { type: 'oauthbearertoken', name: 'OAuth Bearer Token', description: 'A bearer token', primary: true },
    ],
    ...(paging.cursor
      ? {
          pagination: {
            cursor: true,
            index: true,
            defaultPaginationMethod: 'index',
            defaultPageSize: 100,
            maxPageSize: paging.maxResults,
            cursorTimeout: 3_600,
          },
        }
      : {}),
    meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
  });
}

const resourceTypes = [
  { name: 'User', endpoint: '/Users', extension: true },
  { name: 'Group', endpoint: '/Groups', extension: false },
];

/** `GET /ResourceTypes` */
export function scimResourceTypes(base: string): BareAnswer {
  return list(
    resourceTypes.map(({ name, endpoint, extension }) => ({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
      id: name,
      name,
      endpoint,
      schema: `urn:ietf:params:scim:schemas:core:2.0:${name}`,
      schemaExtensions: extension
        ? [{ schema: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', required: false }]
        : [],
      meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${name}` },
    })),
  );
}

const attribute = (name: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  name,
  type: 'string',
  multiValued: false,
  description: name,
  required: false,
  caseExact: false,
  mutability: 'readOnly',
  returned: 'default',
  uniqueness: 'none',
  ...more,
});

const multi = (name: string, subAttributes: readonly Record<string, unknown>[]): Record<string, unknown> =>
  attribute(name, { type: 'complex', multiValued: true, subAttributes });

const schemas: readonly Record<string, unknown>[] = [
  {
    id: 'urn:ietf:params:scim:schemas:core:2.0:User',
    name: 'User',
    description: 'User Account',
    attributes: [
      attribute('userName', { required: true, uniqueness: 'server' }),
      attribute('name', {
        type: 'complex',
        subAttributes: [attribute('formatted'), attribute('givenName'), attribute('familyName')],
      }),
      attribute('displayName'),
      attribute('title'),
      attribute('userType'),
      attribute('active', { type: 'boolean' }),
      multi('emails', [attribute('value'), attribute('type'), attribute('primary', { type: 'boolean' })]),
      multi('groups', [attribute('value'), attribute('$ref', { type: 'reference' }), attribute('display')]),
    ],
  },
  {
    id: 'urn:ietf:params:scim:schemas:core:2.0:Group',
    name: 'Group',
    description: 'Group',
    attributes: [
      attribute('displayName', { required: true }),
      multi('members', [attribute('value'), attribute('$ref', { type: 'reference' }), attribute('type')]),
    ],
  },
  {
    id: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
    name: 'EnterpriseUser',
    description: 'Enterprise User',
    attributes: [attribute('department')],
  },
];

/** `GET /Schemas` */
export function scimSchemas(base: string): BareAnswer {
  return list(
    schemas.map((schema) => ({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
      ...schema,
      meta: { resourceType: 'Schema', location: `${base}/Schemas/${schema['id'] as string}` },
    })),
  );
}
