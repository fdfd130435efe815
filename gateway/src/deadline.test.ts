import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type GatewayRig, runAlone, startRig } from './gateway.test-rig.js';
import type { JournalRecord } from './journal-record.js';
import type { MemoryLock } from './memory-central.test-rig.js';

let rig: GatewayRig;
let lock: MemoryLock;

beforeEach(async () => {
  rig = await startRig();
  lock = rig.central.addLock(rig.property.trust);
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

const until = (met: () => void): Promise<void> => vi.waitFor(met, { timeout: 30_000, interval: 5 });

describe('T4: nothing fires after its deadline', () => {
  test('a command that comes late is not executed', async () => {
    for (const late of [{ deadline: rig.clock.now() }, { deadline: rig.clock.now() - 3_600_000 }, { ttlMs: 0 }]) {
      const command = rig.command(lock, late);
      await rig.portal.send(command);
      expect(await rig.portal.result(command.commandId)).toMatchObject({
        outcome: 'not-executed',
        code: 'deadline-passed',
      });
    }
    expect(lock.connections).toBe(0);
  });

  test('the shorter of remaining time and deadline counts, whatever the clocks of the two sides say', async () => {
    rig.portal.answer = 'silence';
    const byTtl = rig.command(lock, { ttlMs: 3_000, deadline: rig.clock.now() + 3_600_000 });
    await rig.portal.send(byTtl);
    await until(() => expect(rig.portal.challenges).toHaveLength(1));
    rig.clock.setWallTime(rig.clock.now() - 86_400_000);
    await rig.clock.advance(2_999);
    await rig.portal.settle();
    expect(rig.portal.results).toEqual([]);
    await rig.clock.advance(1);
    expect(await rig.portal.result(byTtl.commandId)).toMatchObject({
      outcome: 'not-executed',
      code: 'deadline-passed',
    });
  });

  test('no sender can make a command live longer than 30 seconds', async () => {
    lock.audible = false;
    const command = rig.command(lock, { ttlMs: 9e9, deadline: rig.clock.now() + 9e9 });
    await rig.portal.send(command);
    await until(() => expect(rig.central.busy).toBe(1));
    await rig.clock.advance(30_000);
    expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'not-executed' });
    lock.audible = true;
    await rig.clock.advance(60_000);
    expect(lock.connections).toBe(0);
  });

  test('a command whose turn does not come in time is not executed', async () => {
    rig.portal.answer = 'silence';
    const blocking = rig.command(lock);
    await rig.portal.send(blocking);
    await until(() => expect(rig.portal.challenges).toHaveLength(1));
    const other = rig.central.addLock(rig.property.trust);
    const waiting = rig.command(other, { ttlMs: 2_000 });
    await rig.portal.send(waiting);
    await until(() => expect(rig.portal.acks).toHaveLength(2));
    await rig.clock.advance(2_000);
    expect(await rig.portal.result(waiting.commandId)).toMatchObject({
      outcome: 'not-executed',
      code: 'deadline-passed',
    });
    rig.portal.answer = 'token';
    await rig.clock.advance(60_000);
    await rig.portal.result(blocking.commandId);
    expect(other.connections).toBe(0);
  });

  test('a lock that is never heard is unreachable, and does not hold up another one for long', async () => {
    lock.audible = false;
    const other = rig.central.addLock(rig.property.trust);
    const lost = rig.command(lock);
    await rig.portal.send(lost);
    await until(() => expect(rig.central.busy).toBe(1));
    const found = rig.command(other);
    await rig.portal.send(found);
    await until(() => expect(rig.portal.acks).toHaveLength(2));
    await rig.clock.advance(2_000);
    expect(await rig.portal.result(found.commandId)).toMatchObject({ outcome: 'executed', code: 'ok' });
    await rig.clock.advance(10_000);
    expect(await rig.portal.result(lost.commandId)).toMatchObject({
      outcome: 'not-executed',
      code: 'lock-unreachable',
    });
  });

  test('a lock that is heard again in time is opened in time', async () => {
    lock.audible = false;
    const command = rig.command(lock);
    await rig.portal.send(command);
    await until(() => expect(rig.central.busy).toBe(1));
    await rig.clock.advance(6_500);
    lock.audible = true;
    await rig.clock.advance(1_000);
    expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'executed' });
    expect(lock.moves).toHaveLength(1);
  });

  test('a token that does not come in time, or comes afterwards, opens nothing', async () => {
    rig.portal.answer = 'silence';
    const command = rig.command(lock, { ttlMs: 1_500 });
    await rig.portal.send(command);
    await until(() => expect(rig.portal.challenges).toHaveLength(1));
    await rig.clock.advance(1_500);
    expect(await rig.portal.result(command.commandId)).toMatchObject({
      outcome: 'not-executed',
      code: 'deadline-passed',
    });
    rig.portal.sendToken(rig.portal.challenges[0] ?? expect.unreachable());
    await rig.portal.settle();
    await rig.clock.advance(1_000);
    expect(lock.moves).toEqual([]);
  });

  test('a disk that takes its time at WRITTEN makes the command late, not the bolt move', async () => {
    const records: JournalRecord[] = [];
    const { again, ends } = await runAlone(rig, lock, async (record) => {
      records.push(record);
      await rig.clock.advance(10_000);
    });
    expect(again).toBeUndefined();
    expect(records).toMatchObject([{ type: 'written' }]);
    expect(ends).toMatchObject([{ outcome: 'not-executed', code: 'deadline-passed' }]);
    expect(lock.moves).toEqual([]);
  });

  test('nor when the timer of the deadline is as late as the disk', async () => {
    let lateMs = 0;
    const clock = { ...rig.clock, monotonic: () => rig.clock.monotonic() + lateMs };
    const { ends } = await runAlone({ ...rig, clock }, lock, async () => {
      lateMs = 4_001;
    });
    expect(ends).toMatchObject([{ outcome: 'not-executed', code: 'deadline-passed' }]);
    expect(lock.moves).toEqual([]);
  });

  test('a disk that refuses WRITTEN means that nothing is sent', async () => {
    const run = runAlone(rig, lock, () => Promise.reject(new Error('no space')));
    await expect(run).rejects.toThrow('no space');
    expect(lock.connections).toBe(1);
    expect(lock.moves).toEqual([]);
    expect(rig.central.busy).toBe(0);
  });

  test('an answer that does not come in time leaves the outcome unknown, and the command is not sent again', async () => {
    const command = rig.command(lock, { ttlMs: 1_000 });
    lock.onNotify = () => (lock.moves.length > 0 ? rig.clock.advance(1_500) : 'pass');
    await rig.portal.send(command);
    expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'unknown', code: 'deadline-passed' });
    await rig.clock.advance(60_000);
    expect(lock.moves).toEqual([command.commandId]);
    expect(lock.connections).toBe(1);
  });

  test('a lock that asks for the certificate too late gets no command any more', async () => {
    const command = rig.command(lock, { ttlMs: 1_000 });
    lock.onNotify = (frame) => (frame === 1 ? rig.clock.advance(1_500) : 'pass');
    await rig.portal.send(command);
    expect(await rig.portal.result(command.commandId)).toMatchObject({ outcome: 'unknown' });
    expect(lock.moves).toEqual([]);
  });
});
