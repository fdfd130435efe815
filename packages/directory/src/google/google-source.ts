import type { DirectoryClock } from '../directory-clock.js';
import type { DirectorySource } from '../directory-source.js';
import { createGathering } from '../gathering.js';
import type { GroupMemberships } from '../group-memberships.js';
import { walkGroups } from '../group-walk.js';
import { createDirectoryApi } from '../http/directory-api.js';
import { createDirectoryHttp, type HttpOptions } from '../http/directory-http.js';
import { beginReading, type Reading } from '../http/reading.js';
import { askForMissing } from '../missing-users.js';
import { takeSnapshot } from '../read-snapshot.js';
import { createWalkTally, mostWalks } from '../walk-tally.js';
import { createGoogleQuestions } from './google-questions.js';
import { createGoogleTokens, type GoogleCredential } from './google-tokens.js';
import { readGoogleUser } from './google-user.js';

/** How a Google Workspace account is reached. */
export interface GoogleSourceOptions extends HttpOptions {
  readonly clock: DirectoryClock;
  readonly credential: GoogleCredential;
  /** The account, all domains of it. Default `my_customer`, the administrator's own. */
  readonly customerId?: string;
  /** The Directory API with its version. Default `https://admin.googleapis.com/admin/directory/v1`. */
  readonly baseUrl?: string;
  /** Where tokens come from. Default `https://oauth2.googleapis.com/token`. */
  readonly tokenUrl?: string;
}

/**
 * Reads a Google Workspace account through the Directory API, as a service account that acts for an administrator.
 *
 * Google tells neither of changes nor how many users there are. So everybody is listed twice, with the deleted ones in
 * between; what was seen last holds, and whoever was seen once is not missing. Lists that do not agree are asked for again,
 * and if that does not help the snapshot is incomplete.
 */
export function createGoogleSource(options: GoogleSourceOptions): DirectorySource {
  const { clock, customerId = 'my_customer' } = options;
  const http = createDirectoryHttp(options);
  const apiFor = (scope: string) =>
    createDirectoryApi({
      baseUrl: options.baseUrl ?? 'https://admin.googleapis.com/admin/directory/v1',
      http,
      tokens: createGoogleTokens({
        http,
        clock,
        tokenUrl: options.tokenUrl ?? 'https://oauth2.googleapis.com/token',
        credential: options.credential,
        scope: `https://www.googleapis.com/auth/admin.directory.${scope}.readonly`,
      }),
    });
  const google = createGoogleQuestions({ customerId, users: apiFor('user'), groups: apiFor('group') });
  const tenantOf = async (reading: Reading) => (await google.customerId(reading)) ?? customerId;

  return {
    kind: 'google_workspace',
    async probe(readOptions) {
      return { tenantId: await tenantOf(beginReading(clock, readOptions)) };
    },
    async readAll(readOptions = {}) {
      const reading = beginReading(clock, readOptions);
      const { known } = readOptions;
      const tenantId = await tenantOf(reading);
      known?.startReading('everybody');
      const gathering = createGathering({ read: readGoogleUser, known });
      let malformed = 0;

      async function walk(which: 'present' | 'deleted'): Promise<number> {
        let seen = 0;
        malformed = 0;
        for await (const page of google.users(which, reading, known)) {
          const users = gathering.takePage(page);
          seen += users;
          malformed += page.count - users;
          reading.turn(gathering.seen);
        }
        return seen;
      }

      const tally = createWalkTally();
      tally.add(await walk('present'));
      do {
        await walk('deleted');
        tally.add(await walk('present'));
      } while ((malformed > 0 || !tally.agreeOn(gathering.present)) && tally.walks < mostWalks);
      const isComplete = tally.agreeOn(gathering.present);
      const ask = (directoryId: string) => google.user(directoryId, reading);
      if (isComplete) await askForMissing({ expected: readOptions.expected, gathering, ask, read: readGoogleUser });
      return takeSnapshot({
        kind: 'google_workspace',
        tenantId,
        coverage: 'everybody',
        reading,
        gathering,
        known,
        memberships: readOptions.groups ? await readGroups(reading, gathering.seen) : undefined,
        sawLastPage: isComplete,
        malformed,
        deltaToken: null,
      });
    },
  };

  function readGroups(reading: Reading, users: number): Promise<GroupMemberships> {
    return walkGroups({
      groups: google.groups(reading),
      members: (groupId) => google.members(groupId, reading),
      nameField: 'name',
      isEverybody: ({ type }) => type === 'CUSTOMER',
      ...{ reading, users },
    });
  }
}
