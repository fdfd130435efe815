import { connect as connectTls } from 'node:tls';
import { gatewayTopic } from '@latchwork/contract';
import type { MqttClient } from 'mqtt';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CertifiedGateway, connectCertified, makeRequest } from '../harness/certified-broker.test-rig.js';
import { buildSampleHotel, giveKey, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { connectGateway } from '../harness/scripted-gateway.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { makeAuthority, openAuthority } from './certificate-authority.js';
import { startEmbeddedListener } from './embedded-listener.js';

describe('the embedded broker with TLS', () => {
  let test: TestPortal;
  let hotel: SampleHotel;
  const clients: MqttClient[] = [];

  beforeAll(async () => {
    const mqtt = { host: '127.0.0.1', port: 0, tlsHosts: ['localhost', '127.0.0.1'], publicUrl: undefined };
    test = await startTestPortal({ config: { mqtt } });
    hotel = await buildSampleHotel(test);
    await giveKey(test, hotel, hotel.people.team.id);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.endAsync(true);
  });
  afterAll(async () => {
    await test?.[Symbol.asyncDispose]();
  });

  async function enroll(gatewayId: string): Promise<CertifiedGateway> {
    const { code } = await hotel.people.installer.client.gateways.createEnrollmentCode({ gatewayId });
    const { request, privateKey } = await makeRequest();
    return { ...(await test.client().gateways.enroll({ code, request })), privateKey };
  }
  async function newGateway(): Promise<CertifiedGateway> {
    const place = { propertyId: hotel.property.id, name: 'Attic' };
    const made = await hotel.people.installer.client.gateways.create(place);
    return await enroll(made.gateway.id);
  }
  async function connect(...[as, options]: Parameters<typeof connectCertified>): Promise<MqttClient> {
    const client = await connectCertified(as, options);
    clients.push(client);
    return client;
  }
  const ending = async (client: MqttClient) => await new Promise<void>((done) => client.once('close', () => done()));
  const cmdOf = ({ organizationId, propertyId, gatewayId }: CertifiedGateway) =>
    gatewayTopic({ organizationId, propertyId, gatewayId }, 'cmd');
  const certified = ({ certificate, privateKey, authority }: CertifiedGateway) => ({
    ...{ cert: certificate, key: privateKey, ca: authority },
  });

  it('G35: an enrolled gateway is told where it is and whom to believe, and opens a door over it', async () => {
    const enrolled = await enroll(hotel.gateway.gateway.id);
    expect(enrolled).toMatchObject({ mqttUrl: test.portal.mqttUrl, secret: null });
    expect(enrolled.mqttUrl).toMatch(/^mqtts:\/\/localhost:\d+$/);
    await using gateway = await connectGateway(hotel, enrolled.mqttUrl, certified(enrolled));
    const attempt = await hotel.people.team.client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
    await gateway.report(await gateway.next('unlock'), {});
    expect(await hotel.people.team.client.attempts.waitFor(attempt.id)).toMatchObject({ state: 'confirmed' });
  });

  it("T14: neither a secret, nor a stranger's certificate, nor another's client id lets anybody in", async () => {
    const [one, two] = [await newGateway(), await newGateway()];
    const { gateway, secret } = hotel.gateway;
    const { authority, mqttUrl } = one;
    const byPassword = { clientId: gateway.id, username: gateway.id, password: secret };
    const bare = { authority, mqttUrl, certificate: undefined as never, privateKey: undefined as never };
    await expect(connect(bare, byPassword)).rejects.toThrow();
    await expect(connect({ ...one, mqttUrl: mqttUrl.replace('mqtts:', 'mqtt:') }, byPassword)).rejects.toThrow();
    const stranger = await openAuthority(await makeAuthority(test.clock.now()));
    const life = { notBefore: test.clock.now(), notAfter: (test.clock.now() + 3_600_000) as never };
    const forged = await stranger.certifyNew({ commonName: one.gatewayId, use: { kind: 'client' }, ...life });
    await expect(connect({ ...one, ...forged }, { clientId: one.gatewayId })).rejects.toThrow();
    await expect(connect(two, { clientId: one.gatewayId })).rejects.toThrow('Not authorized');
    await expect(connect(two, { clientId: 'anybody' })).rejects.toThrow('Not authorized');
    expect((await connect(one, { clientId: one.gatewayId })).connected).toBe(true);
  });

  it('T14: hears and says its own topics alone; what it says of another ends its connection', async () => {
    const [one, two] = [await newGateway(), await newGateway()];
    const spy = await connect(two, { clientId: two.gatewayId });
    const heard: string[] = [];
    spy.on('message', (topic) => heard.push(topic));
    for (const filter of ['#', 'olp/#', cmdOf(one), '$share/all/olp/#']) {
      await spy.subscribeAsync(filter).catch(() => undefined);
    }
    const enrolled = await enroll(hotel.gateway.gateway.id);
    await using gateway = await connectGateway(hotel, enrolled.mqttUrl, certified(enrolled));
    await hotel.people.team.client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
    await gateway.next('unlock');
    const ended = ending(spy);
    spy.publish(cmdOf(one).replace(/cmd$/, 'ack'), '{}', { qos: 1 });
    await ended;
    expect(heard).toEqual([]);
  });

  it('T14: a certificate that was ended gets nothing more over a connection that stood, and none after', async () => {
    const { id: gatewayId } = hotel.gateway.gateway;
    const before = await enroll(gatewayId);
    const old = await connectGateway(hotel, before.mqttUrl, certified(before));
    const ended = ending(old.client);
    const now = await enroll(gatewayId);
    const refused = hotel.people.team.client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
    await expect(refused).rejects.toMatchObject({ info: { code: 'gateway-offline' } });
    await ended;
    expect(old.received).toEqual([]);
    await expect(connect(before, { clientId: gatewayId })).rejects.toThrow('Not authorized');
    expect((await connect(now, { clientId: gatewayId })).connected).toBe(true);
    const gone = await newGateway();
    const removed = await connect(gone, { clientId: gone.gatewayId });
    await removed.subscribeAsync(cmdOf(gone));
    const cutOff = ending(removed);
    await hotel.people.installer.client.gateways.remove({ gatewayId: gone.gatewayId });
    await cutOff;
    await expect(connect(gone, { clientId: gone.gatewayId })).rejects.toThrow('Not authorized');
  });

  it('goes on with its next certificate without an end of what is connected', async () => {
    const authority = await openAuthority(await makeAuthority(test.clock.now()));
    const life = { notBefore: test.clock.now(), notAfter: (test.clock.now() + 86_400_000) as never };
    const certifyOwn = async (commonName: string, hosts: readonly string[] = []) =>
      await authority.certifyNew({ commonName, use: { kind: 'server', hosts }, ...life });
    const me = await authority.certifyNew({ commonName: 'gw', use: { kind: 'client' }, ...life });
    await using listening = await startEmbeddedListener({
      ...{ host: '127.0.0.1', port: 0, log: pino({ enabled: false }) },
      tls: {
        ...{ hosts: ['127.0.0.1'], renewEveryMs: 20 },
        authority: { certificate: async () => authority.certificate, certifyOwn },
      },
      onSocket: (socket) => socket.on('error', () => undefined).pipe(socket),
    });
    const open = async () => {
      const keys = { cert: me.certificate, key: me.privateKey, ca: authority.certificate };
      const socket = connectTls({ host: '127.0.0.1', port: listening.port, ...keys });
      await new Promise<void>((done, fail) => socket.once('secureConnect', () => done()).once('error', fail));
      return socket;
    };
    const first = await open();
    const serial = first.getPeerX509Certificate()?.serialNumber;
    await expect
      .poll(async () => {
        const next = await open();
        const found = next.getPeerX509Certificate()?.serialNumber;
        next.destroy();
        return found === serial;
      })
      .toBe(false);
    const echoed = new Promise<string>((done) => first.once('data', (data: Buffer) => done(data.toString())));
    first.write('still');
    expect(await echoed).toBe('still');
    first.destroy();
  });
});
