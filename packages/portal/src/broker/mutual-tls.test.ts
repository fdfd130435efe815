import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type GatewayAddress,
  type GatewayMessageKind,
  gatewayTopic,
  gatewayTopicFilter,
  gatewayTopicKinds,
  gatewayTopicPrefix,
  gatewayTopicTraits,
} from '@latchwork/contract';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import type { MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createSealer } from '../access/sealer.js';
import {
  type CertifiedBroker,
  type CertifiedGateway,
  connectCertified,
  makeRequest,
  startCertifiedBroker,
} from '../harness/certified-broker.test-rig.js';
import { missingMosquitto } from '../harness/mosquitto.test-rig.js';
import { buildSampleHotel, giveKey, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { connectGateway } from '../harness/scripted-gateway.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { Secret } from '../secret.js';
import { createBrokerAuthority } from './broker-authority.js';

const soon = { timeout: 30_000 };
const tag = 'a1a2a3a4a5a6a7a8';
const everyKind = gatewayTopicKinds({});

describe.skipIf(missingMosquitto !== '')(`mosquitto with mutual TLS ${missingMosquitto}`, () => {
  let broker: CertifiedBroker;
  let test: TestPortal;
  let hotel: SampleHotel;
  const clients: MqttClient[] = [];

  beforeAll(async () => {
    broker = await startCertifiedBroker();
    const { url, dataDir } = broker;
    test = await startTestPortal({
      dataDir,
      config: {
        broker: { url, publicUrl: url, username: 'latchwork-portal', password: undefined, caFile: undefined },
      },
    });
    hotel = await buildSampleHotel(test);
    await giveKey(test, hotel, hotel.people.team.id);
  }, 60_000);
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.endAsync(true);
  });
  afterAll(async () => {
    await test?.[Symbol.asyncDispose]();
    await broker?.[Symbol.asyncDispose]();
  });

  const installer = () => hotel.people.installer.client;

  /** Enrolls a gateway, as its installer does with the code that the property shows. */
  async function enroll(gatewayId: string): Promise<CertifiedGateway> {
    const { code } = await installer().gateways.createEnrollmentCode({ gatewayId });
    const { request, privateKey } = await makeRequest();
    return { ...(await test.client().gateways.enroll({ code, request })), privateKey };
  }
  async function newGateway(): Promise<CertifiedGateway> {
    const made = await installer().gateways.create({ propertyId: hotel.property.id, name: 'Attic' });
    return await enroll(made.gateway.id);
  }
  async function connect(...[as, options]: Parameters<typeof connectCertified>): Promise<MqttClient> {
    const client = await connectCertified(as, options);
    clients.push(client);
    return client;
  }
  const addressOf = ({ organizationId, propertyId, gatewayId }: CertifiedGateway): GatewayAddress => ({
    ...{ organizationId, propertyId, gatewayId },
  });
  const topicOf = (as: CertifiedGateway, kind: GatewayMessageKind) =>
    gatewayTopicFilter(addressOf(as), kind).replace('+', tag);
  const statusText = (online: boolean) => JSON.stringify({ v: 1, online, bootId: 'b1', at: Date.now() });
  const isOnline = async (gatewayId: string) => (await installer().gateways.get({ gatewayId })).online;
  /** Says that it is there, and waits until the portal knows. */
  async function announce(as: CertifiedGateway, client: MqttClient): Promise<void> {
    const topic = gatewayTopic(addressOf(as), 'status');
    await client.publishAsync(topic, statusText(true), { qos: 1, retain: true });
    await expect.poll(async () => await isOnline(as.gatewayId), soon).toBe(true);
  }
  /** A certificate of the portal's own making for anybody, as an evil administrator of the broker would need. */
  async function certifiedAs(commonName: string): Promise<Parameters<typeof connectCertified>[0]> {
    const { projection } = test.portal;
    const sealingKey = new Secret(readFileSync(join(broker.dataDir, 'sealing.key'), 'utf8').trim());
    const sealer = createSealer(createNodeCrypto(), sealingKey);
    const authority = createBrokerAuthority({ projection, sealer, clock: test.clock, ledger: undefined as never });
    const own = await authority.certifyOwn(commonName);
    return { ...own, authority: await authority.certificate(), mqttUrl: broker.url };
  }
  async function reloadRevocations(): Promise<void> {
    const list = await test.send('GET', '/broker/gateways.crl');
    writeFileSync(join(broker.mosquitto.folder, 'gateways.crl'), await list.text());
    await broker.mosquitto.reload();
  }

  it('G35: a gateway enrolls with a code once, and opens a door over the broker', async () => {
    const { id: gatewayId } = hotel.gateway.gateway;
    const { code } = await installer().gateways.createEnrollmentCode({ gatewayId });
    const { request, privateKey } = await makeRequest();
    const typed = code.toLowerCase().replaceAll('-', ' ');
    const enrolled = await test.client().gateways.enroll({ code: typed, request });
    expect(enrolled).toMatchObject({ gatewayId, mqttUrl: broker.url, secret: null });
    await expect(test.client().gateways.enroll({ code, request })).rejects.toMatchObject({
      info: { code: 'enrollment-code-invalid' },
    });
    await using gateway = await connectGateway(hotel, broker.url, {
      ...{ cert: enrolled.certificate, key: privateKey, ca: enrolled.authority },
    });
    await announce({ ...enrolled, privateKey }, gateway.client);
    const attempt = await hotel.people.team.client.unlock({ entranceId: hotel.entrance.id, waitSeconds: 0 });
    const command = await gateway.next('unlock');
    await gateway.report(command, {});
    expect(await hotel.people.team.client.attempts.waitFor(attempt.id)).toMatchObject({ state: 'confirmed' });
  });

  it('T14: a gateway says and hears its own topics, each kind in its direction, and none of another gateway', async () => {
    const [one, two] = [await newGateway(), await newGateway()];
    const heard = { one: [] as string[], two: [] as string[], portal: [] as string[] };
    const first = await connect(one);
    const second = await connect(two);
    for (const [name, client] of [
      ['one', first],
      ['two', second],
    ] as const) {
      client.on('message', (topic) => heard[name].push(topic));
      // Granted or not: what counts is what comes.
      for (const filter of ['#', 'olp/#', `${gatewayTopicPrefix(addressOf(one))}/#`, '$SYS/#', '$share/all/olp/#']) {
        await client.subscribeAsync(filter, { qos: 1 }).catch(() => undefined);
      }
    }
    // The portal's place: it may do everything, and its own connection comes back afterwards.
    const portal = await connect(await certifiedAs('latchwork-portal'));
    portal.on('message', (topic) => heard.portal.push(topic));
    await portal.subscribeAsync('olp/#', { qos: 1 });
    const mark = async (): Promise<void> => {
      await first.publishAsync(topicOf(one, 'ack'), 'mark', { qos: 1 });
      await second.publishAsync(topicOf(two, 'ack'), 'mark', { qos: 1 });
      await portal.publishAsync(topicOf(one, 'cmd'), 'mark', { qos: 1 });
      await portal.publishAsync(topicOf(two, 'cmd'), 'mark', { qos: 1 });
      await expect.poll(() => heard.one.includes(topicOf(one, 'cmd')), soon).toBe(true);
      await expect.poll(() => heard.two.includes(topicOf(two, 'cmd')), soon).toBe(true);
      await expect.poll(() => [one, two].every((as) => heard.portal.includes(topicOf(as, 'ack'))), soon).toBe(true);
    };
    for (const kind of everyKind) {
      await portal.publishAsync(topicOf(one, kind), 'x', { qos: 1 });
      await second.publishAsync(topicOf(one, kind), 'x', { qos: 1 });
    }
    await mark();
    const fromPortal = gatewayTopicKinds({ from: 'portal' }).map((kind) => topicOf(one, kind));
    expect([...new Set(heard.one)].sort()).toEqual([...fromPortal].sort());
    expect([...new Set(heard.two)]).toEqual([topicOf(two, 'cmd')]);
    // Each once from the portal itself, and never from the other gateway.
    const counts = (topic: string) => heard.portal.filter((each) => each === topic).length;
    for (const kind of everyKind) {
      expect([kind, counts(topicOf(one, kind))]).toEqual([kind, kind === 'ack' || kind === 'cmd' ? 2 : 1]);
    }
    heard.portal.splice(0);
    for (const kind of everyKind) await first.publishAsync(topicOf(one, kind), 'x', { qos: 1 });
    await mark();
    const reports = gatewayTopicKinds({ from: 'gateway' }).map((kind) => topicOf(one, kind));
    const ofOne = heard.portal.filter((topic) => topic.startsWith(gatewayTopicPrefix(addressOf(one))));
    expect([...new Set(ofOne)].sort()).toEqual([...reports, topicOf(one, 'cmd')].sort());
  });

  it("T14: no certificate takes over another's client id, nor comes in without one or with a stranger's", async () => {
    const [victim, thief] = [await newGateway(), await newGateway()];
    const client = await connect(victim, { clientId: victim.gatewayId });
    let closed = false;
    client.on('close', () => {
      closed = true;
    });
    const stolen = await connect(thief, { clientId: victim.gatewayId, clean: false });
    const heard: string[] = [];
    stolen.on('message', (topic) => heard.push(topic));
    await stolen.subscribeAsync(gatewayTopic(addressOf(victim), 'cmd')).catch(() => undefined);
    await client.subscribeAsync(gatewayTopic(addressOf(victim), 'cmd'));
    await announce(victim, client);
    const received = new Promise<string>((resolve) => client.once('message', resolve));
    const portal = await connect(await certifiedAs('latchwork-portal'));
    await portal.publishAsync(gatewayTopic(addressOf(victim), 'cmd'), 'x', { qos: 1 });
    expect(await received).toBe(gatewayTopic(addressOf(victim), 'cmd'));
    expect([closed, heard]).toEqual([false, []]);

    const { authority, mqttUrl } = victim;
    const bare = { authority, mqttUrl, certificate: undefined as never, privateKey: undefined as never };
    await expect(connect(bare)).rejects.toThrow();
    await expect(connect({ ...victim, privateKey: thief.privateKey })).rejects.toThrow();
  });

  it('T14: a removed gateway is cut off, with its will, what was kept for it and its session; its certificate opens nothing', async () => {
    const gone = await newGateway();
    const address = addressOf(gone);
    const will = {
      topic: gatewayTopic(address, 'status'),
      payload: Buffer.from(statusText(false)),
      qos: 1,
      retain: true,
    };
    const client = await connect(gone, { clientId: gone.gatewayId, clean: false, will: will as never });
    await client.subscribeAsync(gatewayTopic(address, { desired: '+' }), { qos: 1 });
    await announce(gone, client);
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    await installer().gateways.remove({ gatewayId: gone.gatewayId });
    await closed;

    await reloadRevocations();
    await expect(connect(gone)).rejects.toThrow();
    // What the broker still has of it, seen by the one who may see all.
    const portal = await connect(await certifiedAs('latchwork-portal'));
    const kept: string[] = [];
    portal.on('message', (topic, _payload, { retain }) => {
      if (retain && topic.startsWith(gatewayTopicPrefix(address))) kept.push(topic);
    });
    const marked = new Promise<void>((resolve) =>
      portal.on('message', (topic) => topic === 'olp/v1/mark' && resolve()),
    );
    await portal.subscribeAsync('olp/#', { qos: 1 });
    await portal.publishAsync('olp/v1/mark', 'x', { qos: 1 });
    await marked;
    expect(kept).toEqual([]);
    // Others go on, with the list that names the removed one.
    const other = await newGateway();
    expect((await connect(other)).connected).toBe(true);
  });

  it('a certificate is renewed with its own key, until it is replaced by a new enrollment', async () => {
    const made = await newGateway();
    const renewal = async (as: CertifiedGateway, signer = as.privateKey) => {
      const { request, privateKey } = await makeRequest();
      const { sign } = await import('node:crypto');
      const proof = sign('sha256', Buffer.from(request), signer).toString('base64');
      const renewed = await test.client().gateways.renewCertificate({ certificate: as.certificate, request, proof });
      return { ...as, ...renewed, privateKey };
    };
    const refused = { info: { code: 'certificate-refused' } };
    const renewed = await renewal(made);
    expect((await connect(renewed)).connected).toBe(true);
    const stranger = await makeRequest();
    await expect(renewal(made, stranger.privateKey)).rejects.toMatchObject(refused);
    await enroll(made.gatewayId);
    await expect(renewal(made)).rejects.toMatchObject(refused);
    await expect(renewal(renewed)).rejects.toMatchObject(refused);
    await reloadRevocations();
    await expect(connect(renewed)).rejects.toThrow();
  });

  it('the permissions name every topic there is, in its direction', () => {
    const lines = readFileSync(join(broker.mosquitto.folder, 'gateways.acl'), 'utf8').split('\n');
    for (const kind of everyKind) {
      const right = gatewayTopicTraits[kind].from === 'gateway' ? 'write' : 'read';
      expect(lines.filter((line) => new RegExp(`^pattern ${right} .*/gw/%u/${kind}(/\\+)?$`).test(line))).toHaveLength(
        1,
      );
    }
    expect(lines.filter((line) => line.startsWith('pattern'))).toHaveLength(everyKind.length);
  });
});
