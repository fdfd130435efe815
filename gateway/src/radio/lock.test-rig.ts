import { createRequire } from 'node:module';
import { encodeInfo, encodeServiceData, gatt, protocolVersion } from '@latchwork/lock-protocol';
import {
  createAir,
  createGattServer,
  encodeServiceAdvert,
  encodeServiceDataAd,
  type GattConnection,
  type GattServer,
  type HciEndpoint,
  installHciShim,
  type VirtualAir,
  type VirtualController,
} from '@latchwork/testing';
import { describe } from 'vitest';
import { type Advert, type Central, type Link, RadioError } from './central.js';
import { createNobleCentral, type NobleCentral } from './noble-central.js';
import { loadNoble } from './noble-load.js';
import type { Noble } from './noble-surface.js';
import type { NobleFork } from './radio-messages.js';
import { defaultTimings, type RadioTimings } from './radio-timings.js';

const load = createRequire(import.meta.url);

function whyMissing(name: string): string | undefined {
  try {
    load.resolve(name);
    return undefined;
  } catch {
    return `${name} is not installed`;
  }
}

/** Describes the same tests for both forks; a fork that is not here is skipped with the reason in the title. */
export function describeForks(title: string, body: (fork: NobleFork) => void): void {
  for (const fork of ['abandonware', 'stoprocent'] as const) {
    const missing = whyMissing(`@${fork}/noble`);
    const suffix = missing === undefined ? '' : ` (skipped: ${missing})`;
    describe.skipIf(missing !== undefined)(`@${fork}/noble: ${title}${suffix}`, () => body(fork));
  }
}

/** Shorter than in a gateway, and still far longer than anything on the air takes. */
export const testTimings: RadioTimings = {
  ...defaultTimings,
  operationMs: 700,
  commandMs: 1_500,
  cancelListenMs: 100,
  scanPauseMs: 50,
  closeMs: 1_500,
  retryMs: 5,
  scanHoldMs: 100,
};

// noble binds the class of its socket when it is first loaded, so one hook serves every rig of a test file.
const adapters = new Map<number, HciEndpoint>();
let nextDevice = 0;
// Each noble listens to the process for as long as it lives, and a test file makes dozens.
process.setMaxListeners(0);
installHciShim((deviceId) => adapters.get(deviceId));

/** A peripheral with the lock service that answers each frame with the same frame. */
export interface EchoLock {
  readonly tag: string;
  readonly address: string;
  readonly server: GattServer;
  /** Frames written to RX, in order. */
  readonly written: Uint8Array[];
  /** The central that is connected. */
  connection(): GattConnection;
}

/** How an echo lock differs from the usual one. */
export interface EchoLockOptions {
  readonly maxMtu?: number;
  readonly address?: string;
  /** Default 20. */
  readonly intervalMs?: number;
  /** A service before the lock's, so that every handle is another. */
  readonly extraService?: boolean;
}

/** One air with one adapter, and noble of one fork on it. */
export interface RadioRig extends AsyncDisposable {
  readonly air: VirtualAir;
  readonly adapter: VirtualController;
  readonly noble: Noble;
  readonly central: NobleCentral;
  /** Every packet noble has sent to the controller. */
  readonly sent: readonly Uint8Array[];
  addLock(tag?: string, options?: EchoLockOptions): Promise<EchoLock>;
}

