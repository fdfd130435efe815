import type { ActionAttempt } from '@latchwork/contract';
import { describe, expect, test } from 'vitest';
import { unlockVerdict } from './unlock-truth.js';

const asked = [{ lock: 0, attemptId: 'att_1', from: 1_000, deadline: 2_000 }];
const ended = (state: ActionAttempt['state']) => [{ state, toldBy: 'gateway' }] as unknown as readonly ActionAttempt[];
const movedAt = (...times: readonly number[]) => [{ moves: times.map((at) => ({ at, commandId: '00' })) }];
const clean = { late: 0, doubled: 0, untrue: 0, unresolved: 0 };

describe('the verdict on unlocks under kills', () => {
  test('finds nothing wrong with what is as it is said', () => {
    expect(unlockVerdict(asked, ended('confirmed'), movedAt(1_500))).toMatchObject(clean);
    expect(unlockVerdict(asked, ended('expired'), movedAt())).toMatchObject(clean);
  });

  test('finds a move after the deadline, or before anybody asked', () => {
    expect(unlockVerdict(asked, ended('confirmed'), movedAt(1_500, 2_001))).toMatchObject({ ...clean, late: 1 });
    expect(unlockVerdict(asked, ended('expired'), movedAt(999))).toMatchObject({ ...clean, late: 1 });
  });

  test('finds a second move', () => {
    expect(unlockVerdict(asked, ended('confirmed'), movedAt(1_500, 1_600))).toMatchObject({ ...clean, doubled: 1 });
  });

  test('finds a confirmed unlock that moved nothing, and a move that is denied', () => {
    expect(unlockVerdict(asked, ended('confirmed'), movedAt())).toMatchObject({ ...clean, untrue: 1 });
    expect(unlockVerdict(asked, ended('expired'), movedAt(1_500))).toMatchObject({ ...clean, untrue: 1 });
  });

  test('finds what stays unknown, and no untruth in that', () => {
    expect(unlockVerdict(asked, ended('unknown'), movedAt(1_500))).toMatchObject({ ...clean, unresolved: 1 });
  });
});
