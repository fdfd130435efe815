import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { createAir } from './air/air.js';
import type { AirProcessConfig, AirReply, AirRequest } from './air-messages.js';
import { createSimulatedLock, type SimulatedLock } from './lock/simulated-lock.js';
import { serveAir } from './serve-air.js';

// The program behind `startAirProcess`: an air with locks of its own process, told what to do in JSON lines on stdin.
// It ends with its stdin, so that it never outlives the process that started it.

function say(reply: AirReply): void {
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

const config = JSON.parse(process.argv[2] ?? '{}') as AirProcessConfig;
const air = createAir(config.seed === undefined ? {} : { seed: config.seed });
const crypto = createNodeCrypto();
const locks: SimulatedLock[] = [];

for (let index = 0; index < config.locks; index += 1) {
  const suffix = index.toString(16).padStart(4, '0');
  const lock = await createSimulatedLock({
    air,
    address: `c0:ff:ee:00:${suffix.slice(0, 2)}:${suffix.slice(2)}`,
    crypto,
    advertisingIntervalMs: config.advertisingIntervalMs ?? 100,
    ...(config.relockMs === undefined ? {} : { relockMs: config.relockMs }),
    ...(config.storagePath === undefined ? {} : { storagePath: join(config.storagePath, `lock-${suffix}.flash`) }),
  });
  lock.events.on('bolt', ({ bolt, at, commandId }) =>
    say({
      type: 'bolt',
      tag: hex(lock.tag),
      bolt,
      at,
      ...(commandId === undefined ? {} : { commandId: hex(commandId) }),
    }),
  );
  locks.push(lock);
}

const served = await serveAir(air, {
  socketPath: config.socketPath,
  ...(config.addresses === undefined ? {} : { addresses: config.addresses }),
  ...(config.whenHostLeaves === undefined ? {} : { whenHostLeaves: config.whenHostLeaves }),
});

function chosen(index: number | undefined): readonly SimulatedLock[] {
  if (index === undefined) return locks;
  const lock = locks[index];
  if (lock === undefined) throw new RangeError(`there is no lock ${index}`);
  return [lock];
}

async function stop(): Promise<void> {
  await served.close();
  for (const lock of locks) await lock.close();
  air.close();
}

async function perform(request: AirRequest): Promise<AirReply> {
  switch (request.type) {
    case 'commission':
      for (const lock of chosen(request.lock)) {
        await lock.commission({
          rootPublicKey: bytes(request.rootPublicKey),
          property: bytes(request.property),
          epoch: request.epoch,
        });
      }
      break;
    case 'stats':
      return {
        type: 'stats',
        id: request.id,
        locks: locks.map((lock) => ({
          tag: hex(lock.tag),
          boltMoves: lock.boltMoves,
          bolt: lock.bolt,
          logSeq: lock.log.at(-1)?.seq ?? 0,
        })),
      };
    case 'set-unheard':
      for (const lock of chosen(request.lock)) lock.controller.faults.unheard = request.unheard;
      break;
    case 'lose-links':
      for (const link of air.links) link.lose();
      break;
    case 'stop':
      await stop();
      break;
  }
  return { type: 'done', id: request.id };
}

say({
  type: 'ready',
  locks: locks.map((lock) => ({
    address: lock.address,
    tag: hex(lock.tag),
    publicKey: hex(lock.publicKey),
    identityPublicKey: hex(lock.identityPublicKey),
  })),
});

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as AirRequest;
  try {
    say(await perform(request));
  } catch (error) {
    say({ type: 'failed', id: request.id, message: error instanceof Error ? error.message : String(error) });
  }
  if (request.type === 'stop') break;
}
await stop();
process.exit(0);
