import { beforeEach, describe, expect, test } from 'vitest';
import { createFakeClock, type FakeClock } from '../fake-clock.js';
import { hciCommand } from '../hci/codes.js';
import { encodeAclPacket } from '../hci/packets.js';
import { createAir, type VirtualAir } from './air.js';
import { addHost, createConnection, type Host, startAdvertising } from './hex-host.js';

const lockAddress = 'c0:00:00:00:00:01';
const gatewayAddress = '00:1b:dc:00:00:01';

let clock: FakeClock;
let air: VirtualAir;
let gateway: Host;
let lock: Host;

async function connect(): Promise<void> {
  startAdvertising(lock);
  createConnection(gateway, lockAddress);
  await clock.advance(50);
  await gateway.said();
  await lock.said();
}

beforeEach(() => {
  clock = createFakeClock();
  air = createAir({ seed: 1, timers: clock });
  gateway = addHost(air, clock, { address: gatewayAddress });
  lock = addHost(air, clock, { address: lockAddress, rssi: -70 });
});

describe('commands', () => {
  test.each([
    ['Reset', hciCommand.reset, '', '040e0401030c00'],
    ['Read Local Version', hciCommand.readLocalVersion, '', '040e0c010110000900' + '0009f1050000'],
    ['Read BD_ADDR', hciCommand.readBdAddr, '', '040e0a01091000010000dc1b00'],
    ['LE Read Buffer Size', hciCommand.leReadBufferSize, '', '040e0701022000fb0008'],
    ['Read Buffer Size', hciCommand.readBufferSize, '', '040e0b01051000fb000008000000'],
    ['an unknown one', 0xfc01, '', '040e040101fc01'],
    ['one that is too short', hciCommand.leSetScanEnable, '01', '040e04010c2012'],
    [
      'LE Create Connection Cancel without a connection to cancel',
      hciCommand.leCreateConnectionCancel,
      '',
      '040e04010e200c',
    ],
    ['Disconnect of an unknown handle', hciCommand.disconnect, '400013', '040f0402010604'],
    ['Read RSSI of an unknown handle', hciCommand.readRssi, '4000', '040e07010514020000' + '00'],
  ])('answers %s', async (_name, opcode, parameters, answer) => {
    gateway.command(opcode, parameters);
    expect(await gateway.said()).toEqual([answer]);
  });

  test('remembers LE Host Supported until Reset', async () => {
    gateway.command(hciCommand.writeLeHostSupported, '0100');
    gateway.command(hciCommand.readLeHostSupported);
    gateway.command(hciCommand.reset);
    gateway.command(hciCommand.readLeHostSupported);
    expect(await gateway.said()).toEqual([
      '040e04016d0c00',
      '040e06016c0c000100',
      '040e0401030c00',
      '040e06016c0c000000',
    ]);
  });

  test('bytes that are no packet are not answered', async () => {
    gateway.controller.send(Buffer.from('01', 'hex'));
    gateway.controller.send(Buffer.from('01030c05', 'hex'));
    gateway.controller.send(Buffer.from('02', 'hex'));
    gateway.controller.send(Buffer.alloc(0));
    expect(await gateway.said()).toEqual([]);
  });
});

