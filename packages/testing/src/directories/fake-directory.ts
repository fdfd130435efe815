import { createSeededRandom } from '../air/random.js';
import { bendAnswer, type EarlierPages } from './bent-answer.js';
import { createAccessBook, type DirectoryAccess } from './directory-access.js';
import { createFaultChance, type DirectoryChaos } from './directory-chaos.js';
import { createFaultDeck, type FaultScript } from './directory-faults.js';
import { directoryFetch } from './directory-fetch.js';
import {
  bearerOf,
  type DirectoryAnswer,
  type DirectoryOperation,
  type DirectoryRequest,
  type RequestRecord,
  type SentAnswer,
} from './directory-http.js';
import { inventUuid } from './directory-ids.js';
import {
  type FakeDirectoryCredentials,
  type FakeDirectoryUrls,
  type MakeOptions,
  makeDirectory,
  urlsOf,
} from './directory-make.js';
import { createQuotaMeter, type DirectoryQuota, unitsOf } from './directory-quota.js';
import { createGroups, type FakeGroups } from './fake-groups.js';
import { createPeople, type FakePeople } from './fake-people.js';
import type { FakeDirectoryKind, PersonDraft, TenantChange } from './fake-person.js';
import { createTenant } from './fake-tenant.js';
import { inventPeople } from './invented-people.js';
import type { DeltaMemory } from './microsoft/graph-delta.js';

/** The time a fake directory runs on: a fake clock of this package, or anything that tells the time. */
export interface FakeDirectoryClock {
  /** Epoch milliseconds. */
  now(): number;
  /** For slow answers; default: the process's own timers. */
  after?(delayMs: number, run: () => void): () => void;
}

/** How a fake directory is made. */
export interface FakeDirectoryOptions<K extends FakeDirectoryKind = FakeDirectoryKind> extends MakeOptions {
  readonly kind: K;
  /** So many invented people, or these; default none. */
  readonly people?: number | readonly PersonDraft[];
  /** Default `example.com`. */
  readonly domain?: string;
  /** The same seed gives the same ids, people and tokens; default 1. */
  readonly seed?: number;
  /** Default: the system's time. */
  readonly clock?: FakeDirectoryClock;
  /** Faults by chance; default none. */
  readonly chaos?: DirectoryChaos;
  /** How much may be asked in how long; default: anything. `documentedQuotas` has what the makes say. */
  readonly quota?: DirectoryQuota;
}

/** A tenant of a directory that is all made up, and speaks what the real one speaks. */
export interface FakeDirectory<K extends FakeDirectoryKind = FakeDirectoryKind> {
  readonly kind: K;
  readonly tenantId: string;
  readonly domain: string;
  readonly urls: FakeDirectoryUrls;
  readonly credentials: FakeDirectoryCredentials[K];
  readonly people: FakePeople;
  readonly groups: FakeGroups;
  /** Everything that happened in the tenant, oldest first. */
  readonly changes: readonly TenantChange[];
  readonly faults: FaultScript;
  readonly access: DirectoryAccess;
  /** Every request so far, those at the foreign origin too, oldest first. */
  readonly requests: readonly RequestRecord[];
  /** Asks this directory without a socket; every other host is unreachable. */
  readonly fetch: typeof fetch;
  /** Answers one request, however it came. */
  answer(request: DirectoryRequest): Promise<SentAnswer>;
  /** Lets Graph forget every token of changes it gave so far (case 10). */
  forgetChanges(answer: DeltaMemory['answer']): void;
}

const defaultOrigins = {
  login: 'https://login.directory.test',
  api: 'https://api.directory.test',
  foreign: 'https://elsewhere.test',
};

