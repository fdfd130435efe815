/** The schemas and messages of SCIM 2.0 that are spoken here (RFC 7643, RFC 7644). */
export const scimUrns = {
  user: 'urn:ietf:params:scim:schemas:core:2.0:User',
  group: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  enterpriseUser: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  schema: 'urn:ietf:params:scim:schemas:core:2.0:Schema',
  resourceType: 'urn:ietf:params:scim:schemas:core:2.0:ResourceType',
  serviceProviderConfig: 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig',
  listResponse: 'urn:ietf:params:scim:api:messages:2.0:ListResponse',
  patchOp: 'urn:ietf:params:scim:api:messages:2.0:PatchOp',
  error: 'urn:ietf:params:scim:api:messages:2.0:Error',
} as const;

/** One attribute of a schema, as far as it has to be known. */
export interface AttributeShape {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'complex' | 'reference';
  readonly multiValued: boolean;
  readonly required?: true;
  readonly readOnly?: true;
  readonly writeOnly?: true;
  readonly caseExact?: true;
  readonly uniqueness?: 'server';
  readonly subAttributes?: readonly AttributeShape[];
}

const text = (name: string): AttributeShape => ({ name, type: 'string', multiValued: false });
const texts = (...names: readonly string[]): readonly AttributeShape[] => names.map(text);
const complex = (name: string, ...subAttributes: readonly AttributeShape[]): AttributeShape => ({
  name,
  type: 'complex',
  multiValued: false,
  subAttributes,
});
const primary: AttributeShape = { name: 'primary', type: 'boolean', multiValued: false };
const ref: AttributeShape = { name: '$ref', type: 'reference', multiValued: false, caseExact: true };
const many = (name: string, ...more: readonly AttributeShape[]): AttributeShape => ({
  name,
  type: 'complex',
  multiValued: true,
  subAttributes: [...texts('value', 'display', 'type'), primary, ...more],
});
const places = texts('formatted', 'streetAddress', 'locality', 'region', 'postalCode', 'country');

/** Attributes of a user; all of them are kept, six of them matter here. */
export const userAttributes: readonly AttributeShape[] = [
  { ...text('userName'), required: true, uniqueness: 'server' },
  complex('name', ...texts('formatted', 'familyName', 'givenName', 'middleName', 'honorificPrefix', 'honorificSuffix')),
  ...texts('displayName', 'nickName', 'profileUrl', 'title', 'userType', 'preferredLanguage', 'locale', 'timezone'),
  { name: 'active', type: 'boolean', multiValued: false },
  { ...text('password'), writeOnly: true },
  many('emails'),
  many('phoneNumbers'),
  many('ims'),
  many('photos'),
  { name: 'addresses', type: 'complex', multiValued: true, subAttributes: [...places, text('type'), primary] },
  { ...many('groups', ref), readOnly: true },
  many('entitlements'),
  many('roles'),
  many('x509Certificates'),
];

/** Attributes of a group. */
export const groupAttributes: readonly AttributeShape[] = [
  { ...text('displayName'), required: true, uniqueness: 'server' },
  {
    name: 'members',
    type: 'complex',
    multiValued: true,
    subAttributes: [{ ...text('value'), caseExact: true }, ref, ...texts('display', 'type')],
  },
];

/** Attributes of the enterprise extension of a user. */
export const enterpriseAttributes: readonly AttributeShape[] = [
  ...texts('employeeNumber', 'costCenter', 'organization', 'division', 'department'),
  complex('manager', { ...text('value'), caseExact: true }, ref, text('displayName')),
];

const everyName = [
  ...['schemas', 'id', 'externalId', 'meta', 'resourceType', 'created', 'lastModified', 'location', 'version'],
  ...[...userAttributes, ...groupAttributes, ...enterpriseAttributes].flatMap((attribute) => [
    attribute.name,
    ...(attribute.subAttributes ?? []).map(({ name }) => name),
  ]),
  ...Object.values(scimUrns),
];
const spellings: ReadonlyMap<string, string> = new Map(everyName.map((name) => [name.toLowerCase(), name]));

/** An attribute's name, or a schema's, as its schema spells it; others as they come. */
export function spellingOf(name: string): string {
  return spellings.get(name.toLowerCase()) ?? name;
}

const listed = new Set([...userAttributes, ...groupAttributes].flatMap((one) => (one.multiValued ? [one.name] : [])));

/** Whether an attribute holds a list, whatever was sent for it. */
export function isMultiValued(name: string): boolean {
  return listed.has(name);
}

const exact = new Set(['id', 'externalId', 'members', '$ref', 'manager', 'groups']);

/** Whether values of an attribute are compared to the letter (RFC 7643, 2.2: by default they are not). */
export function isCaseExact(name: string): boolean {
  return exact.has(spellingOf(name));
}
