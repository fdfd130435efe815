import {
  type AttributeShape,
  enterpriseAttributes,
  groupAttributes,
  scimUrns,
  userAttributes,
} from './scim-attributes.js';
import type { ScimObject } from './scim-value.js';
import { listResponse, resourcePlaces } from './scim-wire.js';

/** The most resources of one answer. */
export const mostResults = 200;

/** What this server can do (RFC 7643, 5). */
export function serviceProviderConfig(baseUrl: string): ScimObject {
  return {
    schemas: [scimUrns.serviceProviderConfig],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: mostResults },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Bearer token',
        description: 'The token of the organization’s SCIM integration.',
        specUri: 'https://www.rfc-editor.org/info/rfc6750',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${baseUrl}/ServiceProviderConfig` },
  };
}

/** What kinds of resources there are (RFC 7643, 6), each by its name. */
export function resourceTypes(baseUrl: string): ReadonlyMap<string, ScimObject> {
  const type = (name: keyof typeof resourcePlaces, schema: string, more: ScimObject): ScimObject => ({
    schemas: [scimUrns.resourceType],
    id: name,
    name,
    endpoint: `/${resourcePlaces[name]}`,
    schema,
    ...more,
    meta: { resourceType: 'ResourceType', location: `${baseUrl}/ResourceTypes/${name}` },
  });
  const schemaExtensions = [{ schema: scimUrns.enterpriseUser, required: false }];
  return new Map([
    ['User', type('User', scimUrns.user, { schemaExtensions })],
    ['Group', type('Group', scimUrns.group, {})],
  ]);
}

/** The schemas of those resources (RFC 7643, 7), each by its id. */
export function schemas(baseUrl: string): ReadonlyMap<string, ScimObject> {
  const schema = (id: string, name: string, attributes: readonly AttributeShape[]): [string, ScimObject] => [
    id,
    {
      schemas: [scimUrns.schema],
      id,
      name,
      description: name,
      attributes: attributes.map(attributeOf),
      meta: { resourceType: 'Schema', location: `${baseUrl}/Schemas/${id}` },
    },
  ];
  return new Map([
    schema(scimUrns.user, 'User', userAttributes),
    schema(scimUrns.group, 'Group', groupAttributes),
    schema(scimUrns.enterpriseUser, 'EnterpriseUser', enterpriseAttributes),
  ]);
}

/** All of them in one list; Entra asks for no pages here. */
export function wholeList(resources: ReadonlyMap<string, ScimObject>): ScimObject {
  return listResponse([...resources.values()], { total: resources.size, startIndex: 1 });
}

function attributeOf(shape: AttributeShape): ScimObject {
  const { name, type, multiValued, required, readOnly, writeOnly, caseExact, uniqueness, subAttributes } = shape;
  return {
    name,
    type,
    multiValued,
    description: name,
    required: required === true,
    mutability: readOnly === true ? 'readOnly' : writeOnly === true ? 'writeOnly' : 'readWrite',
    returned: writeOnly === true ? 'never' : 'default',
    ...(type === 'string' ? { caseExact: caseExact === true } : {}),
    ...(type === 'string' ? { uniqueness: uniqueness ?? 'none' } : {}),
    ...(type === 'reference' ? { referenceTypes: ['User', 'Group'] } : {}),
    ...(subAttributes === undefined ? {} : { subAttributes: subAttributes.map(attributeOf) }),
  };
}
