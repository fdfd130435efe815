import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAir, type VirtualAir } from './air/air.js';
import type { VirtualController } from './air/controller.js';
import { encodeServiceAdvert, encodeServiceDataAd } from './gatt/advertising-data.js';
import { createGattServer, type GattServer } from './gatt/gatt-server.js';
import { installHciShim } from './hci-shim.js';
import { findPeripheral, type NobleInstance, type NoblePeripheral, nobleForks, poweredOn } from './noble-fork.js';

const service = '6d617463-0001-4a6b-9c1d-6c617463686b';
const echoIn = '6d617463-0002-4a6b-9c1d-6c617463686b';
const echoOut = '6d617463-0003-4a6b-9c1d-6c617463686b';
const greeting = '6d617463-0004-4a6b-9c1d-6c617463686b';

function plain(uuid: string): string {
  return uuid.replaceAll('-', '');
}

function startEcho(air: VirtualAir, address: string): GattServer {
  return createGattServer({
    controller: air.addController({ address }),
    services: [
      { uuid: '1800', characteristics: [{ uuid: '2a00', properties: ['read'], onRead: () => Buffer.from('') }] },
      {
        uuid: service,
        characteristics: [
          { uuid: greeting, properties: ['read'], onRead: () => Buffer.from(`hello from ${address}`) },
          {
            uuid: echoIn,
            properties: ['write', 'write-without-response'],
            onWrite: (connection, value) => {
              connection.notify(echoOut, value);
              return undefined;
            },
          },
          { uuid: echoOut, properties: ['notify'] },
        ],
      },
    ],
    advertising: {
      intervalMs: 20,
      data: encodeServiceAdvert(service),
      scanResponse: encodeServiceDataAd(service, Buffer.from('0100aabbccdd', 'hex')),
    },
  });
}

async function echoOnce(peripheral: NoblePeripheral, payload: Buffer): Promise<Buffer> {
  const { characteristics } = await peripheral.discoverSomeServicesAndCharacteristicsAsync(
    [plain(service)],
    [plain(echoIn), plain(echoOut)],
  );
  const input = characteristics.find(({ uuid }) => uuid === plain(echoIn));
  const output = characteristics.find(({ uuid }) => uuid === plain(echoOut));
  if (input === undefined || output === undefined) throw new Error('characteristics not found');
  const answer = new Promise<Buffer>((resolve) => {
    output.on('data', resolve);
  });
  await output.subscribeAsync();
  await input.writeAsync(payload, false);
  return answer;
}

for (const [index, fork] of nobleForks.entries()) {
  describe.skipIf(fork.missing !== undefined)(`${fork.name} ${fork.missing ?? ''} over the virtual air`, () => {
    const air = createAir({ seed: 7 });
    const servers: GattServer[] = [];
    let adapter: VirtualController;
    let noble: NobleInstance;
    let uninstall: () => void;

    beforeAll(async () => {
      if (fork.missing !== undefined) return;
      adapter = air.addController({ address: '00:1b:dc:00:00:01' });
      for (let number = 0; number < 20; number += 1) {
        const server = startEcho(air, `c0:00:00:00:0${index}:${(0x10 + number).toString(16)}`);
        await server.start();
        servers.push(server);
      }
      uninstall = installHciShim((deviceId) => (deviceId === 0 ? adapter : undefined));
      noble = fork.open(0);
      await poweredOn(noble);
    });

    afterAll(() => {
      uninstall?.();
      air.close();
    });

    test('scans, connects, discovers, subscribes, writes and is notified', async () => {
      const address = servers[0]?.controller.address ?? '';
      const peripheral = await findPeripheral(noble, address);
      expect(peripheral.rssi).toBe(-60);
      expect(peripheral.advertisement.serviceUuids).toEqual([plain(service)]);
      expect(peripheral.advertisement.serviceData.map(({ data }) => data.toString('hex'))).toEqual(['0100aabbccdd']);
      await peripheral.connectAsync();
      const payload = Buffer.alloc(200, 0x5a);
      expect(await echoOnce(peripheral, payload)).toEqual(payload);
      await peripheral.disconnectAsync();
      expect(air.links).toEqual([]);
    });

    test('100 connections to one peripheral leave nothing behind', async () => {
      const server = servers[1];
      if (server === undefined) throw new Error('no server');
      const peripheral = await findPeripheral(noble, server.controller.address);
      for (let round = 0; round < 100; round += 1) {
        await peripheral.connectAsync();
        expect(await echoOnce(peripheral, Buffer.from([round]))).toEqual(Buffer.from([round]));
        await peripheral.disconnectAsync();
      }
      expect(air.links).toEqual([]);
      expect(server.connections).toEqual([]);
      expect(adapter.links).toEqual([]);
    });

    test('holds 20 links at once', async () => {
      const peripherals: NoblePeripheral[] = [];
      for (const server of servers) {
        const peripheral = await findPeripheral(noble, server.controller.address);
        await peripheral.connectAsync();
        peripherals.push(peripheral);
      }
      expect(air.links).toHaveLength(20);
      const answers = await Promise.all(
        peripherals.map((peripheral, number) => echoOnce(peripheral, Buffer.from([number, 1, 2]))),
      );
      expect(answers.map((answer) => answer[0])).toEqual(peripherals.map((_, number) => number));
      for (const peripheral of peripherals) await peripheral.disconnectAsync();
      expect(air.links).toEqual([]);
    });
  });
}
