import type { Client } from '@latchwork/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleHotel, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { startWebhookReceiver, type WebhookReceiver } from '../harness/webhook-receiver.test-rig.js';

let test: TestPortal;
let hotel: SampleHotel;
let other: SampleHotel;
let owner: Client;
let receiver: WebhookReceiver;
let organizationId: string;
beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
  other = await buildSampleHotel(test, 'Hotel Borealis');
  owner = hotel.people.organization_owner.client;
  organizationId = hotel.organization.id;
  receiver = await startWebhookReceiver();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

const url = 'https://receiver.example/hook';

async function codeOf(call: Promise<unknown>): Promise<string> {
  return await call.then(
    () => 'done',
    ({ info }) => info.code,
  );
}

describe('a webhook endpoint', () => {
  it('is added, listed, edited on the version that was seen, and removed', async () => {
    const { webhookEndpoint, secret } = await owner.webhookEndpoints.create({ organizationId, url });
    expect(secret).toMatch(/^whsec_/);
    expect(webhookEndpoint).toMatchObject({
      organizationId,
      url,
      eventTypes: null,
      propertyIds: null,
      state: 'enabled',
      disabledBecause: null,
      formerSecretEndsAt: null,
      version: 1,
    });
    const webhookEndpointId = webhookEndpoint.id;
    expect((await owner.webhookEndpoints.list({ organizationId })).data).toContainEqual(webhookEndpoint);
    const edit = {
      webhookEndpointId,
      eventTypes: ['gateway.offline' as const],
      state: 'disabled' as const,
      version: 1,
    };
    const edited = await owner.webhookEndpoints.update(edit);
    expect(edited).toMatchObject({
      eventTypes: ['gateway.offline'],
      state: 'disabled',
      disabledBecause: 'asked',
      version: 2,
    });
    expect(await codeOf(owner.webhookEndpoints.update({ ...edit, url: `${url}2` }))).toBe('version-stale');
    const unchanged = await owner.webhookEndpoints.update({ webhookEndpointId, state: 'disabled', version: 2 });
    expect(unchanged).toEqual(edited);
    expect(await codeOf(owner.webhookEndpoints.test({ webhookEndpointId }))).toBe('webhook-endpoint-disabled');
    await owner.webhookEndpoints.remove({ webhookEndpointId });
    expect(await codeOf(owner.webhookEndpoints.get({ webhookEndpointId }))).toBe('not-found');
    expect((await owner.webhookEndpoints.list({ organizationId })).data).toEqual([]);
    const feed = await owner.events.listOfOrganization({ organizationId, limit: 200 });
    const types = feed.data.map(({ type }) => type).filter((type) => type.startsWith('webhook_endpoint'));
    expect(types).toEqual(['webhook_endpoint.created', 'webhook_endpoint.updated', 'webhook_endpoint.removed']);
  });

  it('shows its secret once: a repeat with the same idempotency key adds nothing and says the same', async () => {
    const make = async () => await owner.webhookEndpoints.create({ organizationId, url }, { idempotencyKey: 'one' });
    const made = await make();
    expect(await make()).toEqual(made);
    expect((await owner.webhookEndpoints.list({ organizationId })).data).toHaveLength(1);
  });

  it.each([
    ['http://receiver.example/', 'scheme'],
    ['https://user:secret@receiver.example/', 'credentials'],
    ['https://10.0.0.1/', 'address'],
    ['https://169.254.169.254/latest', 'address'],
    ['https://[::ffff:10.0.0.1]/', 'address'],
  ])('is not sent to %s', async (refused, because) => {
    const call = owner.webhookEndpoints.create({ organizationId, url: refused });
    await expect(call).rejects.toMatchObject({ info: { code: 'webhook-url-not-allowed', because } });
    const { webhookEndpoint } = await owner.webhookEndpoints.create({ organizationId, url });
    const { id: webhookEndpointId, version } = webhookEndpoint;
    const edit = owner.webhookEndpoints.update({ webhookEndpointId, url: refused, version });
    await expect(edit).rejects.toMatchObject({ info: { code: 'webhook-url-not-allowed', because } });
  });

  it('whose name does not resolve is tried like one that does not answer', async () => {
    const made = await owner.webhookEndpoints.create({ organizationId, url: 'https://no-such-name.invalid/' });
    const webhookEndpointId = made.webhookEndpoint.id;
    const { id } = await owner.webhookEndpoints.test({ webhookEndpointId });
    await test.portal.deliver();
    const { data } = await owner.webhookEndpoints.listDeliveries({ webhookEndpointId });
    expect(data).toMatchObject([{ id, state: 'pending', lastStatus: null, lastFault: expect.stringMatching(/^e/) }]);
    await owner.webhookEndpoints.remove({ webhookEndpointId });
  });

  it('wants only what there is', async () => {
    const foreign = owner.webhookEndpoints.create({ organizationId, url, propertyIds: [other.property.id] });
    expect(await codeOf(foreign)).toBe('property-not-found');
    for (const wrong of [{ eventTypes: ['sauna.heated'] }, { eventTypes: [] }, { propertyIds: [] }, { url: 'hook' }]) {
      const input = { organizationId, url, ...wrong } as Parameters<Client['webhookEndpoints']['create']>[0];
      expect(await codeOf(owner.webhookEndpoints.create(input))).toBe('invalid-request');
    }
  });

  it('is the Organization Owners’ to manage; for another tenant it does not exist', async () => {
    const { webhookEndpoint } = await owner.webhookEndpoints.create({ organizationId, url });
    const webhookEndpointId = webhookEndpoint.id;
    const { client } = hotel.people.owner;
    for (const call of [
      client.webhookEndpoints.get({ webhookEndpointId }),
      client.webhookEndpoints.create({ organizationId, url }),
    ]) {
      expect(await codeOf(call)).toMatch(/^(forbidden|not-found)$/);
    }
    const stranger = other.people.organization_owner.client.webhookEndpoints;
    for (const call of [
      stranger.get({ webhookEndpointId }),
      stranger.remove({ webhookEndpointId }),
      stranger.test({ webhookEndpointId }),
      stranger.rotateSecret({ webhookEndpointId }),
      stranger.listDeliveries({ webhookEndpointId }),
      stranger.redrive({ webhookEndpointId }),
      stranger.replay({ webhookEndpointId, since: '0' }),
    ]) {
      expect(await codeOf(call)).toBe('not-found');
    }
  });

  it('is tested with an event of its own, whatever it wants, which no other endpoint hears of', async () => {
    const listening = await owner.webhookEndpoints.create({ organizationId, url: receiver.url });
    const tested = await owner.webhookEndpoints.create({
      organizationId,
      url: receiver.url,
      eventTypes: ['key.created'],
      propertyIds: [hotel.property.id],
    });
    const webhookEndpointId = tested.webhookEndpoint.id;
    const delivery = await owner.webhookEndpoints.test({ webhookEndpointId });
    expect(delivery).toMatchObject({ state: 'pending', eventType: 'webhook_endpoint.tested' });
    await test.portal.deliver();
    const { data } = await owner.webhookEndpoints.listDeliveries({ webhookEndpointId });
    expect(data).toMatchObject([{ id: delivery.id, state: 'delivered' }]);
    const arrived = receiver.received.filter(({ headers }) => headers['webhook-id'] === delivery.eventId);
    expect(arrived.map(({ body }) => JSON.parse(body))).toMatchObject([
      { type: 'webhook_endpoint.tested', webhookEndpointId },
    ]);
    await owner.webhookEndpoints.remove({ webhookEndpointId });
    await owner.webhookEndpoints.remove({ webhookEndpointId: listening.webhookEndpoint.id });
  });

  it('replays a page at a time, by the organization’s feed where no property is named, and refuses a place that is none', async () => {
    const { webhookEndpoint } = await owner.webhookEndpoints.create({ organizationId, url: receiver.url });
    const webhookEndpointId = webhookEndpoint.id;
    const feed = (await owner.events.listOfOrganization({ organizationId, limit: 200 })).data;
    const wanted = feed.filter(
      (event) => !('webhookEndpointId' in event && event.webhookEndpointId === webhookEndpointId),
    );
    const tests = wanted.filter(({ type }) => type === 'webhook_endpoint.tested');
    const replayed = await owner.webhookEndpoints.replay({ webhookEndpointId, since: '0' });
    expect(replayed).toEqual({ queued: wanted.length - tests.length, nextCursor: null });
    for (const since of ['x', '-1', '999999']) {
      expect(await codeOf(owner.webhookEndpoints.replay({ webhookEndpointId, since }))).toBe('invalid-request');
    }
    const foreign = { webhookEndpointId, propertyId: other.property.id, since: '0' };
    expect(await codeOf(owner.webhookEndpoints.replay(foreign))).toBe('property-not-found');
  });

  it('lists its deliveries page by page', async () => {
    const { webhookEndpoint } = await owner.webhookEndpoints.create({ organizationId, url: receiver.url });
    const webhookEndpointId = webhookEndpoint.id;
    const made: string[] = [];
    for (let index = 0; index < 5; index += 1) made.push((await owner.webhookEndpoints.test({ webhookEndpointId })).id);
    const listed: string[] = [];
    for await (const { id } of owner.webhookEndpoints.listDeliveriesAll({ webhookEndpointId, limit: 2 }))
      listed.push(id);
    expect(listed).toEqual(made.reverse());
    const cursor = Buffer.from('mem_1').toString('base64url');
    expect(await codeOf(owner.webhookEndpoints.listDeliveries({ webhookEndpointId, cursor }))).toBe('invalid-request');
  });
});
