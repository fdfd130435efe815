import type { DirectoryUser } from '@latchwork/core/directory';
import { isEmailKey, toEmailKey } from '@latchwork/core/people';
import { scimUrns } from './scim-attributes.js';
import { foldCase, isList, isObject, type ScimObject, type ScimValue, valueIn } from './scim-value.js';

/** Who a pushed user is, in the one form of all directories (S23). */
export function directoryUserOf(
  directoryId: string,
  resource: ScimObject,
  before: ScimObject | undefined,
): DirectoryUser {
  const said = personOf(resource);
  const former = before === undefined ? undefined : personOf(before);
  /** What was there and is not any more is none; what never was, was not said, and takes nothing away. */
  const field = <Name extends keyof Person>(name: Name) => {
    const value = said[name];
    if (value !== undefined) return { [name]: value };
    return former?.[name] === undefined ? {} : { [name]: null };
  };
  return {
    directoryId,
    ...field('email'),
    ...field('givenName'),
    ...field('familyName'),
    ...field('displayName'),
    ...field('department'),
    ...field('title'),
    standing: isActive(resource) ? 'enabled' : 'disabled',
    kind: 'person',
  };
}

interface Person {
  readonly email: string | undefined;
  readonly givenName: string | undefined;
  readonly familyName: string | undefined;
  readonly displayName: string | undefined;
  readonly department: string | undefined;
  readonly title: string | undefined;
}

function personOf(resource: ScimObject): Person {
  const name = valueIn(resource, 'name');
  const enterprise = valueIn(resource, scimUrns.enterpriseUser);
  return {
    email: addressOf(resource),
    givenName: textIn(name, 'givenName'),
    familyName: textIn(name, 'familyName'),
    displayName: textIn(resource, 'displayName') ?? textIn(name, 'formatted'),
    department: textIn(enterprise, 'department'),
    title: textIn(resource, 'title'),
  };
}

/** Whether the user may come in; who says nothing of it may (RFC 7643, 4.1.1, leaves it to us). */
export function isActive(resource: ScimObject): boolean {
  const active = valueIn(resource, 'active');
  return typeof active === 'boolean' ? active : true;
}

/** All addresses of a user without case, each once. */
export function emailKeysOf(resource: ScimObject): readonly string[] {
  return [...new Set(emailsOf(resource).map(({ value }) => foldCase(value)))];
}

interface Email {
  readonly value: string;
  readonly isPrimary: boolean;
  readonly isWork: boolean;
}

function emailsOf(resource: ScimObject): readonly Email[] {
  const emails = valueIn(resource, 'emails');
  return (isList(emails) ? emails : []).flatMap((email) => {
    const value = textIn(email, 'value');
    if (value === undefined || !isObject(email)) return [];
    const type = textIn(email, 'type')?.toLowerCase();
    return [{ value, isPrimary: valueIn(email, 'primary') === true, isWork: type === 'work' }];
  });
}

/** The work address, else the primary one, else any; a sign-in name only where it is an address and nobody's tombstone. */
function addressOf(resource: ScimObject): string | undefined {
  const emails = emailsOf(resource);
  const best = emails.find(({ isWork }) => isWork) ?? emails.find(({ isPrimary }) => isPrimary) ?? emails[0];
  if (best !== undefined) return best.value;
  const userName = textIn(resource, 'userName');
  // Entra puts 32 hexadecimal digits before the sign-in name of whoever is deleted.
  const isAddress = userName !== undefined && isEmailKey(toEmailKey(userName)) && !/^[0-9a-f]{32}/i.test(userName);
  return isAddress ? userName : undefined;
}

function textIn(holder: ScimValue | undefined, name: string): string | undefined {
  const value = isObject(holder) ? valueIn(holder, name) : undefined;
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
