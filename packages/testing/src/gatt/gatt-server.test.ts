import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAir, type VirtualAir } from '../air/air.js';
import { createFakeClock, type FakeClock } from '../fake-clock.js';
import { hciCommand } from '../hci/codes.js';
import { encodeAddress } from '../hci/packets.js';
import { l2capChannel } from './att-codes.js';
import type { GattConnection } from './gatt-connection.js';
import type { GattFault } from './gatt-faults.js';
import { createGattServer, type GattServer } from './gatt-server.js';
import { createHciHost, type HciHost } from './hci-host.js';
import { createL2capAssembler, encodeL2cap } from './l2cap.js';

let clock: FakeClock;
let air: VirtualAir;
let server: GattServer;
let central: HciHost;
let handle: number | undefined;
let heard: string[];
let writes: string[];
let ended: string[];

async function connect(): Promise<void> {
  const parameters = Buffer.from('600030000000000000000000000600120000002a0004000600', 'hex');
  encodeAddress(server.controller.address).copy(parameters, 6);
  await central.command(hciCommand.leCreateConnection, parameters);
  await clock.advance(60);
  expect(handle).toBeDefined();
}

async function ask(pdu: string): Promise<string[]> {
  central.sendAcl(handle ?? 0, encodeL2cap(l2capChannel.att, Buffer.from(pdu, 'hex')));
  await clock.advance(0);
  await clock.advance(0);
  return heard.splice(0);
}

beforeEach(async () => {
  clock = createFakeClock();
  air = createAir({ timers: clock });
  heard = [];
  writes = [];
  ended = [];
  handle = undefined;
  server = createGattServer({
    controller: air.addController({ address: 'c0:00:00:00:00:01', aclLength: 27 }),
    services: [
      {
        uuid: '180a',
        characteristics: [
          {
            uuid: '2a01',
            properties: ['read', 'write'],
            onRead: () => Buffer.alloc(100, 7),
            onWrite: (_connection, value) => {
              writes.push(Buffer.from(value).toString('hex'));
              return undefined;
            },
          },
          { uuid: '2a02', properties: ['notify', 'indicate'] },
        ],
      },
    ],
    advertising: { intervalMs: 20, data: Buffer.from('020106', 'hex'), scanResponse: Buffer.alloc(0) },
    timers: clock,
  });
  await server.start();
  const assemble = createL2capAssembler();
  central = createHciHost(air.addController({ address: '00:1b:dc:00:00:01' }), {
    onConnected: (connected) => {
      handle = connected.handle;
    },
    onDisconnected: ({ reason }) => {
      handle = undefined;
      ended.push(reason.toString(16));
    },
    onAcl: ({ start, data }) => {
      const pdu = assemble(start, data);
      if (pdu !== undefined) heard.push(pdu.payload.toString('hex'));
    },
  });
  await central.readBuffers();
  await connect();
});

afterEach(async () => {
  await server.close();
  central.close();
  air.close();
});