describe('connections', () => {
  test('complete at the next advert, for both sides', async () => {
    startAdvertising(lock);
    await lock.said();
    createConnection(gateway, lockAddress);
    expect(await gateway.said()).toEqual(['040f0400010d20']);
    await clock.advance(30);
    expect(await gateway.said()).toEqual(['043e13010040000000' + '0100000000c0' + '120000002a0000']);
    expect(await lock.said()).toEqual(['043e13010040000100' + '010000dc1b00' + '120000002a0000']);
    expect(air.links.map(({ central, peripheral }) => [central, peripheral])).toEqual([[gatewayAddress, lockAddress]]);
  });

  test('a cancelled one ends with Unknown Connection', async () => {
    createConnection(gateway, lockAddress);
    gateway.command(hciCommand.leCreateConnectionCancel);
    expect(await gateway.said()).toEqual([
      '040f0400010d20',
      '040e04010e2000',
      '043e130102000000000100000000c000000000000000',
    ]);
  });

  test('a second one while the first is pending is disallowed', async () => {
    createConnection(gateway, lockAddress);
    createConnection(gateway, 'c0:00:00:00:00:02');
    expect(await gateway.said()).toEqual(['040f0400010d20', '040f040c010d20']);
  });

  test('end with the reason of who ended them', async () => {
    await connect();
    gateway.command(hciCommand.disconnect, '400013');
    expect(await gateway.said()).toEqual(['040f0400010604', '040504004000' + '16']);
    expect(await lock.said()).toEqual(['040504004000' + '13']);
    expect(air.links).toEqual([]);
  });

  test('carry data in fragments, and tell the sender what has left', async () => {
    const small = addHost(air, clock, { address: 'c0:00:00:00:00:02', aclLength: 27 });
    startAdvertising(small);
    createConnection(gateway, 'c0:00:00:00:00:02');
    await clock.advance(50);
    await gateway.said();
    await small.said();
    const data = Buffer.from(Array.from({ length: 60 }, (_, index) => index));
    gateway.controller.send(encodeAclPacket({ handle: 0x40, boundary: 'first-to-controller', data }));
    gateway.controller.send(encodeAclPacket({ handle: 0x40, boundary: 'continuing', data: data.subarray(0, 2) }));
    expect(await small.said()).toEqual([
      `0240201b00${data.subarray(0, 27).toString('hex')}`,
      `0240101b00${data.subarray(27, 54).toString('hex')}`,
      `0240100600${data.subarray(54).toString('hex')}`,
      '02401002000001',
    ]);
    expect(await gateway.said()).toEqual(['0413050140000100', '0413050140000100']);
  });

  test('one controller holds several, each with its own handle', async () => {
    const second = addHost(air, clock, { address: 'c0:00:00:00:00:02' });
    startAdvertising(second);
    await connect();
    createConnection(gateway, 'c0:00:00:00:00:02');
    await clock.advance(50);
    expect((await gateway.said()).at(-1)).toMatch(/^043e1301004100/);
    expect(air.links).toHaveLength(2);
    createConnection(gateway, 'c0:00:00:00:00:02');
    expect(await gateway.said()).toEqual(['040f040b010d20']);
  });

  test('latency delays data and keeps its order', async () => {
    air.linkLatencyMs = 40;
    await connect();
    for (const byte of [1, 2, 3]) {
      gateway.controller.send(
        encodeAclPacket({ handle: 0x40, boundary: 'first-to-controller', data: Buffer.from([byte]) }),
      );
    }
    await clock.advance(39);
    expect(await lock.said()).toEqual([]);
    await clock.advance(1);
    expect(await lock.said()).toEqual(['024020010001', '024020010002', '024020010003']);
  });
});

