// The air of the unlock bench, in a process of its own: simulated locks for the gateway, echo peripherals for bare noble.
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { createAir, createGattServer, createSimulatedLock, encodeServiceAdvert, serveAir } from '@latchwork/testing';
import { type AirConfig, type AirReply, type AirRequest, echo } from './messages.js';

const config = JSON.parse(process.argv[2] ?? '') as AirConfig;
const air = createAir({ seed: 1 });
const crypto = createNodeCrypto();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const say = (reply: AirReply) => process.send?.(reply);
const address = (kind: string, index: number) => `c0:00:00:00:${kind}:${index.toString(16).padStart(2, '0')}`;

const locks = await Promise.all(
  Array.from({ length: config.count }, (_, index) =>
    createSimulatedLock({
      air,
      crypto,
      address: address('01', index),
      advertisingIntervalMs: config.intervalMs,
      relockMs: 200,
    }),
  ),
);
const echoes = await Promise.all(
  Array.from({ length: config.count }, async (_, index) => {
    const server = createGattServer({
      controller: air.addController({ address: address('02', index) }),
      services: [
        {
          uuid: echo.service,
          characteristics: [
            {
              uuid: echo.input,
              properties: ['write', 'write-without-response'],
              onWrite: (connection, value) => {
                connection.notify(echo.output, Buffer.alloc(Buffer.from(value).readUInt16BE(0)));
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
    await server.start();
    return server;
  }),
);
await serveAir(air, { socketPath: config.socketPath, addresses: ['00:1b:dc:00:00:01', '00:1b:dc:00:00:02'] });

process.on('message', async (request: AirRequest) => {
  if (request.type === 'moves') return say({ type: 'moves', boltMoves: locks.map((lock) => lock.boltMoves) });
  const trust = {
    rootPublicKey: Buffer.from(request.rootPublicKey, 'hex'),
    property: Buffer.from(request.property, 'hex'),
    epoch: request.epoch,
  };
  for (const lock of locks) await lock.commission(trust);
  return say({ type: 'commissioned' });
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
