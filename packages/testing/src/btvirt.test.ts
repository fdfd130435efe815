import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { createAir } from './air/air.js';
import type { HciEndpoint } from './air/controller.js';
import { encodeServiceAdvert, encodeServiceDataAd } from './gatt/advertising-data.js';
import { createGattServer, type GattRadio } from './gatt/gatt-server.js';
import { hciCommand } from './hci/codes.js';
import { encodeAclPacket, encodeCommandPacket } from './hci/packets.js';
import { connectHciSocket, installHciShim } from './hci-shim.js';
import { findPeripheral, nobleForks, poweredOn } from './noble-fork.js';

// An independent check of this room against BlueZ's own emulator, where it is installed (Debian: bluez-test-tools).
// btvirt needs AF_ALG; where the kernel has none, LATCHWORK_BTVIRT_PRELOAD may name a library that pretends it does.

const socketPath = '/tmp/bt-server-le';
const env = {
  ...process.env,
  ...(process.env['LATCHWORK_BTVIRT_PRELOAD'] === undefined
    ? {}
    : { LD_PRELOAD: process.env['LATCHWORK_BTVIRT_PRELOAD'] }),
};

let btvirt: ChildProcess;

/** Why btvirt cannot be used here; empty when it can. */
async function startBtvirt(): Promise<string> {
  if (spawnSync('btvirt', ['--help']).error !== undefined) return 'btvirt (bluez-test-tools) is not installed';
  if (existsSync(socketPath)) return `${socketPath} is in use, or left behind`;
  btvirt = spawn('btvirt', ['-s'], { env, stdio: 'ignore' });
  // It tells that its sockets are there by making them.
  while (!existsSync(socketPath)) await new Promise((resolve) => setImmediate(resolve));
  const endpoint = connectHciSocket(socketPath);
  const works = await new Promise<boolean>((resolve) => {
    endpoint.onPacket(() => resolve(true));
    endpoint.onUpChange(() => resolve(false));
    endpoint.send(encodeCommandPacket(hciCommand.reset));
  });
  endpoint.close();
  if (works) return '';
  await stopBtvirt();
  return 'btvirt gives no controller: this kernel lacks AF_ALG';
}

async function stopBtvirt(): Promise<void> {
  const exited = once(btvirt, 'exit');
  btvirt.kill();
  await exited;
  for (const kind of ['amp', 'bredr', 'bredrle', 'le', 'mon']) await rm(`/tmp/bt-server-${kind}`, { force: true });
}

const missing = await startBtvirt();

// Not run when every test is skipped, and then there is nothing to stop.
afterAll(stopBtvirt);

/** Sends a command and gives the packets up to its answer, as hex. */
function ask(endpoint: HciEndpoint, opcode: number, parameters = ''): Promise<string> {
  return new Promise((resolve) => {
    const code = Buffer.from([opcode & 0xff, opcode >> 8]);
    const stop = endpoint.onPacket((packet) => {
      if (packet[0] !== 4) return;
      const answers =
        (packet[1] === 0x0e && packet.subarray(4, 6).equals(code)) ||
        (packet[1] === 0x0f && packet.subarray(5, 7).equals(code));
      if (!answers) return;
      stop();
      resolve(packet.toString('hex'));
    });
    endpoint.send(encodeCommandPacket(opcode, Buffer.from(parameters, 'hex')));
  });
}

function next(endpoint: HciEndpoint, matches: (hex: string) => boolean): Promise<string> {
  return new Promise((resolve) => {
    const stop = endpoint.onPacket((packet) => {
      const hex = packet.toString('hex');
      if (!matches(hex)) return;
      stop();
      resolve(hex);
    });
  });
}