/** Makes a fake directory that is asked by its `fetch`, without a socket. */
export function createFakeDirectory<K extends FakeDirectoryKind>(
  options: FakeDirectoryOptions<K>,
  origins: Pick<FakeDirectoryUrls, 'login' | 'api' | 'foreign'> = defaultOrigins,
): FakeDirectory<K> {
  const { kind, clock = { now: Date.now }, domain = 'example.com', seed = 1 } = options;
  const random = createSeededRandom(seed);
  const now = (): number => clock.now();
  const tenantId = kind === 'google_workspace' ? `C${inventUuid(random).slice(0, 8)}` : inventUuid(random);
  const tenant = createTenant({ kind, id: tenantId, domain, random, now });
  const people = createPeople(tenant);
  const groups = createGroups(tenant);
  const access = createAccessBook({ now, random, prefix: kind === 'google_workspace' ? 'ya29.fake' : 'eyFake' });
  const urls = urlsOf(kind, tenantId, origins);
  const memory: DeltaMemory = { forgottenBefore: Number.NEGATIVE_INFINITY, answer: 'gone' };
  const make = makeDirectory(kind, { tenant, access, urls, memory, options });
  const { people: asked = 0, chaos } = options;
  for (const draft of typeof asked === 'number' ? inventPeople(asked, { random, domain }) : asked) people.add(draft);

  const chaosRandom = createSeededRandom(chaos?.seed ?? 0);
  const faults = createFaultDeck(createFaultChance(chaos, { kind, random: chaosRandom, people, access }));
  const spend = createQuotaMeter(options.quota, now);
  const requests: RequestRecord[] = [];
  const earlier = new Map<string, EarlierPages>();

  const wait = (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      if (clock.after === undefined) setTimeout(resolve, delayMs);
      else clock.after(delayMs, resolve);
    });

  const withinQuota = async (request: DirectoryRequest, operation: DirectoryOperation): Promise<DirectoryAnswer> => {
    if (operation === 'token' || operation === 'batch') return make.answer(request, answer);
    const { within, used, retryAfterSeconds } = spend(unitsOf(kind, request, operation));
    if (!within) {
      // Google says nothing of when: its clients have to think of a time themselves.
      const shape =
        kind === 'google_workspace'
          ? ({ as: 'rate-403', retryAfter: null } as const)
          : { retryAfter: retryAfterSeconds };
      return { operation, ...make.words.throttle({ fault: 'throttle', ...shape }, now()) };
    }
    const made = await make.answer(request, answer);
    if (kind !== 'microsoft_365' || used < 0.8) return made;
    return { ...made, headers: { ...made.headers, 'x-ms-throttle-limit-percentage': used.toFixed(2) } };
  };

  const answer = async (request: DirectoryRequest): Promise<SentAnswer> => {
    const foreign = request.url.origin === urls.foreign;
    const operation = foreign ? 'unknown' : make.operationOf(request);
    const drawn = foreign ? [] : faults.draw(request, operation);
    for (const fault of drawn) {
      if (fault.fault === 'meanwhile') fault.run();
      if (fault.fault === 'slow') await wait(fault.delayMs);
    }
    // Whoever follows a link abroad meets a host that plays along: a finished, empty list.
    const plain = foreign
      ? { operation, status: 200, body: { value: [], users: [], Resources: [] } }
      : await withinQuota(request, operation);
    const sent = bendAnswer(plain, drawn, { request, words: make.words, now, foreignOrigin: urls.foreign, earlier });
    requests.push({
      method: request.method,
      origin: request.url.origin,
      path: request.url.pathname,
      query: Object.fromEntries(request.url.searchParams),
      headers: request.headers,
      body: request.body,
      operation,
      token: bearerOf(request),
      status: sent.status,
      faults: drawn.map(({ fault }) => fault),
      at: now(),
    });
    return sent;
  };

  return {
    kind,
    tenantId,
    domain,
    urls,
    credentials: make.credentials,
    people,
    groups,
    changes: tenant.changes,
    faults,
    access,
    requests,
    fetch: directoryFetch(answer, Object.values(origins)),
    answer,
    forgetChanges(how) {
      memory.answer = how;
      memory.forgottenBefore = now() + 1;
    },
  };
}
