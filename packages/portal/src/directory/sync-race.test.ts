import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Client } from '@latchwork/client';
import { startFakeDirectory } from '@latchwork/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAudit, verifyAudit } from '../audit-chain.js';
import { createClosingStack } from '../closing-stack.js';
import { startPortalGroup } from '../harness/portal-group.test-rig.js';
import { missingForPostgres, startPostgresCluster } from '../harness/postgres-cluster.test-rig.js';
import { samplePassword } from '../harness/sample-hotel.test-rig.js';
import { buildSampleOffice, type SampleOffice } from '../harness/sample-office.test-rig.js';
import {
  createTestClock,
  startTestPortal,
  type TestPortal,
  type TestPortalOptions,
  testConfig,
} from '../harness/test-portal.test-rig.js';

const people = 150;
const rounds = 10;
const afterwards = Number.POSITIVE_INFINITY;
/** At once, ever later within the decision, and afterwards. */
const turnsOf = (round: number): number => (round === rounds - 1 ? afterwards : round ** 2);

/** An office with a directory; a sync is asked for at one portal, and things are done by hand at another, or the same. */
interface Office {
  readonly office: SampleOffice;
  readonly syncing: { readonly portal: TestPortal; readonly admin: Client };
  readonly byHand: { readonly portal: TestPortal; readonly admin: Client };
  readonly fake: Awaited<ReturnType<typeof startFakeDirectory<'microsoft_365'>>>;
  readonly integrationId: string;
}

type Opened = ReturnType<typeof createClosingStack>;

async function openOffice(
  opened: Opened,
  clock: ReturnType<typeof createTestClock>,
  start: (config: NonNullable<TestPortalOptions['config']>) => Promise<readonly [TestPortal, TestPortal]>,
): Promise<Office> {
  const fake = opened.use(await startFakeDirectory({ kind: 'microsoft_365', people, clock }));
  const { directories } = testConfig('');
  const [first, second] = await start({
    directories: { ...directories, graphUrl: fake.urls.base, microsoftLoginUrl: fake.urls.login },
  });
  const office = await buildSampleOffice(first, { licenses: 1_000 });
  const { client: admin, email } = office.people.admin;
  const { tenantId, clientId, clientSecret } = fake.credentials;
  const { id: integrationId } = await admin.directoryIntegrations.create({
    organizationId: office.organizationId,
    credentials: { kind: 'microsoft_365', tenantId, clientId, clientSecret },
  });
  await admin.directoryIntegrations.authorize({ integrationId });
  const { token } = await second.client().sessions.create({ email, password: samplePassword, channel: 'dashboard' });
  return {
    ...{ office, fake, integrationId },
    syncing: { portal: first, admin },
    byHand: { portal: second, admin: second.client(token) },
  };
}

async function plan({ syncing: { portal, admin }, integrationId }: Office) {
  const { id: reviewId } = await admin.directoryReviews.start({ integrationId });
  await portal.portal.reviewsRead();
  const { planId } = await admin.directoryReviews.plan({ reviewId, select: { rows: 'all' } });
  return { reviewId, planId };
}

async function usersOf({ byHand: { admin }, office: { organizationId } }: Office) {
  const users = [];
  for await (const user of admin.users.listAll({ organizationId })) users.push(user);
  return users;
}

/** Does something by hand a few turns after a sync was asked for. */
async function against<By>(
  { syncing: { admin } }: Office,
  planned: { readonly reviewId: string; readonly planId: string },
  { turns, byHand }: { readonly turns: number; readonly byHand: () => Promise<By> },
) {
  const synced = admin.directoryReviews.sync(planned);
  if (turns === afterwards) await synced;
  else for (let turn = 0; turn < turns; turn += 1) await nextTurn();
  const [sync, by] = await Promise.allSettled([synced, byHand()]);
  return { sync, by };
}

async function expectWhole({ syncing, byHand, office: { organizationId } }: Office): Promise<void> {
  for (const { portal } of [syncing, byHand]) {
    const audit = await readAudit(portal.portal.store, organizationId as never);
    expect(verifyAudit(audit)).toMatchObject({ whole: true });
  }
}

