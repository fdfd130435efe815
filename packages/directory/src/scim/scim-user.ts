import type { DirectoryStanding, DirectoryUser, DirectoryUserKind } from '@latchwork/core/directory';
import { isObject } from '../http/body-bytes.js';
import { readAddress, readAliases, readId, readText, said } from '../record-fields.js';
import { readAttribute, readBoolean } from './scim-attribute.js';

const enterpriseUser = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** Reads one user resource (RFC 7643, 4.1); `undefined` when it is none. */
export function readScimUser(resource: unknown): DirectoryUser | undefined {
  if (!isObject(resource)) return undefined;
  const directoryId = readId(readAttribute(resource, 'id'));
  if (directoryId === undefined) return undefined;
  const name = readPart(resource, 'name');
  const emails = readEmails(resource);
  const email = emails && (emails.length === 0 ? null : readAddress(emails[0]));
  return {
    directoryId,
    ...said({
      email,
      givenName: readText(readAttribute(name, 'givenName')),
      familyName: readText(readAttribute(name, 'familyName')),
      displayName: readText(readAttribute(resource, 'displayName')) ?? readText(readAttribute(name, 'formatted')),
      department: readText(readAttribute(readPart(resource, enterpriseUser), 'department')),
      title: readText(readAttribute(resource, 'title')),
      standing: readStanding(readAttribute(resource, 'active')),
      kind: readKind(readAttribute(resource, 'userType')),
      aliases: emails && readAliases(emails.slice(1), email),
    }),
  };
}

function readPart(resource: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  const part = readAttribute(resource, name);
  return isObject(part) ? part : {};
}

/**
 * All addresses, the person's own one first: the primary, else the one for work, else the first. `userName` is for
 * signing in, and may be an address or not.
 */
function readEmails(resource: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const value = readAttribute(resource, 'emails');
  if (value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const emails = value.filter(isObject).flatMap((email) => {
    const address = readAttribute(email, 'value');
    if (typeof address !== 'string' || address.trim() === '') return [];
    const type = readAttribute(email, 'type');
    const isPrimary = readBoolean(readAttribute(email, 'primary')) === true;
    const isForWork = typeof type === 'string' && type.toLowerCase() === 'work';
    return [{ address, rank: isPrimary ? 0 : isForWork ? 1 : 2 }];
  });
  return emails.sort((one, other) => one.rank - other.rank).map(({ address }) => address);
}

function readStanding(active: unknown): DirectoryStanding | undefined {
  const isActive = readBoolean(active);
  return isActive === undefined ? undefined : isActive ? 'enabled' : 'disabled';
}

/** `userType` is free text; only words that mean nothing else are understood. */
function readKind(userType: unknown): DirectoryUserKind | undefined {
  if (typeof userType !== 'string') return undefined;
  const word = userType.trim().toLowerCase();
  return word === 'guest' ? 'guest' : otherThanPeople.has(word) ? 'other' : 'person';
}

const otherThanPeople: ReadonlySet<string> = new Set(['room', 'equipment', 'program', 'service account']);
