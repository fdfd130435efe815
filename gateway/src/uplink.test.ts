import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import {
  encodeGatewayMessage,
  type GatewayAddress,
  type GatewayMessage,
  type GatewayMessageKind,
  gatewayMessageMaxChars,
  gatewayTopic,
  parseGatewayMessage,
  type UnlockCommand,
  type UnlockResultMessage,
} from '@latchwork/contract';
import { type BrokerMessage, createFakeClock, startTestBroker, type TestBroker } from '@latchwork/testing';
import { pino } from 'pino';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Secret } from './secret.js';
import { startUplink, type Uplink, type UplinkOptions } from './uplink.js';

const address = {
  organizationId: 'org_01jd0000000000000000000000',
  propertyId: 'prop_01jd0000000000000000000000',
  gatewayId: 'gw_01jd0000000000000000000000',
} as GatewayAddress;
const secret = new Secret('the-secret-of-this-gateway');
const cmd = gatewayTopic(address, 'cmd');
const statusTopic = gatewayTopic(address, 'status');

const command = {
  v: 1,
  type: 'unlock',
  attemptId: 'att_01jd0000000000000000000000',
  commandId: '0011223344556677',
  entranceId: 'ent_01jd0000000000000000000000',
  deviceId: 'dev_01jd0000000000000000000000',
  lock: { tag: 'aabbccddeeff0011', publicKey: '42'.repeat(32) },
  action: 'unlock',
  intent: 'staff',
  deadline: Date.UTC(2026, 0, 1) + 10_000,
  ttlMs: 10_000,
  sentAt: Date.UTC(2026, 0, 1),
} as UnlockCommand;

const opened: AsyncDisposable[] = [];
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
  }
  for (const part of opened.splice(0).reverse()) {
    await part[Symbol.asyncDispose]();
  }
});

interface Bench {
  readonly broker: TestBroker;
  readonly uplink: Uplink;
  readonly clock: ReturnType<typeof createFakeClock>;
  readonly commands: string[];
  readonly ignored: string[];
}

async function bench(
  o: { readonly broker?: TestBroker; readonly options?: Partial<UplinkOptions> } = {},
): Promise<Bench> {
  const broker = o.broker ?? (await startTestBroker());
  if (o.broker === undefined) {
    opened.push(broker);
  }
  const clock = createFakeClock();
  const commands: string[] = [];
  const ignored: string[] = [];
  const uplink = startUplink({
    url: broker.url,
    address,
    secret,
    bootId: 'boot-1',
    clock,
    random: () => 0.5,
    log: pino({ level: 'silent' }),
    status: () => ({ radio: 'ready', heard: 3 }),
    onCommand: (message) => commands.push('commandId' in message ? message.commandId : message.type),
    onDesired: () => undefined,
    onPass: () => undefined,
    onRead: () => undefined,
    ...o.options,
  });
  opened.push(uplink);
  uplink.events.on('ignored', ({ reason }) => ignored.push(reason));
  return { broker, uplink, clock, commands, ignored };
}

async function untilConnected({ uplink }: Pick<Bench, 'uplink'>): Promise<void> {
  if (!uplink.connected) {
    await once(uplink.events as never, 'connected');
  }
}

/** Lets time pass until the uplink has reconnected; its pauses are on the fake clock, its sockets are real. */
async function reconnect({ uplink, clock }: Pick<Bench, 'uplink' | 'clock'>): Promise<void> {
  await vi.waitFor(
    async () => {
      await clock.advance(1_000);
      expect(uplink.connected).toBe(true);
    },
    { timeout: 30_000, interval: 20 },
  );
}

