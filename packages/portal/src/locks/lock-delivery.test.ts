import {
  type CommandMessage,
  type DesiredMessage,
  encodeGatewayMessage,
  gatewayTopic,
  parseGatewayMessage,
  parseGatewayTopic,
} from '@latchwork/contract';
import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRealLock, parcelOf, type RealLock } from '../harness/real-lock.test-rig.js';
import { buildSampleHotel, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

const hexBytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

let test: TestPortal;
let hotel: SampleHotel;
let lock: RealLock;
let deviceId: string;
let entranceId: string;
let gateway: Courier;

/** A gateway's connection that keeps what it hears of its locks, and of its commands. */
interface Courier {
  readonly client: MqttClient;
  readonly desired: { readonly tag: string; readonly message: DesiredMessage | null }[];
  topic(leaf: Parameters<typeof gatewayTopic>[1]): string;
  /** The next that is heard and passes, from those heard already on. */
  until<Value>(look: () => Value | undefined): Promise<Value>;
  readonly commands: CommandMessage[];
}

async function connect(over: SampleHotel['gateway'] = hotel.gateway): Promise<Courier> {
  const address = {
    organizationId: hotel.organization.id,
    propertyId: hotel.property.id,
    gatewayId: over.gateway.id,
  } as Parameters<typeof gatewayTopic>[0];
  const client = await mqtt.connectAsync(over.mqttUrl, {
    ...{ clientId: over.gateway.id, username: over.gateway.id, password: over.secret, reconnectPeriod: 0 },
  });
  const desired: Courier['desired'] = [];
  const commands: CommandMessage[] = [];
  const looks = new Set<() => void>();
  client.on('message', (topic, payload) => {
    const parsed = parseGatewayTopic(topic);
    const text = payload.toString();
    if (parsed.kind === 'cmd') commands.push(parseGatewayMessage('cmd', text));
    if (parsed.kind === 'desired') {
      desired.push({ tag: parsed.tag, message: text === '' ? null : parseGatewayMessage('desired', text) });
    }
    for (const look of looks) look();
  });
  const topic: Courier['topic'] = (leaf) => gatewayTopic(address, leaf);
  await client.subscribeAsync([topic('cmd'), topic({ desired: '+' })], { qos: 1 });
  return {
    ...{ client, desired, commands, topic },
    until: async (look) =>
      await new Promise((resolve) => {
        const again = () => {
          const found = look();
          if (found === undefined) return;
          looks.delete(again);
          resolve(found);
        };
        looks.add(again);
        again();
      }),
  };
}

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});
beforeEach(async () => {
  const { client } = hotel.people.organization_owner;
  const { rootPublicKey, property, epoch } = hotel.property.lockTrust;
  lock = createRealLock(test.clock);
  lock.trust = { rootPublicKey: hexBytes(rootPublicKey), property: hexBytes(property), epoch };
  const propertyId = hotel.property.id;
  ({ id: entranceId } = await client.entrances.create({ propertyId, name: 'Suite' }));
  const device = { propertyId, kind: 'lock', name: 'Suite', entranceId, ...lock.keys } as const;
  ({ id: deviceId } = await client.devices.create(device));
  gateway = await connect();
});
afterEach(async () => {
  await gateway.client.endAsync(true);
});

async function giveCode(digits: string) {
  const { client } = hotel.people.organization_owner;
  const propertyId = hotel.property.id;
  const { id: holderId } = await client.guests.create({ propertyId, name: 'Ingrid Visser' });
  const startsAt = new Date(test.clock.now() - 1000).toISOString();
  const key = await client.keys.create({ propertyId, holderId, entranceIds: [entranceId], startsAt, endsAt: null });
  return await client.credentials.create({ keyId: key.id, kind: 'door_code', digits });
}

/** The newest word on the lock that stands after another one. */
const wordAfter = async (revision = 0, courier = gateway): Promise<DesiredMessage> =>
  await courier.until(() => {
    const newest = courier.desired.findLast(({ tag }) => tag === lock.keys.tag)?.message;
    return newest != null && newest.standing.revision > revision ? newest : undefined;
  });

async function report(message: DesiredMessage, receipts: readonly Uint8Array[]): Promise<void> {
  const text = encodeGatewayMessage('reported', {
    ...{ v: 1, eventId: `r-${message.standing.revision}`, deviceId: message.deviceId, standing: message.standing },
    ...{ parts: {}, occurredAt: test.clock.now(), nextTryAt: null },
    receipts: receipts.map((receipt) => Buffer.from(receipt).toString('base64url')),
  });
  await gateway.client.publishAsync(gateway.topic({ reported: lock.keys.tag }), text, { qos: 1 });
}

