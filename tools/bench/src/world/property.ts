import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, createClient } from '@latchwork/client';
import type { GatewayAddress, Property } from '@latchwork/contract';
import { freePort, startMailCatcher } from '@latchwork/testing';
import { isOk, type Processes, preload, until } from './processes.js';

/** What an air says of one simulated lock; byte strings are hex. */
export interface LockFacts {
  readonly tag: string;
  readonly publicKey: string;
  readonly identityPublicKey: string;
}

/** A portal and a gateway, each in a process of its own, with an owner whose key opens every door. */
export interface BenchProperty {
  readonly app: Client;
  readonly propertyId: string;
  readonly entranceIds: readonly string[];
  /** Whose messages the gateway takes. */
  readonly address: GatewayAddress;
  readonly gateway: ChildProcess;
  /** Health of the gateway. */
  readonly gatewayUrl: string;
  /** Starts the gateway once more, on the data and in the name of the one that was stopped. */
  startGateway(o?: { readonly mqttUrl?: string }): ChildProcess;
}

/** Starts portal and gateway, and sets up a property with these locks. */
export async function startBenchProperty(o: {
  readonly processes: Processes;
  readonly locks: readonly LockFacts[];
  /** The adapters of the air. */
  readonly socketPath: string;
  readonly commission: (trust: Property['lockTrust']) => Promise<void>;
}): Promise<BenchProperty> {
  const { processes } = o;
  const { folder } = processes;
  const [httpPort, mqttPort, gatewayPort] = [await freePort(), await freePort(), await freePort()];
  const baseUrl = `http://127.0.0.1:${httpPort}`;
  const portalDir = join(folder, 'portal');
  const mails = await startMailCatcher();
  processes.program('packages/portal/dist/main.js', {
    LATCHWORK_DATA_DIR: portalDir,
    LATCHWORK_HTTP_PORT: String(httpPort),
    LATCHWORK_MQTT_PORT: String(mqttPort),
    LATCHWORK_SMTP_URL: mails.url,
  });
  await until(() => isOk(`${baseUrl}/readyz`));

  const password = 'correct horse battery staple';
  const operator = createClient({ baseUrl, token: readFileSync(join(portalDir, 'operator.key'), 'utf8').trim() });
  const email = 'owner@bench.example';
  const made = await operator.organizations.create({ name: 'Bench', owner: { name: 'Owner', email } });
  const visitor = createClient({ baseUrl });
  const { links } = await mails.waitFor(({ recipients }) => recipients.includes(email));
  await mails.close();
  const setupToken = new URL(links[0] ?? '').hash.replace('#token=', '');
  await visitor.accountSetups.complete({ token: setupToken, password });
  const signedIn = await visitor.sessions.create({ email, password, channel: 'portal_app' });
  const app = createClient({ baseUrl, token: signedIn.token });
  const property = await app.properties.create({
    organizationId: made.organization.id,
    name: 'Bench',
    timeZone: 'Europe/Lisbon',
  });
  const propertyId = property.id;
  await o.commission(property.lockTrust);
  const entranceIds: string[] = [];
  for (const [index, lock] of o.locks.entries()) {
    const entrance = await app.entrances.create({ propertyId, name: `Room ${index}` });
    await app.devices.create({ propertyId, kind: 'lock', name: `Lock ${index}`, entranceId: entrance.id, ...lock });
    entranceIds.push(entrance.id);
  }
  await app.keys.create({
    propertyId,
    holderId: made.owner.id,
    entranceIds,
    startsAt: new Date(Date.now() - 60_000).toISOString(),
    endsAt: null,
  });
  const { gateway, secret, mqttUrl } = await app.gateways.create({ propertyId, name: 'Bench' });
  const startGateway: BenchProperty['startGateway'] = (told = {}) =>
    processes.program(
      'gateway/bin/latchwork-gateway.js',
      {
        LATCHWORK_DATA_DIR: join(folder, 'gateway'),
        LATCHWORK_HTTP_PORT: String(gatewayPort),
        LATCHWORK_MQTT_URL: told.mqttUrl ?? mqttUrl,
        LATCHWORK_ORGANIZATION_ID: made.organization.id,
        LATCHWORK_PROPERTY_ID: propertyId,
        LATCHWORK_GATEWAY_ID: gateway.id,
        LATCHWORK_GATEWAY_SECRET: secret,
        LATCHWORK_HCI_SOCKET: o.socketPath,
        NODE_OPTIONS: `--require=${preload}`,
      },
      'pipe',
    );
  const running = startGateway();
  running.stdout?.resume();
  const gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
  await until(() => isOk(`${gatewayUrl}/readyz`));
  await until(async () => (await app.gateways.get({ gatewayId: gateway.id })).online);
  const address = { organizationId: made.organization.id, propertyId, gatewayId: gateway.id } as GatewayAddress;
  return { app, propertyId, entranceIds, address, gateway: running, gatewayUrl, startGateway };
}
