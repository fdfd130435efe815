import type { HeldReason } from '@latchwork/core/directory';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  failuresUntilQuarantine,
  healthAfter,
  healthy,
  isNews,
  type RunEnd,
  type RunFault,
  type SyncHealth,
} from './health.js';

const seatsShort = (short: number): HeldReason => ({ because: 'seats-short', short });
const tooMany = (removed: number): HeldReason => ({ because: 'too-many-removed', removed, allowed: 5 });
const done: RunEnd = { state: 'applied', waiting: [] };
const held: RunEnd = { state: 'held', held: [tooMany(11)] };
const failed = (fault: RunFault): RunEnd => ({ state: 'failed', fault });
const passing = [
  'not-found',
  'throttled',
  'unreachable',
  'answer-malformed',
  'link-refused',
  'too-large',
  'token-expired',
  'aborted',
] as const;
const afterAll = (ends: readonly RunEnd[]): SyncHealth => ends.reduce(healthAfter, healthy);

const ends = fc.array(
  fc.oneof(
    fc.constantFrom<RunEnd>(done, held, { state: 'applied', waiting: [seatsShort(3)] }),
    fc.constantFrom<RunFault>(...passing, 'unauthorized', 'forbidden').map(failed),
  ),
  { maxLength: 40 },
);

describe('how automatic sync fares', () => {
  it('case 41, S36: licenses that are missing hold new users, and say how many', () => {
    expect(afterAll([{ state: 'applied', waiting: [seatsShort(3)] }])).toEqual({
      health: 'held',
      heldBecause: [seatsShort(3)],
      failures: 0,
    });
  });

  it('case 32: a plan that takes a second look holds everything, with the reason', () => {
    expect(afterAll([held])).toEqual({ health: 'held', heldBecause: [tooMany(11)], failures: 0 });
  });

  it.each(['unauthorized', 'forbidden'] as const)('case 43: %s asks for new consent at the first time', (fault) => {
    expect(afterAll([done, failed(fault)])).toMatchObject({ health: 'needs_reauthorization', heldBecause: [] });
  });

  it.each(passing)('%s may pass; in a row it puts the integration into quarantine', (fault) => {
    const failures = Array<RunEnd>(failuresUntilQuarantine).fill(failed(fault));
    expect(afterAll(failures.slice(1)).health).toBe('healthy');
    expect(afterAll(failures).health).toBe('quarantined');
    expect(afterAll([...failures, failed(fault)]).health).toBe('quarantined');
    expect(afterAll([...failures.slice(1), done, failed(fault)])).toEqual({ ...healthy, failures: 1 });
  });

  it('a failure in between does not make a held integration look well', () => {
    expect(afterAll([held, failed('unreachable')])).toMatchObject({ health: 'held', heldBecause: [tooMany(11)] });
  });

  it('whatever went before, one success ends it all', () => {
    fc.assert(
      fc.property(ends, (before) => {
        expect(afterAll([...before, done])).toEqual(healthy);
      }),
    );
  });

  it('there are reasons exactly while it is held', () => {
    fc.assert(
      fc.property(ends, (all) => {
        const { health, heldBecause } = afterAll(all);
        expect(heldBecause.length > 0).toBe(health === 'held');
      }),
    );
  });

  it('other numbers are no news; another reason, another health, or the end of it is', () => {
    const short = afterAll([{ state: 'applied', waiting: [seatsShort(3)] }]);
    const shorter = afterAll([{ state: 'applied', waiting: [seatsShort(9)] }]);
    expect(isNews(short, shorter)).toBe(false);
    expect(isNews(short, afterAll([held]))).toBe(true);
    expect(isNews(short, healthy)).toBe(true);
    expect(isNews(healthy, short)).toBe(true);
    expect(isNews(healthy, { ...healthy, failures: 3 })).toBe(false);
    expect(isNews(healthy, afterAll([failed('forbidden')]))).toBe(true);
  });
});
