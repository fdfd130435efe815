import { DirectoryError } from '../directory-error.js';
import type { KnownRecords } from '../fingerprints.js';
import { isObject, parseJsonObject } from '../http/body-bytes.js';
import type { DirectoryApi } from '../http/directory-api.js';
import type { Meaning, Refusal } from '../http/directory-http.js';
import type { Reading } from '../http/reading.js';
import type { PageContents } from '../page-contents.js';
import { walkPages } from '../page-walk.js';
import { graphUserProperties } from './graph-user.js';

/** The most that one page of users, groups or members has. */
const pageSize = '999';

const selectUsers = graphUserProperties.join(',');

/** What is asked of Microsoft Graph. */
export interface GraphQuestions {
  users(reading: Reading, known?: KnownRecords): AsyncIterable<PageContents>;
  groups(reading: Reading): AsyncIterable<PageContents>;
  /** Members of a group and of the groups in it: Graph flattens them, and ends where groups contain each other. */
  transitiveMembers(groupId: string, reading: Reading): AsyncIterable<PageContents>;
  /** A round of changes: the pages from a link on, and at the end the link to go on from. */
  changes(from: URL, reading: Reading, known?: KnownRecords): AsyncGenerator<PageContents, URL, undefined>;
  /** Where a round begins that has only what happens from now on. */
  fromNow(): URL;
  /** How many users there are, by another index than the list's; `null` where it is not kept, as in Azure AD B2C. */
  count(reading: Reading): Promise<number | null>;
  /** One user's record; `null` when there is none any more. */
  user(directoryId: string, reading: Reading): Promise<Readonly<Record<string, unknown>> | null>;
  /** Asks for one user, to see that users can be asked for. */
  tryUsers(reading: Reading): Promise<void>;
  organizationId(reading: Reading): Promise<string>;
}

/** Wires the questions. */
export function createGraphQuestions(api: DirectoryApi): GraphQuestions {
  const pages = (first: URL, reading: Reading, known?: KnownRecords) =>
    walkPages({
      api,
      reading,
      first,
      list: 'value',
      known,
      next: ({ envelope }) => ('@odata.nextLink' in envelope ? readLink(api, envelope, '@odata.nextLink') : 'last'),
    });
  const firstOf = <Answer>(
    url: URL,
    reading: Reading,
    read: (body: Readonly<Record<string, unknown>>) => Answer | undefined,
  ) =>
    api.ask(
      {
        url,
        read: (bytes) => {
          const body = parseJsonObject(bytes);
          return body && read(body);
        },
      },
      reading,
    );

  return {
    users: (reading, known) => pages(api.address('users', { $select: selectUsers, $top: pageSize }), reading, known),
    groups: (reading) => pages(api.address('groups', { $select: 'id,displayName', $top: pageSize }), reading),
    transitiveMembers: (groupId, reading) =>
      pages(
        api.address(`groups/${encodeURIComponent(groupId)}/transitiveMembers`, { $select: 'id', $top: pageSize }),
        reading,
      ),
    async *changes(from, reading, known) {
      let last: URL | undefined;
      yield* walkPages({
        api,
        reading,
        first: from,
        list: 'value',
        known,
        // What is said there of somebody is a change, or that the user is gone: nothing that could be counted as unchanged.
        passesOver: false,
        explain: explainDeltaRefusal,
        next: ({ envelope }) => {
          if ('@odata.nextLink' in envelope) return readLink(api, envelope, '@odata.nextLink');
          last = readLink(api, envelope, '@odata.deltaLink');
          return last && 'last';
        },
      });
      return last ?? from;
    },
    fromNow: () => api.address('users/delta', { $select: selectUsers, $deltatoken: 'latest' }),
    count: (reading) =>
      api
        .ask<number | null>(
          {
            url: api.address('users/$count'),
            headers: { ConsistencyLevel: 'eventual' },
            mediaTypes: ['text/plain', 'application/json'],
            read: readCount,
          },
          reading,
        )
        .catch((error: unknown) => {
          if (isRefusedWith(error, [400, 404, 501])) return null;
          throw error;
        }),
    user: (directoryId, reading) =>
      firstOf(api.address(`users/${encodeURIComponent(directoryId)}`, { $select: selectUsers }), reading, (body) =>
        body['id'] === directoryId ? body : undefined,
      ).catch((error: unknown) => {
        if (isRefusedWith(error, [404])) return null;
        throw error;
      }),
    async tryUsers(reading) {
      await firstOf(api.address('users', { $select: 'id', $top: '1' }), reading, (body) =>
        Array.isArray(body['value']) ? true : undefined,
      );
    },
    organizationId: (reading) =>
      firstOf(api.address('organization', { $select: 'id' }), reading, (body) => {
        const organizations: readonly unknown[] = Array.isArray(body['value']) ? body['value'] : [];
        const [only] = organizations;
        return isObject(only) && typeof only['id'] === 'string' && only['id'] !== '' ? only['id'] : undefined;
      }),
  };
}

function readLink(api: DirectoryApi, envelope: Readonly<Record<string, unknown>>, name: string): URL | undefined {
  const link = envelope[name];
  return typeof link === 'string' && link !== '' ? api.follow(link) : undefined;
}

/** `$count` answers with the bare number. */
function readCount(bytes: Uint8Array): number | undefined {
  const text = new TextDecoder().decode(bytes).trim();
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** A round that cannot go on is over whatever its status: 410 Gone, or a 40X that names the state it has lost. */
function explainDeltaRefusal({ status, body }: Refusal): Meaning | undefined {
  const error = body?.['error'];
  const code = isObject(error) && typeof error['code'] === 'string' ? error['code'] : '';
  const isLost = status === 410 || (status >= 400 && status < 500 && lostStates.test(code));
  return isLost ? { info: { code: 'token-expired' }, again: false } : undefined;
}

const lostStates = /^(syncState(NotFound|Invalid)|resync\w*|Directory_ExpiredPageToken|Directory_ExpiredDeltaToken)$/i;

function isRefusedWith(error: unknown, statuses: readonly number[]): boolean {
  if (!(error instanceof DirectoryError) || !('status' in error.info)) return false;
  return error.info.status !== null && statuses.includes(error.info.status);
}
