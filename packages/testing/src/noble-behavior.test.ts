import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAir, type VirtualAir } from './air/air.js';
import type { VirtualController } from './air/controller.js';
import { encodeServiceAdvert, encodeServiceDataAd } from './gatt/advertising-data.js';
import { attError, attOpcode, l2capChannel } from './gatt/att-codes.js';
import type { GattConnection } from './gatt/gatt-connection.js';
import { createGattServer, type GattServer } from './gatt/gatt-server.js';
import { hciCommand } from './hci/codes.js';
import { installHciShim } from './hci-shim.js';
import {
  findPeripheral,
  type NobleCharacteristic,
  type NobleInstance,
  type NoblePeripheral,
  nobleForks,
  poweredOn,
} from './noble-fork.js';
import { type ServedAir, serveAir } from './serve-air.js';

// What the pinned forks do under faults, as the gateway's radio counts on it. A test here that fails after an upgrade
// of noble means that noble has changed, not that this room is broken.

const service = '180a';
const value = '2a29';
const outgoing = '2a25';

function addPeripheral(air: VirtualAir, address: string): GattServer {
  return createGattServer({
    controller: air.addController({ address }),
    services: [
      {
        uuid: service,
        characteristics: [
          { uuid: value, properties: ['read', 'write'], onRead: () => Buffer.from('v') },
          { uuid: outgoing, properties: ['notify', 'indicate'] },
        ],
      },
    ],
    advertising: {
      intervalMs: 20,
      data: encodeServiceAdvert(service),
      scanResponse: encodeServiceDataAd(service, Buffer.from([1])),
    },
  });
}

/** Tells at any time whether a promise has settled, and how. */
function watch(promise: Promise<unknown>): { outcome: 'pending' | 'resolved' | 'rejected' } {
  const watched: { outcome: 'pending' | 'resolved' | 'rejected' } = { outcome: 'pending' };
  promise.then(
    () => {
      watched.outcome = 'resolved';
    },
    () => {
      watched.outcome = 'rejected';
    },
  );
  return watched;
}