describe('GATT server', () => {
  test('sends a value longer than a buffer in fragments within the credits', async () => {
    expect(await ask('02f700')).toEqual(['03f700']);
    expect(await ask('0a0300')).toEqual([`0b${'07'.repeat(100)}`]);
  });

  test('notifies only whom has subscribed, cut to the MTU', async () => {
    const [connection] = server.connections;
    expect(connection?.notify('2a02', Buffer.from([1]))).toBe(false);
    await ask('12060001' + '00');
    expect(connection?.isSubscribed('2a02')).toBe(true);
    expect(connection?.notify('2a02', Buffer.alloc(30, 9))).toBe(true);
    expect(connection?.indicate('2a02', Buffer.from([1]))).toBe(false);
    await clock.advance(0);
    expect(heard.splice(0)).toEqual([`1b0500${'09'.repeat(20)}`]);
  });

  test('tells of a confirmation', async () => {
    await ask('1206000200');
    let confirmed = 0;
    server.events.on('confirmed', () => {
      confirmed += 1;
    });
    expect(server.connections[0]?.indicate('2a02', Buffer.from([1]))).toBe(true);
    await clock.advance(0);
    expect(heard.splice(0)).toEqual(['1d050001']);
    await ask('1e');
    expect(confirmed).toBe(1);
  });

  test('refuses to pair', async () => {
    central.sendAcl(handle ?? 0, encodeL2cap(l2capChannel.security, Buffer.from('01030001100000', 'hex')));
    await clock.advance(0);
    await clock.advance(0);
    expect(heard).toEqual(['0505']);
  });

  test('advertises again after the link has ended, and forgets subscriptions', async () => {
    await ask('1206000100');
    server.connections[0]?.disconnect(0x15);
    await clock.advance(0);
    expect(ended).toEqual(['15']);
    expect(server.connections).toEqual([]);
    await connect();
    expect(server.connections[0]?.isSubscribed('2a02')).toBe(false);
  });

  test('comes back by itself when its controller has lost power', async () => {
    const gone: number[] = [];
    server.events.on('disconnected', ({ reason }) => gone.push(reason));
    server.controller.remove();
    expect(gone).toEqual([0x08]);
    await clock.advance(420);
    expect(ended).toEqual(['8']);
    server.controller.restore();
    // Six commands to set it up, each answered in a turn of its own.
    for (let turn = 0; turn < 6; turn += 1) await clock.advance(0);
    await connect();
  });

  test('advertising data that does not fit is refused', async () => {
    await expect(
      server.setAdvertising({ intervalMs: 20, data: Buffer.alloc(32), scanResponse: Buffer.alloc(0) }),
    ).rejects.toThrow(RangeError);
  });
});

describe('faults of a request', () => {
  const write = '120300aa';

  async function writeUnder(fault: GattFault): Promise<string[]> {
    server.faults.onRequest = () => fault;
    return ask(write);
  }

  test('ignore: neither executed nor answered', async () => {
    expect([await writeUnder({ action: 'ignore' }), writes]).toEqual([[], []]);
  });

  test('fault 12: withhold: executed, not answered', async () => {
    expect([await writeUnder({ action: 'withhold' }), writes]).toEqual([[], ['aa']]);
  });

  test('delay: answered later', async () => {
    expect(await writeUnder({ action: 'delay', delayMs: 50 })).toEqual([]);
    await clock.advance(49);
    expect(heard).toEqual([]);
    await clock.advance(1);
    expect(heard).toEqual(['13']);
  });

  test('fault 8: refuse: an ATT error, not executed', async () => {
    expect([await writeUnder({ action: 'refuse', error: 0x80 }), writes]).toEqual([['0112030080'], []]);
  });

  test('security: reply: any PDUs in place of the answer', async () => {
    server.faults.onRequest = () => ({ action: 'reply', pdus: [Buffer.from([0x03, 5, 0]), Buffer.from([0x1b])] });
    expect(await ask('02f700')).toEqual(['030500', '1b']);
  });

  test('fault 14: indicate-first: goes on when confirmed', async () => {
    expect(await writeUnder({ action: 'indicate-first', uuid: '2a02', value: Buffer.from([5]) })).toEqual(['1d050005']);
    server.faults.onRequest = undefined;
    expect([await ask('1e'), writes]).toEqual([['13'], ['aa']]);
  });

  test.each([
    ['before', [], []],
    ['executed', [], ['aa']],
    ['answered', ['13'], ['aa']],
  ] as const)('fault 5: drop %s', async (when, answered, executed) => {
    expect(await writeUnder({ action: 'drop', when })).toEqual(answered);
    expect(writes).toEqual(executed);
    await clock.advance(0);
    expect(ended).toEqual(['13']);
  });

  test('fault 5: contact lost instead', async () => {
    await writeUnder({ action: 'drop', when: 'before', lose: true });
    await clock.advance(419);
    expect(ended).toEqual([]);
    await clock.advance(1);
    expect(ended).toEqual(['8']);
  });

  test('the hook is told which characteristic is meant', async () => {
    const seen: (string | undefined)[] = [];
    server.faults.onRequest = ({ characteristic }, _connection: GattConnection) => {
      seen.push(characteristic);
      return undefined;
    };
    await ask(write);
    await ask('1206000100');
    await ask('02f700');
    expect(seen).toEqual(['2a01', '2a02', undefined]);
  });
});
