import type { DirectoryClock } from '../directory-clock.js';
import { DirectoryError } from '../directory-error.js';
import type { DirectorySource } from '../directory-source.js';
import { createGathering } from '../gathering.js';
import { fixedToken } from '../http/access-tokens.js';
import { isObject, parseJsonObject } from '../http/body-bytes.js';
import { createDirectoryApi } from '../http/directory-api.js';
import { createDirectoryHttp, type HttpOptions } from '../http/directory-http.js';
import { beginReading, type Reading } from '../http/reading.js';
import { askForMissing, nullIfNotFound } from '../missing-users.js';
import { takeSnapshot } from '../read-snapshot.js';
import { readId } from '../record-fields.js';
import { isSameNumber, mostWalks } from '../walk-tally.js';
import { readAttribute } from './scim-attribute.js';
import { createScimGroups } from './scim-groups.js';
import { type ScimListPages, scimMediaTypes, walkByCursor, walkByIndex, walkJoined } from './scim-lists.js';
import { readScimUser } from './scim-user.js';

/** How a SCIM 2.0 server is reached. */
export interface ScimSourceOptions extends HttpOptions {
  readonly clock: DirectoryClock;
  /** The address below which `Users` and `Groups` are; it stands for the tenant as well. */
  readonly baseUrl: string;
  /** The bearer token. */
  readonly token: string;
}

const userPageSize = 200;
/** A group's record has all of its members. */
const groupPageSize = 50;

/**
 * Reads the users of a SCIM 2.0 server (RFC 7643, 7644): by cursors where the server has them (RFC 9865), else twice by
 * index. Whoever was seen once is not missing; lists shorter than what the server counts are asked for again, and if that
 * does not help the snapshot is incomplete.
 */
export function createScimSource(options: ScimSourceOptions): DirectorySource {
  const { clock } = options;
  const http = createDirectoryHttp(options);
  const api = createDirectoryApi({ baseUrl: options.baseUrl, http, tokens: fixedToken(options.token) });
  const tenantId = api.baseUrl.href;

  return {
    kind: 'scim_pull',
    async probe(readOptions) {
      await api.ask(
        {
          url: api.address('Users', { startIndex: '1', count: '1' }),
          mediaTypes: scimMediaTypes,
          read: (bytes) => (typeof parseJsonObject(bytes)?.['totalResults'] === 'number' ? true : undefined),
        },
        beginReading(clock, readOptions),
      );
      return { tenantId };
    },
    async readAll(readOptions = {}) {
      const reading = beginReading(clock, readOptions);
      const { known } = readOptions;
      known?.startReading('everybody');
      const gathering = createGathering({ read: readScimUser, known });
      const groups = readOptions.groups ? createScimGroups() : undefined;
      let malformed = 0;

      /** Takes in one walk over everybody, and says whether it saw as many as the server counts. */
      async function takeUsers(pages: ScimListPages): Promise<boolean> {
        const ids = new Set<unknown>();
        let seen = 0;
        malformed = 0;
        let step = await pages.next();
        for (; !step.done; step = await pages.next()) {
          const page = step.value;
          const { totalResults } = page.envelope;
          if (typeof totalResults === 'number') reading.counted = totalResults;
          const users = gathering.takePage(page);
          malformed += page.count - users;
          seen += page.count - page.records.length;
          for (const record of page.records) {
            const directoryId = isObject(record) ? readId(readAttribute(record, 'id')) : undefined;
            if (directoryId !== undefined) ids.add(directoryId);
            groups?.takeUser(record);
          }
          reading.turn(gathering.seen);
        }
        const { sawLastPage, total } = step.value;
        reading.counted = total;
        return sawLastPage && (total === null || isSameNumber(seen + ids.size, total));
      }

      const users = { api, reading, path: 'Users', pageSize: userPageSize } as const;
      const paging = (await hasCursors(reading)) ? 'cursor' : 'index';
      // One walk by cursors is enough, two by index are; each must have seen as many as there are.
      let missing = paging === 'cursor' ? 1 : 2;
      for (let walks = 0; missing > 0 && walks < mostWalks; walks += 1) {
        const walk =
          paging === 'cursor'
            ? walkByCursor(users, known)
            : walks === 0
              ? walkJoined(users)
              : walkByIndex(users, known);
        if (await takeUsers(walk)) missing -= 1;
      }
      if (missing === 0) {
        await askForMissing({ expected: readOptions.expected, gathering, ask: askFor(reading), read: readScimUser });
      }
      if (groups) {
        for await (const page of walkJoined({ api, reading, path: 'Groups', pageSize: groupPageSize })) {
          for (const record of page.records) groups.takeGroup(record);
          reading.turn(gathering.seen);
        }
      }
      return takeSnapshot({
        kind: 'scim_pull',
        tenantId,
        coverage: 'everybody',
        reading,
        gathering,
        known,
        memberships: groups?.flatten(),
        sawLastPage: missing === 0,
        malformed,
        deltaToken: null,
      });
    },
  };

  function askFor(reading: Reading): (directoryId: string) => Promise<unknown> {
    return (directoryId) =>
      api
        .ask<unknown>(
          {
            url: api.address(`Users/${encodeURIComponent(directoryId)}`),
            mediaTypes: scimMediaTypes,
            read(bytes) {
              const record = parseJsonObject(bytes);
              return record && readAttribute(record, 'id') === directoryId ? record : undefined;
            },
          },
          reading,
        )
        .catch(nullIfNotFound);
  }

  /** Whether the server says that it pages by cursor (RFC 9865, 4); who cannot say has none. */
  async function hasCursors(reading: Reading): Promise<boolean> {
    try {
      return await api.ask(
        {
          url: api.address('ServiceProviderConfig'),
          mediaTypes: scimMediaTypes,
          read(bytes) {
            const config = parseJsonObject(bytes);
            const pagination = config?.['pagination'];
            return config && isObject(pagination) && pagination['cursor'] === true;
          },
        },
        reading,
      );
    } catch (error) {
      const isUnknown =
        error instanceof DirectoryError && ['not-found', 'forbidden', 'answer-malformed'].includes(error.info.code);
      if (isUnknown) return false;
      throw error;
    }
  }
}
