import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFakeClock } from './fake-clock.js';
import { startTestBroker, type TestBroker } from './test-broker.js';

const clock = createFakeClock();
let broker: TestBroker;
let clients: MqttClient[];

beforeEach(async () => {
  clients = [];
  broker = await startTestBroker({
    timers: clock,
    access: {
      connect: ({ username, password }) => username === 'ann' && password === 'secret',
      publish: ({ topic }) => !topic.startsWith('forbidden/'),
      subscribe: ({ topic }) => topic !== '#',
    },
  });
});

afterEach(async () => {
  for (const client of clients) client.end(true);
  await broker.close();
});

async function join(clientId: string): Promise<MqttClient> {
  const client = await connectAsync(broker.url, {
    clientId,
    username: 'ann',
    password: 'secret',
    reconnectPeriod: 0,
  });
  clients.push(client);
  return client;
}

async function listen(): Promise<string[]> {
  const client = await join('listener');
  const heard: string[] = [];
  client.on('message', (topic, payload) => heard.push(`${topic} ${payload.toString()}`));
  await client.subscribeAsync(['a/+', 'end'], { qos: 1 });
  return heard;
}

// Deliveries keep their order, so what comes before `end` has arrived when `end` has.
async function settle(heard: string[]): Promise<string[]> {
  await broker.publish({ topic: 'end', payload: Buffer.from('.'), qos: 1 });
  await expect.poll(() => heard.at(-1), { timeout: 30_000 }).toBe('end .');
  return heard.splice(0).slice(0, -1);
}

test('delivers, records and lets a message be published again', async () => {
  const heard = await listen();
  const sender = await join('sender');
  await sender.publishAsync('a/b', 'one', { qos: 1 });
  expect(await settle(heard)).toEqual(['a/b one']);
  const [message] = broker.recorded;
  expect(message).toEqual({
    clientId: 'sender',
    topic: 'a/b',
    payload: Uint8Array.from(Buffer.from('one')),
    qos: 1,
    retain: false,
  });
  if (message !== undefined) await broker.publish(message);
  expect(await settle(heard)).toEqual(['a/b one']);
});

test('drops, duplicates, delays and rewrites on demand', async () => {
  const heard = await listen();
  const sender = await join('sender');
  broker.tamper = () => ({ action: 'drop' });
  await sender.publishAsync('a/b', 'dropped', { qos: 1 });
  broker.tamper = () => ({ action: 'duplicate', copies: 2 });
  await sender.publishAsync('a/b', 'thrice', { qos: 1 });
  broker.tamper = () => ({ action: 'replace', payload: Buffer.from('forged') });
  await sender.publishAsync('a/b', 'honest', { qos: 1 });
  broker.tamper = () => ({ action: 'delay', delayMs: 60_000 });
  await sender.publishAsync('a/b', 'late', { qos: 1 });
  expect((await settle(heard)).toSorted()).toEqual(['a/b forged', 'a/b thrice', 'a/b thrice', 'a/b thrice']);
  await clock.advance(59_999);
  expect(await settle(heard)).toEqual([]);
  await clock.advance(1);
  expect(await settle(heard)).toEqual(['a/b late']);
});

test('refuses by its access rules', async () => {
  await expect(connectAsync(broker.url, { username: 'ann', password: 'wrong', reconnectPeriod: 0 })).rejects.toThrow();
  const client = await join('curious');
  const granted = await client.subscribeAsync('#').catch((error: unknown) => error);
  expect(granted).toBeInstanceOf(Error);
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  client.publish('forbidden/x', 'y');
  await closed;
});

test('cuts connections and comes back on the same port', async () => {
  const client = await join('one');
  const cut = new Promise<void>((resolve) => client.once('close', () => resolve()));
  broker.dropConnections();
  await cut;
  await broker.close();
  const { port } = broker;
  broker = await startTestBroker({ port });
  await join('two');
  expect(broker.connectedClients).toBe(1);
});