/** Puts an echo lock on an air. */
export async function addEchoLock(air: VirtualAir, tag: string, options: EchoLockOptions = {}): Promise<EchoLock> {
  const octets = Buffer.from(tag, 'hex');
  const address = options.address ?? `c0:00:${[...tag.slice(-8).matchAll(/../g)].join(':')}`;
  const written: Uint8Array[] = [];
  const server = createGattServer({
    controller: air.addController({ address }),
    ...(options.maxMtu === undefined ? {} : { maxMtu: options.maxMtu }),
    services: [
      ...(options.extraService === true ? [{ uuid: '180f', characteristics: [] }] : []),
      { uuid: '1800', characteristics: [{ uuid: '2a00', properties: ['read'], onRead: () => Buffer.from('lock') }] },
      {
        uuid: gatt.service,
        characteristics: [
          {
            uuid: gatt.info,
            properties: ['read'],
            onRead: () =>
              encodeInfo({ versions: 1, suites: 1, maxMessageSizeBytes: 1024, tag: octets, nonce: Buffer.alloc(8, 7) }),
          },
          {
            uuid: gatt.rx,
            properties: ['write', 'write-without-response'],
            onWrite(connection, value) {
              written.push(Uint8Array.from(value));
              connection.notify(gatt.tx, value);
              return undefined;
            },
          },
          { uuid: gatt.tx, properties: ['notify'] },
        ],
      },
    ],
    advertising: {
      intervalMs: options.intervalMs ?? 20,
      data: encodeServiceAdvert(gatt.service),
      scanResponse: encodeServiceDataAd(
        gatt.service,
        encodeServiceData({ version: protocolVersion, flags: 0, tag: octets }),
      ),
    },
  });
  await server.start();
  return {
    tag,
    address,
    server,
    written,
    connection() {
      const [connection] = server.connections;
      if (connection === undefined) throw new Error('nobody is connected to this lock');
      return connection;
    },
  };
}

function recording(adapter: VirtualController, sent: Uint8Array[]): HciEndpoint {
  return {
    get up() {
      return adapter.up;
    },
    send(packet) {
      sent.push(Uint8Array.from(packet));
      adapter.send(packet);
    },
    onPacket: (listener) => adapter.onPacket(listener),
    onUpChange: (listener) => adapter.onUpChange(listener),
  };
}

/** Starts noble of one fork on a fresh air, and waits until it scans. */
export async function startRig(fork: NobleFork, timings: Partial<RadioTimings> = {}): Promise<RadioRig> {
  const air = createAir({ seed: 11 });
  const adapter = air.addController({ address: '00:1b:dc:00:00:01' });
  const deviceId = nextDevice;
  nextDevice += 1;
  const sent: Uint8Array[] = [];
  adapters.set(deviceId, recording(adapter, sent));
  const noble = loadNoble(fork, deviceId);
  const central = createNobleCentral({ noble, timings: { ...testTimings, ...timings } });
  await central.ready(20_000);
  return {
    air,
    adapter,
    noble,
    central,
    sent,
    addLock: (tag = '0011223344556677', options) => addEchoLock(air, tag, options),
    async [Symbol.asyncDispose]() {
      await central[Symbol.asyncDispose]();
      air.close();
    },
  };
}

/** The info of the {@link RadioError} that a promise rejects with; a failed test when it does anything else. */
export async function refusalOf(promise: Promise<unknown>): Promise<RadioError['info']> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RadioError) return error.info;
    throw error;
  }
  throw new Error('the operation was expected to fail');
}

/** The next frame a link hands over. */
export function nextFrame(link: Link): Promise<Uint8Array> {
  return new Promise((resolve) => link.onNotify(resolve));
}

/** Connects, has one frame echoed, and closes: the proof that the radio is well. */
export async function echoOnce(central: Pick<Central, 'connect'>, lock: EchoLock): Promise<Link> {
  const link = await central.connect(lock.tag, { timeoutMs: 20_000 });
  const frame = nextFrame(link);
  await link.write(Uint8Array.of(1, 2, 3), { withResponse: true });
  const echoed = await frame;
  if (Buffer.from(echoed).toString('hex') !== '010203') throw new Error('the lock echoed something else');
  await link.close();
  return link;
}

/** Resolves at the next advert of this lock. */
export function heardAgain(central: Pick<Central, 'events'>, lock: EchoLock): Promise<void> {
  return new Promise((resolve) => {
    const onAdvert = (advert: Advert) => {
      if (advert.address !== lock.address) return;
      central.events.off('advert', onAdvert);
      resolve();
    };
    central.events.on('advert', onAdvert);
  });
}

/** Resolves when no link is up on this air. */
export async function nothingConnected(air: VirtualAir): Promise<void> {
  while (air.links.length > 0) await new Promise((resolve) => setImmediate(resolve));
}

/** Where the echo lock's attributes stand: its services are laid out from handle 1. */
export const echoLockHandles = { info: 6, rx: 8, tx: 10, txConfiguration: 11 } as const;
