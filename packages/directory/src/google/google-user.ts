import type { DirectoryStanding, DirectoryUser, DirectoryUserKind } from '@latchwork/core/directory';
import { isObject } from '../http/body-bytes.js';
import { readAddress, readAliases, readId, readText, said } from '../record-fields.js';

/** What is asked of each user, as a partial response's mask. What changes with every sign-in is not in it. */
export const googleUserMask =
  'id,primaryEmail,aliases,nonEditableAliases,name(givenName,familyName,fullName,displayName),' +
  'organizations(primary,department,title),suspended,archived,deletionTime,isGuestUser';

/** Reads one record of `users.list`; `undefined` when it is no user's. Google leaves out whatever is empty. */
export function readGoogleUser(record: unknown): DirectoryUser | undefined {
  if (!isObject(record)) return undefined;
  const directoryId = readId(record['id']);
  if (directoryId === undefined) return undefined;
  const name = isObject(record['name']) ? record['name'] : {};
  const organization = readOrganization(record['organizations']);
  const email = readAddress(record['primaryEmail']);
  return {
    directoryId,
    ...said({
      email,
      givenName: readText(name['givenName']),
      familyName: readText(name['familyName']),
      displayName: readText(name['displayName']) ?? readText(name['fullName']),
      department: readText(organization['department']),
      title: readText(organization['title']),
      standing: readStanding(record),
      kind: readKind(record['isGuestUser']),
      aliases: readAllAliases(record, email),
    }),
  };
}

/** The organization marked as primary, else the first one. */
function readOrganization(value: unknown): Readonly<Record<string, unknown>> {
  const organizations: readonly unknown[] = Array.isArray(value) ? value : [];
  const objects = organizations.filter(isObject);
  return objects.find((organization) => organization['primary'] === true) ?? objects[0] ?? {};
}

/** There are two ways of being closed, and a third of being gone. */
function readStanding(record: Readonly<Record<string, unknown>>): DirectoryStanding | undefined {
  const { suspended, archived, deletionTime } = record;
  if (typeof deletionTime === 'string' && deletionTime !== '') return 'deleted';
  if (suspended === true || archived === true) return 'disabled';
  return suspended === false ? 'enabled' : undefined;
}

function readKind(isGuestUser: unknown): DirectoryUserKind | undefined {
  if (isGuestUser === undefined) return undefined;
  return isGuestUser === true ? 'guest' : 'person';
}

function readAllAliases(
  record: Readonly<Record<string, unknown>>,
  email: string | null | undefined,
): readonly string[] | undefined {
  const lists = [record['aliases'], record['nonEditableAliases']].filter((list) => Array.isArray(list));
  return lists.length === 0 ? undefined : readAliases(lists.flat(), email);
}
