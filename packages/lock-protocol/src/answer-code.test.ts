import { describe, expect, test } from 'vitest';
import { type AnswerCode, answerCodeOf, answerCodes, retryClassOf } from './answer-code.js';

const rows = Object.entries(answerCodes) as [AnswerCode, (typeof answerCodes)[AnswerCode]][];

describe('answer codes', () => {
  test('have numbers of their own that fit a byte, and are found by them', () => {
    expect(new Set(rows.map(([, { number }]) => number)).size).toBe(rows.length);
    for (const [name, { number, retry }] of rows) {
      expect(number).toBeLessThan(256);
      expect(answerCodeOf(number)).toBe(name);
      expect(retryClassOf(name)).toBe(retry);
    }
    expect(answerCodeOf(255)).toBeUndefined();
  });
});
