import type { Client } from '@latchwork/client';
import { verifyWebhook } from '@latchwork/client/webhooks';
import type { WebhookEndpointId } from '@latchwork/core';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildSampleHotel, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { startWebhookReceiver, type WebhookReceiver } from '../harness/webhook-receiver.test-rig.js';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

let test: TestPortal;
let hotel: SampleHotel;
let owner: Client;
let receiver: WebhookReceiver;
let organizationId: string;
beforeEach(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
  owner = hotel.people.organization_owner.client;
  organizationId = hotel.organization.id;
  receiver = await startWebhookReceiver();
});
afterEach(async () => {
  await test[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

type Filters = Partial<Pick<Parameters<Client['webhookEndpoints']['create']>[0], 'eventTypes' | 'propertyIds' | 'url'>>;

async function addEndpoint(filters: Filters = {}) {
  const made = await owner.webhookEndpoints.create({ organizationId, url: receiver.url, ...filters });
  return { id: made.webhookEndpoint.id, secret: made.secret };
}

/** Makes one event of the property's feed. */
async function makeEvent(name = 'Door'): Promise<void> {
  await owner.entrances.create({ propertyId: hotel.property.id, name });
}

async function deliveries(webhookEndpointId: string, state?: 'pending' | 'delivered' | 'dead' | 'cancelled') {
  const query = state === undefined ? {} : { state };
  return (await owner.webhookEndpoints.listDeliveries({ webhookEndpointId, ...query })).data;
}

/** Moves the clock on, step by step, sending whatever is due. */
async function live(ms: number, stepMs = 30 * minuteMs): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    test.clock.advance(stepMs);
    await test.portal.deliver();
  }
}

const ids = () => receiver.received.map(({ headers }) => headers['webhook-id']);
const answerAll = (status: number, headers: Record<string, string> = {}) => {
  receiver.answer = (_, response) => void response.writeHead(status, headers).end();
};

describe('events to a webhook endpoint', () => {
  it('P-15: every event of every feed arrives, signed, as it stands in the feed', async () => {
    const { id, secret } = await addEndpoint();
    for (let index = 0; index < 5; index += 1) await makeEvent(`Door ${index}`);
    await owner.organizations.update({ organizationId, name: 'Aurora Group', version: hotel.organization.version });
    await owner.properties.create({ organizationId, name: 'Borealis', timeZone: 'Europe/Oslo' });
    await test.portal.deliver();
    const sent = await deliveries(id);
    expect(
      sent.every(({ state, attempts, lastStatus }) => state === 'delivered' && attempts === 1 && lastStatus === 204),
    ).toBe(true);
    const feeds = [
      ...(await owner.events.list({ propertyId: hotel.property.id, limit: 200 })).data,
      ...(await owner.events.listOfOrganization({ organizationId, limit: 200 })).data,
    ];
    for (const { headers, body } of receiver.received) {
      expect(headers['content-type']).toBe('application/json');
      const signed = { secrets: secret, headers, body, now: () => test.clock.now() };
      const event = await verifyWebhook(signed);
      expect(event.id).toBe(headers['webhook-id']);
      expect(feeds).toContainEqual(event);
      expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual(event);
    }
    const own = feeds.findIndex((event) => event.type === 'webhook_endpoint.created');
    const after = feeds.filter((event) => event.id > (feeds[own]?.id ?? ''));
    expect(after.map(({ type }) => type)).toEqual(expect.arrayContaining(['entrance.created', 'property.created']));
    expect([...ids()].sort(), 'each once, none missing').toEqual(after.map((event) => event.id).sort());
  });

  it('only those it wants, and nothing of another tenant', async () => {
    const other = await buildSampleHotel(test, 'Hotel Borealis');
    const types = await addEndpoint({ eventTypes: ['key.created'] });
    const properties = await addEndpoint({ propertyIds: [hotel.property.id] });
    await makeEvent();
    await owner.properties.create({ organizationId, name: 'Annex', timeZone: 'Europe/Oslo' });
    await other.people.organization_owner.client.entrances.create({ propertyId: other.property.id, name: 'Theirs' });
    await test.portal.deliver();
    expect(await deliveries(types.id)).toEqual([]);
    const sent = await deliveries(properties.id);
    expect(sent.map(({ eventType }) => eventType)).toEqual(['entrance.created']);
    expect(receiver.received).toHaveLength(1);
  });

  it('is tried again later with the same id and a fresh signature until it is taken', async () => {
    const { id, secret } = await addEndpoint();
    answerAll(500);
    await makeEvent();
    await test.portal.deliver();
    const [failed] = await deliveries(id, 'pending');
    expect(failed).toMatchObject({ attempts: 1, lastStatus: 500 });
    await test.portal.deliver();
    expect(receiver.received, 'not before its time').toHaveLength(1);
    test.clock.advance(7_000);
    await test.portal.deliver();
    receiver.answer = undefined;
    await live(minuteMs, minuteMs);
    expect(await deliveries(id, 'delivered')).toMatchObject([
      { id: failed?.id, attempts: 3, lastStatus: 204, lastFault: null },
    ]);
    expect(new Set(ids()).size).toBe(1);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(3);
    const last = receiver.received.at(-1);
    await verifyWebhook({
      secrets: secret,
      headers: last?.headers ?? {},
      body: last?.body ?? '',
      now: () => test.clock.now(),
    });
  });

  it('no answer, a cut and a redirect count as failures; a redirect is not followed', async () => {
    const { id } = await addEndpoint();
    let followed = 0;
    const elsewhere = await startWebhookReceiver();
    elsewhere.answer = (_, response) => {
      followed += 1;
      response.end();
    };
    answerAll(307, { location: elsewhere.url });
    await makeEvent();
    await test.portal.deliver();
    expect(await deliveries(id)).toMatchObject([{ state: 'pending', lastStatus: 307 }]);
    receiver.answer = (_, response) => response.destroy();
    await live(minuteMs, minuteMs);
    expect(await deliveries(id)).toMatchObject([{ state: 'pending', lastStatus: null, lastFault: 'econnreset' }]);
    await elsewhere[Symbol.asyncDispose]();
    expect(followed).toBe(0);
  });

  it('one endpoint that never answers holds up no other', async () => {
    const slow = await startWebhookReceiver();
    slow.answer = () => undefined;
    await addEndpoint({ url: slow.url });
    await addEndpoint();
    await makeEvent();
    await slow.atLeast(1);
    await receiver.atLeast(1);
    // Nor those that come while it still stalls.
    await makeEvent();
    await receiver.atLeast(2);
    await slow[Symbol.asyncDispose]();
  });

  it('Retry-After is kept to', async () => {
    await addEndpoint();
    answerAll(429, { 'retry-after': '3600' });
    await makeEvent();
    await test.portal.deliver();
    await live(55 * minuteMs, 5 * minuteMs);
    expect(receiver.received).toHaveLength(1);
    await live(5 * minuteMs, 5 * minuteMs);
    expect(receiver.received).toHaveLength(2);
  });

  it('is dead after a day, listed, and driven again alone or with all others', async () => {
    const { id } = await addEndpoint();
    answerAll(503);
    await makeEvent('one');
    await makeEvent('two');
    await live(dayMs + 60 * minuteMs);
    const dead = await deliveries(id, 'dead');
    expect(dead).toMatchObject([{ lastStatus: 503 }, { lastStatus: 503 }]);
    const tries = receiver.received.length;
    await live(dayMs, 6 * 60 * minuteMs);
    expect(receiver.received).toHaveLength(tries);

    receiver.answer = undefined;
    const [one] = dead;
    const revived = await owner.webhookEndpoints.redriveDelivery({
      webhookEndpointId: id,
      webhookDeliveryId: one?.id ?? '',
    });
    expect(revived).toMatchObject({ id: one?.id, state: 'pending', attempts: 0 });
    await test.portal.deliver();
    expect(ids().slice(tries)).toEqual([one?.eventId]);
    expect(await owner.webhookEndpoints.redrive({ webhookEndpointId: id })).toEqual({ redriven: 1, more: false });
    await test.portal.deliver();
    expect(await deliveries(id, 'dead')).toEqual([]);
    expect(await owner.webhookEndpoints.redrive({ webhookEndpointId: id })).toEqual({ redriven: 0, more: false });
    // Ended deliveries are forgotten after a month.
    test.clock.advance(31 * dayMs);
    await test.portal.maintain();
    const page = { after: undefined, limit: 10, state: undefined };
    expect(await test.portal.store.deliveriesOf(id as WebhookEndpointId, page)).toEqual([]);
  });

  it('410 disables the endpoint, with an event; what it missed is replayed from a cursor', async () => {
    const { id } = await addEndpoint();
    await makeEvent('before');
    await test.portal.deliver();
    const since = JSON.parse(receiver.received.at(-1)?.body ?? '{}').cursor;
    answerAll(410);
    await makeEvent('gone');
    await test.portal.deliver();
    const disabled = await owner.webhookEndpoints.get({ webhookEndpointId: id });
    expect(disabled).toMatchObject({ state: 'disabled', disabledBecause: 'gone', version: 2 });
    const events = await owner.events.listOfOrganization({ organizationId, limit: 200 });
    expect(events.data.at(-1)).toMatchObject({
      type: 'webhook_endpoint.disabled',
      because: 'gone',
      webhookEndpointId: id,
    });
    const seen = receiver.received.length;
    await makeEvent('missed');
    await test.portal.deliver();
    expect(receiver.received).toHaveLength(seen);
    const replay = { webhookEndpointId: id, propertyId: hotel.property.id, since };
    await expect(owner.webhookEndpoints.replay(replay)).rejects.toMatchObject({
      info: { code: 'webhook-endpoint-disabled' },
    });

    receiver.answer = undefined;
    await owner.webhookEndpoints.update({ webhookEndpointId: id, state: 'enabled', version: 2 });
    expect(await owner.webhookEndpoints.replay(replay)).toEqual({ queued: 2, nextCursor: null });
    await test.portal.deliver();
    const replayed = receiver.received.slice(seen).map(({ body }) => JSON.parse(body));
    expect(replayed.map(({ type }) => type)).toEqual(['entrance.created', 'entrance.created']);
    const feed = await owner.events.list({ propertyId: hotel.property.id, cursor: since });
    expect(replayed.map((event) => event.id).sort()).toEqual(feed.data.map((event) => event.id).sort());
  });

  it('an endpoint that takes nothing for three days is disabled, one that takes something now and then is not', async () => {
    const { id } = await addEndpoint();
    answerAll(500);
    for (let days = 0; days < 2; days += 1) {
      await makeEvent();
      await live(dayMs, 4 * 60 * minuteMs);
    }
    receiver.answer = undefined;
    await makeEvent();
    await test.portal.deliver();
    answerAll(500);
    for (let days = 0; days < 2; days += 1) {
      await makeEvent();
      await live(dayMs, 4 * 60 * minuteMs);
    }
    expect(await owner.webhookEndpoints.get({ webhookEndpointId: id })).toMatchObject({ state: 'enabled' });
    for (let days = 0; days < 2; days += 1) {
      await makeEvent();
      await live(dayMs, 4 * 60 * minuteMs);
    }
    const { state, disabledBecause } = await owner.webhookEndpoints.get({ webhookEndpointId: id });
    expect({ state, disabledBecause }).toEqual({ state: 'disabled', disabledBecause: 'failing' });
    expect(await deliveries(id, 'pending')).toEqual([]);
  });

  it('what waits for a removed endpoint is cancelled', async () => {
    const { id } = await addEndpoint();
    answerAll(500);
    await makeEvent();
    await test.portal.deliver();
    await owner.webhookEndpoints.remove({ webhookEndpointId: id });
    await live(minuteMs, minuteMs);
    expect(receiver.received).toHaveLength(1);
    const page = { after: undefined, limit: 10, state: undefined };
    const rows = await test.portal.store.deliveriesOf(id as WebhookEndpointId, page);
    expect(rows.map(({ state }) => state)).toEqual(['cancelled']);
  });
});

describe('the secret of a webhook endpoint', () => {
  it('is replaced with an overlap in which both sign', async () => {
    const { id, secret: former } = await addEndpoint();
    const { secret, webhookEndpoint } = await owner.webhookEndpoints.rotateSecret({
      webhookEndpointId: id,
      overlapSeconds: 60,
    });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(webhookEndpoint.formerSecretEndsAt).toBe(new Date(test.clock.now() + 60_000).toISOString());
    const verified = async (secrets: string) => {
      const { headers = {}, body = '' } = receiver.received.at(-1) ?? {};
      return await verifyWebhook({ secrets, headers, body, now: () => test.clock.now() }).then(
        () => 'taken',
        ({ info }) => info.code,
      );
    };
    await makeEvent();
    await test.portal.deliver();
    expect([await verified(secret), await verified(former)]).toEqual(['taken', 'taken']);
    test.clock.advance(60_000);
    await makeEvent();
    await test.portal.deliver();
    expect([await verified(secret), await verified(former)]).toEqual(['taken', 'signature-wrong']);
    expect((await owner.webhookEndpoints.get({ webhookEndpointId: id })).formerSecretEndsAt).toBeNull();
  });

  it('stands neither in the database nor in any log or later reply', async () => {
    const { id, secret } = await addEndpoint();
    await makeEvent();
    await test.portal.deliver();
    const shown = JSON.stringify([
      await owner.webhookEndpoints.get({ webhookEndpointId: id }),
      await owner.webhookEndpoints.list({ organizationId }),
      test.portal.projection.webhookEndpoints.all(),
      test.log,
    ]);
    expect(shown).not.toContain(secret.replace('whsec_', ''));
  });
});