for (const [forkIndex, fork] of nobleForks.entries()) {
  const isAbandonware = fork.name === '@abandonware/noble';

  describe.skipIf(fork.missing !== undefined)(`${fork.name} ${fork.missing ?? ''} under faults`, () => {
    const air = createAir({ seed: 11 });
    const adapters: VirtualController[] = [];
    let uninstall: () => void;
    let adapter: VirtualController;
    let server: GattServer;
    let noble: NobleInstance;

    beforeAll(() => {
      // Each noble hooks into the end of the process, and every test has its own.
      process.setMaxListeners(64);
      uninstall = installHciShim((deviceId) => adapters[deviceId]);
    });

    afterAll(() => {
      uninstall();
      air.close();
    });

    beforeEach(async () => {
      const number = adapters.length.toString(16).padStart(2, '0');
      adapter = air.addController({ address: `00:1b:dc:00:0${forkIndex}:${number}` });
      adapters.push(adapter);
      server = addPeripheral(air, `c0:00:00:00:0${forkIndex}:${number}`);
      await server.start();
      if (fork.missing !== undefined) return;
      noble = fork.open(adapters.length - 1);
      await poweredOn(noble);
    });

    afterEach(async () => {
      await server.close();
    });

    async function connect(): Promise<{
      peripheral: NoblePeripheral;
      characteristic: NobleCharacteristic;
      out: NobleCharacteristic;
    }> {
      const peripheral = await findPeripheral(noble, server.controller.address);
      await peripheral.connectAsync();
      const { characteristics } = await peripheral.discoverSomeServicesAndCharacteristicsAsync(
        [service],
        [value, outgoing],
      );
      const characteristic = characteristics.find(({ uuid }) => uuid === value);
      const out = characteristics.find(({ uuid }) => uuid === outgoing);
      if (characteristic === undefined || out === undefined) throw new Error('characteristics not found');
      await out.subscribeAsync();
      return { peripheral, characteristic, out };
    }

    function disconnected(peripheral: NoblePeripheral): Promise<void> {
      return new Promise((resolve) => peripheral.once('disconnect', () => resolve()));
    }

    test('fault 5: a link lost during a write leaves the write pending (aw) or rejects it (sp)', async () => {
      const { peripheral, characteristic } = await connect();
      server.faults.onRequest = () => ({ action: 'drop', when: 'before', lose: true });
      const gone = disconnected(peripheral);
      const write = watch(characteristic.writeAsync(Buffer.from('x'), false));
      await gone;
      await expect.poll(() => server.connections.length, { timeout: 30_000 }).toBe(0);
      expect(write.outcome).toBe(isAbandonware ? 'pending' : 'rejected');
    });

    test('fault 8: a write answered by an ATT error never settles', async () => {
      const { peripheral, characteristic } = await connect();
      server.faults.onRequest = () => ({ action: 'refuse', error: attError.application });
      const write = watch(characteristic.writeAsync(Buffer.from('x'), false));
      // The answer to a later request shows that the error has been taken in.
      await characteristic.readAsync();
      expect(write.outcome).toBe('pending');
      await peripheral.disconnectAsync();
    });

    test('fault 9: a read answered by an ATT error resolves with an empty buffer', async () => {
      const { peripheral, characteristic } = await connect();
      server.faults.onRequest = () => ({ action: 'refuse', error: attError.readNotPermitted });
      expect(await characteristic.readAsync()).toEqual(Buffer.alloc(0));
      await peripheral.disconnectAsync();
    });

    for (const [row, error] of [
      ['10', attError.invalidPdu],
      ['11', attError.insufficientAuthentication],
    ] as const) {
      test(`fault ${row}: ATT error ${error} stops the link's queue for good`, async () => {
        const { peripheral, characteristic } = await connect();
        const opcodes: number[] = [];
        server.faults.onRequest = ({ opcode }) => {
          opcodes.push(opcode);
          return { action: 'refuse', error };
        };
        const reads = [watch(characteristic.readAsync()), watch(characteristic.readAsync())];
        const gone = disconnected(peripheral);
        await expect.poll(() => opcodes.length, { timeout: 30_000 }).toBe(1);
        server.connections[0]?.disconnect();
        await gone;
        expect(opcodes).toEqual([attOpcode.readRequest]);
        if (isAbandonware) expect(reads.map(({ outcome }) => outcome)).toEqual(['pending', 'pending']);
      });
    }

    test('fault 14: an indication ahead of the write response is confirmed only behind it', async () => {
      const { characteristic, peripheral, out } = await connect();
      const opcodes: number[] = [];
      const indicated = new Promise<string>((resolve) => out.on('data', (data) => resolve(data.toString())));
      server.faults.onRequest = ({ opcode }) => {
        opcodes.push(opcode);
        return opcode === attOpcode.writeRequest
          ? { action: 'indicate-first', uuid: outgoing, value: Buffer.from('first') }
          : undefined;
      };
      const write = watch(characteristic.writeAsync(Buffer.from('x'), false));
      const gone = disconnected(peripheral);
      expect(await indicated).toBe('first');
      server.connections[0]?.disconnect();
      await gone;
      expect(opcodes).not.toContain(attOpcode.confirmation);
      if (isAbandonware) expect(write.outcome).toBe('pending');
    });

    test('fault 4: a cancel that crosses with Connection Complete leaves a link (aw) or tears it down (sp)', async () => {
      const peripheral = await findPeripheral(noble, server.controller.address);
      adapter.faults.cancelCrossesConnection = true;
      server.controller.faults.unheard = true;
      const connected = new Promise<void>((resolve) => server.events.once('connected', () => resolve()));
      void peripheral.connectAsync().catch(() => {});
      await expect.poll(() => adapter.connectingTo, { timeout: 30_000 }).toBe(server.controller.address);
      server.controller.faults.unheard = false;
      peripheral.cancelConnect();
      await connected;
      if (isAbandonware) {
        await expect.poll(() => peripheral.state, { timeout: 30_000 }).toBe('connected');
        expect(air.links).toHaveLength(1);
      } else {
        await expect.poll(() => air.links.length, { timeout: 30_000 }).toBe(0);
      }
    });

    test('fault 18: startScanning resolves although the controller has refused to scan', async () => {
      adapter.faults.failCommand(hciCommand.leSetScanEnable, 0x0c, {
        times: Number.POSITIVE_INFINITY,
        when: ([enable]) => enable === 1,
      });
      await noble.startScanningAsync([], true);
      expect(adapter.scanning).toBe(false);
    });
  });
}

