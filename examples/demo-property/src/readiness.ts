import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@latchwork/client';
import { CannotStart } from './preflight.js';
import type { Program } from './programs.js';

const pollMs = 50;
const limitMs = 120_000;

/** Waits until a program answers that it is ready; its own last words are the reason when it dies before. */
export async function untilReady(program: Program, url: string, signal: AbortSignal): Promise<void> {
  const death = program.diedEarly.then((lastLine) => {
    throw new CannotStart(`the ${program.name} did not start: ${lastLine || 'it said nothing; see its log'}`);
  });
  const over = new AbortController();
  const isReady = async () => (await fetch(url).catch(() => undefined))?.ok === true;
  const ready = until(`the ${program.name} to be ready`, AbortSignal.any([signal, over.signal]), isReady);
  ready.catch(() => undefined);
  try {
    await Promise.race([death, ready]);
  } finally {
    over.abort();
  }
  program.ready();
}

/** Waits until the portal has heard from the gateway. */
export async function untilOnline(owner: Client, gatewayId: string, signal: AbortSignal): Promise<void> {
  await until('the gateway to be online', signal, async () => (await owner.gateways.get({ gatewayId })).online);
}

async function until(what: string, signal: AbortSignal, check: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await check())) {
    if (performance.now() > deadline) throw new CannotStart(`waiting for ${what} took more than ${limitMs / 1000} s.`);
    await wait(pollMs, undefined, { signal });
  }
}
