import type { AccessBook } from '../directory-access.js';
import {
  bearerOf,
  type DirectoryAnswer,
  type DirectoryOperation,
  type DirectoryRequest,
  queryOf,
} from '../directory-http.js';
import { transitiveMemberIds } from '../fake-groups.js';
import type { FakePerson } from '../fake-person.js';
import type { FakeTenant } from '../fake-tenant.js';
import { applyFieldsMask, type FieldsMask, parseFieldsMask } from './fields-mask.js';
import { type BareAnswer, googleBadRequest, googleNotFound, googleWords } from './google-error.js';
import { googlePage } from './google-listing.js';
import { googleReader } from './google-sign-in.js';
import { googleGroup, googleMember, googleUser } from './google-user.js';

const scopes = {
  user: ['admin.directory.user.readonly', 'admin.directory.user'],
  group: ['admin.directory.group.readonly', 'admin.directory.group'],
  member: [
    'admin.directory.group.member.readonly',
    'admin.directory.group.member',
    'admin.directory.group.readonly',
    'admin.directory.group',
  ],
  customer: ['admin.directory.customer.readonly', 'admin.directory.customer', 'admin.directory.user.readonly'],
};

/** The scopes of the Directory API that a service account is granted. */
export const googleScope = (name: string): string => `https://www.googleapis.com/auth/${name}`;

interface GoogleRoute {
  readonly operation: DirectoryOperation;
  readonly scopes: readonly string[];
  readonly answer: (request: DirectoryRequest, tenant: FakeTenant) => BareAnswer;
}

/** Whose users or groups a request asks for: exactly one of `customer` and `domain`; an answer when it is neither. */
function scopeOf(query: ReadonlyMap<string, string>, tenant: FakeTenant): ((email: string) => boolean) | BareAnswer {
  const customer = query.get('customer');
  const domain = query.get('domain')?.toLowerCase();
  if ((customer === undefined) === (domain === undefined)) return googleBadRequest('Bad Request', 'badRequest');
  if (customer !== undefined) {
    return customer === 'my_customer' || customer === tenant.id ? () => true : googleNotFound('customer');
  }
  const domains = new Set([tenant.domain, ...[...tenant.people.values()].map(({ email }) => domainOf(email ?? ''))]);
  if (domain === undefined || !domains.has(domain)) return googleNotFound('domain');
  return (email) => domainOf(email) === domain;
}

const domainOf = (email: string): string => email.slice(email.lastIndexOf('@') + 1).toLowerCase();
const byOwnId = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function listUsers(request: DirectoryRequest, tenant: FakeTenant): BareAnswer {
  const query = queryOf(request.url, { ignoreCase: false });
  const scope = scopeOf(query, tenant);
  if (typeof scope !== 'function') return scope;
  const projection = query.get('projection') ?? 'basic';
  if (!['basic', 'full', 'custom'].includes(projection)) return googleBadRequest('Invalid Input: projection');
  const showDeleted = query.get('showDeleted') === 'true';
  const asked = query.get('query');
  const suspended = asked === undefined ? undefined : /^isSuspended=(true|false)$/.exec(asked)?.[1];
  const address = asked === undefined ? undefined : /^email[:=](\S+)$/.exec(asked)?.[1]?.toLowerCase();
  if (asked !== undefined && suspended === undefined && address === undefined) {
    return googleBadRequest('Invalid Input: query');
  }
  const listed = (person: FakePerson): boolean =>
    // Rooms are resources at Google, not users.
    person.kind !== 'room' &&
    (person.standing === 'deleted') === showDeleted &&
    scope(person.email ?? person.userName) &&
    (suspended === undefined || (person.standing === 'disabled') === (suspended === 'true')) &&
    (address === undefined || person.email?.toLowerCase() === address);
  return googlePage({
    request,
    kind: 'admin#directory#users',
    name: 'users',
    maximum: 500,
    usual: 100,
    tenant,
    ids: tenant.listedIds(),
    record: (id) => {
      const person = tenant.people.get(id);
      return person !== undefined && listed(person) ? googleUser(person, tenant) : undefined;
    },
  });
}

function getUser(tenant: FakeTenant, who: string): BareAnswer {
  const addressed = ({ email }: FakePerson): boolean => email?.toLowerCase() === who.toLowerCase();
  const person = tenant.people.get(who) ?? [...tenant.people.values()].find(addressed);
  if (person === undefined || person.standing === 'deleted') return googleNotFound('userKey');
  return { status: 200, body: googleUser(person, tenant) };
}

