import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decidePauseMs, readRetryAfterMs } from './retry-policy.js';

const now = Date.UTC(2026, 2, 1);

describe('what Retry-After asks for (case 8)', () => {
  it.each([
    ['7', 7_000],
    [' 120 ', 120_000],
    ['Sun, 01 Mar 2026 00:00:09 GMT', 9_000],
  ])('is kept exactly: %s', (header, expected) => {
    expect(readRetryAfterMs(header, now)).toBe(expected);
  });

  it.each([
    ['nothing', null],
    ['an empty header', ''],
    ['no time at all', '0'],
    ['less than no time', '-5'],
    ['a word', 'soon'],
    ['a moment that is over', 'Sun, 01 Mar 2025 00:00:09 GMT'],
  ])('is left to the back-off: %s', (_, header) => {
    expect(readRetryAfterMs(header, now)).toBeUndefined();
  });

  it.each(['1000000000', '9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT'])('is five minutes at most: %s', (header) => {
    expect(readRetryAfterMs(header, now)).toBe(300_000);
  });
});

describe('the pause before the next try', () => {
  it('is what was asked for, whatever the try', () => {
    expect(decidePauseMs({ tries: 5, retryAfterMs: 1_234, random: 0.9 })).toBe(1_234);
  });

  it('doubles, and half of it is left to chance, so that two readers part', () => {
    const pauses = [1, 2, 3].map((tries) => decidePauseMs({ tries, retryAfterMs: undefined, random: 0 }));
    expect(pauses).toEqual([250, 500, 1_000]);
    expect(decidePauseMs({ tries: 1, retryAfterMs: undefined, random: 0.999_999 })).toBe(500);
  });

  it('is never none and never more than half a minute', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), (tries, random) => {
        const pause = decidePauseMs({ tries, retryAfterMs: undefined, random });
        expect(pause).toBeGreaterThanOrEqual(250);
        expect(pause).toBeLessThanOrEqual(30_000);
      }),
    );
  });
});
