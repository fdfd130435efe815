import { answerCodes } from '@latchwork/lock-protocol';
import { describe, expect, test } from 'vitest';
import type { JournalEntry, UnlockResult } from './journal-record.js';
import { decideOutcome, decideRecovery, decideRetry, decideTryMs, type UnlockJob, unlockResult } from './unlock-job.js';

const attemptId = 'att_01jd0000000000000000000000' as UnlockJob['attemptId'];
const command = { commandId: '00000000000000aa', attemptId, tag: 'aabbccddeeff0011' };

test('T16: the lock that does not know where its bolt is leaves the outcome unknown; every other refusal is one', () => {
  const codes = Object.keys(answerCodes) as (keyof typeof answerCodes)[];
  expect(codes).toContain('position-unknown');
  for (const code of codes) {
    const expected = code === 'ok' ? 'executed' : code === 'position-unknown' ? 'unknown' : 'refused';
    expect([code, decideOutcome({ code })]).toEqual([code, expected]);
  }
});

test('one try has the radio for as long as the lock may need, and never past the deadline', () => {
  expect(decideTryMs(30_000, 10_000), 'heard of late').toBe(5_000);
  expect(decideTryMs(30_000, 10_001), 'heard long ago').toBe(2_000);
  expect(decideTryMs(30_000, undefined), 'never heard').toBe(2_000);
  expect(decideTryMs(1_500, 0)).toBe(1_500);
  expect(decideTryMs(-1, 0)).toBe(0);
});

describe('another try', () => {
  const job: UnlockJob = {
    ...command,
    ...{ kind: 'unlock', priority: 'unlock', id: command.commandId, lane: command.tag, intent: 'staff' },
    ...{ lockPublicKey: new Uint8Array(32), receivedAt: 0, notBefore: 0, deadline: 10_000, tries: 0 },
  };

  test('comes after a pause that grows to a second, and says why the last one failed', () => {
    const pauses = [0, 1, 2, 3, 4, 5, 6].map((tries) => {
      const again = decideRetry({ ...job, tries }, 'link-lost', { now: 1_000, random: 1 });
      expect(again).toEqual({ ...job, tries: tries + 1, notBefore: again?.notBefore, lastFailure: 'link-lost' });
      return (again?.notBefore ?? 0) - 1_000;
    });
    expect(pauses).toEqual([50, 100, 200, 400, 800, 1_000, 1_000]);
  });

  test('is none after the eighth, nor where the pause would last until the deadline', () => {
    expect(decideRetry({ ...job, tries: 7 }, 'link-lost', { now: 0, random: 0 })).toBeNull();
    expect(decideRetry(job, 'link-lost', { now: 9_949, random: 1 })).not.toBeNull();
    expect(decideRetry(job, 'link-lost', { now: 9_950, random: 1 })).toBeNull();
  });
});

describe('T16: what an earlier run left open', () => {
  const entry: JournalEntry = { ...command, receivedAt: 1, written: false, published: false };
  const result = { ...command, outcome: 'executed' } as UnlockResult;

  test('is unknown where it may have reached the lock, and not executed where it cannot have', () => {
    const ended = (outcome: string) => ({ outcome, code: 'gateway-restarted', spansMs: {} });
    expect(decideRecovery(entry, 'clean')).toEqual(ended('not-executed'));
    expect(decideRecovery(entry, 'torn')).toEqual(ended('not-executed'));
    expect(decideRecovery(entry, 'damaged')).toEqual(ended('unknown'));
    expect(decideRecovery({ ...entry, written: true }, 'clean')).toEqual(ended('unknown'));
  });

  test('is left as it is where its end is known', () => {
    expect(decideRecovery({ ...entry, written: true, result }, 'damaged')).toBeNull();
    expect(decideRecovery({ ...entry, published: true }, 'damaged')).toBeNull();
  });
});

test('a result says what the lock said, or what a driver saw, in hundredths of a millisecond', () => {
  const o = { gatewayId: 'gw_1', now: 5 };
  const logHead = new Uint8Array([0xab, 0x01]);
  const answer = { code: 'ok', repeated: false, bolt: 'unlocked', batteryPercent: 61, logSeq: 9, logHead } as const;
  const base = { v: 1, eventId: 'gw_1:00000000000000aa', type: 'unlock-result', ...command, occurredAt: 5 };
  expect(unlockResult(command, { outcome: 'executed', code: 'ok', answer, spansMs: { command: 1.23456 } }, o)).toEqual({
    ...{ ...base, outcome: 'executed', code: 'ok', spansMs: { command: 1.23 } },
    ...{ bolt: 'unlocked', batteryPercent: 61, logSeq: 9, logHead: 'ab01' },
  });
  const observed = { bolt: 'unlocked', batteryPercent: null } as const;
  expect(unlockResult(command, { outcome: 'unknown', code: 'link-lost', observed, spansMs: {} }, o)).toEqual({
    ...{ ...base, outcome: 'unknown', code: 'link-lost', spansMs: {}, ...observed },
  });
});
