import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@latchwork/client';
import { freePort, startMailCatcher } from '@latchwork/testing';
import type { AirConfig, AirReply, AirRequest, BareReply, BareSpans } from './messages.js';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const tsx = ['--conditions=source', '--import', 'tsx'];

/** Portal, gateway, air and bare noble, each in a process of its own, with everything set up for unlocks. */
export interface World {
  readonly app: Client;
  readonly entranceIds: readonly string[];
  /** One connect and two round trips by bare noble with the echo peripheral of this index. */
  bare(index: number): Promise<BareSpans>;
  /** How often the bolts moved, all locks together. */
  boltMoves(): Promise<number>;
  close(): Promise<void>;
}

/** Starts a world whose locks and echo peripherals advertise at one interval. */
export async function startWorld(count: number, intervalMs: number): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'latchwork-bench-'));
  const socketPath = join(folder, 'hci.sock');
  const children: ChildProcess[] = [];
  const close = async () => {
    for (const child of children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await Promise.race([exited, wait(5_000).then(() => child.kill('SIGKILL'))]);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const log = openSync(join(folder, 'log'), 'a');
  const program = (entry: string, env: Record<string, string>) => {
    const child = spawn(process.execPath, [join(root, entry)], {
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
    });
    children.push(child);
    return child;
  };

  const airConfig: AirConfig = { socketPath, count, intervalMs };
  const air = fork(join(root, 'tools/bench/src/unlock/air.ts'), [JSON.stringify(airConfig)], { execArgv: tsx });
  children.push(air);
  const airReady = await reply<AirReply, 'ready'>(air, 'ready');

  const [httpPort, mqttPort, gatewayPort] = [await freePort(), await freePort(), await freePort()];
  const baseUrl = `http://127.0.0.1:${httpPort}`;
  const portalDir = join(folder, 'portal');
  const mails = await startMailCatcher();
  program('packages/portal/dist/main.js', {
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
  const request: AirRequest = { type: 'commission', ...property.lockTrust };
  air.send(request);
  await reply<AirReply, 'commissioned'>(air, 'commissioned');
  const entranceIds: string[] = [];
  for (const [index, lock] of airReady.locks.entries()) {
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
  const preload = fileURLToPath(import.meta.resolve('@latchwork/testing/preload'));
  program('gateway/dist/main.js', {
    LATCHWORK_DATA_DIR: join(folder, 'gateway'),
    LATCHWORK_HTTP_PORT: String(gatewayPort),
    LATCHWORK_MQTT_URL: mqttUrl,
    LATCHWORK_ORGANIZATION_ID: made.organization.id,
    LATCHWORK_PROPERTY_ID: propertyId,
    LATCHWORK_GATEWAY_ID: gateway.id,
    LATCHWORK_GATEWAY_SECRET: secret,
    LATCHWORK_HCI_SOCKET: socketPath,
    NODE_OPTIONS: `--require=${preload}`,
  });
  await until(() => isOk(`http://127.0.0.1:${gatewayPort}/readyz`));
  await until(async () => (await app.gateways.get({ gatewayId: gateway.id })).online);

  const bare = fork(join(root, 'tools/bench/src/unlock/bare.ts'), [String(count)], {
    execArgv: [...tsx, `--require=${preload}`],
    env: { ...process.env, LATCHWORK_HCI_SOCKET: socketPath },
  });
  children.push(bare);
  await reply<BareReply, 'ready'>(bare, 'ready');

  return {
    app,
    entranceIds,
    bare(index) {
      bare.send({ address: airReady.echoes[index] });
      return reply<BareReply, 'done'>(bare, 'done');
    },
    async boltMoves() {
      air.send({ type: 'moves' } satisfies AirRequest);
      const { boltMoves } = await reply<AirReply, 'moves'>(air, 'moves');
      return boltMoves.reduce((sum, moves) => sum + moves, 0);
    },
    close,
  };
}

function reply<Reply extends { readonly type: string }, Type extends Reply['type']>(child: ChildProcess, type: Type) {
  return new Promise<Extract<Reply, { readonly type: Type }>>((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`a bench process ended with ${code}`));
    const onMessage = (message: unknown) => {
      const answer = message as Extract<Reply, { readonly type: Type }>;
      if (answer.type !== type) return;
      child.off('message', onMessage).off('exit', onExit);
      resolve(answer);
    };
    child.on('message', onMessage).once('exit', onExit);
  });
}

async function isOk(url: string): Promise<boolean> {
  return (await fetch(url).catch(() => undefined))?.ok === true;
}

async function until(check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_200; tries += 1) {
    if (await check()) return;
    await wait(50);
  }
  throw new Error('the bench world did not come up within a minute');
}
