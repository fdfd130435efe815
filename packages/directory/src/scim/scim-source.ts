import type { DirectoryClock } from '../directory-clock.js';
import { DirectoryError } from '../directory-error.js';
import type { DirectorySource } from '../directory-source.js';
import { createGathering } from '../gathering.js';
import { fixedToken } from '../http/access-tokens.js';
import { isObject, parseJsonObject } from '../http/body-bytes.js';
import { createDirectoryApi } from '../http/directory-api.js';
import { createDirectoryHttp, type HttpOptions } from '../http/directory-http.js';
import { beginReading, type Reading } from '../http/reading.js';
import { takeSnapshot } from '../read-snapshot.js';
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
 * index, and then only whoever is in neither list is missing.
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
      const gathering = createGathering();
      const groups = readOptions.groups ? createScimGroups() : undefined;
      let sawLastPage = true;

      async function takeUsers(pages: ScimListPages): Promise<void> {
        for (let step = await pages.next(); ; step = await pages.next()) {
          const total = step.done ? step.value.total : step.value.envelope['totalResults'];
          reading.counted = typeof total === 'number' ? total : null;
          if (step.done) {
            sawLastPage &&= step.value.sawLastPage;
            return;
          }
          for (const record of step.value.records) {
            gathering.see(readScimUser(record));
            groups?.takeUser(record);
          }
          reading.turn(gathering.size + (known?.unchangedIds.size ?? 0));
        }
      }

      const users = { api, reading, path: 'Users', pageSize: userPageSize } as const;
      if (await hasCursors(reading)) {
        await takeUsers(walkByCursor(users, known));
      } else {
        await takeUsers(walkJoined(users));
        await takeUsers(walkByIndex(users, known));
      }
      if (groups) {
        for await (const page of walkJoined({ api, reading, path: 'Groups', pageSize: groupPageSize })) {
          for (const record of page.records) groups.takeGroup(record);
          reading.turn(gathering.size);
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
        sawLastPage,
        deltaToken: null,
      });
    },
  };

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
