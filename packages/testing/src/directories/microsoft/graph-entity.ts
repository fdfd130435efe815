import type { FakeGroup, FakePerson } from '../fake-person.js';
import { defaultUserProperties } from './graph-property.js';

type Entity = Readonly<Record<string, unknown>>;

const dateTime = (epochMs: number): string => new Date(epochMs).toISOString().replace(/\.\d{3}Z$/, 'Z');

/** Everything Graph could say of a user here; `$select` takes from it. */
export function graphUser(person: FakePerson): Entity {
  const guest = person.kind === 'guest';
  const proxyAddresses = [
    ...(person.email === null ? [] : [`SMTP:${person.email}`]),
    ...person.aliases.map((alias) => `smtp:${alias}`),
  ];
  return {
    id: person.id,
    accountEnabled: (person.standing === 'deleted' ? person.standingBefore : person.standing) === 'enabled',
    businessPhones: [],
    createdDateTime: dateTime(person.createdAt),
    creationType: guest ? 'Invitation' : null,
    deletedDateTime: person.deletedAt === null ? null : dateTime(person.deletedAt),
    department: person.department,
    displayName: person.displayName,
    employeeId: null,
    externalUserState: person.guestState,
    externalUserStateChangeDateTime: person.guestState === null ? null : dateTime(person.createdAt),
    givenName: person.givenName,
    identities: [{ signInType: 'userPrincipalName', issuer: 'fake', issuerAssignedId: person.userName }],
    isResourceAccount: person.kind === 'room' ? true : null,
    jobTitle: person.title,
    mail: person.email,
    mailNickname: person.userName.split('@')[0] ?? person.userName,
    mobilePhone: null,
    officeLocation: null,
    onPremisesImmutableId: null,
    onPremisesSyncEnabled: null,
    otherMails: [],
    preferredLanguage: null,
    proxyAddresses,
    surname: person.familyName,
    userPrincipalName: person.userName,
    userType: guest ? 'Guest' : 'Member',
    ...person.raw,
  };
}

/** Everything Graph could say of a group here. */
export function graphGroup(group: FakeGroup): Entity {
  return {
    id: group.id,
    deletedDateTime: null,
    description: null,
    displayName: group.name,
    groupTypes: [],
    mail: group.email,
    mailEnabled: false,
    mailNickname: group.email?.split('@')[0] ?? group.id,
    securityEnabled: true,
    ...group.raw,
  };
}

/** The selected properties of an entity. What is never set is left out by Graph's delta, and `null` in its lists. */
export function selected(
  entity: Entity,
  select: readonly string[],
  absent: 'null' | 'left-out',
): Record<string, unknown> {
  const names = [...select.filter((name) => name !== 'id'), 'id'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = entity[name] ?? null;
      return value === null && absent === 'left-out' ? [] : [[name, value]];
    }),
  );
}

/** Whether a change of these fields of ours is one of the selected properties. */
export function touchesSelected(fields: readonly string[], select: readonly string[]): boolean {
  return fields.some((field) => (graphPropertiesOf[field] ?? [field]).some((name) => select.includes(name)));
}

/** Which properties a field of ours shows in. */
export const graphPropertiesOf: Readonly<Record<string, readonly string[]>> = {
  email: ['mail', 'proxyAddresses'],
  userName: ['userPrincipalName', 'mailNickname', 'identities'],
  familyName: ['surname'],
  title: ['jobTitle'],
  standing: ['accountEnabled'],
  kind: ['userType'],
  aliases: ['proxyAddresses'],
  guestState: ['externalUserState', 'externalUserStateChangeDateTime'],
  raw: defaultUserProperties,
  name: ['displayName'],
  visits: ['signInActivity'],
};
