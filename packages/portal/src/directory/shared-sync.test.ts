import type { Client } from '@latchwork/client';
import { startFakeDirectory } from '@latchwork/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PortalGroup, startPortalGroup } from '../harness/portal-group.test-rig.js';
import {
  missingForPostgres,
  type PostgresCluster,
  startPostgresCluster,
} from '../harness/postgres-cluster.test-rig.js';
import { samplePassword } from '../harness/sample-hotel.test-rig.js';
import { buildSampleOffice, type SampleOffice } from '../harness/sample-office.test-rig.js';
import { type TestPortal, testConfig } from '../harness/test-portal.test-rig.js';

const dayMs = 24 * 60 * 60 * 1000 + 10 * 60 * 1000;
const soon = { timeout: 60_000 };

describe.skipIf(missingForPostgres !== '')(`automatic sync by several portals ${missingForPostgres}`, () => {
  let cluster: PostgresCluster;
  let group: PortalGroup;
  let fake: Awaited<ReturnType<typeof startFakeDirectory<'microsoft_365'>>>;
  let portals: TestPortal[];
  let office: SampleOffice;
  let integrationId: string;

  beforeAll(async () => {
    cluster = await startPostgresCluster();
    group = await startPortalGroup(cluster);
    fake = await startFakeDirectory({ kind: 'microsoft_365', people: 20, clock: group.clock });
    const { directories } = testConfig('');
    const config = {
      directories: { ...directories, graphUrl: fake.urls.base, microsoftLoginUrl: fake.urls.login },
    };
    portals = [await group.start(config), await group.start(config)];
    office = await buildSampleOffice(portal(0), { licenses: 100 });
    const { client: admin } = office.people.admin;
    const { tenantId, clientId, clientSecret } = fake.credentials;
    const credentials = { kind: 'microsoft_365', tenantId, clientId, clientSecret } as const;
    integrationId = (await admin.directoryIntegrations.create({ organizationId: office.organizationId, credentials }))
      .id;
    await admin.directoryIntegrations.authorize({ integrationId });
    const { id: reviewId } = await admin.directoryReviews.start({ integrationId });
    await portal(0).portal.reviewsRead();
    const { planId } = await admin.directoryReviews.plan({ reviewId, select: { rows: 'all' } });
    await admin.directoryIntegrations.changeAutomaticSync({ integrationId, enabled: true, reviewId, planId });
  }, 240_000);
  afterAll(async () => {
    await group[Symbol.asyncDispose]();
    await fake[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });

  const portal = (index: number): TestPortal => {
    const found = portals[index];
    if (found === undefined) throw new Error('There are two portals.');
    return found;
  };
  const admin = async (): Promise<Client> => await office.people.admin.on('dashboard');
  const runs = async () => (await (await admin()).syncRuns.list({ integrationId, limit: 200 })).data;

  it('case 42, S17: the timers of two portals fire together, and there is one run', async () => {
    fake.people.add({ email: 'one@example.com' });
    group.clock.advance(dayMs);
    await Promise.all([0, 1, 0, 1].map(async (index) => await portal(index).portal.sync()));
    const [last, ...before] = await runs();
    expect(last).toMatchObject({ trigger: 'automatic', state: 'applied', counts: { new: 1 } });
    expect(before).toHaveLength(1);
  });

  it('S17: what is asked for at either portal is one run', async () => {
    const client = await admin();
    const token = (await portal(1).client().sessions.create(signIn())).token;
    const there = portal(1).client(token);
    const asked = await Promise.all([
      client.syncRuns.start({ integrationId }),
      there.syncRuns.start({ integrationId }),
    ]);
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
    await Promise.all([0, 1].map(async (index) => await portal(index).portal.sync()));
    await expect.poll(async () => (await client.syncRuns.get({ syncRunId: asked[0].id })).state, soon).toBe('applied');
  });

  it('case 36: for one seat a sync, a push and an invitation come at once, and exactly one gets it', async () => {
    const client = await admin();
    const { organizationId } = office;
    const push = await client.directoryIntegrations.create({ organizationId, credentials: { kind: 'scim_push' } });
    const { token } = await client.directoryIntegrations.rotateScimToken({ integrationId: push.id });
    for (let round = 0; round < 5; round += 1) {
      const { version, usage } = await client.subscription.get({ organizationId });
      const licenses = usage.assigned + usage.reserved + 1;
      await client.subscription.update({ organizationId, version, licenses });
      fake.people.add({ email: `synced${round}@example.com` });
      const { id: syncRunId } = await client.syncRuns.start({ integrationId });
      const userName = `pushed${round}@example.com`;
      const pushed = portal(1).send('POST', '/scim/v2/Users', {
        token,
        body: {
          schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
          userName,
          emails: [{ value: userName, primary: true, type: 'work' }],
          active: true,
        },
      });
      const invited = client.users.invite({ organizationId, rows: [{ email: office.address(`invited${round}`) }] });
      const [, pushAnswer, invitation] = await Promise.allSettled([portal(0).portal.sync(), pushed, invited]);
      await expect.poll(async () => (await client.syncRuns.get({ syncRunId })).state, soon).toBe('applied');
      const run = await client.syncRuns.get({ syncRunId });
      const won = [
        run.counts.new === 1,
        pushAnswer.status === 'fulfilled' && pushAnswer.value.status === 201,
        invitation.status === 'fulfilled',
      ];
      expect(
        won.filter((has) => has),
        JSON.stringify(won),
      ).toHaveLength(1);
      const after = await client.subscription.get({ organizationId });
      expect(after.usage.available).toBe(0);
      // Whoever waits has to be out of the way of the next round.
      fake.people.remove(`synced${round}@example.com`);
      await client.syncRuns.start({ integrationId });
      await portal(0).portal.sync();
    }
  }, 240_000);

  it('S17: when the portal that reads stops, the other one does the run', async () => {
    const before = (await runs()).filter(({ state, counts }) => state === 'applied' && counts.new === 1).length;
    fake.people.add({ email: 'late@example.com' });
    const client = await admin();
    const { organizationId } = office;
    const { version, licenses } = await client.subscription.get({ organizationId });
    await client.subscription.update({ organizationId, version, licenses: licenses + 10 });
    const reader = portals.find(({ portal: { store } }) => store.peers.lease.isHeld());
    const other = portals.find((one) => one !== reader);
    if (reader === undefined || other === undefined) throw new Error('Somebody has to hold the lease.');
    fake.faults.script({ fault: 'slow', delayMs: 5_000 }, { on: ['users', 'changes', 'count'] });
    group.clock.advance(dayMs);
    reader.portal.sync().catch(() => undefined);
    await expect.poll(() => reader.portal.projection.syncRuns.group('open').length, soon).toBe(1);
    await reader[Symbol.asyncDispose]();
    const there = other.client((await other.client().sessions.create(signIn())).token);
    await expect
      .poll(async () => {
        await other.portal.sync();
        const { data } = await there.syncRuns.list({ integrationId, limit: 200 });
        return data.filter(({ state, counts }) => state === 'applied' && counts.new === 1).length;
      }, soon)
      .toBeGreaterThan(before);
  }, 120_000);

  const signIn = () => ({ email: office.people.admin.email, password: samplePassword, channel: 'dashboard' as const });
});
