// The air of the gateway bench, in a process of its own: simulated locks for the gateway, and peripherals that repeat, byte
// for byte in size and order, what was said at the locks, for bare noble.
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import {
  createAir,
  createGattServer,
  createSimulatedLock,
  encodeServiceAdvert,
  type GattServer,
  serveAir,
} from '@latchwork/testing';
import { type AirConfig, type AirReply, type AirRequest, echo, type Visit } from './messages.js';
import { recordVisits } from './visit-recorder.js';

const config = JSON.parse(process.argv[2] ?? '') as AirConfig;
const air = createAir({ seed: 1 });
const crypto = createNodeCrypto();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const say = (reply: AirReply) => process.send?.(reply);
const address = (kind: string, index: number) => `c0:00:00:${kind}:00:${index.toString(16).padStart(2, '0')}`;
const infoSizeBytes = 57;
/**
 * What a packet waits for its turn on a link at the shortest interval of Bluetooth LE, 7.5 ms: each direction has one turn
 * in each interval.
 */
const latencyMs = 7.5;
const slowDown = ({ controller, events }: GattServer) =>
  events.on('connected', () => {
    for (const link of controller.links) link.latencyMs = latencyMs;
  });

const locks = await Promise.all(
  Array.from({ length: config.locks }, (_, index) =>
    createSimulatedLock({
      air,
      crypto,
      address: address('01', index),
      advertisingIntervalMs: config.intervalMs,
      relockMs: 200,
    }),
  ),
);
const recorders = locks.map((lock) => recordVisits(lock.server));

for (const lock of locks) slowDown(lock.server);

const scripts: Visit[] = [];
const echoes = await Promise.all(
  Array.from({ length: config.echoes }, async (_, index) => {
    let next = 0;
    const server = createGattServer({
      controller: air.addController({ address: address('02', index) }),
      services: [
        {
          uuid: echo.service,
          characteristics: [
            { uuid: echo.info, properties: ['read'], onRead: () => new Uint8Array(infoSizeBytes) },
            {
              uuid: echo.input,
              properties: ['write', 'write-without-response'],
              onWrite: (connection) => {
                const script = scripts[index] ?? [];
                next += 1;
                for (; script[next]?.[0] === 'notify'; next += 1) {
                  connection.notify(echo.output, Buffer.alloc(script[next]?.[1] ?? 0));
                }
                return undefined;
              },
            },
            { uuid: echo.output, properties: ['notify'] },
          ],
        },
      ],
      advertising: {
        intervalMs: config.intervalMs,
        data: encodeServiceAdvert(echo.service),
        scanResponse: new Uint8Array(),
      },
    });
    server.events.on('connected', () => {
      next = 0;
    });
    slowDown(server);
    await server.start();
    return server;
  }),
);
await serveAir(air, { socketPath: config.socketPath, addresses: ['00:1b:dc:00:00:01', '00:1b:dc:00:00:02'] });

process.on('message', async (request: AirRequest) => {
  switch (request.type) {
    case 'record':
      say({ type: 'recorded', visits: recorders.map((recorder) => recorder.take()) });
      return;
    case 'rehearse':
      scripts.splice(0, scripts.length, ...request.visits);
      say({ type: 'rehearsed' });
      return;
    case 'commission': {
      const trust = {
        rootPublicKey: Buffer.from(request.rootPublicKey, 'hex'),
        property: Buffer.from(request.property, 'hex'),
        epoch: request.epoch,
      };
      for (const lock of locks) await lock.commission(trust);
      say({ type: 'commissioned' });
    }
  }
});
process.on('disconnect', () => process.exit(0));
say({
  type: 'ready',
  locks: locks.map((lock) => ({
    tag: hex(lock.tag),
    publicKey: hex(lock.publicKey),
    identityPublicKey: hex(lock.identityPublicKey),
  })),
  echoes: echoes.map((server) => server.controller.address),
});
