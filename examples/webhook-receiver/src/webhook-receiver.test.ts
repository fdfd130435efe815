import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@latchwork/client';
import type { Event } from '@latchwork/client/webhooks';
import { type MailCatcher, type StartedProgram, startMailCatcher, startProgram } from '@latchwork/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addEndpoint, catchUp } from './add-endpoint.js';
import { createReceiver } from './webhook-receiver.js';

const require = createRequire(import.meta.url);
const entry = require.resolve('@latchwork/portal/dist/main.js');
const password = 'correct horse battery staple';
const email = 'olivia@dunes.example';
const folder = mkdtempSync(join(tmpdir(), 'latchwork-webhooks-'));
const soon = { timeout: 30_000 };

let mails: MailCatcher;
let portal: StartedProgram;
let owner: Client;
let organizationId: string;
let server: Server;
const secrets: string[] = [];
const taken = new Set<string>();
const events: Event[] = [];
let broken = false;

beforeAll(async () => {
  mails = await startMailCatcher();
  const env = {
    LATCHWORK_DATA_DIR: folder,
    LATCHWORK_HTTP_PORT: '0',
    LATCHWORK_MQTT_PORT: '0',
    LATCHWORK_SMTP_URL: mails.url,
    // This receiver is on the same machine, and without TLS.
    LATCHWORK_WEBHOOK_NETWORKS: '127.0.0.0/8',
  };
  portal = await startProgram({ entry, readyLine: 'portal ready', env });
  const baseUrl = portal.said('httpUrl');
  const operator = createClient({ baseUrl, token: readFileSync(join(folder, 'operator.key'), 'utf8').trim() });
  organizationId = (await operator.organizations.create({ name: 'Dunes', owner: { email } })).organization.id;
  const { links } = await mails.waitFor(({ recipients }) => recipients.includes(email));
  const anybody = createClient({ baseUrl });
  const token = new URL(links[0] ?? '').hash.replace('#token=', '');
  await anybody.accountSetups.complete({ token, name: 'Olivia', password });
  const session = await anybody.sessions.create({ email, password, channel: 'dashboard' });
  owner = createClient({ baseUrl, token: session.token });

  const onEvent = async (event: Event) => {
    if (broken) throw new Error('the database of this receiver is away');
    events.push(event);
  };
  server = createReceiver({ secrets, onEvent, taken }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server?.close();
  await portal?.[Symbol.asyncDispose]();
  await mails?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

it('P-15: takes each event once, also what is sent again and what it missed; a stranger’s message is refused', async () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/latchwork`;
  const { webhookEndpointId, secret } = await addEndpoint(owner, organizationId, url);
  secrets.push(secret);
  const property = await owner.properties.create({ organizationId, name: 'North', timeZone: 'Europe/Amsterdam' });
  const propertyId = property.id;
  const door = async (name: string) => await owner.entrances.create({ propertyId, name });
  await door('one');
  await expect.poll(() => events.length, soon).toBe(1);

  broken = true;
  await door('two');
  const failed = async () =>
    (await owner.webhookEndpoints.listDeliveries({ webhookEndpointId, state: 'pending' })).data[0]?.lastStatus;
  await expect.poll(failed, soon).toBe(500);
  broken = false;
  expect(await catchUp(owner, { webhookEndpointId, propertyId, since: '0' })).toBe(2);
  await expect.poll(() => events.length, soon).toBe(2);

  const unsigned = await fetch(url, { method: 'POST', body: JSON.stringify(events[0]) });
  expect(unsigned.status).toBe(401);
  expect(events.map((event) => 'entranceId' in event)).toEqual([true, true]);
  expect(new Set(events.map(({ id }) => id)).size).toBe(2);
});
