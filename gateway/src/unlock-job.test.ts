import { answerCodes } from '@latchwork/lock-protocol';
import { expect, test } from 'vitest';
import { decideOutcome } from './unlock-job.js';

test('T16: the lock that does not know where its bolt is leaves the outcome unknown; every other refusal is one', () => {
  const codes = Object.keys(answerCodes) as (keyof typeof answerCodes)[];
  expect(codes).toContain('position-unknown');
  for (const code of codes) {
    const expected = code === 'ok' ? 'executed' : code === 'position-unknown' ? 'unknown' : 'refused';
    expect([code, decideOutcome({ code })]).toEqual([code, expected]);
  }
});
