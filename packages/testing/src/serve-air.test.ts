import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAir, type VirtualAir } from './air/air.js';
import { encodeServiceAdvert, encodeServiceDataAd } from './gatt/advertising-data.js';
import { createGattServer } from './gatt/gatt-server.js';
import { hciCommand } from './hci/codes.js';
import { encodeCommandPacket } from './hci/packets.js';
import { nobleForks } from './noble-fork.js';
import { type ServedAir, serveAir } from './serve-air.js';

const packageRoot = fileURLToPath(new URL('..', import.meta.url));
const preload = join(packageRoot, 'preload.cjs');

// A whole program of somebody else: nothing in it knows of a virtual adapter.
const program = `
const name = process.argv[1];
const noble = name === '@abandonware/noble'
  ? require('@abandonware/noble/with-custom-binding')({ deviceId: 0 })
  : require('@stoprocent/noble').withBindings('hci', { deviceId: 0 });
const say = (line) => console.log(JSON.stringify(line));
// Once: where adverts come faster than scanning stops, a second connection would be begun beside the first.
noble.once('discover', async (peripheral) => {
  await noble.stopScanningAsync();
  await peripheral.connectAsync();
  const { characteristics } = await peripheral.discoverAllServicesAndCharacteristicsAsync();
  say({ read: (await characteristics[0].readAsync()).toString() });
});
noble.on('stateChange', async (state) => {
  say({ state });
  if (state === 'poweredOn') await noble.startScanningAsync([], true);
});
`;

let directory: string;
let air: VirtualAir;
let served: ServedAir;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latchwork-air-'));
  air = createAir();
  served = await serveAir(air, {
    socketPath: join(directory, 'hci.sock'),
    addresses: ['00:1b:dc:00:00:0a', '00:1b:dc:00:00:0b'],
  });
});

afterEach(async () => {
  await served.close();
  air.close();
  await rm(directory, { recursive: true, force: true });
});

async function startGreeter(): Promise<void> {
  const service = '180a';
  const server = createGattServer({
    controller: air.addController({ address: 'c0:00:00:00:00:01' }),
    services: [
      {
        uuid: service,
        characteristics: [{ uuid: '2a29', properties: ['read'], onRead: () => Buffer.from('greetings') }],
      },
    ],
    advertising: {
      intervalMs: 20,
      data: encodeServiceAdvert(service),
      scanResponse: encodeServiceDataAd(service, Buffer.from([1])),
    },
  });
  await server.start();
}

function startProgram(fork: string): { child: ChildProcess; next: () => Promise<unknown> } {
  const child = spawn(process.execPath, ['--require', preload, '-e', program, fork], {
    cwd: packageRoot,
    env: { ...process.env, LATCHWORK_HCI_SOCKET: served.socketPath },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, next: async () => JSON.parse(String((await lines.next()).value)) as unknown };
}

async function stopProgram(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

describe('preload', () => {
  for (const fork of nobleForks) {
    test.skipIf(fork.missing !== undefined)(
      `an unmodified program on ${fork.name} ${fork.missing ?? ''} reaches a peripheral in this process, also after kill -9`,
      async () => {
        await startGreeter();
        for (const _ of ['first start', 'after kill']) {
          const { child, next } = startProgram(fork.name);
          expect(await next()).toEqual({ state: 'poweredOn' });
          expect(await next()).toEqual({ read: 'greetings' });
          await stopProgram(child);
          await expect.poll(() => air.links.length, { timeout: 30_000 }).toBe(0);
        }
      },
    );

    test.skipIf(fork.missing !== undefined)(
      `fault 21: a program on ${fork.name} ${fork.missing ?? ''} is powered off when the adapter vanishes`,
      async () => {
        await startGreeter();
        const { child, next } = startProgram(fork.name);
        expect(await next()).toEqual({ state: 'poweredOn' });
        expect(await next()).toEqual({ read: 'greetings' });
        served.adapters[0]?.remove();
        expect(await next()).toEqual({ state: 'poweredOff' });
        await stopProgram(child);
      },
    );
  }

  test('does nothing without LATCHWORK_HCI_SOCKET', async () => {
    const { LATCHWORK_HCI_SOCKET: _, ...env } = process.env;
    const child = spawn(
      process.execPath,
      ['--require', preload, '-e', 'console.log(Object.keys(require.cache).length)'],
      { env, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    await once(child, 'exit');
    expect(output.trim()).toBe('1');
  });
});

describe('serveAir', () => {
  async function readAddress(hello: string): Promise<string> {
    const socket = connect(served.socketPath);
    socket.write(hello);
    socket.write(encodeCommandPacket(hciCommand.readBdAddr));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString('hex');
  }

  test('a hello line picks the adapter', async () => {
    expect(await readAddress('{"adapter":1}\n')).toBe('040e0a010910000b0000dc1b00');
    expect(await readAddress('{"adapter":0}\n')).toBe('040e0a010910000a0000dc1b00');
  });

  test('hosts without a hello get adapters in the order they connect', async () => {
    expect(await readAddress('')).toBe('040e0a010910000a0000dc1b00');
    expect(await readAddress('')).toBe('040e0a010910000b0000dc1b00');
  });

  test('an unknown adapter is refused', async () => {
    const socket = connect(served.socketPath);
    socket.write('{"adapter":7}\n');
    socket.resume();
    await once(socket, 'close');
  });

  test('a packet cut into single bytes is put together', async () => {
    const socket = connect(served.socketPath);
    socket.setNoDelay(true);
    for (const byte of encodeCommandPacket(hciCommand.readBdAddr)) socket.write(Buffer.from([byte]));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString('hex')).toBe('040e0a010910000a0000dc1b00');
  });

  test.each([
    ['reset', 0],
    ['keep', 1],
  ] as const)('%s: what becomes of a link when its host leaves', async (whenHostLeaves, linksLeft) => {
    const socketPath = join(directory, `${whenHostLeaves}.sock`);
    const other = await serveAir(air, { socketPath, addresses: ['00:1b:dc:00:00:0c'], whenHostLeaves });
    await startGreeter();
    const socket = connect(socketPath);
    socket.write(
      encodeCommandPacket(
        hciCommand.leCreateConnection,
        Buffer.from('6000300000000100000000c0000600120000002a0004000600', 'hex'),
      ),
    );
    await expect.poll(() => air.links.length, { timeout: 30_000 }).toBe(1);
    socket.destroy();
    await expect.poll(() => other.adapters[0]?.links.length, { timeout: 30_000 }).toBe(linksLeft);
    // A second host comes after the first has left, so its adapter has by then done what it does.
    const next = connect(socketPath);
    next.write(encodeCommandPacket(hciCommand.readBdAddr));
    await once(next, 'data');
    expect(other.adapters[0]?.links).toHaveLength(linksLeft);
    next.destroy();
    await other.close();
  });

  test('replaces a stale socket file and removes its own', async () => {
    const socketPath = join(directory, 'stale.sock');
    await writeFile(socketPath, 'left behind');
    const second = await serveAir(air, { socketPath });
    await second.close();
    await expect(access(socketPath)).rejects.toThrow();
  });
});
