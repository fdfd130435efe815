import type { DirectoryClock } from '../directory-clock.js';
import { DirectoryError } from '../directory-error.js';
import type { DirectorySource } from '../directory-source.js';
import type { KnownRecords } from '../fingerprints.js';
import { createGathering, type Gathering } from '../gathering.js';
import { createMembershipGathering, type GroupMemberships } from '../group-memberships.js';
import { isObject } from '../http/body-bytes.js';
import { createDirectoryApi } from '../http/directory-api.js';
import { createDirectoryHttp, type HttpOptions } from '../http/directory-http.js';
import { beginReading, type Reading } from '../http/reading.js';
import type { PageContents } from '../page-contents.js';
import { takeSnapshot } from '../read-snapshot.js';
import { readId, readText } from '../record-fields.js';
import { encodeDeltaToken, parseDeltaToken } from './delta-token.js';
import { createGraphQuestions } from './graph-questions.js';
import { createGraphTokens, type GraphCredential, tenantOfToken } from './graph-tokens.js';
import { readGraphUser } from './graph-user.js';

/** How a Microsoft 365 tenant is reached. */
export interface GraphSourceOptions extends HttpOptions {
  readonly clock: DirectoryClock;
  /** The tenant's id, or one of its domains. */
  readonly tenantId: string;
  readonly clientId: string;
  readonly credential: GraphCredential;
  /** Microsoft Graph with its version. Default `https://graph.microsoft.com/v1.0`. */
  readonly baseUrl?: string;
  /** Where tokens come from. Default `https://login.microsoftonline.com`. */
  readonly loginUrl?: string;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Reads a Microsoft 365 tenant through Microsoft Graph, as an app (`User.Read.All`, and `GroupMember.Read.All` where
 * groups are wanted).
 *
 * A listing takes minutes, and who is created or deleted meanwhile may be on no page of it. So a delta token is taken
 * before the listing and its changes are read after it.
 */
export function createGraphSource(options: GraphSourceOptions): DirectorySource {
  const { clock } = options;
  const baseUrl = options.baseUrl ?? 'https://graph.microsoft.com/v1.0';
  const http = createDirectoryHttp(options);
  const tokens = createGraphTokens({
    ...options,
    http,
    loginUrl: options.loginUrl ?? 'https://login.microsoftonline.com',
    scope: `${new URL(baseUrl).origin}/.default`,
  });
  const api = createDirectoryApi({ baseUrl, http, tokens });
  const graph = createGraphQuestions(api);

  return {
    kind: 'microsoft_365',
    async probe(readOptions) {
      const reading = beginReading(clock, readOptions);
      const tenantId = await tenantOf(reading);
      await graph.tryUsers(reading);
      return { tenantId };
    },
    async readAll(readOptions = {}) {
      const reading = beginReading(clock, readOptions);
      const { known } = readOptions;
      const tenantId = await tenantOf(reading);
      known?.startReading('everybody');
      const sightings = createSightings(reading, known);
      // Before the first page, so that nothing happens between the two unseen.
      const from = await sightings.takeChanges(graph.changes(graph.fromNow(), reading, known));
      reading.counted = await graph.count(reading);
      for await (const page of graph.users(reading, known)) sightings.takePage(page);
      const takenAt = clock.now();
      const on = await sightings.takeChanges(graph.changes(from, reading, known));
      await sightings.settle();
      const memberships = readOptions.groups ? await readGroups(reading, sightings.gathering) : undefined;
      return takeSnapshot({
        kind: 'microsoft_365',
        tenantId,
        coverage: 'everybody',
        reading,
        gathering: sightings.gathering,
        known,
        memberships,
        sawLastPage: true,
        deltaToken: encodeDeltaToken({ link: on.href, takenAt }),
      });
    },
    async readChanges(deltaToken, readOptions = {}) {
      const reading = beginReading(clock, readOptions);
      const { known } = readOptions;
      const position = parseDeltaToken(deltaToken, clock.now());
      if (position === undefined) throw new DirectoryError({ code: 'token-expired' });
      const tenantId = await tenantOf(reading);
      known?.startReading('changes');
      const sightings = createSightings(reading, known);
      const takenAt = clock.now();
      const on = await sightings.takeChanges(graph.changes(api.follow(position.link), reading, known));
      await sightings.settle();
      return takeSnapshot({
        kind: 'microsoft_365',
        tenantId,
        coverage: 'changes',
        reading,
        gathering: sightings.gathering,
        known,
        memberships: undefined,
        sawLastPage: true,
        deltaToken: encodeDeltaToken({ link: on.href, takenAt }),
      });
    },
  };

  async function tenantOf(reading: Reading): Promise<string> {
    const configured = uuid.test(options.tenantId) ? options.tenantId : undefined;
    const named = tenantOfToken(await tokens.take(reading)) ?? configured;
    return (named ?? (await graph.organizationId(reading))).toLowerCase();
  }

  /** Takes users in as they are seen, and asks again for whoever came back without a word on being open. */
  function createSightings(reading: Reading, known: KnownRecords | undefined) {
    const gathering = createGathering();
    const unclear = new Set<string>();
    const takePage = ({ records }: PageContents): void => {
      for (const record of records) {
        const user = readGraphUser(record);
        if (user && user.standing === undefined && gathering.standingOf(user.directoryId) === 'deleted') {
          unclear.add(user.directoryId);
        }
        gathering.see(user);
      }
      reading.turn(gathering.size + (known?.unchangedIds.size ?? 0));
    };
    return {
      gathering,
      takePage,
      async takeChanges(round: ReturnType<typeof graph.changes>): Promise<URL> {
        for (;;) {
          const step = await round.next();
          if (step.done) return step.value;
          takePage(step.value);
        }
      },
      async settle(): Promise<void> {
        for (const directoryId of unclear) {
          const record = await graph.user(directoryId, reading);
          gathering.see(record === null ? { directoryId, standing: 'deleted' } : readGraphUser(record));
          reading.turn(gathering.size);
        }
      },
    };
  }

  async function readGroups(reading: Reading, { size }: Gathering): Promise<GroupMemberships> {
    const memberships = createMembershipGathering();
    for await (const { records } of graph.groups(reading)) {
      for (const record of records) {
        const groupId = isObject(record) ? readId(record['id']) : undefined;
        if (isObject(record) && groupId !== undefined) {
          memberships.addGroup(groupId, readText(record['displayName']) ?? groupId);
        }
      }
      reading.turn(size);
    }
    for (const groupId of memberships.names.keys()) {
      for await (const { records } of graph.transitiveMembers(groupId, reading)) {
        for (const record of records) {
          const memberId = isObject(record) ? readId(record['id']) : undefined;
          if (memberId !== undefined) memberships.addMember(groupId, memberId);
        }
        reading.turn(size);
      }
    }
    return memberships;
  }
}