describe('faults', () => {
  test('a lost link ends by supervision timeout at both sides', async () => {
    await connect();
    air.links[0]?.lose();
    gateway.controller.send(encodeAclPacket({ handle: 0x40, boundary: 'first-to-controller', data: Buffer.from([1]) }));
    await clock.advance(419);
    expect([await gateway.said(), await lock.said()]).toEqual([[], []]);
    await clock.advance(1);
    expect(await gateway.said()).toEqual(['04050400400008']);
    expect(await lock.said()).toEqual(['04050400400008']);
  });

  test('fault 1: a lock that does not advertise is never connected to, until it is heard again', async () => {
    lock.controller.faults.unheard = true;
    await connect();
    expect(air.links).toEqual([]);
    lock.controller.faults.unheard = false;
    await clock.advance(50);
    expect(air.links).toHaveLength(1);
  });

  test('fault 4: a cancel crosses with Connection Complete', async () => {
    gateway.controller.faults.cancelCrossesConnection = true;
    startAdvertising(lock);
    createConnection(gateway, lockAddress);
    gateway.command(hciCommand.leCreateConnectionCancel);
    const [status, complete, cancelled] = await gateway.said();
    expect(status).toBe('040f0400010d20');
    expect(complete).toMatch(/^043e1301004000/);
    expect(cancelled).toBe('040e04010e200c');
    expect(air.links).toHaveLength(1);
  });

  test('issue 62: a link falls right after connect with 0x3e, unknown to the peripheral, which advertises on', async () => {
    lock.controller.faults.failedEstablishments = 1;
    startAdvertising(lock);
    await lock.said();
    createConnection(gateway, lockAddress);
    await clock.advance(30);
    expect((await gateway.said()).at(-1)).toMatch(/^043e1301004000/);
    await clock.advance(135);
    expect(await gateway.said()).toEqual(['0405040040003e']);
    expect(await lock.said()).toEqual([]);
    createConnection(gateway, lockAddress);
    await clock.advance(50);
    expect(await lock.said()).toHaveLength(1);
  });

  test('faults 18 and 19: a command is refused, as often as wanted and for chosen parameters', async () => {
    gateway.controller.faults.failCommand(hciCommand.leSetScanEnable, 0x0c, { when: ([enable]) => enable === 1 });
    for (const enable of ['0000', '0100', '0100']) gateway.command(hciCommand.leSetScanEnable, enable);
    expect(await gateway.said()).toEqual(['040e04010c2000', '040e04010c200c', '040e04010c2000']);
    gateway.controller.faults.failCommand(hciCommand.leCreateConnection, 0x0d, { times: 2 });
    for (const _ of [1, 2]) createConnection(gateway, lockAddress);
    expect(await gateway.said()).toEqual(['040f040d010d20', '040f040d010d20']);
  });

  test('a command is never answered', async () => {
    gateway.controller.faults.ignoreCommand(hciCommand.reset);
    gateway.command(hciCommand.reset);
    gateway.command(hciCommand.reset);
    expect(await gateway.said()).toEqual(['040e0401030c00']);
  });

  test('fault 21: an adapter vanishes; its peer finds out by timeout, and it comes back empty', async () => {
    await connect();
    const changes: boolean[] = [];
    gateway.controller.onUpChange((up) => changes.push(up));
    gateway.controller.remove();
    gateway.command(hciCommand.reset);
    await clock.advance(420);
    expect(await gateway.said()).toEqual([]);
    expect(await lock.said()).toEqual(['04050400400008']);
    gateway.controller.restore();
    gateway.command(hciCommand.reset);
    expect(await gateway.said()).toEqual(['040e0401030c00']);
    expect(changes).toEqual([false, true]);
  });

  test('fault 23: a frozen controller takes nothing and says nothing; its peer finds out by timeout', async () => {
    await connect();
    gateway.controller.faults.frozen = true;
    gateway.command(hciCommand.reset);
    await clock.advance(420);
    expect(await gateway.said()).toEqual([]);
    expect(await lock.said()).toEqual(['04050400400008']);
  });

  test('fault 24: Reset with a live link says nothing of the link', async () => {
    await connect();
    gateway.command(hciCommand.reset);
    expect(await gateway.said()).toEqual(['040e0401030c00']);
    await clock.advance(420);
    expect(await lock.said()).toEqual(['04050400400008']);
    expect(air.links).toEqual([]);
  });

  test('a controller that thaws says what it had to say', async () => {
    gateway.command(hciCommand.reset);
    gateway.controller.faults.frozen = true;
    expect(await gateway.said()).toEqual([]);
    gateway.controller.faults.frozen = false;
    expect(await gateway.said()).toEqual(['040e0401030c00']);
  });

  test('latency of a controller delays what it says', async () => {
    gateway.controller.faults.latencyMs = 25;
    gateway.command(hciCommand.reset);
    await clock.advance(24);
    expect(await gateway.said()).toEqual([]);
    await clock.advance(1);
    expect(await gateway.said()).toEqual(['040e0401030c00']);
  });

  test('clear puts everything back', async () => {
    gateway.controller.faults.frozen = true;
    gateway.controller.faults.failCommand(hciCommand.reset, 0x0c, { times: Number.POSITIVE_INFINITY });
    gateway.controller.faults.clear();
    gateway.command(hciCommand.reset);
    expect(await gateway.said()).toEqual(['040e0401030c00']);
  });

  test('any bytes can be injected', async () => {
    gateway.controller.inject(Buffer.from('02402002000001', 'hex'));
    expect(await gateway.said()).toEqual(['02402002000001']);
  });
});
