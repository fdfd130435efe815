import type { DirectoryStanding, DirectoryUser, DirectoryUserKind } from '@latchwork/core/directory';
import { isObject } from '../http/body-bytes.js';
import { readAddress, readAliases, readId, readText, said } from '../record-fields.js';

/**
 * What is asked of each user. All of it can be had in lists and in delta rounds: `mailboxSettings`, which tells rooms
 * and shared mailboxes from people, gives 501 there.
 */
export const graphUserProperties = [
  'id',
  'mail',
  'proxyAddresses',
  'userPrincipalName',
  'displayName',
  'givenName',
  'surname',
  'department',
  'jobTitle',
  'accountEnabled',
  'userType',
  'externalUserState',
  'isResourceAccount',
] as const;

/** Reads one record of `/users` or of a delta round; `undefined` when it is no user's. */
export function readGraphUser(record: unknown): DirectoryUser | undefined {
  if (!isObject(record)) return undefined;
  const directoryId = readId(record['id']);
  if (directoryId === undefined) return undefined;
  if (isObject(record['@removed'])) return { directoryId, standing: 'deleted' };
  const email = readMail(record, directoryId);
  return {
    directoryId,
    ...said({
      email,
      givenName: readText(record['givenName']),
      familyName: readText(record['surname']),
      displayName: readText(record['displayName']),
      department: readText(record['department']),
      title: readText(record['jobTitle']),
      standing: readStanding(record, directoryId),
      kind: readKind(record),
      aliases: readProxies(record, email),
    }),
  };
}

/**
 * `mail`, else the primary proxy address. The sign-in name is never taken for an address: a guest's is none, and a
 * deleted user's has the object's id before it.
 */
function readMail(record: Readonly<Record<string, unknown>>, directoryId: string): string | null | undefined {
  const mail = readAddress(record['mail']);
  if (typeof mail === 'string') return isTombstoneName(mail, directoryId) ? undefined : mail;
  const primary = proxiesOf(record)?.find((proxy) => proxy.startsWith('SMTP:'));
  return mail === null && primary !== undefined ? readAddress(primary.slice('SMTP:'.length)) : mail;
}

/** Soft deletion renames a user to the object's id without dashes and then the old name. */
function isTombstoneName(name: unknown, directoryId: string): boolean {
  const hex = directoryId.replaceAll('-', '').toLowerCase();
  return typeof name === 'string' && hex.length === 32 && name.toLowerCase().startsWith(hex);
}

function readStanding(record: Readonly<Record<string, unknown>>, directoryId: string): DirectoryStanding | undefined {
  if (isTombstoneName(record['userPrincipalName'], directoryId)) return 'deleted';
  const enabled = record['accountEnabled'];
  return enabled === true ? 'enabled' : enabled === false ? 'disabled' : undefined;
}

function readKind(record: Readonly<Record<string, unknown>>): DirectoryUserKind | undefined {
  const { userType, userPrincipalName, externalUserState, isResourceAccount } = record;
  if (isResourceAccount === true) return 'other';
  if (userType === 'Guest' || externalUserState === 'PendingAcceptance') return 'guest';
  if (userType === 'Member') return 'person';
  const isExternal = typeof userPrincipalName === 'string' && userPrincipalName.includes('#EXT#');
  if (isExternal) return 'guest';
  // Accounts from before guests were invented have no type.
  return userType === null ? 'person' : undefined;
}

function readProxies(
  record: Readonly<Record<string, unknown>>,
  email: string | null | undefined,
): readonly string[] | undefined {
  const proxies = proxiesOf(record)?.filter((proxy) => /^smtp:/i.test(proxy));
  return (
    proxies &&
    readAliases(
      proxies.map((proxy) => proxy.slice('smtp:'.length)),
      email,
    )
  );
}

function proxiesOf(record: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const proxies = record['proxyAddresses'];
  return Array.isArray(proxies) ? proxies.filter((proxy) => typeof proxy === 'string') : undefined;
}
