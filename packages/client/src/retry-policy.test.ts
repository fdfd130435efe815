import type { ProblemCode } from '@latchwork/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideRetry, defaultRetry, type FailedTry, readRetryAfterMs } from './retry-policy.js';

const ample = { retry: defaultRetry, repeats: 0, remainingMs: 60_000, random: 0.5 };
const failedTry: fc.Arbitrary<FailedTry> = fc.record(
  {
    status: fc.integer({ min: 400, max: 599 }),
    code: fc.constantFrom<ProblemCode>('rate-limited', 'unavailable', 'internal', 'not-found', 'unlock-refused'),
    retryAfterMs: fc.nat(120_000),
  },
  { requiredKeys: [] },
);
const context = fc.record({
  retry: fc.record({ limit: fc.nat(10), baseDelayMs: fc.nat(1000), maxDelayMs: fc.nat(10_000) }),
  repeats: fc.nat(12),
  remainingMs: fc.integer({ min: -1000, max: 60_000 }),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

describe('decideRetry', () => {
  it.each<[string, FailedTry, boolean]>([
    ['no reply at all', {}, true],
    ['the portal is starting', { status: 503, code: 'unavailable' }, true],
    ['too many requests', { status: 429, code: 'rate-limited' }, true],
    ['the first request still runs', { status: 409, code: 'idempotency-key-in-use' }, true],
    ['a proxy without a portal', { status: 502 }, true],
    ['no gateway: the same key would get the same answer', { status: 503, code: 'gateway-offline' }, false],
    ['the deadline has passed', { status: 504, code: 'deadline-passed' }, false],
    ['refused by decision', { status: 403, code: 'unlock-refused' }, false],
    ['an error page with 404', { status: 404 }, false],
  ])('%s', (_, failed, retry) => {
    expect(decideRetry(failed, ample).retry).toBe(retry);
  });

  it('P-18: never starts a repeat at or after the end of the time left', () => {
    fc.assert(
      fc.property(failedTry, context, (failed, given) => {
        const decision = decideRetry(failed, given);
        expect(!decision.retry || decision.delayMs < given.remainingMs).toBe(true);
      }),
    );
  });

  it('P-18: a pause of exactly the time left is too long, a millisecond less is not', () => {
    const asked = { status: 503, code: 'unavailable', retryAfterMs: 1000 } as const;
    expect(decideRetry(asked, { ...ample, remainingMs: 1000 })).toStrictEqual({ retry: false });
    expect(decideRetry(asked, { ...ample, remainingMs: 1001 })).toStrictEqual({ retry: true, delayMs: 1000 });
  });

  it('P-3: never comes back earlier than the portal asks', () => {
    fc.assert(
      fc.property(failedTry, context, (failed, given) => {
        const decision = decideRetry(failed, given);
        expect(!decision.retry || decision.delayMs >= (failed.retryAfterMs ?? 0)).toBe(true);
      }),
    );
  });

  it('never repeats more often than its limit', () => {
    fc.assert(
      fc.property(failedTry, context, (failed, given) => {
        fc.pre(given.repeats >= given.retry.limit);
        expect(decideRetry(failed, given).retry).toBe(false);
      }),
    );
  });

  it('pauses longer each time, up to the longest pause', () => {
    const pauses = [0, 1, 2, 9].map((repeats) =>
      decideRetry({}, { ...ample, repeats, random: 1, retry: { ...defaultRetry, limit: 10 } }),
    );
    expect(pauses).toStrictEqual([300, 600, 1200, 5000].map((delayMs) => ({ retry: true, delayMs })));
  });
});

describe('readRetryAfterMs', () => {
  const now = Date.parse('2026-03-01T00:00:00Z');
  it.each([
    ['3', 3000],
    ['0', 0],
    ['0.5', 500],
    ['Sun, 01 Mar 2026 00:00:07 GMT', 7000],
    ['Sat, 28 Feb 2026 00:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('%j', (header, delayMs) => {
    expect(readRetryAfterMs(header, now)).toBe(delayMs);
  });
});
