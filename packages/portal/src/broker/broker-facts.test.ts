import { encodeGatewayMessage, gatewayTopic, gatewayTopicFilter, parseGatewayMessage } from '@latchwork/contract';
import type { IClientOptions, IPublishPacket, MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createClosingStack } from '../closing-stack.js';
import {
  type CertifiedGateway,
  connectCertified,
  makeRequest,
  startCertifiedBroker,
} from '../harness/certified-broker.test-rig.js';
import { missingMosquitto } from '../harness/mosquitto.test-rig.js';
import { createRealLock } from '../harness/real-lock.test-rig.js';
import { buildSampleHotel, giveKey, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { connectGateway } from '../harness/scripted-gateway.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

const soon = { timeout: 60_000 };

/** Starts a portal with its own broker, or with a mosquitto; a gateway cannot tell them apart but by what they deliver. */
async function startWith(kind: string, use: ReturnType<typeof createClosingStack>['use']): Promise<TestPortal> {
  if (kind === 'the embedded broker') {
    const mqtt = { host: '127.0.0.1', port: 0, tlsHosts: ['127.0.0.1'], publicUrl: undefined };
    return use(await startTestPortal({ config: { mqtt } }));
  }
  const { url, dataDir } = use(await startCertifiedBroker());
  const broker = { url, publicUrl: url, username: 'latchwork-portal', password: undefined, caFile: undefined };
  return use(await startTestPortal({ dataDir, config: { broker } }));
}

describe.each([
  { kind: 'the embedded broker', missing: '', protocolVersion: 4 as const },
  { kind: 'mosquitto', missing: missingMosquitto, protocolVersion: 5 as const },
])('what $kind delivers $missing', ({ kind, missing, protocolVersion }) => {
  const open = createClosingStack();
  const clients: MqttClient[] = [];
  let test: TestPortal;
  let hotel: SampleHotel;
  let enrolled: CertifiedGateway;

  beforeAll(async () => {
    if (missing !== '') return;
    test = await startWith(kind, open.use);
    hotel = await buildSampleHotel(test);
    await giveKey(test, hotel, hotel.people.team.id);
    const { id: gatewayId } = hotel.gateway.gateway;
    const { code } = await hotel.people.installer.client.gateways.createEnrollmentCode({ gatewayId });
    const { request, privateKey } = await makeRequest();
    enrolled = { ...(await test.client().gateways.enroll({ code, request })), privateKey };
  }, 120_000);
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.endAsync(true);
  });
  afterAll(async () => await open[Symbol.asyncDispose]());

  const address = () => {
    const { organizationId, propertyId, gatewayId } = enrolled;
    return { organizationId, propertyId, gatewayId };
  };
  const shown = async () => await hotel.people.installer.client.gateways.get({ gatewayId: enrolled.gatewayId });
  const cmd = () => gatewayTopic(address(), 'cmd');
  const ask = async () => await hotel.people.team.client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
  const statusOf = (online: boolean, version: string) =>
    encodeGatewayMessage('status', { v: 1, online, bootId: version, at: Date.now(), version });

  let arrivals = 0;
  /** Connects as the gateway, hears its commands with QoS 1, which it should not need, and waits until the portal knows. */
  async function arrive(options: Partial<IClientOptions> = {}) {
    arrivals += 1;
    const version = `2.0.${arrivals}`;
    const will = { topic: gatewayTopic(address(), 'status'), payload: Buffer.from(statusOf(false, version)) };
    const client = await connectCertified(enrolled, {
      ...{ clientId: enrolled.gatewayId, protocolVersion, will: { ...will, qos: 1, retain: true }, ...options },
    });
    clients.push(client);
    const heard: IPublishPacket[] = [];
    client.on('message', (_topic, _payload, packet) => heard.push(packet));
    await client.subscribeAsync(cmd(), { qos: 1 });
    await client.publishAsync(gatewayTopic(address(), 'status'), statusOf(true, version), { qos: 1, retain: true });
    await expect.poll(shown, soon).toMatchObject({ online: true, version });
    return { client, heard };
  }
  /** The attempts whose commands were heard, in order. */
  const attemptsIn = (heard: readonly IPublishPacket[]) =>
    heard
      .filter(({ topic }) => topic === cmd())
      .map(({ payload }) => parseGatewayMessage('cmd', payload.toString()))
      .map((command) => ('attemptId' in command ? command.attemptId : undefined));
  /** Breaks the connection off without a word, as a power cut does. */
  const breakOff = async ({ client }: { readonly client: MqttClient }): Promise<void> => {
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.stream.destroy();
    await closed;
  };

  it.skipIf(missing !== '')(
    'a command with QoS 0, not kept, which ends with its deadline where MQTT has an end',
    async () => {
      const { heard } = await arrive();
      const { id } = await ask();
      await expect.poll(() => attemptsIn(heard), soon).toEqual([id]);
      expect(heard[0]).toMatchObject({ qos: 0, retain: false, dup: false });
      const expiry = heard[0]?.properties?.messageExpiryInterval;
      if (protocolVersion === 4) expect(expiry).toBeUndefined();
      else expect(expiry).toSatisfy((seconds: number) => seconds >= 1 && seconds <= 10);
    },
  );

  it.skipIf(missing !== '')('T15: no command late to a session that outlived its connection', async () => {
    // Without a will nobody tells the portal of an outside broker that the gateway is gone: the command is sent.
    const stays = {
      clean: false,
      will: undefined as never,
      ...(protocolVersion === 5 ? { properties: { sessionExpiryInterval: 600 } } : {}),
    };
    await breakOff(await arrive(stays));
    const missed = await ask().then(
      ({ id }) => id,
      () => undefined,
    );
    const { heard } = await arrive(stays);
    const { id } = await ask();
    await expect.poll(() => attemptsIn(heard).includes(id), soon).toBe(true);
    expect(attemptsIn(heard)).toEqual([id]);
    expect(missed).not.toBe(id);
    if (kind === 'mosquitto') expect(missed).toBeDefined();
  });

  it.skipIf(missing !== '')('P-4: the end of a gateway that went without a word', async () => {
    const gateway = await arrive();
    await breakOff(gateway);
    await expect.poll(async () => (await shown()).online, soon).toBe(false);
    await expect(ask()).rejects.toMatchObject({ info: { code: 'gateway-offline' } });
  });

  it.skipIf(missing !== '')('T16: a report that comes twice once', async () => {
    const { cert, key, ca } = { cert: enrolled.certificate, key: enrolled.privateKey, ca: enrolled.authority };
    await using gateway = await connectGateway(hotel, enrolled.mqttUrl, { cert, key, ca });
    await gateway.publish('status', statusOf(true, '3.0.0'), { qos: 1, retain: true });
    await expect.poll(shown, soon).toMatchObject({ online: true, version: '3.0.0' });
    const { id } = await ask();
    const command = await gateway.next('unlock');
    const eventId = `event-${id}`;
    await gateway.report(command, { eventId });
    await gateway.report(command, { eventId });
    await hotel.people.team.client.attempts.waitFor(id);
    await gateway.report(command, { eventId });
    const told: string[] = [];
    const { client } = hotel.people.owner;
    const events = client.events.listAll({ propertyId: hotel.property.id });
    for await (const event of events) {
      if (event.type === 'attempt.confirmed') told.push(JSON.stringify(event));
    }
    expect(told.filter((event) => event.includes(id))).toHaveLength(1);
  });

  it.skipIf(missing !== '')(
    'what a lock shall obey to whoever subscribes later, with QoS 1, and nothing of it when it is taken back',
    async () => {
      const propertyId = hotel.property.id;
      const { client } = hotel.people.organization_owner;
      const { keys } = createRealLock(test.clock);
      const topic = gatewayTopic(address(), { desired: keys.tag });
      const { id: entranceId } = await client.entrances.create({ propertyId, name: 'Suite' });
      const lock = { propertyId, kind: 'lock', name: 'Suite', entranceId, ...keys } as const;
      const { id: deviceId } = await client.devices.create(lock);
      const { id: holderId } = await client.guests.create({ propertyId, name: 'Gus' });
      const startsAt = new Date(test.clock.now() - 3_600_000).toISOString();
      const key = await client.keys.create({ propertyId, holderId, entranceIds: [entranceId], startsAt, endsAt: null });
      await client.credentials.create({ keyId: key.id, kind: 'door_code', digits: '246810' });
      const found = async (): Promise<readonly (number | undefined)[]> => {
        const { client: gateway, heard } = await arrive();
        await gateway.subscribeAsync(gatewayTopicFilter(address(), 'desired'), { qos: 1 });
        // What there is was sent before this, and the portal's answer comes after it.
        const { id } = await ask();
        await expect.poll(() => attemptsIn(heard).includes(id), soon).toBe(true);
        await gateway.endAsync();
        return heard.filter((packet) => packet.topic === topic && packet.payload.length > 0).map(({ qos }) => qos);
      };
      await expect.poll(found, soon).toEqual([1]);
      await hotel.people.installer.client.devices.remove({ deviceId });
      await expect.poll(found, soon).toEqual([]);
    },
  );
});
