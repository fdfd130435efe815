import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Client, createClient } from '@latchwork/client';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import {
  createAir,
  createSimulatedLock,
  type SimulatedLock,
  serveAir,
  startMailCatcher,
  startProgram,
} from '@latchwork/testing';

/** A hostel with one door, a housekeeper with a Key for it, and everything running that moves its bolt. */
export interface TestWorld extends AsyncDisposable {
  readonly portalUrl: string;
  readonly owner: Client;
  readonly organizationId: string;
  readonly propertyId: string;
  readonly entranceId: string;
  readonly keyId: string;
  readonly lock: SimulatedLock;
  readonly housekeeper: { readonly id: string; readonly email: string; readonly password: string };
}

const require = createRequire(import.meta.url);
const password = 'correct horse battery staple';
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Starts portal and gateway as programs of their own, with a simulated lock on a virtual air between them. */
export async function startTestWorld(): Promise<TestWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'latchwork-housekeeping-'));
  const running: AsyncDisposable[] = [];
  const use = <Part extends AsyncDisposable>(part: Part): Part => {
    running.push(part);
    return part;
  };
  const stop = async () => {
    for (const part of running.splice(0).reverse()) await part[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await furnish(folder, use)), [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function furnish(
  folder: string,
  use: <Part extends AsyncDisposable>(part: Part) => Part,
): Promise<Omit<TestWorld, typeof Symbol.asyncDispose>> {
  const mails = use(await startMailCatcher());
  const portal = use(
    await startProgram({
      entry: require.resolve('@latchwork/portal/dist/main.js'),
      readyLine: 'portal ready',
      env: {
        LATCHWORK_DATA_DIR: join(folder, 'portal'),
        LATCHWORK_HTTP_PORT: '0',
        LATCHWORK_MQTT_PORT: '0',
        LATCHWORK_SMTP_URL: mails.url,
      },
    }),
  );
  const [portalUrl, mqttUrl] = [portal.said('httpUrl'), portal.said('mqttUrl')];
  const operatorKey = readFileSync(join(folder, 'portal', 'operator.key'), 'utf8').trim();
  const accept = async (email: string): Promise<Client> => {
    const mail = await mails.waitFor(({ recipients }) => recipients.includes(email));
    const link = mail.links.find((each) => each.includes('#token=')) ?? '';
    const token = new URL(link).hash.replace('#token=', '');
    const anybody = createClient({ baseUrl: portalUrl });
    await anybody.accountSetups.complete({ token, name: email.split('@')[0] ?? email, password });
    const session = await anybody.sessions.create({ email, password, channel: 'portal_app' });
    return createClient({ baseUrl: portalUrl, token: session.token });
  };

  const made = await createClient({ baseUrl: portalUrl, token: operatorKey }).organizations.create({
    name: 'Lighthouse Hostel',
    owner: { email: 'olivia@lighthouse.example' },
  });
  const organizationId = made.organization.id;
  const owner = await accept('olivia@lighthouse.example');
  const property = await owner.properties.create({ organizationId, name: 'Lighthouse', timeZone: 'Europe/Lisbon' });
  const propertyId = property.id;

  const crypto = createNodeCrypto();
  const air = createAir();
  const { rootPublicKey, property: tag, epoch } = property.lockTrust;
  const trust = { rootPublicKey: Buffer.from(rootPublicKey, 'hex'), property: Buffer.from(tag, 'hex'), epoch };
  const lock = use(await createSimulatedLock({ air, address: 'c0:00:00:00:02:01', crypto, trust }));
  const socketPath = join(folder, 'hci.sock');
  use(await serveAir(air, { socketPath }));
  const entrance = await owner.entrances.create({ propertyId, name: 'Room 7' });
  await owner.devices.create({
    propertyId,
    kind: 'lock',
    name: 'Lock 7',
    entranceId: entrance.id,
    tag: hex(lock.tag),
    publicKey: hex(lock.publicKey),
    identityPublicKey: hex(lock.identityPublicKey),
  });
  const { gateway, secret } = await owner.gateways.create({ propertyId, name: 'Reception' });
  use(
    await startProgram({
      entry: require.resolve('@latchwork/gateway/dist/main.js'),
      readyLine: 'gateway started',
      env: {
        LATCHWORK_DATA_DIR: join(folder, 'gateway'),
        LATCHWORK_HTTP_PORT: '0',
        LATCHWORK_MQTT_URL: mqttUrl,
        LATCHWORK_ORGANIZATION_ID: organizationId,
        LATCHWORK_PROPERTY_ID: propertyId,
        LATCHWORK_GATEWAY_ID: gateway.id,
        LATCHWORK_GATEWAY_SECRET: secret,
        NODE_OPTIONS: `--require=${require.resolve('@latchwork/testing/preload')}`,
        LATCHWORK_HCI_SOCKET: socketPath,
      },
    }),
  );
  while (!(await owner.gateways.get({ gatewayId: gateway.id })).online) await pause(50);

  const email = 'hanna@lighthouse.example';
  await owner.invitations.createForProperty({ propertyId, emails: [email], role: 'housekeeping' });
  const { member } = await (await accept(email)).me();
  const key = await owner.keys.create({
    propertyId,
    holderId: member.id,
    entranceIds: [entrance.id],
    startsAt: '2026-01-01T00:00:00Z',
    endsAt: null,
  });
  return {
    portalUrl,
    owner,
    organizationId,
    propertyId,
    entranceId: entrance.id,
    keyId: key.id,
    lock,
    housekeeper: { id: member.id, email, password },
  };
}
