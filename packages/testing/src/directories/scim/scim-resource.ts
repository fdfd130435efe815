import type { FakeGroup, FakePerson } from '../fake-person.js';
import type { FakeTenant } from '../fake-tenant.js';

const core = 'urn:ietf:params:scim:schemas:core:2.0';
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** A user as SCIM tells of one (RFC 7643, 4.1 and 4.3). */
export function scimUser(person: FakePerson, tenant: FakeTenant, base: string): Record<string, unknown> {
  const groups = [...tenant.groups.values()].filter(({ memberIds }) => memberIds.includes(person.id));
  const emails = [
    ...(person.email === null ? [] : [{ value: person.email, type: 'work', primary: true }]),
    ...person.aliases.map((value) => ({ value, type: 'other', primary: false })),
  ];
  const name = {
    ...(person.displayName === null ? {} : { formatted: person.displayName }),
    ...(person.givenName === null ? {} : { givenName: person.givenName }),
    ...(person.familyName === null ? {} : { familyName: person.familyName }),
  };
  return {
    schemas: person.department === null ? [`${core}:User`] : [`${core}:User`, enterprise],
    id: person.id,
    externalId: `ext-${person.id}`,
    userName: person.userName,
    ...(Object.keys(name).length === 0 ? {} : { name }),
    ...(person.displayName === null ? {} : { displayName: person.displayName }),
    ...(person.title === null ? {} : { title: person.title }),
    ...(person.kind === 'person' ? {} : { userType: person.kind === 'guest' ? 'Guest' : person.kind }),
    active: person.standing === 'enabled',
    ...(emails.length === 0 ? {} : { emails }),
    ...(groups.length === 0
      ? {}
      : {
          groups: groups.map(({ id, name: display }) => ({
            value: id,
            $ref: `${base}/Groups/${id}`,
            display,
            type: 'direct',
          })),
        }),
    ...(person.department === null ? {} : { [enterprise]: { department: person.department } }),
    meta: {
      resourceType: 'User',
      created: new Date(person.createdAt).toISOString(),
      lastModified: new Date(person.createdAt + person.visits).toISOString(),
      location: `${base}/Users/${person.id}`,
      version: `W/"${person.visits}"`,
    },
    ...person.raw,
  };
}

/** A group as SCIM tells of one (RFC 7643, 4.2). */
export function scimGroup(group: FakeGroup, tenant: FakeTenant, base: string): Record<string, unknown> {
  const members = group.memberIds.flatMap((id) => {
    const nested = tenant.groups.get(id);
    const person = tenant.people.get(id);
    if (nested !== undefined) return [{ value: id, $ref: `${base}/Groups/${id}`, type: 'Group', display: nested.name }];
    if (person === undefined || person.standing === 'deleted') return [];
    return [{ value: id, $ref: `${base}/Users/${id}`, type: 'User', display: person.displayName ?? person.userName }];
  });
  return {
    schemas: [`${core}:Group`],
    id: group.id,
    displayName: group.name,
    ...(members.length === 0 ? {} : { members }),
    meta: { resourceType: 'Group', location: `${base}/Groups/${group.id}` },
    ...group.raw,
  };
}

/** What `attributes` or `excludedAttributes` leave of a resource; `id` and `schemas` always stay (RFC 7644, 3.9). */
export function withAttributes(
  resource: Record<string, unknown>,
  query: ReadonlyMap<string, string>,
): Record<string, unknown> {
  const read = (name: string): ReadonlySet<string> | undefined => {
    const names = query
      .get(name)
      ?.split(',')
      .map((attribute) => attribute.trim().toLowerCase());
    return names === undefined ? undefined : new Set(names.map((attribute) => attribute.split('.')[0] ?? attribute));
  };
  const wanted = read('attributes');
  const unwanted = read('excludedAttributes');
  const kept = (name: string): boolean => {
    if (name === 'id' || name === 'schemas') return true;
    const lower = name.toLowerCase();
    return wanted === undefined ? unwanted?.has(lower) !== true : wanted.has(lower);
  };
  return Object.fromEntries(Object.entries(resource).filter(([name]) => kept(name)));
}