/** A whole life of a connection, told by both controllers, without what may differ: addresses, handles, sizes, RSSI. */
async function tellLife(central: HciEndpoint, peripheral: HciEndpoint): Promise<Record<string, string>> {
  const told: Record<string, string> = {};
  for (const endpoint of [central, peripheral]) await ask(endpoint, hciCommand.reset);
  told['version'] = await ask(central, hciCommand.readLocalVersion);
  told['buffers'] = (await ask(central, hciCommand.leReadBufferSize)).slice(0, 14);
  told['cancel without connection'] = await ask(central, hciCommand.leCreateConnectionCancel);
  const address = (await ask(peripheral, hciCommand.readBdAddr)).slice(14);
  const ownAddress = (await ask(central, hciCommand.readBdAddr)).slice(14);
  for (const endpoint of [central, peripheral]) await ask(endpoint, hciCommand.leSetEventMask, '1f00000000000000');
  await ask(peripheral, hciCommand.leSetAdvertisingParameters, '200020000000000000000000000700');
  await ask(peripheral, hciCommand.leSetAdvertisingData, `03020106${'00'.repeat(28)}`);
  await ask(peripheral, hciCommand.leSetScanResponseData, `020109${'00'.repeat(29)}`);
  told['advertise'] = await ask(peripheral, hciCommand.leSetAdvertisingEnable, '01');
  const advert = next(central, (hex) => /^043e..0201/.test(hex) && hex.slice(10, 12) === '00');
  const scanResponse = next(central, (hex) => /^043e..0201/.test(hex) && hex.slice(10, 12) === '04');
  await ask(central, hciCommand.leSetScanParameters, '01120012000000');
  told['scan'] = await ask(central, hciCommand.leSetScanEnable, '0101');
  told['advert'] = (await advert).replace(address, 'address').slice(0, -2);
  told['scan response'] = (await scanResponse).replace(address, 'address').slice(0, -2);
  await ask(central, hciCommand.leSetScanEnable, '0000');

  const complete = [central, peripheral].map((endpoint) => next(endpoint, (hex) => /^043e..01/.test(hex)));
  told['connect'] = await ask(
    central,
    hciCommand.leCreateConnection,
    `600030000000${address}000600120000002a0004000600`,
  );
  const [atCentral = '', atPeripheral = ''] = await Promise.all(complete);
  // Two octets of handle, and what follows the interval (both pick their own from the range) stay out.
  const shape = (hex: string, peer: string): string =>
    `${hex.slice(0, 10)} ${hex.slice(14).replace(peer, 'address').slice(0, 11)} ${hex.length}`;
  told['connected'] = shape(atCentral, address);
  told['connected at peripheral'] = shape(atPeripheral, ownAddress);

  const handle = Number.parseInt(atCentral.slice(12, 14) + atCentral.slice(10, 12), 16);
  const arrived = next(peripheral, (hex) => hex.startsWith('02'));
  const left = next(central, (hex) => hex.startsWith('0413'));
  const data = Buffer.from('03000400020001', 'hex');
  central.send(encodeAclPacket({ handle, boundary: 'first-to-controller', data }));
  told['data'] = (await arrived).slice(5);
  told['data has left'] = (await left).slice(0, 8) + (await left).slice(12);

  const gone = [central, peripheral].map((endpoint) => next(endpoint, (hex) => hex.startsWith('0405')));
  told['disconnect'] = await ask(central, hciCommand.disconnect, `${atCentral.slice(10, 14)}13`);
  const [endAtCentral = '', endAtPeripheral = ''] = await Promise.all(gone);
  // Its own reason is 0x16 by the specification (Vol 1, Part F, 2.22), as ours says; btvirt repeats what it was told.
  told['disconnected'] = endAtCentral.slice(0, 8);
  told['disconnected at peripheral'] = endAtPeripheral.slice(0, 8) + endAtPeripheral.slice(12);
  return told;
}

describe.skipIf(missing !== '')(`BlueZ's emulator ${missing}`, () => {
  test('tells the life of a connection as our controllers do, byte for byte', async () => {
    const air = createAir();
    const ours = await tellLife(
      air.addController({ address: '00:1b:dc:00:00:01' }),
      air.addController({ address: '00:1b:dc:00:00:02' }),
    );
    const theirs = [connectHciSocket(socketPath), connectHciSocket(socketPath)] as const;
    expect(ours).toEqual(await tellLife(...theirs));
    for (const endpoint of theirs) endpoint.close();
    air.close();
  });

  for (const fork of nobleForks) {
    test.skipIf(fork.missing !== undefined)(
      `carries ${fork.name} ${fork.missing ?? ''} to our GATT server and back`,
      async () => {
        const peripheralEndpoint = connectHciSocket(socketPath);
        const centralEndpoint = connectHciSocket(socketPath);
        const address = (await ask(peripheralEndpoint, hciCommand.readBdAddr)).slice(14);
        const radio: GattRadio = Object.assign(peripheralEndpoint, {
          address: Buffer.from(address, 'hex').reverse().toString('hex').match(/../g)?.join(':') ?? '',
          links: [],
          reset: () => peripheralEndpoint.send(encodeCommandPacket(hciCommand.reset)),
        });
        const server = createGattServer({
          controller: radio,
          services: [
            {
              uuid: '180a',
              characteristics: [
                { uuid: '2a29', properties: ['read'], onRead: () => Buffer.alloc(120, 0x41) },
                {
                  uuid: '2a01',
                  properties: ['write'],
                  onWrite: (connection, value) => {
                    connection.notify('2a02', value);
                    return undefined;
                  },
                },
                { uuid: '2a02', properties: ['notify'] },
              ],
            },
          ],
          advertising: {
            intervalMs: 20,
            data: encodeServiceAdvert('180a'),
            scanResponse: encodeServiceDataAd('180a', Buffer.from([1])),
          },
        });
        await server.start();
        const uninstall = installHciShim(() => centralEndpoint);
        if (fork.missing !== undefined) return;
        const noble = fork.open(0);
        await poweredOn(noble);
        const peripheral = await findPeripheral(noble, radio.address);
        await peripheral.connectAsync();
        const { characteristics } = await peripheral.discoverSomeServicesAndCharacteristicsAsync(
          ['180a'],
          ['2a29', '2a01', '2a02'],
        );
        const [text, input, output] = ['2a29', '2a01', '2a02'].map((uuid) =>
          characteristics.find((candidate) => candidate.uuid === uuid),
        );
        expect(await text?.readAsync()).toEqual(Buffer.alloc(120, 0x41));
        const echoed = new Promise<Buffer>((resolve) => output?.on('data', resolve));
        await output?.subscribeAsync();
        await input?.writeAsync(Buffer.alloc(200, 7), false);
        expect(await echoed).toEqual(Buffer.alloc(200, 7));
        await peripheral.disconnectAsync();
        uninstall();
        await server.close();
        centralEndpoint.close();
        peripheralEndpoint.close();
      },
    );
  }
});
