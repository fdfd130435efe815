import { once } from 'node:events';
import {
  encodeGatewayMessage,
  type GatewayAddress,
  gatewayMessageMaxChars,
  gatewayTopic,
  parseGatewayMessage,
  type ReportedMessage,
} from '@latchwork/contract';
import { createFakeClock, startTestBroker, type TestBroker } from '@latchwork/testing';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Secret } from './secret.js';
import { type DesiredArrival, startUplink, type Uplink } from './uplink.js';

const address = {
  organizationId: 'org_01jd0000000000000000000000',
  propertyId: 'prop_01jd0000000000000000000000',
  gatewayId: 'gw_01jd0000000000000000000000',
} as GatewayAddress;
const other = { ...address, gatewayId: 'gw_01jd0000000000000000000009' } as GatewayAddress;
const tag = 'aabbccddeeff0011';
const lastTag = 'ffffffffffffffff';

const desired = (lock: string, revision: number): string =>
  encodeGatewayMessage('desired', {
    v: 1,
    deviceId: 'dev_01jd0000000000000000000000',
    lock: { tag: lock, publicKey: '42'.repeat(32) },
    standing: { epoch: 1, revision },
    proven: null,
  });

let broker: TestBroker;
const opened: AsyncDisposable[] = [];

beforeEach(async () => {
  broker = await startTestBroker();
  opened.push(broker);
});

afterEach(async () => {
  for (const part of opened.splice(0).reverse()) {
    await part[Symbol.asyncDispose]();
  }
});

const publish = (lock: string, text: string, o: { retain?: boolean; of?: GatewayAddress } = {}): Promise<void> =>
  broker.publish({
    topic: gatewayTopic(o.of ?? address, { desired: lock }),
    payload: Buffer.from(text),
    qos: 1,
    retain: o.retain ?? false,
  });

function start(): { uplink: Uplink; arrived: DesiredArrival[]; ignored: string[]; seen: () => string[] } {
  const arrived: DesiredArrival[] = [];
  const ignored: string[] = [];
  const uplink = startUplink({
    url: broker.url,
    address,
    secret: new Secret('the-secret-of-this-gateway'),
    bootId: 'boot-1',
    clock: createFakeClock(),
    random: () => 0.5,
    log: pino({ level: 'silent' }),
    status: () => ({}),
    onCommand: () => expect.unreachable(),
    onDesired: (one) => arrived.push(one),
    onPass: () => expect.unreachable(),
    onRead: () => expect.unreachable(),
  });
  uplink.events.on('ignored', ({ reason }) => ignored.push(reason));
  opened.push(uplink);
  const seen = () => arrived.map(({ tag: of, message }) => `${of} ${message?.standing.revision ?? 'gone'}`);
  return { uplink, arrived, ignored, seen };
}

/** Everything published before has been seen once this last lock is. */
async function settle({ seen, uplink }: ReturnType<typeof start>): Promise<void> {
  await vi.waitFor(() => expect(uplink.connected).toBe(true), { timeout: 30_000, interval: 5 });
  await publish(lastTag, desired(lastTag, 9));
  await vi.waitFor(() => expect(seen()).toContain(`${lastTag} 9`), { timeout: 30_000, interval: 5 });
}

describe('what the portal desires of a lock, through a real broker', () => {
  test('comes to a gateway that was away when it was said, whole and as it was written', async () => {
    await publish(tag, desired(tag, 3), { retain: true });
    await publish(tag, desired(tag, 4), { retain: true });
    const on = start();
    await settle(on);
    expect(on.seen()).toEqual([`${tag} 4`, `${lastTag} 9`]);
    expect(on.arrived[0]).toMatchObject({ text: desired(tag, 4), message: { proven: null } });
    expect(on.ignored).toEqual([]);
  });

  test('comes to a gateway that is there, and so does the word that a lock is its own no more', async () => {
    const on = start();
    await once(on.uplink.events as never, 'connected');
    await publish(tag, desired(tag, 1), { retain: true });
    await publish(tag, '', { retain: true });
    await settle(on);
    expect(on.seen()).toEqual([`${tag} 1`, `${tag} gone`, `${lastTag} 9`]);
    await on.uplink[Symbol.asyncDispose]();
    const late = start();
    await settle(late);
    expect(late.seen(), 'the broker forgets it too').toEqual([`${lastTag} 9`]);
  });

  test('does not come to another gateway', async () => {
    const on = start();
    await once(on.uplink.events as never, 'connected');
    await publish(tag, desired(tag, 1), { of: other });
    await settle(on);
    expect(on.seen()).toEqual([`${lastTag} 9`]);
    expect(on.ignored).toEqual([]);
  });

  test('is counted and dropped when it is no message of the contract, too long, or of another lock', async () => {
    const on = start();
    await once(on.uplink.events as never, 'connected');
    await publish(tag, 'not json');
    await publish(tag, '{}');
    await publish(tag, desired('0000000000000000', 1));
    await publish('AABB', desired(tag, 1));
    await publish(tag, ' '.repeat(gatewayMessageMaxChars.desired + 1));
    await settle(on);
    expect(on.seen()).toEqual([`${lastTag} 9`]);
    expect(on.ignored).toEqual(['malformed', 'malformed', 'malformed', 'foreign-topic', 'too-long']);
  });
});

describe('what a gateway says of a lock', () => {
  const report: ReportedMessage = {
    v: 1,
    eventId: 'gw:1',
    deviceId: 'dev_01jd0000000000000000000000' as ReportedMessage['deviceId'],
    standing: { epoch: 1, revision: 4 },
    parts: { bulletin: { outcome: 'done' } },
    receipts: ['AAAA'],
    occurredAt: 1,
    nextTryAt: null,
  };

  test('is sent when the broker has confirmed it, and not before', async () => {
    const on = start();
    await once(on.uplink.events as never, 'connected');
    await expect(on.uplink.sendReport(tag, report)).resolves.toBe(true);
    const [sent] = broker.recorded.filter(({ topic }) => topic === gatewayTopic(address, { reported: tag }));
    expect(sent).toMatchObject({ qos: 1, retain: false });
    expect(parseGatewayMessage('reported', Buffer.from(sent?.payload ?? []).toString())).toEqual(report);
    broker.tamper = () => {
      broker.dropConnections();
      return { action: 'drop' };
    };
    await expect(on.uplink.sendReport(tag, report)).resolves.toBe(false);
  });

  test('a question for the time is sent once, or not at all without a connection', async () => {
    const on = start();
    await once(on.uplink.events as never, 'connected');
    const question = { v: 1, tag, challenge: '00'.repeat(8) } as const;
    await expect(on.uplink.sendTime(question)).resolves.toBe(true);
    const asked = await broker.waitFor(({ topic }) => topic === gatewayTopic(address, 'time'));
    expect(asked).toMatchObject({ qos: 0, retain: false });
    broker.dropConnections();
    await vi.waitFor(() => expect(on.uplink.connected).toBe(false), { timeout: 30_000 });
    await expect(on.uplink.sendTime(question)).resolves.toBe(false);
  });
});
