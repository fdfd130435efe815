import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Property } from '@latchwork/contract';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { createAir, createSimulatedLock, type SimulatedLock, SimulatedLockError, serveAir } from '@latchwork/testing';
import { CannotStart } from './preflight.js';

/** The rooms of the demo property, in the order of their locks. */
export const rooms = ['101', '102', '103'] as const;

/** A room number of the demo property. */
export type Room = (typeof rooms)[number];

/** Three simulated locks on one virtual air, which the gateway reaches through a Unix socket that speaks HCI. */
export interface Doors extends AsyncDisposable {
  readonly socketPath: string;
  lock(room: Room): SimulatedLock;
  /** Tells every lock whom to trust, as an installer would. */
  commission(trust: Property['lockTrust']): Promise<void>;
}

/** Where the adapters of the air will be, in the folder of the locks. */
export function hciSocketIn(folder: string): string {
  return join(folder, 'hci.sock');
}

/** Puts the locks on the air; their identities, logs and remembered commands live in `folder`. */
export async function startDoors(folder: string): Promise<Doors> {
  const air = createAir();
  const crypto = createNodeCrypto();
  const locks = new Map<Room, SimulatedLock>();
  for (const [index, room] of rooms.entries()) {
    const address = `c0:00:00:00:01:0${index + 1}`;
    const storagePath = join(folder, `lock-${room}.flash`);
    if (existsSync(join(folder, `lock-${room}.json`))) {
      throw new CannotStart(`the locks in ${folder} are of an earlier version; remove the data folder to start anew.`);
    }
    try {
      locks.set(room, await createSimulatedLock({ air, address, crypto, storagePath, advertisingIntervalMs: 100 }));
    } catch (cause) {
      const isInUse = cause instanceof SimulatedLockError && cause.info.code === 'flash-in-use';
      const because = isInUse ? cause.message : `${storagePath} is damaged; remove the data folder to start anew.`;
      throw new CannotStart(because, { cause });
    }
  }
  const socketPath = hciSocketIn(folder);
  const server = await serveAir(air, { socketPath });
  const lock = (room: Room): SimulatedLock => {
    const found = locks.get(room);
    if (found === undefined) throw new Error(`no lock for room ${room}`);
    return found;
  };
  return {
    socketPath,
    lock,
    async commission({ rootPublicKey, property, epoch }) {
      const trust = { rootPublicKey: Buffer.from(rootPublicKey, 'hex'), property: Buffer.from(property, 'hex'), epoch };
      for (const each of locks.values()) await each.commission(trust);
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      for (const each of locks.values()) await each.close();
      air.close();
    },
  };
}
