import type { DirectoryClock } from '../directory-clock.js';
import { DirectoryError } from '../directory-error.js';
import type { DirectorySource } from '../directory-source.js';
import type { KnownRecords } from '../fingerprints.js';
import { createGathering } from '../gathering.js';
import type { GroupMemberships } from '../group-memberships.js';
import { walkGroups } from '../group-walk.js';
import { createDirectoryApi } from '../http/directory-api.js';
import { createDirectoryHttp, type HttpOptions } from '../http/directory-http.js';
import { beginReading, type Reading } from '../http/reading.js';
import { askForMissing } from '../missing-users.js';
import type { PageContents } from '../page-contents.js';
import { takeSnapshot } from '../read-snapshot.js';
import { createWalkTally, isSameNumber, mostWalks } from '../walk-tally.js';
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
 * before the listing and its changes are read after it. Where Graph counts otherwise than was seen, everybody is listed
 * again; two lists that agree are believed, and lists that do not make the snapshot incomplete.
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
      const { gathering } = sightings;
      const tally = createWalkTally();
      // Before the first page, so that nothing happens between the two unseen.
      let position = await sightings.takeChanges(graph.fromNow());
      let isComplete = false;
      let malformed = 0;
      do {
        reading.counted = await graph.count(reading);
        let users = 0;
        malformed = 0;
        for await (const page of graph.users(reading, known)) {
          const read = sightings.takePage(page);
          users += read;
          malformed += page.count - read;
        }
        tally.add(users);
        const after = await sightings.takeChanges(position.link).catch(forgetExpired);
        position = after ?? (await sightings.takeChanges(graph.fromNow()));
        const isCounted = (): boolean => reading.counted !== null && isSameNumber(gathering.present, reading.counted);
        // Counted before, seen after: whoever came or went in between is in the second count.
        if (!isCounted()) reading.counted = await graph.count(reading);
        isComplete = after !== undefined && malformed === 0 && (isCounted() || tally.agreeOn(gathering.present));
      } while (!isComplete && tally.walks < mostWalks);
      const ask = (directoryId: string) => graph.user(directoryId, reading);
      if (isComplete) await askForMissing({ expected: readOptions.expected, gathering, ask, read: readGraphUser });
      return takeSnapshot({
        kind: 'microsoft_365',
        tenantId,
        coverage: 'everybody',
        reading,
        gathering,
        known,
        memberships: readOptions.groups ? await readGroups(reading, gathering.seen) : undefined,
        sawLastPage: isComplete,
        malformed,
        deltaToken: encodeDeltaToken(position),
      });
    },
    async readChanges(deltaToken, readOptions = {}) {
      const reading = beginReading(clock, readOptions);
      const { known } = readOptions;
      const from = parseDeltaToken(deltaToken, clock.now());
      if (from === undefined) throw new DirectoryError({ code: 'token-expired' });
      const tenantId = await tenantOf(reading);
      known?.startReading('changes');
      const sightings = createSightings(reading, known);
      const position = await sightings.takeChanges(api.follow(from.link));
      return takeSnapshot({
        kind: 'microsoft_365',
        tenantId,
        coverage: 'changes',
        reading,
        gathering: sightings.gathering,
        known,
        memberships: undefined,
        sawLastPage: true,
        malformed: position.malformed,
        deltaToken: encodeDeltaToken(position),
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
    const unclear = new Set<string>();
    const gathering = createGathering({
      read: readGraphUser,
      known,
      onSighting({ directoryId, standing }) {
        if (standing === undefined && gathering.standingOf(directoryId) === 'deleted') unclear.add(directoryId);
      },
    });
    const takePage = (page: PageContents): number => {
      const users = gathering.takePage(page);
      reading.turn(gathering.seen);
      return users;
    };
    return {
      gathering,
      takePage,
      /** Reads a round of changes and says where the next one begins. */
      async takeChanges(
        from: URL,
      ): Promise<{ readonly link: URL; readonly takenAt: number; readonly malformed: number }> {
        const takenAt = clock.now();
        let malformed = 0;
        const round = graph.changes(from, reading, known);
        let step = await round.next();
        for (; !step.done; step = await round.next()) malformed += step.value.count - takePage(step.value);
        for (const directoryId of unclear) {
          const record = await graph.user(directoryId, reading);
          gathering.see((record && readGraphUser(record)) ?? { directoryId, standing: 'deleted' });
          reading.turn(gathering.seen);
        }
        unclear.clear();
        return { link: step.value, takenAt, malformed };
      },
    };
  }

  function readGroups(reading: Reading, users: number): Promise<GroupMemberships> {
    return walkGroups({
      groups: graph.groups(reading),
      members: (groupId) => graph.transitiveMembers(groupId, reading),
      nameField: 'displayName',
      ...{ reading, users },
    });
  }
}

/** What happened during a listing can be lost to it; then there is another listing. */
function forgetExpired(error: unknown): undefined {
  if (!(error instanceof DirectoryError) || error.info.code !== 'token-expired') throw error;
}
