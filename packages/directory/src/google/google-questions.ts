import type { KnownRecords } from '../fingerprints.js';
import { isObject, parseJsonObject } from '../http/body-bytes.js';
import type { DirectoryApi } from '../http/directory-api.js';
import type { Meaning, Refusal } from '../http/directory-http.js';
import type { Reading } from '../http/reading.js';
import { nullIfNotFound } from '../missing-users.js';
import type { ListName, PageContents } from '../page-contents.js';
import { walkPages } from '../page-walk.js';
import { googleUserMask } from './google-user.js';

/** The most that a page has of users, and of groups and members. */
const pageSizes = { users: '500', groups: '200', members: '200' } as const;

/** What is asked of Google's Directory API. */
export interface GoogleQuestions {
  /** Everybody who is there; or whoever was deleted in the last twenty days and can be brought back. */
  users(which: 'present' | 'deleted', reading: Reading, known?: KnownRecords): AsyncIterable<PageContents>;
  /** One user's record; `null` when there is none any more. */
  user(directoryId: string, reading: Reading): Promise<Readonly<Record<string, unknown>> | null>;
  groups(reading: Reading): AsyncIterable<PageContents>;
  /** Members of a group and of the groups in it: Google flattens them. */
  members(groupId: string, reading: Reading): AsyncIterable<PageContents>;
  /** The customer's id, from one user's record; `undefined` while there is no user. */
  customerId(reading: Reading): Promise<string | undefined>;
}

/**
 * Wires the questions. Users are always asked for by customer: by domain, whoever is in the customer's other domains is
 * silently left out.
 */
export function createGoogleQuestions(options: {
  readonly customerId: string;
  readonly users: DirectoryApi;
  readonly groups: DirectoryApi;
}): GoogleQuestions {
  const { customerId: customer, users: usersApi, groups: groupsApi } = options;

  function pages(
    list: keyof typeof pageSizes & ListName,
    from: { readonly api: DirectoryApi; readonly path: string; readonly query: Readonly<Record<string, string>> },
    reading: Reading,
    known?: KnownRecords,
  ) {
    const { api, path } = from;
    const query = { ...from.query, maxResults: pageSizes[list] };
    return walkPages({
      api,
      reading,
      first: api.address(path, query),
      list,
      known,
      // Whoever is deleted is gone, however well known.
      passesOver: !('showDeleted' in query),
      // Google leaves out what is empty, lists too.
      isEmptyPage: () => true,
      explain: explainRateLimit,
      next({ envelope }) {
        const { nextPageToken } = envelope;
        if (nextPageToken === undefined || nextPageToken === '') return 'last';
        return typeof nextPageToken === 'string'
          ? api.address(path, { ...query, pageToken: nextPageToken })
          : undefined;
      },
    });
  }

  return {
    users: (which, reading, known) =>
      pages(
        'users',
        {
          api: usersApi,
          path: 'users',
          query: {
            customer,
            fields: listMask('users', googleUserMask),
            ...(which === 'deleted' ? { showDeleted: 'true' } : {}),
          },
        },
        reading,
        known,
      ),
    user: (directoryId, reading) =>
      usersApi
        .ask<Readonly<Record<string, unknown>> | null>(
          {
            url: usersApi.address(`users/${encodeURIComponent(directoryId)}`, { fields: googleUserMask }),
            explain: explainRateLimit,
            read(bytes) {
              const body = parseJsonObject(bytes);
              return body?.['id'] === directoryId ? body : undefined;
            },
          },
          reading,
        )
        .catch(nullIfNotFound),
    groups: (reading) =>
      pages(
        'groups',
        { api: groupsApi, path: 'groups', query: { customer, fields: listMask('groups', 'id,name') } },
        reading,
      ),
    members: (groupId, reading) =>
      pages(
        'members',
        {
          api: groupsApi,
          path: `groups/${encodeURIComponent(groupId)}/members`,
          query: { includeDerivedMembership: 'true', fields: listMask('members', 'id,type') },
        },
        reading,
      ),
    customerId: async (reading) => {
      const { id } = await usersApi.ask(
        {
          url: usersApi.address('users', { customer, maxResults: '1', fields: listMask('users', 'customerId') }),
          explain: explainRateLimit,
          read: readCustomerId,
        },
        reading,
      );
      return id;
    },
  };
}

/** A mask without `nextPageToken` silently ends every list after its first page; so none can be made without it. */
function listMask(list: string, properties: string): string {
  return `nextPageToken,${list}(${properties})`;
}

function readCustomerId(bytes: Uint8Array): { readonly id: string | undefined } | undefined {
  const body = parseJsonObject(bytes);
  if (body === undefined) return undefined;
  if (body['users'] === undefined) return { id: undefined };
  const users: readonly unknown[] = Array.isArray(body['users']) ? body['users'] : [];
  const [user] = users;
  const id = isObject(user) ? user['customerId'] : undefined;
  return typeof id === 'string' && id !== '' ? { id } : undefined;
}

const rateLimits = new Set([
  'userRateLimitExceeded',
  'rateLimitExceeded',
  'quotaExceeded',
  'dailyLimitExceeded',
  'servingLimitExceeded',
]);

/** Google's rate limits come as 403, and only the reason tells them from a refusal. */
function explainRateLimit({ status, body }: Refusal): Meaning | undefined {
  if (status !== 403) return undefined;
  const error = body?.['error'];
  const errors: readonly unknown[] = isObject(error) && Array.isArray(error['errors']) ? error['errors'] : [];
  const isThrottled =
    (isObject(error) && error['status'] === 'RESOURCE_EXHAUSTED') ||
    errors.some((entry) => isObject(entry) && typeof entry['reason'] === 'string' && rateLimits.has(entry['reason']));
  return isThrottled ? { info: { code: 'throttled', status }, again: true } : undefined;
}
