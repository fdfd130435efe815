import { cpSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UnlockCommand } from '@latchwork/contract';
import { createFakeClock, createPropertyFixture, startTestBroker } from '@latchwork/testing';
import { expect, vi } from 'vitest';
import type { Gateway } from './gateway.js';
import { crypto, rigConfig, startLoggedGateway, startTestPortal, unlockCommandFor } from './gateway.test-rig.js';
import { createMemoryCentral, type MemoryLock } from './memory-central.test-rig.js';

/** What goes down. */
export const outages = ['server', 'broker', 'hub', 'lock link'] as const;

/** Where a command stands when something goes down: once the gateway has it, and then after each step of its journal. */
export const outageMoments = ['RECEIVED', 'token awaited', 'WRITTEN', 'executed', 'RESULT'] as const;

/** What became of one command with something down in the middle of it. */
export interface OutageStory {
  /** Ids of the commands that moved the bolt, up to the deadline. */
  readonly movedInTime: readonly string[];
  /** The same at the very end, long after everything came back. */
  readonly moved: readonly string[];
  /** How the command ended, by the gateway's word: each time it said so. */
  readonly outcomes: readonly string[];
  /** The gateway opens the door again. */
  readonly opensAgain: boolean;
  readonly command: UnlockCommand;
}

const patience = { timeout: 30_000, interval: 2 };

/** Sends a command, takes something down at that moment, brings it back after that long, and sends the command again. */
export async function tellOutage(
  outage: (typeof outages)[number],
  moment: (typeof outageMoments)[number],
  downMs: number,
): Promise<OutageStory> {
  const folder = await mkdtemp(join(tmpdir(), 'latchwork-outage-'));
  const clock = createFakeClock();
  const property = createPropertyFixture({ crypto, now: () => clock.now() });
  const central = createMemoryCentral({ crypto, clock });
  const lock: MemoryLock = central.addLock(property.trust);
  const log: string[] = [];
  let broker = await startTestBroker();
  const { port } = broker;
  let portal = await startTestPortal(broker.url, property);
  let dataDir = join(folder, 'data');
  const start = async (): Promise<Gateway> => {
    const started = await startLoggedGateway({ config: rigConfig(broker.url, dataDir), central, clock, log });
    central.setState('ready');
    return started;
  };
  let gateway = await start();
  const online = async (): Promise<void> =>
    await vi.waitFor(async () => {
      await clock.advance(1_000);
      expect(gateway.readiness().broker).toBe(true);
    }, patience);
  await vi.waitFor(() => expect(gateway.readiness().broker).toBe(true), patience);
  const command = unlockCommandFor(lock, clock.now());

  let struck: Promise<void> | undefined;
  const strike = (): void => {
    struck ??= takeDown();
  };
  async function takeDown(): Promise<void> {
    if (outage === 'lock link') {
      lock.audible = false;
      lock.loseLink();
    } else if (outage === 'server') {
      await portal[Symbol.asyncDispose]();
    } else if (outage === 'broker') {
      await broker.close();
    } else {
      // As kill -9 leaves it: what is on the disk stays, links fall, and not another word reaches anybody.
      const kept = join(folder, 'kept');
      cpSync(dataDir, kept, { recursive: true });
      const said = [...log];
      broker.tamper = () => ({ action: 'drop' });
      lock.loseLink();
      await rm(join(kept, 'gateway.lock'), { force: true });
      let gone = false;
      void gateway[Symbol.asyncDispose]().then(() => {
        gone = true;
      });
      // What was left of it ends by its own time limits, unheard.
      while (!gone) await clock.advance(500);
      log.splice(0, log.length, ...said);
      dataDir = kept;
    }
  }
  async function bringBack(): Promise<void> {
    lock.audible = true;
    if (outage === 'broker') broker = await startTestBroker({ port });
    if (outage === 'broker' || outage === 'server') {
      if (outage === 'broker') await portal[Symbol.asyncDispose]();
      portal = await startTestPortal(broker.url, property);
    }
    if (outage === 'hub') {
      broker.tamper = undefined;
      gateway = await start();
    }
    await online();
  }
  const lost = outage === 'lock link' || outage === 'hub';
  const strikes: Record<(typeof outageMoments)[number], () => Promise<void>> = {
    async RECEIVED() {
      lock.audible = false;
      await portal.send(command);
      await vi.waitFor(() => expect(portal.acks).toHaveLength(1), patience);
      strike();
    },
    async 'token awaited'() {
      portal.answer = strike;
      await portal.send(command);
    },
    async WRITTEN() {
      // Frame 0 is the handshake's first message; with frame 1 the command leaves, and WRITTEN is on the disk.
      lock.onWrite = (frame) => {
        if (frame !== 1) return 'pass';
        strike();
        return lost ? 'lose' : 'pass';
      };
      await portal.send(command);
    },
    async executed() {
      lock.onNotify = () => {
        if (lock.moves.length === 0) return 'pass';
        strike();
        return lost ? 'lose' : 'pass';
      };
      await portal.send(command);
    },
    async RESULT() {
      await portal.send(command);
      await portal.result(command.commandId);
      strike();
    },
  };

  try {
    await strikes[moment]();
    await vi.waitFor(() => expect(struck).toBeDefined(), patience);
    await struck;
    lock.onWrite = undefined;
    lock.onNotify = undefined;
    if (moment === 'RECEIVED' && outage !== 'lock link') lock.audible = true;
    const rest = command.deadline - clock.now();
    if (downMs < rest) {
      await clock.advance(downMs);
      await bringBack();
      // Still in time: what must keep it from being done again is that it was taken already.
      await portal.send(command);
    }
    await clock.advance(Math.max(0, command.deadline - clock.now()));
    const movedInTime = [...lock.moves];
    if (downMs >= rest) {
      await clock.advance(downMs - rest);
      await bringBack();
    }
    // Whoever kept it, sends it once more; and the broker may have kept it too.
    await portal.send(command);
    await clock.advance(60_000);
    await portal.settle();
    const moved = [...lock.moves];
    const fresh = unlockCommandFor(lock, clock.now());
    portal.answer = 'token';
    await portal.send(fresh);
    const answer = await portal.result(fresh.commandId);
    const outcomes = log
      .map((line) => JSON.parse(line) as { readonly commandId?: string; readonly outcome?: string })
      .filter(({ commandId }) => commandId === command.commandId)
      .flatMap(({ outcome }) => outcome ?? []);
    return { movedInTime, moved, outcomes, opensAgain: answer.outcome === 'executed', command };
  } finally {
    await gateway[Symbol.asyncDispose]();
    await portal[Symbol.asyncDispose]();
    await broker.close();
    await rm(folder, { recursive: true, force: true });
  }
}
