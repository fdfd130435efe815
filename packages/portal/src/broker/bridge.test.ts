import { encodeGatewayMessage, gatewayTopic, gatewayTopicFilter } from '@latchwork/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CertifiedBroker,
  type CertifiedGateway,
  connectCertified,
  makeRequest,
  startCertifiedBroker,
} from '../harness/certified-broker.test-rig.js';
import { missingMosquitto } from '../harness/mosquitto.test-rig.js';
import { createRealLock } from '../harness/real-lock.test-rig.js';
import { buildSampleHotel, giveKey, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { connectGateway, type ScriptedGateway } from '../harness/scripted-gateway.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

const soon = { timeout: 60_000 };

describe.skipIf(missingMosquitto !== '')(`a mosquitto that is a bridge to the portal's ${missingMosquitto}`, () => {
  let far: CertifiedBroker;
  let near: CertifiedBroker;
  let test: TestPortal;
  let hotel: SampleHotel;
  let enrolled: CertifiedGateway;

  beforeAll(async () => {
    far = await startCertifiedBroker();
    near = await startCertifiedBroker(far);
    const { url, dataDir } = far;
    const broker = { url, publicUrl: near.url, username: 'latchwork-portal', password: undefined, caFile: undefined };
    test = await startTestPortal({ dataDir, config: { broker } });
    hotel = await buildSampleHotel(test);
    await giveKey(test, hotel, hotel.people.team.id);
    const { id: gatewayId } = hotel.gateway.gateway;
    const { code } = await hotel.people.installer.client.gateways.createEnrollmentCode({ gatewayId });
    const { request, privateKey } = await makeRequest();
    enrolled = { ...(await test.client().gateways.enroll({ code, request })), privateKey };
  }, 120_000);
  afterAll(async () => {
    await test?.[Symbol.asyncDispose]();
    await near?.[Symbol.asyncDispose]();
    await far?.[Symbol.asyncDispose]();
  });

  const addressOf = ({ organizationId, propertyId, gatewayId }: CertifiedGateway) => ({
    ...{ organizationId, propertyId, gatewayId },
  });
  const certified = () => ({ cert: enrolled.certificate, key: enrolled.privateKey, ca: enrolled.authority });
  const shown = async () => await hotel.people.installer.client.gateways.get({ gatewayId: enrolled.gatewayId });
  let arrivals = 0;
  /** Connects the gateway to the broker near it, and waits until the portal knows by way of the other. */
  async function arrive(): Promise<ScriptedGateway> {
    const gateway = await connectGateway(hotel, enrolled.mqttUrl, certified());
    arrivals += 1;
    const version = `1.0.${arrivals}`;
    const said = { v: 1, online: true, bootId: version, at: Date.now(), version } as const;
    await gateway.publish('status', encodeGatewayMessage('status', said), { qos: 1, retain: true });
    await expect.poll(shown, soon).toMatchObject({ online: true, version });
    return gateway;
  }
  async function roundTrip(gateway: ScriptedGateway): Promise<void> {
    const { team } = hotel.people;
    const attempt = await team.client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
    let command = await gateway.next('unlock');
    while (command.attemptId !== attempt.id) command = await gateway.next('unlock');
    await gateway.ack(command);
    await gateway.challenge(command, '00'.repeat(8));
    await gateway.next('token');
    await gateway.report(command, {});
    expect(await team.client.attempts.waitFor(attempt.id)).toMatchObject({ state: 'confirmed' });
  }

  it('T15: carries unlocks each way, each message once', async () => {
    expect(enrolled.mqttUrl).toBe(near.url);
    const gateway = await arrive();
    for (let round = 0; round < 10; round++) await roundTrip(gateway);
    expect(gateway.received.map(({ type }) => type)).toEqual(Array(10).fill(['unlock', 'token']).flat());
    const facts: string[] = [];
    const { client } = hotel.people.owner;
    for await (const { type } of client.events.listAll({ propertyId: hotel.property.id })) {
      if (type.startsWith('attempt.')) facts.push(type);
    }
    const life = ['attempt.accepted', 'attempt.sent', 'attempt.acknowledged', 'attempt.confirmed'];
    expect(facts).toEqual(Array(10).fill(life).flat());
    await gateway[Symbol.asyncDispose]();
  }, 120_000);

  it('keeps at the gateway’s broker what locks shall obey, and forgets there what the portal takes back', async () => {
    const propertyId = hotel.property.id;
    const { client } = hotel.people.organization_owner;
    const { keys } = createRealLock(test.clock);
    const topic = gatewayTopic(addressOf(enrolled), { desired: keys.tag });
    const { id: entranceId } = await client.entrances.create({ propertyId, name: 'Suite' });
    const { id: deviceId } = await client.devices.create({
      ...{ propertyId, kind: 'lock', name: 'Suite', entranceId, ...keys },
    });
    const { id: holderId } = await client.guests.create({ propertyId, name: 'Gus' });
    const whole = { startsAt: new Date(test.clock.now() - 3_600_000).toISOString(), endsAt: null };
    const { id: keyId } = await client.keys.create({ propertyId, holderId, entranceIds: [entranceId], ...whole });
    await client.credentials.create({ keyId, kind: 'door_code', digits: '246810' });
    const isKept = async (): Promise<number> => {
      const gateway = await connectCertified(enrolled);
      const found: string[] = [];
      gateway.on('message', (at, _payload, { retain }) => retain && found.push(at));
      await gateway.subscribeAsync(gatewayTopicFilter(addressOf(enrolled), 'desired'), { qos: 1 });
      // What is kept was sent before the answer to what is asked after it.
      await gateway.subscribeAsync(gatewayTopic(addressOf(enrolled), 'cmd'), { qos: 1 });
      await gateway.endAsync();
      return found.filter((at) => at === topic).length;
    };
    await expect.poll(isKept, soon).toBe(1);
    await hotel.people.installer.client.devices.remove({ deviceId });
    await expect.poll(isKept, soon).toBe(0);
  }, 120_000);

  it('T15: brings no command late that was sent while the bridge was down', async () => {
    const { client } = hotel.people.team;
    const before = await arrive();
    await near.mosquitto.kill();
    // The portal cannot know yet.
    const lost = await client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
    expect(lost.state).toBe('sent');
    await before[Symbol.asyncDispose]();
    await near.mosquitto.start();
    const after = await arrive();
    await roundTrip(after);
    const { id } = lost;
    expect(after.received.filter((command) => 'attemptId' in command && command.attemptId === id)).toEqual([]);
    test.clock.advance(15_001);
    await test.portal.sweep();
    expect(await client.attempts.get({ attemptId: id })).toMatchObject({ state: 'expired' });
    await after[Symbol.asyncDispose]();
  }, 120_000);

  it('T16: brings what a gateway reports while the portal’s broker is away, once', async () => {
    const { client } = hotel.people.team;
    const gateway = await arrive();
    const attempt = await client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
    const command = await gateway.next('unlock');
    await far.mosquitto.kill();
    await gateway.report(command, {});
    await far.mosquitto.start();
    expect(await client.attempts.waitFor(attempt.id, { timeoutMs: 60_000 })).toMatchObject({ state: 'confirmed' });
    await gateway[Symbol.asyncDispose]();
  }, 120_000);
});
