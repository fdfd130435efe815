import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LatchworkError } from '@latchwork/client';
import type { ActionAttempt } from '@latchwork/contract';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { createAir, createSimulatedLock, createUidCard, type SimulatedLock, serveAir } from '@latchwork/testing';
import { startProcesses } from '../../bench/src/world/processes.js';
import { type BenchProperty, startBenchProperty } from '../../bench/src/world/property.js';
import { type Card, startCards } from './cards-of-guests.js';
import { type AskedUnlock, type KillVerdict, type LockTruth, unlockVerdict } from './unlock-truth.js';

/** How often a gateway is killed, and beneath how much work. */
export interface KillRun {
  readonly kills: number;
  readonly locks: number;
  readonly cards: number;
}

const deadlineMs = 4_000;
/** A kill comes at any moment of this long after a start: before the gateway is ready, or well after. */
const longestLifeMs = 3_000;
/** Of the cards that were taken away, as many are tried at the end, the last ones. */
const mostTried = 100;
/** Until everything must have come to its end after the last kill. */
const settledWithinMs = 15 * 60_000;

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Kills a gateway again and again while people open doors and cards are brought to locks, and judges by the locks themselves. */
export async function runKills(run: KillRun): Promise<KillVerdict> {
  await using processes = startProcesses();
  const socketPath = join(processes.folder, 'hci.sock');
  const air = createAir({ seed: 1 });
  const crypto = createNodeCrypto();
  const locks = await Promise.all(
    Array.from({ length: run.locks }, (_, index) =>
      createSimulatedLock({
        ...{ air, crypto, address: `c0:00:00:00:00:${(index + 1).toString(16).padStart(2, '0')}` },
        ...{ advertisingIntervalMs: 100, relockMs: 200 },
      }),
    ),
  );
  const truths: LockTruth[] = locks.map(() => ({ moves: [] }));
  for (const [index, lock] of locks.entries()) {
    lock.events.on('bolt', ({ at, commandId }) => {
      if (commandId !== undefined) truths[index]?.moves.push({ at, commandId: hex(commandId) });
    });
  }
  const served = await serveAir(air, { socketPath });
  const property = await startBenchProperty({
    ...{ processes, socketPath },
    locks: locks.map((lock) => ({
      tag: hex(lock.tag),
      publicKey: hex(lock.publicKey),
      identityPublicKey: hex(lock.identityPublicKey),
    })),
    async commission({ rootPublicKey, property, epoch }) {
      const trust = { rootPublicKey: Buffer.from(rootPublicKey, 'hex'), property: Buffer.from(property, 'hex'), epoch };
      for (const lock of locks) await lock.commission(trust);
    },
  });

  const over = new AbortController();
  const asked: AskedUnlock[] = [];
  const people = property.entranceIds.map((entranceId, lock) =>
    openAgainAndAgain(property, { entranceId, lock, signal: over.signal, asked }),
  );
  const cards = startCards(property, { cards: run.cards, signal: over.signal });
  let gateway = property.gateway;
  for (let kill = 0; kill < run.kills; kill += 1) {
    await wait(Math.random() * longestLifeMs);
    await killed(gateway);
    gateway = property.startGateway();
    gateway.stdout?.resume();
  }
  over.abort();
  await Promise.all(people);
  const { carried, taken } = await cards;

  const until = Date.now() + settledWithinMs;
  const ends = await endsOf(property, asked, until);
  const unlocks = unlockVerdict(asked, ends, truths);
  const lost = await unprovisioned(property, carried, until);
  // The world outside is asked, not the portal: cards are held to the locks.
  const shut = await heldTo(locks, carried, 'opened');
  const open = await heldTo(locks, taken.slice(-mostTried), 'card-unknown');
  await served.close();
  for (const lock of locks) await lock.close();
  air.close();
  return {
    ...{ kills: run.kills, cards: carried.length, takenAway: taken.length },
    ...unlocks,
    lostProvisioning: lost + shut + open,
  };
}

async function killed(gateway: ChildProcess): Promise<void> {
  const exited = once(gateway, 'exit');
  gateway.kill('SIGKILL');
  await exited;
}

/** One door at which people come one after another: nobody asks before the deadline of the one before has passed. */
async function openAgainAndAgain(
  { app }: BenchProperty,
  o: {
    readonly entranceId: string;
    readonly lock: number;
    readonly signal: AbortSignal;
    readonly asked: AskedUnlock[];
  },
): Promise<void> {
  while (!o.signal.aborted) {
    await wait(Math.random() * 2_000);
    try {
      const attempt = await app.unlock({ entranceId: o.entranceId, deadlineMs, waitSeconds: 0 });
      const [from, deadline] = [Date.parse(attempt.requestedAt), Date.parse(attempt.deadline)];
      o.asked.push({ lock: o.lock, attemptId: attempt.id, from, deadline });
      await wait(Math.max(0, deadline + 1 - Date.now()));
    } catch (error) {
      if (!(error instanceof LatchworkError && error.info.code === 'gateway-offline')) throw error;
    }
  }
}

/** How each attempt ended once nothing is unknown any more, or when there is no more patience. */
async function endsOf(
  { app }: BenchProperty,
  asked: readonly AskedUnlock[],
  until: number,
): Promise<readonly ActionAttempt[]> {
  const ends: ActionAttempt[] = [];
  for (const { attemptId } of asked) {
    let attempt = await app.attempts.waitFor(attemptId, { timeoutMs: 60_000 });
    while (attempt.state === 'unknown' && Date.now() < until) {
      await wait(200);
      attempt = await app.attempts.get({ attemptId });
    }
    ends.push(attempt);
  }
  return ends;
}

/** How many cards the locks have not confirmed, when there is no more patience. */
async function unprovisioned({ app }: BenchProperty, cards: readonly Card[], until: number): Promise<number> {
  let missing = 0;
  for (const { credentialId } of cards) {
    const isThere = async () =>
      (await app.credentials.get({ credentialId })).doors.every(({ state }) => state === 'provisioned');
    let there = await isThere();
    for (; !there && Date.now() < until; there = await isThere()) await wait(200);
    if (!there) missing += 1;
  }
  return missing;
}

/** How many cards the locks treat otherwise than they should. */
async function heldTo(locks: readonly SimulatedLock[], cards: readonly Card[], should: string): Promise<number> {
  let wrong = 0;
  for (const { lock, uid } of cards) {
    const door = locks[lock];
    if (door === undefined || (await answerTo(door, uid)) !== should) wrong += 1;
  }
  return wrong;
}

async function answerTo(lock: SimulatedLock, uid: Uint8Array): Promise<string> {
  for (;;) {
    const answer = new Promise<string>((resolve) => {
      lock.events.once('bolt', () => resolve('opened'));
      lock.events.once('cardRefused', ({ code }) => resolve(code));
    });
    await lock.holdCard(createUidCard(uid));
    const said = await answer;
    if (said !== 'busy') {
      await wait(lock.bolt === 'locked' ? 0 : 250);
      return said;
    }
    await wait(20);
  }
}
