import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from './free-port.js';

async function listenOn(port: number): Promise<void> {
  const server = createServer();
  onTestFinished(async () => {
    await new Promise((resolve) => server.close(resolve));
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
}

/** Somebody else's port: one that this process was not given. */
async function takePort(): Promise<number> {
  const port = 10_000 + Math.floor(Math.random() * 20_000);
  return await listenOn(port).then(
    () => port,
    () => takePort(),
  );
}

/** Chooses this port first, and then any. */
function choosing(first: number): () => number {
  const choices = [(first - 10_000 + 0.5) / 20_000];
  return () => choices.shift() ?? Math.random();
}

it('gives a port that can be listened on, below those that the system hands out', async () => {
  const port = await freePort();
  expect(port).toBeGreaterThanOrEqual(10_000);
  expect(port).toBeLessThan(30_000);
  await listenOn(port);
});

it('passes over a port that somebody listens on', async () => {
  const taken = await takePort();
  expect(await freePort(choosing(taken))).not.toBe(taken);
});

it('gives a port once, though nobody listens on it yet', async () => {
  const given = await freePort();
  expect(await freePort(choosing(given))).not.toBe(given);
});