describe('security: what a hostile peripheral does to noble', () => {
  const packageRoot = fileURLToPath(new URL('..', import.meta.url));
  const program = `
    const noble = process.argv[1] === '@abandonware/noble'
      ? require('@abandonware/noble/with-custom-binding')({ deviceId: 0 })
      : require('@stoprocent/noble').withBindings('hci', { deviceId: 0 });
    noble.on('discover', async (peripheral) => {
      await noble.stopScanningAsync();
      await peripheral.connectAsync();
      await peripheral.discoverAllServicesAndCharacteristicsAsync();
    });
    noble.on('stateChange', (state) => state === 'poweredOn' && noble.startScanningAsync([], true));
  `;
  let directory: string;
  let air: VirtualAir;
  let served: ServedAir;
  let server: GattServer;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'latchwork-hostile-'));
    air = createAir();
    served = await serveAir(air, { socketPath: join(directory, 'hci.sock') });
    server = addPeripheral(air, 'c0:00:00:00:00:66');
    await server.start();
  });

  afterEach(async () => {
    await server.close();
    await served.close();
    air.close();
    await rm(directory, { recursive: true, force: true });
  });

  function startProgram(fork: string): ChildProcess {
    return spawn(process.execPath, ['--require', join(packageRoot, 'preload.cjs'), '-e', program, fork], {
      cwd: packageRoot,
      env: { ...process.env, LATCHWORK_HCI_SOCKET: served.socketPath },
      stdio: 'ignore',
    });
  }

  const attacks: readonly (readonly [string, (connection: GattConnection) => void])[] = [
    ['a notification of 1 byte', (connection) => connection.sendPdu(l2capChannel.att, Buffer.from([0x1b]))],
    ['an ACL packet of 2 bytes', (connection) => connection.sendAcl(Buffer.from([0, 0]))],
    ['a signaling PDU of 1 byte', (connection) => connection.sendPdu(l2capChannel.signaling, Buffer.from([0x12]))],
    ['an empty security PDU', (connection) => connection.sendPdu(l2capChannel.security, Buffer.alloc(0))],
    [
      'a group response of element length 0',
      (connection) => connection.sendPdu(l2capChannel.att, Buffer.from([0x11, 0])),
    ],
    [
      'a group response without an element',
      (connection) => connection.sendPdu(l2capChannel.att, Buffer.from([0x11, 6])),
    ],
  ];

  for (const fork of nobleForks) {
    test.skipIf(fork.missing !== undefined).each(attacks)(
      `${fork.name} ${fork.missing ?? ''} dies of %s`,
      async (_name, attack) => {
        server.faults.onRequest = ({ opcode }, connection) => {
          if (opcode !== attOpcode.readByGroupTypeRequest) return undefined;
          attack(connection);
          return { action: 'ignore' };
        };
        const child = startProgram(fork.name);
        const [code] = (await once(child, 'exit')) as [number | null];
        expect(code).toBe(1);
      },
    );

    test.skipIf(fork.missing !== undefined)(
      `${fork.name} ${fork.missing ?? ''} asks without end when the end handle never advances`,
      async () => {
        let requests = 0;
        const many = new Promise<void>((resolve) => {
          server.faults.onRequest = ({ opcode }) => {
            if (opcode !== attOpcode.readByGroupTypeRequest) return undefined;
            requests += 1;
            if (requests === 500) resolve();
            return { action: 'reply', pdus: [Buffer.from([0x11, 6, 1, 0, 5, 0, 0x0a, 0x18])] };
          };
        });
        const child = startProgram(fork.name);
        await many;
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      },
    );
  }
});