function payloads<Kind extends GatewayMessageKind>(
  broker: TestBroker,
  kind: Kind,
  topic: string,
): GatewayMessage<Kind>[] {
  return broker.recorded
    .filter((message) => message.topic === topic)
    .map((message) => parseGatewayMessage(kind, Buffer.from(message.payload).toString()));
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const commandBytes = (commandId: string): Uint8Array => bytes(encodeGatewayMessage('cmd', { ...command, commandId }));

/** Everything sent on the command topic before has been seen once this harmless command comes out. */
async function settle(on: Bench): Promise<void> {
  await on.broker.publish({ topic: cmd, payload: commandBytes('ffffffffffffffff') });
  await vi.waitFor(() => expect(on.commands).toContain('ffffffffffffffff'), { timeout: 30_000 });
  on.commands.splice(on.commands.indexOf('ffffffffffffffff'), 1);
}

/** Accepts anybody, grants both subscriptions, and then sends whatever it likes on whatever topic. */
async function startEvilBroker(messages: [string, Uint8Array][]): Promise<AsyncDisposable & { readonly url: string }> {
  const sizeOf = (size: number): number[] => (size < 128 ? [size] : [(size % 128) | 0x80, ...sizeOf(size >> 7)]);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      if (data[0] === 0x10) {
        socket.write(Uint8Array.of(0x20, 2, 0, 0));
      } else if (data[0] === 0x82) {
        const id = data.findIndex((byte, at) => at > 0 && byte < 0x80) + 1;
        socket.write(Buffer.concat([Uint8Array.of(0x90, 6), data.subarray(id, id + 2), Uint8Array.of(0, 1, 1, 1)]));
        for (const [topic, payload] of messages) {
          const name = Buffer.from(topic);
          const rest = Buffer.concat([Uint8Array.of(name.length >> 8, name.length & 0xff), name, payload]);
          socket.write(Buffer.concat([Uint8Array.of(0x30, ...sizeOf(rest.length)), rest]));
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('the uplink', () => {
  test('says that it is online, retained, and says goodbye when it stops', async () => {
    const on = await bench();
    const first = await on.broker.waitFor((message) => message.topic === statusTopic);
    expect(first).toMatchObject({ qos: 1, retain: true, clientId: address.gatewayId });
    await untilConnected(on);
    await on.uplink[Symbol.asyncDispose]();
    const statuses = payloads(on.broker, 'status', statusTopic);
    expect(statuses[0]).toMatchObject({ online: true, bootId: 'boot-1', radio: 'ready', heard: 3 });
    expect(statuses.at(-1)).toMatchObject({ online: false, bootId: 'boot-1' });
    expect(statuses).toHaveLength(2);
  });

  test('after its goodbye it never says again that it is online', async () => {
    const on = await bench();
    await untilConnected(on);
    on.broker.tamper = () => {
      // The radio changes its state while the broker still owes its receipt for the goodbye.
      on.uplink.announce();
      return { action: 'deliver' };
    };
    await on.uplink[Symbol.asyncDispose]();
    expect(payloads(on.broker, 'status', statusTopic).at(-1)).toMatchObject({ online: false });
  });

  test('beats every 30 seconds', async () => {
    const on = await bench();
    await untilConnected(on);
    await on.broker.waitFor((message) => message.topic === statusTopic);
    for (let beats = 2; beats <= 4; beats += 1) {
      await on.clock.advance(30_000);
      await vi.waitFor(() => expect(payloads(on.broker, 'status', statusTopic)).toHaveLength(beats), {
        timeout: 30_000,
      });
    }
  });

  test('the will tells that it is gone when its process is killed', async () => {
    const broker = await startTestBroker();
    opened.push(broker);
    const program = `
      import { startUplink } from ${JSON.stringify(new URL('./uplink.ts', import.meta.url).href)};
      import { Secret } from ${JSON.stringify(new URL('./secret.ts', import.meta.url).href)};
      import { systemClock } from ${JSON.stringify(new URL('./clock.ts', import.meta.url).href)};
      import { pino } from 'pino';
      startUplink({ url: process.argv.at(-1), address: ${JSON.stringify(address)}, secret: new Secret('x'), bootId: 'boot-9',
        clock: systemClock, random: Math.random, log: pino({ level: 'silent' }), status: () => ({}), onCommand: () => {}, onDesired: () => {}, onPass: () => {}, onRead: () => {} });
    `;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--conditions=source', '--input-type=module', '-e', program, '--', broker.url],
      { cwd: new URL('..', import.meta.url), stdio: ['ignore', 'inherit', 'inherit'] },
    );
    children.push(child);
    await broker.waitFor(
      ({ topic, payload }) => topic === statusTopic && Buffer.from(payload).includes('"online":true'),
    );
    // The broker publishes the will in the client's name, but it goes past `recorded`: a late subscriber sees it retained.
    child.kill('SIGKILL');
    const { connectAsync } = await import('mqtt');
    const portal = await connectAsync(broker.url, { reconnectPeriod: 0 });
    try {
      const seen: BrokerMessage['payload'][] = [];
      portal.on('message', (_topic, payload) => seen.push(payload));
      await portal.subscribeAsync(statusTopic, { qos: 1 });
      await vi.waitFor(
        () => {
          const last = seen.at(-1);
          expect(last && parseGatewayMessage('status', Buffer.from(last).toString())).toMatchObject({
            online: false,
            bootId: 'boot-9',
          });
        },
        { timeout: 30_000 },
      );
    } finally {
      portal.end(true);
    }
  });

  test('T15: a retained command is refused, whenever the gateway comes', async () => {
    const broker = await startTestBroker();
    opened.push(broker);
    await broker.publish({ topic: cmd, payload: commandBytes('1111111111111111'), retain: true });
    const on = await bench({ broker });
    await untilConnected(on);
    await settle(on);
    broker.dropConnections();
    await vi.waitFor(() => expect(on.uplink.connected).toBe(false), { timeout: 30_000 });
    await reconnect(on);
    await settle(on);
    expect(on.commands).toEqual([]);
    expect(on.ignored).toEqual(['retained', 'retained']);
  });

  test('what is not a message of the contract is counted and dropped', async () => {
    const on = await bench();
    await untilConnected(on);
    const { commandId: _commandId, ...incomplete } = command;
    for (const text of [
      'not json',
      '{}',
      JSON.stringify({ ...command, v: 2 }),
      JSON.stringify({ ...command, type: 'hold-open' }),
      JSON.stringify(incomplete),
      ' '.repeat(gatewayMessageMaxChars.cmd + 1),
    ]) {
      await on.broker.publish({ topic: cmd, payload: bytes(text) });
    }
    await settle(on);
    expect(on.commands).toEqual([]);
    expect(on.ignored).toEqual(['malformed', 'malformed', 'malformed', 'malformed', 'malformed', 'too-long']);
  });

  test('a command for another gateway does not come', async () => {
    const on = await bench();
    await untilConnected(on);
    const others = { ...address, gatewayId: 'gw_01jd0000000000000000000009' } as GatewayAddress;
    await on.broker.publish({ topic: gatewayTopic(others, 'cmd'), payload: commandBytes('2222222222222222') });
    await settle(on);
    expect(on.commands).toEqual([]);
  });

  test("T14: a command that an evil broker sends on another gateway's topic is refused", async () => {
    const others = { ...address, gatewayId: 'gw_01jd0000000000000000000009' } as GatewayAddress;
    const evil = await startEvilBroker([
      [gatewayTopic(others, 'cmd'), commandBytes('3333333333333333')],
      [cmd, commandBytes('4444444444444444')],
    ]);
    opened.push(evil);
    const on = await bench({ options: { url: evil.url } });
    await vi.waitFor(() => expect(on.commands).toEqual(['4444444444444444']), { timeout: 30_000 });
    expect(on.ignored).toEqual(['foreign-topic']);
    await evil[Symbol.asyncDispose]();
  });

  test('after an outage it comes back, subscribed, and nothing meant for before is sent', async () => {
    const broker = await startTestBroker();
    const on = await bench({ broker });
    await untilConnected(on);
    await on.broker.waitFor((message) => message.topic === statusTopic);
    await broker.close();
    await vi.waitFor(() => expect(on.uplink.connected).toBe(false), { timeout: 30_000 });

    on.uplink.sendAck({ v: 1, attemptId: command.attemptId, commandId: command.commandId, receivedAt: 1 });
    const challenge = { v: 1, attemptId: command.attemptId, tag: command.lock.tag, challenge: '00'.repeat(8) } as const;
    await expect(on.uplink.sendChallenge({ ...challenge, commandId: command.commandId })).resolves.toBe(false);

    const returned = await startTestBroker({ port: broker.port });
    opened.push(returned);
    const back = { ...on, broker: returned };
    await reconnect(back);
    await settle(back);
    expect(returned.recorded.filter(({ topic }) => topic !== statusTopic)).toEqual([]);
  });

  test('a result counts as sent only when the broker has confirmed it', async () => {
    const on = await bench();
    await untilConnected(on);
    const message: UnlockResultMessage = {
      v: 1,
      eventId: 'e-1',
      type: 'unlock-result',
      attemptId: command.attemptId,
      commandId: command.commandId,
      tag: command.lock.tag,
      outcome: 'executed',
      code: 'ok',
      occurredAt: 1,
      historical: false,
    };
    await expect(on.uplink.sendResult(message)).resolves.toBe(true);
    // Cut between the publish and its confirmation.
    on.broker.tamper = () => {
      on.broker.dropConnections();
      return { action: 'drop' };
    };
    await expect(on.uplink.sendResult(message)).resolves.toBe(false);
    on.broker.tamper = undefined;
    await expect(on.uplink.sendResult(message), 'not connected').resolves.toBe(false);
    expect(
      on.broker.recorded.filter(({ topic }) => topic === gatewayTopic(address, { evt: message.tag })),
    ).toMatchObject([
      { qos: 1, retain: false },
      { qos: 1, retain: false },
    ]);
  });

  test('a refused sign-in or subscription is tried again later, not at once', async () => {
    let mayConnect = false;
    let maySubscribe = false;
    let signIns = 0;
    const broker = await startTestBroker({
      access: {
        connect: ({ username, password }) => {
          signIns += 1;
          expect([username, password]).toEqual([address.gatewayId, secret.reveal()]);
          return mayConnect;
        },
        subscribe: () => maySubscribe,
      },
    });
    opened.push(broker);
    const on = await bench({ broker });
    await vi.waitFor(() => expect(signIns).toBe(1), { timeout: 30_000 });
    await vi.waitFor(() => expect(on.clock.pendingTimers).toBe(1), { timeout: 30_000 });
    await on.clock.advance(180);
    expect(on.clock.pendingTimers, 'the pause still lasts').toBe(1);
    expect(signIns).toBe(1);
    mayConnect = true;
    await on.clock.advance(10);
    await vi.waitFor(() => expect(signIns).toBe(2), { timeout: 30_000 });
    await vi.waitFor(() => expect(on.clock.pendingTimers).toBe(1), { timeout: 30_000 });
    expect(on.uplink.connected).toBe(false);
    maySubscribe = true;
    await reconnect(on);
  });
});
