import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Seed } from './work.js';

/** Runs a server of the bench in a process of its own: gets the seed from its parent, says the port, ends with the parent. */
export async function serveSeeded(start: (seed: Seed) => Promise<Server>): Promise<void> {
  const [seed] = (await once(process, 'message')) as [Seed];
  const server = await start(seed);
  process.send?.((server.address() as AddressInfo).port);
  await once(process, 'disconnect');
  process.exit();
}