function listGroups(request: DirectoryRequest, tenant: FakeTenant): BareAnswer {
  const query = queryOf(request.url, { ignoreCase: false });
  const userKey = query.get('userKey');
  const scope = userKey === undefined ? scopeOf(query, tenant) : () => true;
  if (typeof scope !== 'function') return scope;
  return googlePage({
    request,
    kind: 'admin#directory#groups',
    name: 'groups',
    maximum: 200,
    usual: 200,
    tenant,
    ids: [...tenant.groups.keys()].sort(byOwnId),
    record: (id) => {
      const group = tenant.groups.get(id);
      if (group === undefined || (userKey !== undefined && !group.memberIds.includes(userKey))) return undefined;
      return scope(group.email ?? '') ? googleGroup(group) : undefined;
    },
  });
}

function listMembers(request: DirectoryRequest, tenant: FakeTenant, groupKey: string): BareAnswer {
  const query = queryOf(request.url, { ignoreCase: false });
  const group = tenant.groups.get(groupKey) ?? [...tenant.groups.values()].find(({ email }) => email === groupKey);
  if (group === undefined) return googleNotFound('groupKey');
  const derived = query.get('includeDerivedMembership') === 'true';
  return googlePage({
    request,
    kind: 'admin#directory#members',
    name: 'members',
    maximum: 200,
    usual: 200,
    tenant,
    ids: [...(derived ? transitiveMemberIds(tenant, group.id) : group.memberIds)].sort(byOwnId),
    record: (id) => googleMember(id, tenant),
  });
}

/** What a path of the Directory API means; `undefined` for what is not played. */
function routeOf(path: string): GoogleRoute | undefined {
  const prefix = '/admin/directory/v1/';
  if (!path.startsWith(prefix)) return undefined;
  const [first = '', second, third, fourth] = path.slice(prefix.length).split('/').map(decodeURIComponent);
  if (first === 'users' && second === undefined) return { operation: 'users', scopes: scopes.user, answer: listUsers };
  if (first === 'users' && second !== undefined && third === undefined) {
    return { operation: 'user', scopes: scopes.user, answer: (_request, tenant) => getUser(tenant, second) };
  }
  if (first === 'customers' && second !== undefined && third === undefined) {
    const answer = (_request: DirectoryRequest, tenant: FakeTenant): BareAnswer =>
      second === 'my_customer' || second === tenant.id
        ? {
            status: 200,
            body: { kind: 'admin#directory#customer', id: tenant.id, etag: '"fake/c"', customerDomain: tenant.domain },
          }
        : googleNotFound('customer');
    return { operation: 'tenant', scopes: scopes.customer, answer };
  }
  if (first !== 'groups' || fourth !== undefined) return undefined;
  if (second === undefined) return { operation: 'groups', scopes: scopes.group, answer: listGroups };
  if (third !== 'members') return undefined;
  return {
    operation: 'members',
    scopes: scopes.member,
    answer: (request, tenant) => listMembers(request, tenant, second),
  };
}

/** What a request to Google is for, before anything of it is answered. */
export function googleOperationOf(request: DirectoryRequest): DirectoryOperation {
  return routeOf(request.url.pathname)?.operation ?? 'unknown';
}

/** Answers a request to the Directory API. */
export function answerGoogle(request: DirectoryRequest, tenant: FakeTenant, access: AccessBook): DirectoryAnswer {
  const route = routeOf(request.url.pathname);
  const operation = route?.operation ?? 'unknown';
  if (route === undefined || request.method !== 'GET') {
    return { operation, status: 404, headers: { 'content-type': 'text/html; charset=UTF-8' }, body: 'Not Found' };
  }
  const token = access.check(bearerOf(request));
  if (token === undefined) return { operation, ...googleWords.unauthorized() };
  const subject = token.subject === null ? undefined : tenant.people.get(token.subject);
  const admin = subject?.admin === true && subject.standing === 'enabled';
  const reads = admin || (token.subject === googleReader && !access.readerDismissed);
  if (!reads || !access.allows(token, ...route.scopes.map(googleScope))) {
    return { operation, ...googleWords.forbidden() };
  }
  const text = queryOf(request.url, { ignoreCase: false }).get('fields');
  let mask: FieldsMask = true;
  try {
    if (text !== undefined) mask = parseFieldsMask(text);
  } catch (fault) {
    return {
      operation,
      ...googleBadRequest(fault instanceof Error ? fault.message : 'Invalid field selection', 'invalidParameter'),
    };
  }
  const answer = route.answer(request, tenant);
  if (answer.status !== 200 || typeof answer.body !== 'object') return { operation, ...answer };
  return { operation, ...answer, body: applyFieldsMask(answer.body, mask) as Record<string, unknown> };
}
