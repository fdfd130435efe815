import type { FakeGroup, FakePerson } from '../fake-person.js';
import type { FakeTenant } from '../fake-tenant.js';

const etag = (id: string, version: number | string): string => `"fake/${id.slice(-6)}-${version}"`;

/** A user as the Directory API tells of one; `custom` stands for `projection=full` with schemas. */
export function googleUser(person: FakePerson, tenant: FakeTenant): Record<string, unknown> {
  const email = person.email ?? person.userName;
  const fullName = person.displayName ?? [person.givenName, person.familyName].filter(Boolean).join(' ');
  const organization = {
    ...(person.title === null ? {} : { title: person.title }),
    ...(person.department === null ? {} : { department: person.department }),
  };
  const lastLoginTime = person.visits === 0 ? 0 : person.createdAt + person.visits * 1_000;
  return {
    kind: 'admin#directory#user',
    id: person.id,
    etag: etag(person.id, `${person.visits}.${person.standing}.${fullName}`),
    primaryEmail: email,
    name: {
      ...(person.givenName === null ? {} : { givenName: person.givenName }),
      ...(person.familyName === null ? {} : { familyName: person.familyName }),
      fullName,
    },
    isAdmin: person.admin,
    isDelegatedAdmin: false,
    lastLoginTime: new Date(lastLoginTime).toISOString(),
    creationTime: new Date(person.createdAt).toISOString(),
    ...(person.deletedAt === null ? {} : { deletionTime: new Date(person.deletedAt).toISOString() }),
    agreedToTerms: true,
    suspended: person.standing === 'disabled',
    ...(person.standing === 'disabled' ? { suspensionReason: 'ADMIN' } : {}),
    archived: person.archived,
    changePasswordAtNextLogin: false,
    ipWhitelisted: false,
    emails: [{ address: email, primary: true }, ...person.aliases.map((address) => ({ address }))],
    ...(Object.keys(organization).length === 0
      ? {}
      : { organizations: [{ ...organization, primary: true, customType: '' }] }),
    ...(person.aliases.length === 0 ? {} : { aliases: person.aliases }),
    nonEditableAliases: [`${email}.test-google-a.com`],
    customerId: tenant.id,
    orgUnitPath: '/',
    isMailboxSetup: true,
    isEnrolledIn2Sv: false,
    isEnforcedIn2Sv: false,
    includeInGlobalAddressList: true,
    ...(person.kind === 'guest' ? { isGuestUser: true } : {}),
    ...(person.visits === 0 ? {} : { thumbnailPhotoEtag: etag(person.id, `photo${person.visits}`) }),
    ...person.raw,
  };
}

/** A group as the Directory API tells of one. */
export function googleGroup(group: FakeGroup): Record<string, unknown> {
  return {
    kind: 'admin#directory#group',
    id: group.id,
    etag: etag(group.id, group.name),
    email: group.email ?? `${group.id}@invalid.example`,
    name: group.name,
    directMembersCount: `${group.memberIds.length}`,
    description: '',
    adminCreated: true,
    ...group.raw,
  };
}

/** A member of a group as the Directory API tells of one; `undefined` for whoever is not there. */
export function googleMember(id: string, tenant: FakeTenant): Record<string, unknown> | undefined {
  const member = { kind: 'admin#directory#member', etag: etag(id, 1), id, role: 'MEMBER' };
  if (id === tenant.id) return { ...member, type: 'CUSTOMER' };
  const group = tenant.groups.get(id);
  if (group !== undefined) return { ...member, email: group.email, type: 'GROUP', status: 'ACTIVE' };
  const person = tenant.people.get(id);
  if (person === undefined || person.standing === 'deleted') return undefined;
  const status = person.standing === 'disabled' ? 'SUSPENDED' : 'ACTIVE';
  return { ...member, email: person.email ?? person.userName, type: 'USER', status };
}
