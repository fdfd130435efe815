import type { Client } from '@latchwork/client';
import type {
  DirectoryIntegration,
  DirectoryReview,
  DirectoryReviewRow,
  SyncRun,
  SyncSummary,
} from '@latchwork/contract';
import type { Plan, RoleScheme } from '@latchwork/core';
import { type FakeDirectory, type PersonDraft, startFakeDirectory } from '@latchwork/testing';
import type { Secret } from '../secret.js';
import { buildSampleOffice, type SampleOffice } from './sample-office.test-rig.js';
import { createTestClock, startTestPortal, type TestPortal, testConfig } from './test-portal.test-rig.js';

/** The makes of directory that can be read. */
export type ReadableKind = 'microsoft_365' | 'google_workspace' | 'scim_pull';

const fakeKinds = { microsoft_365: 'microsoft_365', google_workspace: 'google_workspace', scim_pull: 'scim' } as const;

/** How an office with a directory is made. */
export interface DirectoryOfficeOptions {
  readonly kind?: ReadableKind;
  readonly people?: number | readonly PersonDraft[];
  readonly plan?: Plan;
  readonly licenses?: number;
  readonly schemes?: readonly RoleScheme[];
  readonly dataDir?: string;
  /** A database server's, instead of the embedded one. */
  readonly databaseUrl?: Secret;
  /** Another seed, another tenant. */
  readonly seed?: number;
  /** Whether the integration is authorized already; default it is. */
  readonly authorized?: boolean;
  readonly settings?: Partial<Omit<Parameters<Client['directoryIntegrations']['create']>[0], 'organizationId'>>;
}

/** An office whose users come from a directory, and its Admin who looks after it. */
export interface DirectoryOffice extends AsyncDisposable {
  readonly test: TestPortal;
  readonly office: SampleOffice;
  readonly admin: Client;
  readonly fake: FakeDirectory;
  readonly integration: DirectoryIntegration;
  /** What the integration is created with. */
  readonly credentials: Parameters<Client['directoryIntegrations']['create']>[0]['credentials'];
  /** Lets so much time pass; the Admin signs in again, for sessions end. */
  pass(ms: number): Promise<void>;
  /** Reads the directory into a new review, to its end. */
  review(): Promise<DirectoryReview>;
  /** Everybody of a review, or of one status. */
  rows(reviewId: string, status?: DirectoryReviewRow['status']): Promise<readonly DirectoryReviewRow[]>;
  /** Plans a sync of everybody, or of some, in a review of its own unless one is given. */
  plan(choice?: Choice): Promise<SyncSummary>;
  /** Syncs everybody, or some. */
  sync(choice?: Choice & { readonly confirmRemovals?: number }): Promise<SyncRun>;
  /** The user of an address; `undefined`: there is none. */
  user(email: string): Promise<Awaited<ReturnType<Client['users']['get']>> | undefined>;
}

type Choice = Partial<Omit<Parameters<Client['directoryReviews']['plan']>[0], never>>;

/** Starts a fake directory, a portal that reads it, and an office that is connected to it, through the API alone. */
export async function startDirectoryOffice(options: DirectoryOfficeOptions = {}): Promise<DirectoryOffice> {
  const {
    kind = 'microsoft_365',
    people = [],
    authorized = true,
    settings = {},
    dataDir,
    seed = 1,
    databaseUrl,
  } = options;
  const clock = createTestClock();
  const fake = await startFakeDirectory({ kind: fakeKinds[kind], people, seed, clock: { now: () => clock.now() } });
  const { reviewLifetimeMs } = testConfig('').directories;
  const test = await startTestPortal({
    clock,
    ...(dataDir === undefined ? {} : { dataDir }),
    config: {
      databaseUrl,
      directories: {
        reviewLifetimeMs,
        graphUrl: fake.urls.base,
        microsoftLoginUrl: fake.urls.login,
        googleDirectoryUrl: fake.urls.base,
        googleTokenUrl: fake.urls.token,
      },
    },
  });
  const { plan = 'pro', licenses = 10_000, schemes = ['workplace'] } = options;
  const office = await buildSampleOffice(test, { plan, licenses, schemes });
  const { organizationId } = office;
  let { client: admin } = office.people.admin;
  const credentials = credentialsOf(kind, fake);
  const created = await admin.directoryIntegrations.create({ organizationId, credentials, ...settings });
  const integrationId = created.id;
  const integration = authorized ? await admin.directoryIntegrations.authorize({ integrationId }) : created;

  const review = async (): Promise<DirectoryReview> => {
    const { id: reviewId } = await admin.directoryReviews.start({ integrationId });
    await test.portal.reviewsRead();
    return await admin.directoryReviews.get({ reviewId });
  };
  const rows: DirectoryOffice['rows'] = async (reviewId, status) => {
    const all: DirectoryReviewRow[] = [];
    let cursor: string | undefined;
    do {
      const page = await admin.directoryReviews.listRows({
        ...{ reviewId, limit: 200 },
        ...(status === undefined ? {} : { status }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      all.push(...page.data);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return all;
  };
  const planned: DirectoryOffice['plan'] = async (choice = {}) => {
    const reviewId = choice.reviewId ?? (await review()).id;
    return await admin.directoryReviews.plan({ select: { rows: 'all' }, ...choice, reviewId });
  };
  return {
    ...{ test, office, fake, integration, credentials, review, rows },
    get admin() {
      return admin;
    },
    pass: async (ms) => {
      test.clock.advance(ms);
      admin = await office.people.admin.on('dashboard');
    },
    plan: planned,
    sync: async ({ confirmRemovals, ...choice } = {}) => {
      const { planId, reviewId } = await planned(choice);
      const confirmed = confirmRemovals === undefined ? {} : { confirmRemovals };
      return await admin.directoryReviews.sync({ reviewId, planId, ...confirmed });
    },
    user: async (email) => {
      for (let cursor: string | undefined; ; ) {
        const page = await admin.users.list({
          organizationId,
          limit: 200,
          ...(cursor === undefined ? {} : { cursor }),
        });
        const found = page.data.find((one) => one.email.toLowerCase() === email.toLowerCase());
        if (found !== undefined) return found;
        if (page.nextCursor === null) return undefined;
        cursor = page.nextCursor;
      }
    },
    [Symbol.asyncDispose]: async () => {
      await test[Symbol.asyncDispose]();
      await fake[Symbol.asyncDispose]();
    },
  };
}

function credentialsOf(kind: ReadableKind, fake: FakeDirectory): DirectoryOffice['credentials'] {
  switch (kind) {
    case 'microsoft_365': {
      const { tenantId, clientId, clientSecret } = (fake as FakeDirectory<'microsoft_365'>).credentials;
      return { kind, tenantId, clientId, clientSecret };
    }
    case 'google_workspace': {
      const { clientEmail, privateKey, adminEmail, customerId } = (fake as FakeDirectory<'google_workspace'>)
        .credentials;
      return { kind, clientEmail, privateKey, adminEmail, customerId };
    }
    case 'scim_pull': {
      const { baseUrl, token } = (fake as FakeDirectory<'scim'>).credentials;
      return { kind, baseUrl, token };
    }
  }
}
