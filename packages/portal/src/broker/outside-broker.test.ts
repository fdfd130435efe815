import { type GatewayAddress, gatewayTopic } from '@latchwork/contract';
import type { GatewayId } from '@latchwork/core';
import mqtt, { type MqttClient } from 'mqtt';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingMosquitto, startMosquitto, type TestMosquitto } from '../harness/mosquitto.test-rig.js';
import { createRealLock } from '../harness/real-lock.test-rig.js';
import { buildSampleHotel, giveKey, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { connectGateway, type ScriptedGateway } from '../harness/scripted-gateway.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { ownLease } from '../store/lease.js';
import { startOutsideBroker } from './outside-broker.js';

const soon = { timeout: 30_000 };

describe.skipIf(missingMosquitto !== '')(`a broker by its URL ${missingMosquitto}`, () => {
  let broker: TestMosquitto;
  let test: TestPortal;
  let hotel: SampleHotel;
  let url: string;

  beforeAll(async () => {
    broker = await startMosquitto(
      ({ port, folder }) =>
        `listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\npersistence true\npersistence_location ${folder}/\nautosave_interval 1\nautosave_on_changes true\n`,
    );
    url = `mqtt://127.0.0.1:${broker.port}`;
    test = await startTestPortal({
      config: {
        broker: { url, publicUrl: url, username: 'latchwork-portal', password: undefined, caFile: undefined },
      },
    });
    hotel = await buildSampleHotel(test);
    await giveKey(test, hotel, hotel.people.team.id);
  });
  afterAll(async () => {
    await test?.[Symbol.asyncDispose]();
    await broker?.[Symbol.asyncDispose]();
  });

  const isOnline = async () =>
    (await hotel.people.installer.client.gateways.get({ gatewayId: hotel.gateway.gateway.id })).online;
  const status = (online: boolean, bootId = 'b1') => JSON.stringify({ v: 1, online, bootId, at: Date.now() });

  /** Connects the gateway, which says that it is there. */
  async function arrive(): Promise<ScriptedGateway> {
    const gateway = await connectGateway(hotel);
    await gateway.publish('status', status(true), { qos: 1, retain: true });
    await expect.poll(isOnline, soon).toBe(true);
    return gateway;
  }
  async function leave(gateway: ScriptedGateway): Promise<void> {
    await gateway.publish('status', status(false), { qos: 1, retain: true });
    await gateway[Symbol.asyncDispose]();
    await expect.poll(isOnline, soon).toBe(false);
  }

  const portalSession = { clientId: 'latchwork-portal', clean: false, properties: { sessionExpiryInterval: 600 } };
  /** What the broker keeps on a topic, as a new subscription is told. */
  async function keptAt(client: MqttClient, topic: string): Promise<readonly string[]> {
    const found: string[] = [];
    const mark = `mark/${Math.random()}`;
    const marked = new Promise<void>((resolve) => {
      const hear = (at: string, payload: Buffer, { retain }: { readonly retain: boolean }) => {
        if (at === topic && retain) found.push(payload.toString());
        if (at !== mark) return;
        client.off('message', hear);
        resolve();
      };
      client.on('message', hear);
    });
    await client.subscribeAsync([topic, mark], { qos: 1 });
    await client.publishAsync(mark, '', { qos: 1 });
    await marked;
    await client.unsubscribeAsync([topic, mark]);
    return found;
  }
  /** Asks for an unlock and sees it through, so that everything published before it has been dealt with. */
  async function roundTrip(gateway: ScriptedGateway): Promise<void> {
    await expect.poll(isOnlineOrAnnounced(gateway), soon).toBe(true);
    const attempt = await hotel.people.team.client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
    let command = await gateway.next('unlock');
    while (command.attemptId !== attempt.id) command = await gateway.next('unlock');
    await gateway.report(command, {});
    await hotel.people.team.client.attempts.waitFor(attempt.id);
  }
  const isOnlineOrAnnounced = (gateway: ScriptedGateway) => async () => {
    if (await isOnline()) return true;
    await gateway.publish('status', status(true), { qos: 1, retain: true });
    return false;
  };

  it('hands an unlock to a gateway and hears its end', async () => {
    expect(hotel.gateway.mqttUrl).toBe(url);
    const gateway = await arrive();
    const attempt = await hotel.people.team.client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
    const command = await gateway.next('unlock');
    expect(command.attemptId).toBe(attempt.id);
    await gateway.ack(command);
    await gateway.challenge(command, '0102030405060708');
    expect(await gateway.next('token')).toMatchObject({ commandId: command.commandId });
    await gateway.report(command, {});
    expect(await hotel.people.team.client.attempts.waitFor(attempt.id)).toMatchObject({ state: 'confirmed' });
    await leave(gateway);
  });

  it('T15: sends nothing late: neither what was asked for without the broker, nor to a gateway that has gone', async () => {
    const gateway = await arrive();
    await broker.kill();
    const refused = { info: { code: 'gateway-offline' } };
    const ask = async () => await hotel.people.team.client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
    await expect
      .poll(
        async () =>
          await ask().then(
            () => 'taken',
            () => 'refused',
          ),
        soon,
      )
      .toBe('refused');
    await expect(ask()).rejects.toMatchObject(refused);
    await gateway[Symbol.asyncDispose]();
    await broker.start();
    const back = await arrive();
    await expect
      .poll(
        async () =>
          await ask().then(
            () => 'taken',
            () => 'refused',
          ),
        soon,
      )
      .toBe('taken');
    await back.next('unlock');
    expect(back.received).toHaveLength(1);
    await leave(back);
    await expect(ask()).rejects.toMatchObject(refused);
    const again = await connectGateway(hotel);
    await roundTrip(again);
    await leave(again);
  });

  it('T16: what a gateway reports while the portal is away waits for it, and is taken once', async () => {
    const gateway = await arrive();
    const attempt = await hotel.people.team.client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
    const command = await gateway.next('unlock');
    // Another in the portal's place, who takes nothing: the portal's connection ends, and its session stays.
    const placeholder = await mqtt.connectAsync(url, {
      ...{ ...portalSession, protocolVersion: 5, reconnectPeriod: 0 },
      customHandleAcks: () => undefined,
    });
    await gateway.report(command, {});
    await placeholder.endAsync(true);
    expect(await hotel.people.team.client.attempts.waitFor(attempt.id)).toMatchObject({ state: 'confirmed' });
    await leave(gateway);
  });

  it('T15: takes no report that the broker had kept, and no word of a gateway that is not there', async () => {
    const gateway = await arrive();
    const { organization, property } = hotel;
    await hotel.people.team.client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
    const command = await gateway.next('unlock');
    const outsider = await mqtt.connectAsync(url, { reconnectPeriod: 0 });
    const stranger = `olp/v1/${organization.id}/${property.id}/gw/gw_00000000000000000000000000/status`;
    const foreign = `olp/v1/${organization.id}/prop_00000000000000000000000000/gw/${hotel.gateway.gateway.id}/status`;
    await outsider.publishAsync(stranger, status(true), { qos: 1, retain: true });
    await outsider.publishAsync(foreign, status(false), { qos: 1, retain: true });
    await broker.kill();
    await broker.start();
    const early = await mqtt.connectAsync(url, { reconnectPeriod: 0 });
    const challenge = gatewayTopic(gateway.address, 'challenge');
    const { attemptId, commandId, lock } = command;
    const question = { v: 1, attemptId, commandId, tag: lock.tag, challenge: '0102030405060708' };
    await early.publishAsync(challenge, JSON.stringify(question), { qos: 1, retain: true });
    await expect.poll(() => test.log.some((line) => line.includes('kept report refused')), soon).toBe(true);
    // Cleared from the broker: it is of an organization of this portal.
    await expect.poll(async () => await keptAt(early, stranger), soon).toEqual([]);
    await early.publishAsync(challenge, '', { qos: 1, retain: true });
    await early.endAsync();
    await outsider.endAsync(true);
    const back = await arrive();
    await roundTrip(back);
    await leave(back);
  });

  it('keeps at the broker what locks shall obey, mends what was changed there, and leaves what is not its own', async () => {
    const { organization, property, people } = hotel;
    const lock = { propertyId: property.id, kind: 'lock', name: 'Suite' } as const;
    const keys = createRealLock(test.clock).keys;
    const { client } = people.organization_owner;
    const { id: entranceId } = await client.entrances.create({ propertyId: property.id, name: 'Suite' });
    const { id: deviceId } = await client.devices.create({ ...lock, entranceId, ...keys });
    const whole = { startsAt: new Date(test.clock.now() - 3_600_000).toISOString(), endsAt: null };
    const { id: holderId } = await client.guests.create({ propertyId: property.id, name: 'Gus' });
    const key = { propertyId: property.id, holderId, entranceIds: [entranceId], ...whole };
    const { id: keyId } = await client.keys.create(key);
    await client.credentials.create({ keyId, kind: 'door_code', digits: '246810' });
    const watcher = await mqtt.connectAsync(url, { reconnectPeriod: 0 });
    const address = { organizationId: organization.id, propertyId: property.id, gatewayId: hotel.gateway.gateway.id };
    const topic = gatewayTopic(address as never, { desired: keys.tag });
    await expect.poll(async () => (await keptAt(watcher, topic)).length, soon).toBe(1);
    const [right] = await keptAt(watcher, topic);
    const gone = gatewayTopic(address as never, { desired: '00000000000000ff' });
    const others = topic.replace(organization.id, 'org_00000000000000000000000000');
    for (const wrong of [topic, gone, others]) await watcher.publishAsync(wrong, 'x', { qos: 1, retain: true });
    const mqttConnects = () => test.log.filter((line) => line.includes('broker connected')).length;
    const before = mqttConnects();
    const thief = await mqtt.connectAsync(url, { ...portalSession, protocolVersion: 5, reconnectPeriod: 0 });
    await thief.endAsync(true);
    await expect.poll(mqttConnects, soon).toBeGreaterThan(before);
    await expect.poll(async () => await keptAt(watcher, topic), soon).toEqual([right]);
    await expect.poll(async () => await keptAt(watcher, gone), soon).toEqual([]);
    expect(await keptAt(watcher, others)).toEqual(['x']);
    await watcher.publishAsync(others, '', { qos: 1, retain: true });
    await people.installer.client.devices.remove({ deviceId });
    await expect.poll(async () => await keptAt(watcher, topic), soon).toEqual([]);
    await watcher.endAsync();
  });

  it('P-4: a gateway that is killed is offline by its will, and one from before a restart says nothing about the one of now', async () => {
    const gateway = await arrive();
    await gateway.publish('status', status(true, 'b2'), { qos: 1, retain: true });
    await gateway.publish('status', status(false, 'b1'), { qos: 1, retain: true });
    await roundTrip(gateway);
    expect(await isOnline()).toBe(true);
    await gateway.publish('status', status(false, 'b2'), { qos: 1, retain: true });
    await expect.poll(isOnline, soon).toBe(false);
    await gateway[Symbol.asyncDispose]();
  });

  it('T16: a report that could not be taken is not acknowledged, and comes again', async () => {
    const outcomes: string[] = [];
    const { gateway, property, organization } = { ...hotel, gateway: hotel.gateway.gateway };
    const identity = async () => ({ username: 'other-portal' });
    await using other = startOutsideBroker({
      ...{ url, publicUrl: url, clientId: 'other-portal', identity, identityAs: identity, lease: ownLease },
      ...{ projection: test.portal.projection, clock: test.clock, log: pino({ level: 'silent' }) },
      authorities: async () => undefined,
      listener: {
        connection: () => undefined,
        desiring: () => undefined,
        report: async ({ kind }) => {
          if (kind !== 'reported') return;
          outcomes.push(outcomes.length < 2 ? 'failed' : 'taken');
          if (outcomes.length <= 2) throw new Error('the store is away');
        },
      },
    });
    const scripted = await arrive();
    await expect.poll(() => other.link.isReachable(gateway.id as GatewayId), soon).toBe(true);
    const address = {
      organizationId: organization.id,
      propertyId: property.id,
      gatewayId: gateway.id,
    } as GatewayAddress;
    const report = {
      ...{ v: 1, eventId: 'r-1', deviceId: hotel.device.id, standing: { epoch: 1, revision: 1 }, parts: {} },
      ...{ receipts: [], occurredAt: 1, nextTryAt: null },
    };
    const topic = gatewayTopic(address, { reported: hotel.device.tag });
    await scripted.client.publishAsync(topic, JSON.stringify(report), { qos: 1 });
    await expect.poll(() => outcomes, soon).toEqual(['failed', 'failed', 'taken']);
    await leave(scripted);
  });
});
