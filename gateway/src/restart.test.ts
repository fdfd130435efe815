import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { UnlockCommand } from '@latchwork/contract';
import { startTestBroker } from '@latchwork/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openDataDir } from './data-dir.js';
import {
  address,
  type GatewayRig,
  rigConfig,
  startLoggedGateway,
  startRig,
  startTestPortal,
} from './gateway.test-rig.js';
import { type Journal, openJournal } from './journal.js';
import type { JournalRecord } from './journal-record.js';
import type { MemoryLock } from './memory-central.test-rig.js';
import { unlockResult } from './unlock-job.js';

let rig: GatewayRig;
let lock: MemoryLock;
let command: UnlockCommand;

beforeEach(async () => {
  rig = await startRig();
  lock = rig.central.addLock(rig.property.trust);
  command = rig.command(lock);
  await rig.stopGateway();
  rig.portal.results.length = 0;
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

const steps = {
  received: (): JournalRecord => ({
    type: 'received',
    commandId: command.commandId,
    attemptId: command.attemptId,
    tag: lock.tag,
    at: rig.clock.now(),
  }),
  written: (): JournalRecord => ({ type: 'written', commandId: command.commandId, at: rig.clock.now() }),
  result: (): JournalRecord => ({
    type: 'result',
    commandId: command.commandId,
    result: unlockResult(
      { ...command, tag: lock.tag },
      { outcome: 'executed', code: 'ok', spansMs: { command: 12 } },
      { gatewayId: address.gatewayId, now: rig.clock.now() },
    ),
  }),
  published: (): JournalRecord => ({ type: 'published', commandId: command.commandId }),
};

/** Leaves the journal as a run would that died right after these steps. */
async function dieAfter(...done: (keyof typeof steps)[]): Promise<void> {
  await using journal: Journal = await openJournal({ dataDir: rig.config.dataDir, clock: rig.clock });
  for (const step of done) {
    await journal.append(steps[step]());
  }
}

/** Everything published until a later command's result has been heard. */
async function resultsUntilNext(): Promise<object[]> {
  const next = rig.command(lock);
  await rig.portal.send(next);
  await rig.portal.result(next.commandId);
  await rig.portal.settle();
  return rig.portal.results.filter(({ commandId }) => commandId === command.commandId);
}

describe('T16: a gateway that died', () => {
  test('after RECEIVED: not executed, said once as history, and a replay of the command is not run', async () => {
    await dieAfter('received');
    await rig.startGateway();
    await rig.portal.send(command);
    expect(await resultsUntilNext()).toMatchObject([
      { outcome: 'not-executed', code: 'gateway-restarted', historical: true, tag: lock.tag },
    ]);
    expect(lock.moves).not.toContain(command.commandId);
  });

  test('after WRITTEN: unknown, never tried again', async () => {
    await dieAfter('received', 'written');
    await rig.startGateway();
    await rig.portal.send(command);
    expect(await resultsUntilNext()).toMatchObject([
      { outcome: 'unknown', code: 'gateway-restarted', historical: true },
    ]);
    expect(lock.moves).not.toContain(command.commandId);
  });

  test('after RESULT: the result as it was, once, as history', async () => {
    await dieAfter('received', 'written', 'result');
    await rig.startGateway();
    expect(await resultsUntilNext()).toMatchObject([
      { outcome: 'executed', code: 'ok', historical: true, spansMs: { command: 12 } },
    ]);
  });

  test('after PUBLISHED: nothing more to say', async () => {
    await dieAfter('received', 'written', 'result', 'published');
    await rig.startGateway();
    await rig.portal.send(command);
    expect(await resultsUntilNext()).toEqual([]);
    expect(lock.moves).not.toContain(command.commandId);
  });

  test('and died again before it could publish: still said, still the same', async () => {
    await dieAfter('received', 'written');
    const nobody = rigConfig('mqtt://127.0.0.1:1', rig.config.dataDir);
    for (let rounds = 0; rounds < 3; rounds += 1) {
      const { central, clock, log } = rig;
      await using gateway = await startLoggedGateway({ config: nobody, central, clock, log });
      expect(gateway.readiness().broker).toBe(false);
    }
    await rig.startGateway();
    expect(await resultsUntilNext()).toMatchObject([
      { eventId: `${address.gatewayId}:${command.commandId}`, outcome: 'unknown', historical: true },
    ]);
  });

  test('with a damaged last line: unknown, since WRITTEN may have been in it', async () => {
    await dieAfter('received', 'written');
    const path = join(rig.config.dataDir, 'journal.log');
    const bytes = await readFile(path);
    const nearEnd = bytes.lastIndexOf('\n') - 3;
    bytes[nearEnd] = (bytes[nearEnd] ?? 0) ^ 1;
    await writeFile(path, bytes);
    await rig.startGateway();
    expect(await resultsUntilNext()).toMatchObject([{ outcome: 'unknown' }]);
    expect(rig.log.join('')).toContain('"tail":"damaged"');
  });
});

describe('a gateway that starts', () => {
  test('refuses a damaged journal, leaves it as it is, and lets go of the folder', async () => {
    await dieAfter('received', 'written', 'result');
    const path = join(rig.config.dataDir, 'journal.log');
    const bytes = await readFile(path);
    const middle = bytes.indexOf('received');
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    await writeFile(path, bytes);
    await expect(rig.startGateway()).rejects.toMatchObject({ info: { code: 'journal-corrupt', line: 2 } });
    expect(await readFile(path)).toEqual(bytes);
    await using _free = await openDataDir(rig.config.dataDir);
  });

  test('refuses a folder that another gateway lives in', async () => {
    await using _held = await openDataDir(rig.config.dataDir);
    await expect(rig.startGateway()).rejects.toMatchObject({ info: { code: 'data-dir-in-use' } });
  });
});

describe('the outbox', () => {
  test('keeps results through an outage of the broker and delivers each afterwards, as history', async () => {
    const broker = await startTestBroker();
    const config = rigConfig(broker.url, join(rig.config.dataDir, 'other'));
    const { central, clock, log } = rig;
    const gateway = await startLoggedGateway({ config, central, clock, log });
    try {
      await vi.waitFor(() => expect(gateway.readiness().broker).toBe(true), { timeout: 30_000 });
      const portal = await startTestPortal(broker.url, rig.property);
      lock.audible = false;
      await portal.send(command);
      await vi.waitFor(() => expect(portal.acks).toHaveLength(1), { timeout: 30_000 });
      await portal[Symbol.asyncDispose]();
      await broker.close();
      await vi.waitFor(() => expect(gateway.readiness().broker).toBe(false), { timeout: 30_000 });
      await clock.advance(20_000);
      await vi.waitFor(() => expect(log.join('')).toContain('unlock ended'), { timeout: 30_000 });

      const returned = await startTestBroker({ port: broker.port });
      const listening = await startTestPortal(returned.url, rig.property);
      await vi.waitFor(
        async () => {
          await clock.advance(1_000);
          expect(listening.results).toHaveLength(1);
        },
        { timeout: 30_000, interval: 20 },
      );
      expect(listening.results).toMatchObject([
        { commandId: command.commandId, outcome: 'not-executed', code: 'lock-unreachable', historical: true },
      ]);
      await gateway[Symbol.asyncDispose]();
      await listening[Symbol.asyncDispose]();
      await returned.close();
    } finally {
      await gateway[Symbol.asyncDispose]();
    }
  });
});