function acceptRaces(open: (opened: Opened) => Promise<Office>): void {
  let opened: Opened;
  let at: Office;
  beforeEach(async () => {
    opened = createClosingStack();
    at = await open(opened);
  });
  afterEach(async () => await opened[Symbol.asyncDispose]());

  it('case 37: whoever is removed by hand while a sync is decided stays removed', async () => {
    const { admin } = at.syncing;
    await admin.directoryReviews.sync(await plan(at));
    const ends = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      for (const { id } of at.fake.people.all()) at.fake.people.rename(id, { displayName: `${id} ${round}` });
      const planned = await plan(at);
      const target = (await usersOf(at)).find(({ state }) => state === 'inactive');
      const invitationId = target?.invitation?.id;
      if (target === undefined || invitationId === undefined) throw new Error('Nobody is invited any more.');
      const { sync, by } = await against(at, planned, {
        turns: turnsOf(round),
        byHand: async () => await at.byHand.admin.invitations.remove({ invitationId }),
      });
      expect(by.status).toBe('fulfilled');
      if (sync.status === 'rejected') expect(sync.reason).toMatchObject({ info: { code: 'plan-stale' } });
      ends.add(sync.status);
      const after = await usersOf(at);
      expect(after.find(({ id }) => id === target.id)?.state ?? 'removed').toBe('removed');
      // All of it or nothing.
      const renamed = after.filter(({ name }) => name?.endsWith(` ${round}`));
      expect([0, after.filter(({ state }) => state === 'inactive').length]).toContain(renamed.length);
      expect(renamed.length > 0).toBe(sync.status === 'fulfilled');
      at.fake.people.remove(at.fake.people.find(target.email)?.id ?? '');
    }
    // Both orders were seen.
    expect([...ends].sort()).toEqual(['fulfilled', 'rejected']);
    await expectWhole(at);
  });

  it('case 40, P-22: licenses that are given back while a sync is decided are not sold', async () => {
    const { organizationId } = at.office;
    const ends = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      const planned = await plan(at);
      const { version, usage } = await at.byHand.admin.subscription.get({ organizationId });
      const licenses = usage.assigned + usage.reserved + 3;
      const { sync, by } = await against(at, planned, {
        turns: turnsOf(round),
        byHand: async () => await at.byHand.admin.subscription.update({ organizationId, version, licenses }),
      });
      expect([sync.status, by.status].filter((status) => status === 'fulfilled')).toHaveLength(1);
      ends.add(sync.status);
      const after = await at.byHand.admin.subscription.get({ organizationId });
      expect(after.usage.assigned + after.usage.reserved).toBeLessThanOrEqual(after.licenses);
      await at.byHand.admin.subscription.update({ organizationId, version: after.version, licenses: 5_000 });
      for (let more = 0; more < people; more += 1) at.fake.people.add({ email: `more${round}-${more}@corp.example` });
    }
    expect([...ends].sort()).toEqual(['fulfilled', 'rejected']);
    await expectWhole(at);
  });

  it('case 38: the same plan asked for at both at once is carried out once', async () => {
    const planned = await plan(at);
    const runs = await Promise.all(
      [at.syncing, at.byHand].map(async ({ admin }) => await admin.directoryReviews.sync(planned)),
    );
    expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
    expect((await usersOf(at)).filter(({ state }) => state === 'inactive')).toHaveLength(people);
    await expectWhole(at);
  });

  it('a directory that is disconnected while a sync is decided leaves all of it done or nothing', async () => {
    const planned = await plan(at);
    const { integrationId } = at;
    const { sync, by } = await against(at, planned, {
      turns: 4,
      byHand: async () => await at.byHand.admin.directoryIntegrations.remove({ integrationId }),
    });
    expect(by.status).toBe('fulfilled');
    const invited = (await usersOf(at)).filter(({ state }) => state === 'inactive').length;
    expect(invited).toBe(sync.status === 'fulfilled' ? people : 0);
  });
}

describe('a sync and what is done by hand meanwhile', () => {
  acceptRaces(async (opened) => {
    const clock = createTestClock();
    return await openOffice(opened, clock, async (config) => {
      const portal = opened.use(await startTestPortal({ clock, config }));
      return [portal, portal];
    });
  });
});

describe.skipIf(missingForPostgres !== '')(`the same at two portals on one database ${missingForPostgres}`, () => {
  acceptRaces(async (opened) => {
    const group = opened.use(await startPortalGroup(opened.use(await startPostgresCluster())));
    return await openOffice(opened, group.clock, async (config) => [
      await group.start(config),
      await group.start(config),
    ]);
  });
});