describe('from the API to a lock and back, through the broker', () => {
  it('G30, T8: a code reaches the lock, its end too, and the revocation says so once the lock has', async () => {
    const { client } = hotel.people.organization_owner;
    const { id: credentialId } = await giveCode('246810');
    const first = await wordAfter();
    const brought = await lock.visit(parcelOf(first));
    expect(await lock.opensTo('246810')).toBe(true);
    await report(first, brought.receipts);
    await client.credentials.remove({ credentialId });
    const second = await wordAfter(first.standing.revision);
    expect(second.proven).toEqual(first.standing);
    const { data } = await client.revocations.list({ propertyId: hotel.property.id, limit: 200 });
    const mine = data.find(({ cause }) => cause.id === credentialId);
    expect(mine).toMatchObject({ state: 'pending', locks: [{ deviceId, entranceId, state: 'pending' }] });
    const ended = await lock.visit(parcelOf(second, ['bulletin']));
    expect(await lock.opensTo('246810')).toBe(false);
    await report(second, ended.receipts);
    const proven = await client.revocations.get({ revocationId: mine?.id ?? '' });
    expect(proven).toMatchObject({ state: 'ended', locks: [{ state: 'proven' }] });
  });

  it('an account of an errand is sent to nobody: each word once', async () => {
    await giveCode('112233');
    const first = await wordAfter();
    await report(first, []);
    await giveCode('445566');
    await wordAfter(first.standing.revision);
    const heard = gateway.desired.filter(({ tag }) => tag === lock.keys.tag);
    expect(heard.map(({ message }) => message?.standing.revision)).toEqual([
      ...new Set(heard.map(({ message }) => message?.standing.revision)),
    ]);
  });

  it('a gateway that comes later gets all of it, and hears of a lock that goes', async () => {
    const { client } = hotel.people.organization_owner;
    await giveCode('135791');
    const word = await wordAfter();
    const late = await client.gateways.create({ propertyId: hotel.property.id, name: 'Second' });
    const second = await connect(late);
    expect(await wordAfter(0, second)).toEqual(word);
    await client.devices.remove({ deviceId });
    for (const courier of [gateway, second]) {
      const gone = ({ tag, message }: Courier['desired'][number]) => tag === lock.keys.tag && message === null;
      await courier.until(() => (courier.desired.some(gone) ? true : undefined));
    }
    await second.client.endAsync(true);
  });

  it("T14: is heard by no other property's gateway, and taken from no gateway", async () => {
    const stranger = await buildSampleHotel(test, 'Hotel Other');
    const spy = await mqtt.connectAsync(stranger.gateway.mqttUrl, {
      ...{ clientId: stranger.gateway.gateway.id, username: stranger.gateway.gateway.id },
      ...{ password: stranger.gateway.secret, reconnectPeriod: 0 },
    });
    const overheard: string[] = [];
    spy.on('message', (topic) => overheard.push(topic));
    for (const filter of [gateway.topic({ desired: '+' }), gateway.topic({ desired: lock.keys.tag }), '#', 'olp/#']) {
      await spy.subscribeAsync(filter, { qos: 1 }).catch(() => undefined);
    }
    await giveCode('975310');
    const { revision } = (await wordAfter()).standing;
    const own = await connect(
      await hotel.people.organization_owner.client.gateways.create({
        ...{ propertyId: hotel.property.id, name: 'Liar' },
      }),
    );
    const closed = new Promise<void>((resolve) => own.client.once('close', () => resolve()));
    own.client.publish(own.topic({ desired: lock.keys.tag }), '', { qos: 1 });
    await closed;
    await giveCode('864200');
    await wordAfter(revision);
    expect(overheard).toEqual([]);
    expect(gateway.desired.filter(({ tag, message }) => tag === lock.keys.tag && message === null)).toEqual([]);
    await spy.endAsync(true);
  });

  it('gives the time for the connection that asks, to the locks of the property alone', async () => {
    const answers: string[] = [];
    const time = async (challenge: Uint8Array) => {
      const asked = Buffer.from(challenge).toString('hex');
      const ask = encodeGatewayMessage('time', { v: 1, tag: lock.keys.tag, challenge: asked });
      await gateway.client.publishAsync(gateway.topic('time'), ask);
      const token = await gateway.until(() =>
        gateway.commands.find((command) => command.type === 'time-token' && command.challenge === asked),
      );
      if (token.type !== 'time-token') throw new Error('It is none.');
      answers.push(token.tag);
      const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));
      return { object: bytesOf(token.token), certificate: bytesOf(token.certificate) };
    };
    expect((await lock.visit({ time })).parts).toEqual({ time: { outcome: 'done' } });
    expect(answers).toEqual([lock.keys.tag]);
    const challenge = '00'.repeat(8);
    const foreign = encodeGatewayMessage('time', { v: 1, tag: 'ff'.repeat(8), challenge });
    await gateway.client.publishAsync(gateway.topic('time'), foreign);
    const refused = await gateway.until(() => gateway.commands.find(({ type }) => type === 'time-refused'));
    expect(refused).toMatchObject({ code: 'unknown-lock', tag: 'ff'.repeat(8), challenge });
  });
});
