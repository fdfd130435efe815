import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LatchworkError } from '@latchwork/client';
import type { ActionAttempt } from '@latchwork/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningProperty, startProperty } from './property.js';
import { childrenOf, settingsIn } from './test-world.js';

const deadlineMs = 3_000;
const silent = { title: () => undefined, line: () => undefined, row: () => undefined };

function kill(pid: number | undefined): void {
  if (pid === undefined) throw new Error('the process to kill is not running');
  process.kill(pid, 'SIGKILL');
}

describe.skipIf(process.platform !== 'linux')('kill -9 in the middle of unlocks', () => {
  let folder: string;
  let property: RunningProperty;
  let moves: { readonly at: number }[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchwork-crash-'));
    const settings = await settingsIn(folder);
    property = await startProperty({ settings, terminal: silent, signal: new AbortController().signal });
    property.doors.lock('101').events.on('bolt', (move) => {
      if (move.commandId !== undefined) moves.push(move);
    });
  });
  afterAll(async () => {
    await property?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    moves = [];
  });

  /** Every victim, at every moment that the world outside can see. */
  const victims = {
    'the Bluetooth child': async () => kill((await childrenOf(property.gateway.pid()))[0]),
    'the gateway': async () => kill(property.gateway.pid()),
    'the portal': async () => kill(property.portal.pid()),
  };
  const moments = {
    'the portal has accepted': (strike: () => void) => strike(),
    'the lock has been connected to': (strike: () => void) => {
      property.doors.lock('101').server.events.once('connected', strike);
    },
    'the bolt has moved': (strike: () => void) => {
      property.doors.lock('101').events.once('bolt', strike);
    },
  };
  const cases = Object.keys(victims).flatMap((victim) =>
    Object.keys(moments).map((moment) => ({ victim, moment }) as const),
  );

  test.each(cases)(
    'T16: $victim dies when $moment: never twice, never late, a true end, and recovery',
    async ({ victim, moment }) => {
      await untilDoorOpens();
      moves = [];
      let struck: Promise<void> | undefined;
      const strike = () => {
        struck ??= victims[victim as keyof typeof victims]();
      };
      if (moment !== 'the portal has accepted') moments[moment as keyof typeof moments](strike);
      const accepted = await askUntilAnswered();
      if (moment === 'the portal has accepted') strike();

      const attempt = accepted && (await endOf(accepted.id));
      expect(struck, 'the process was killed').toBeDefined();
      await struck;
      const latest = attempt === undefined ? Date.now() + deadlineMs : Date.parse(attempt.deadline);
      await wait(Math.max(0, latest - Date.now() + 100));

      const opened = moves.length;
      if (attempt?.state === 'confirmed') expect(opened).toBe(1);
      else if (attempt?.state === 'unknown') expect(opened).toBeLessThanOrEqual(1);
      else expect([attempt?.state, opened]).toEqual([attempt?.state, 0]);
      for (const { at } of moves) expect(at).toBeLessThanOrEqual(latest);
      await untilDoorOpens();
    },
  );

  /**
   * Asks for one unlock. The command leaves for the lock before the answer leaves for the app: a portal that dies in between is
   * asked again with the same idempotency key. Without an attempt, when it was not accepted before the end, nor can be after.
   */
  async function askUntilAnswered(): Promise<ActionAttempt | undefined> {
    const { housekeeper, entranceId } = property;
    const request = { entranceId: entranceId('101'), deadlineMs, waitSeconds: 0, idempotencyKey: randomUUID() };
    for (;;) {
      try {
        return await housekeeper.unlock(request);
      } catch (error) {
        if (!(error instanceof LatchworkError)) throw error;
        if (error.info.code === 'gateway-offline') return undefined;
        if (!['network', 'unavailable'].includes(error.info.code)) throw error;
      }
      await wait(100);
    }
  }

  /** The end of an attempt, asked for until the portal is back to tell it. */
  async function endOf(attemptId: string): Promise<ActionAttempt> {
    for (;;) {
      try {
        return await property.housekeeper.attempts.waitFor(attemptId, { timeoutMs: 20_000 });
      } catch (error) {
        if (!(error instanceof LatchworkError && ['network', 'unavailable'].includes(error.info.code))) throw error;
        await wait(100);
      }
    }
  }

  /** Asks again, as a person would, until everything has recovered by itself. */
  async function untilDoorOpens(): Promise<void> {
    for (;;) {
      try {
        const request = { entranceId: property.entranceId('101'), deadlineMs, waitSeconds: 15 };
        const { state } = await property.housekeeper.unlock(request);
        if (state === 'confirmed') return;
      } catch (error) {
        if (!(error instanceof LatchworkError)) throw error;
        if (!['network', 'unavailable', 'gateway-offline', 'timeout'].includes(error.info.code)) throw error;
      }
      await wait(100);
    }
  }
});
