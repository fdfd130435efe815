import { createServer } from 'node:net';

// Systems give ports away from 32768 or 49152 upward to whoever asks for any.
const lowestPort = 10_000;
const portCount = 20_000;

// Whoever asked for a port may not listen on it yet, so none is tried a second time.
const tried = new Set<number>();

/**
 * Finds a loopback port for a program that has to be told its port before it listens. It is from 10000 to 29999, below those
 * that the system hands out by itself: a server or a connection that takes any port never gets it first. A process is given
 * each port once.
 * @param random 0 to 1, as `Math.random`.
 */
export async function freePort(random: () => number = Math.random): Promise<number> {
  while (tried.size < portCount) {
    const port = lowestPort + Math.floor(random() * portCount);
    if (tried.has(port)) continue;
    tried.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error('No port is left from 10000 to 29999.');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listens = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (listens) await new Promise((resolve) => server.close(resolve));
  return listens;
}
