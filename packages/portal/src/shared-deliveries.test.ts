import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PortalGroup, startPortalGroup } from './harness/portal-group.test-rig.js';
import { missingForPostgres, type PostgresCluster, startPostgresCluster } from './harness/postgres-cluster.test-rig.js';
import { buildSampleHotel, type SampleHotel } from './harness/sample-hotel.test-rig.js';
import type { TestPortal } from './harness/test-portal.test-rig.js';
import { startWebhookReceiver, type WebhookReceiver } from './harness/webhook-receiver.test-rig.js';

const soon = { timeout: 30_000 };

describe.skipIf(missingForPostgres !== '')(`mails and webhooks of several portals ${missingForPostgres}`, () => {
  let cluster: PostgresCluster;
  let group: PortalGroup;
  let one: TestPortal;
  let two: TestPortal;
  let hotel: SampleHotel;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    cluster = await startPostgresCluster();
    group = await startPortalGroup(cluster);
    one = await group.start();
    two = await group.start();
    hotel = await buildSampleHotel(one);
    receiver = await startWebhookReceiver();
  });
  afterAll(async () => {
    await group[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  const ownerAt = (portal: TestPortal) => portal.client(hotel.people.organization_owner.token);
  const invite = async (portal: TestPortal, emails: readonly string[]) =>
    await ownerAt(portal).invitations.createForProperty({
      propertyId: hotel.property.id,
      emails: [...emails],
      role: 'team',
    });
  /** Who got a mail from any of the portals, once per mail. */
  const mailed = async () => (await Promise.all([one.mails.all(), two.mails.all()])).flat().map(({ to }) => to);

  it('S13, G17: one mail per invitation, whichever portal it was made at', async () => {
    const addresses = Array.from({ length: 12 }, (_, index) => `guest-${index}@two.example`);
    await Promise.all(addresses.map(async (address, index) => await invite(index % 2 === 0 ? one : two, [address])));
    const sent = async () => (await mailed()).filter((to) => addresses.includes(to)).sort();
    await expect.poll(sent, soon).toEqual([...addresses].sort());
  });

  it('P-15: each event once, whichever portal it happened at, while no portal dies', async () => {
    const organizationId = hotel.organization.id;
    const { webhookEndpoint } = await ownerAt(two).webhookEndpoints.create({ organizationId, url: receiver.url });
    const made = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const portal = index % 2 === 0 ? one : two;
        return await ownerAt(portal).entrances.create({ propertyId: hotel.property.id, name: `Door ${index}` });
      }),
    );
    const arrived = () =>
      receiver.received
        .map(({ body }) => JSON.parse(body).entranceId)
        .filter(Boolean)
        .sort();
    await expect.poll(arrived, soon).toEqual(made.map(({ id }) => id).sort());
    const states = async () => {
      const { data } = await ownerAt(one).webhookEndpoints.listDeliveries({ webhookEndpointId: webhookEndpoint.id });
      return [...new Set(data.map(({ state }) => state))];
    };
    await expect.poll(states, soon).toEqual(['delivered']);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(receiver.received.length);
  });

  it('goes on at another portal when the one that sent is gone', async () => {
    const before = receiver.received.length;
    await one[Symbol.asyncDispose]();
    await invite(two, ['late@two.example']);
    const late = async () => (await two.mails.all()).map(({ to }) => to);
    await expect.poll(late, soon).toContain('late@two.example');
    await expect.poll(() => receiver.received.length, soon).toBeGreaterThan(before);
  });
});
