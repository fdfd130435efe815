import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient, type LatchworkError } from '@latchwork/client';
import { type GatewayEnrollment, gatewayTopic } from '@latchwork/contract';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { createAir, createSimulatedLock, type SimulatedLock, serveAir } from '@latchwork/testing';
import type { MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createClosingStack } from '../closing-stack.js';
import {
  type CertifiedBroker,
  type CertifiedGateway,
  connectCertified,
  startCertifiedBroker,
} from '../harness/certified-broker.test-rig.js';
import { type GatewayProcess, startGatewayProcess } from '../harness/gateway-process.test-rig.js';
import { missingMosquitto } from '../harness/mosquitto.test-rig.js';
import { type PortalProcess, spawnPortal } from '../harness/portal-process.test-rig.js';
import { buildSampleHotel, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal } from '../harness/test-portal.test-rig.js';

const soon = { timeout: 60_000 };
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** What a gateway keeps of its enrollment. */
type Kept = GatewayEnrollment & { readonly privateKey: string; readonly gotAt: number };

describe.skipIf(missingMosquitto !== '')(`a portal, a gateway and mosquitto as programs ${missingMosquitto}`, () => {
  const open = createClosingStack();
  let broker: CertifiedBroker;
  let portal: PortalProcess;
  let hotel: SampleHotel;
  let lock: SimulatedLock;
  let socketPath: string;
  let entranceId: string;
  let gateway: GatewayProcess | undefined;
  const clients: MqttClient[] = [];
  const opened: string[] = [];

  const at = ({ token }: { readonly token: string }): Client => createClient({ baseUrl: portal.httpUrl, token });
  const installer = () => at(hotel.people.installer);
  const team = () => at(hotel.people.team);
  const folder = (): string => {
    const path = mkdtempSync(join(tmpdir(), 'latchwork-programs-'));
    open.defer(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };
  const keptIn = (dataDir: string): Kept => JSON.parse(readFileSync(join(dataDir, 'enrollment.json'), 'utf8')) as Kept;

  /** Enrolls as an installer does: a code from the portal, typed at the gateway's own machine. */
  async function enroll(gatewayId: string): Promise<string> {
    const { code } = await installer().gateways.createEnrollmentCode({ gatewayId });
    const dataDir = folder();
    const enrolling = startGatewayProcess({ dataDir, args: ['enroll', portal.httpUrl, code] });
    expect([await enrolling.ended, enrolling.log.join('\n')]).toEqual([0, expect.stringContaining(gatewayId)]);
    return dataDir;
  }
  async function newGateway(): Promise<string> {
    const place = { propertyId: hotel.property.id, name: 'Attic' };
    return await enroll((await installer().gateways.create(place)).gateway.id);
  }
  const isOnline = async () => (await installer().gateways.get({ gatewayId: hotel.gateway.gateway.id })).online;
  async function startGateway(dataDir: string): Promise<GatewayProcess> {
    await gateway?.[Symbol.asyncDispose]();
    await expect.poll(isOnline, soon).toBe(false);
    gateway = startGatewayProcess({ dataDir, hciSocket: socketPath });
    await gateway.said('"broker connected"');
    await gateway.said('"radio ready"');
    await expect.poll(isOnline, soon).toBe(true);
    return gateway;
  }
  async function unlock(): Promise<void> {
    const before = opened.length;
    const attempt = await team().unlock({ entranceId, deadlineMs: 30_000, waitSeconds: 30 });
    expect(attempt).toMatchObject({ state: 'confirmed', code: 'ok', toldBy: 'gateway' });
    expect(opened).toHaveLength(before + 1);
  }
  async function connect(...[as, options]: Parameters<typeof connectCertified>): Promise<MqttClient> {
    const client = await connectCertified(as, options);
    clients.push(client);
    return client;
  }
  const certifiedIn = (dataDir: string): CertifiedGateway => keptIn(dataDir);
  const cmdOf = ({ organizationId, propertyId, gatewayId }: CertifiedGateway) =>
    gatewayTopic({ organizationId, propertyId, gatewayId }, 'cmd');
  async function reloadRevocations(): Promise<void> {
    const list = await fetch(`${portal.httpUrl}/broker/gateways.crl`);
    writeFileSync(join(broker.mosquitto.folder, 'gateways.crl'), await list.text());
    await broker.mosquitto.reload();
  }

  beforeAll(async () => {
    broker = open.use(await startCertifiedBroker());
    const { dataDir } = broker;
    // A portal in this process makes the people, for it has their mails; the one that is asked later is a program.
    const maker = await startTestPortal({ dataDir });
    hotel = await buildSampleHotel(maker);
    const owner = hotel.people.owner.client;
    const propertyId = hotel.property.id;
    const air = createAir();
    open.defer(() => air.close());
    const storagePath = join(folder(), 'lock.flash');
    lock = await createSimulatedLock({
      ...{ air, crypto: createNodeCrypto(), address: 'c0:00:00:00:05:01', storagePath, advertisingIntervalMs: 100 },
    });
    open.defer(async () => await lock.close());
    socketPath = join(folder(), 'hci.sock');
    open.use(await serveAir(air, { socketPath }));
    lock.events.on('bolt', ({ commandId }) => {
      if (commandId !== undefined) opened.push(hex(commandId));
    });
    const { lockTrust } = await owner.properties.get({ propertyId });
    await lock.commission({
      rootPublicKey: Buffer.from(lockTrust.rootPublicKey, 'hex'),
      property: Buffer.from(lockTrust.property, 'hex'),
      epoch: lockTrust.epoch,
    });
    entranceId = (await owner.entrances.create({ propertyId, name: 'Attic' })).id;
    await hotel.people.organization_owner.client.devices.create({
      ...{ propertyId, kind: 'lock', name: 'Attic', entranceId, tag: hex(lock.tag) },
      ...{ publicKey: hex(lock.publicKey), identityPublicKey: hex(lock.identityPublicKey) },
    });
    await owner.keys.create({
      ...{ propertyId, holderId: hotel.people.team.id, entranceIds: [entranceId], endsAt: null },
      startsAt: new Date(Date.now() - 3_600_000).toISOString(),
    });
    await maker[Symbol.asyncDispose]();
    const started = await spawnPortal(dataDir, { env: { LATCHWORK_MQTT_URL: broker.url } });
    if (!('child' in started)) throw new Error(started.stderr);
    portal = started;
    open.defer(async () => {
      portal.child.kill('SIGKILL');
      await once(portal.child, 'exit');
    });
  }, 180_000);
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.endAsync(true);
  });
  afterAll(async () => {
    await gateway?.[Symbol.asyncDispose]();
    await open[Symbol.asyncDispose]();
  });

  it('G35: what one code has enrolled opens the door, and no other setting is needed', async () => {
    await startGateway(await enroll(hotel.gateway.gateway.id));
    await unlock();
  }, 180_000);

  it("T14: a stranger's certificate, another gateway's, one whose gateway was removed: nothing is delivered", async () => {
    const honest = await enroll(hotel.gateway.gateway.id);
    await startGateway(honest);
    const victim = certifiedIn(honest);
    const spyDir = await newGateway();
    const spy = certifiedIn(spyDir);
    // An installation of somebody else's, whose authority names whom it likes.
    await using strangers = await startCertifiedBroker();
    const forged = {
      certificate: readFileSync(join(strangers.mosquitto.folder, 'server.pem'), 'utf8'),
      privateKey: readFileSync(join(strangers.mosquitto.folder, 'server.key'), 'utf8'),
    };
    await expect(connect({ ...victim, ...forged }, { clientId: victim.gatewayId })).rejects.toThrow();

    // It asks for the other's place, and gets its own.
    const taking = await connect(spy, { clientId: victim.gatewayId, clean: false });
    const heard: string[] = [];
    taking.on('message', (topic) => heard.push(topic));
    for (const filter of ['#', 'olp/#', cmdOf(victim)]) await taking.subscribeAsync(filter, { qos: 1 });
    await unlock();
    expect(heard).toEqual([]);
    expect(gateway?.log.filter((line) => line.includes('"broker connection lost"'))).toEqual([]);

    const cutOff = new Promise<void>((resolve) => taking.once('close', () => resolve()));
    await installer().gateways.remove({ gatewayId: spy.gatewayId });
    await cutOff;
    await reloadRevocations();
    await expect(connect(spy)).rejects.toThrow();
    await using removed = startGatewayProcess({ dataDir: spyDir });
    await removed.said('"broker not reached"');
    await unlock();
    expect(removed.log.filter((line) => line.includes('"broker connected"'))).toEqual([]);
  }, 240_000);

  it('a certificate is renewed while the gateway runs, and is what it comes back with', async () => {
    const dataDir = await enroll(hotel.gateway.gateway.id);
    const first = keptIn(dataDir);
    // As if got so long ago that two thirds of its life pass some seconds after the start.
    const dueAt = Date.now() + 12_000;
    const gotAt = 3 * dueAt - 2 * Date.parse(first.expiresAt);
    writeFileSync(join(dataDir, 'enrollment.json'), JSON.stringify({ ...first, gotAt }));
    const running = await startGateway(dataDir);
    await unlock();
    await running.said('"certificate renewed"');
    const renewed = keptIn(dataDir);
    expect([renewed.certificate === first.certificate, renewed.privateKey === first.privateKey]).toEqual([
      false,
      false,
    ]);
    await unlock();
    expect(running.log.filter((line) => line.includes('"broker connection lost"'))).toEqual([]);
    await broker.mosquitto.kill();
    await running.said('"broker connection lost"');
    await broker.mosquitto.start();
    await expect.poll(() => running.log.filter((line) => line.includes('"broker connected"')).length, soon).toBe(2);
    // Until the portal is back there too it refuses at once, and nothing of that is sent later.
    const before = opened.length;
    const asked = async () =>
      await team()
        .unlock({ entranceId, deadlineMs: 30_000, waitSeconds: 30 })
        .then(
          ({ state }) => state,
          (error: unknown) => (error as LatchworkError).info.code,
        );
    await expect.poll(asked, { ...soon, interval: 500 }).toBe('confirmed');
    expect(opened).toHaveLength(before + 1);
    // An enrollment ends every certificate before it, the renewed one too.
    await enroll(hotel.gateway.gateway.id);
    await reloadRevocations();
    await expect(connect(renewed)).rejects.toThrow();
  }, 240_000);
});
