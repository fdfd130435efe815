import { toInstant } from '@latchwork/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSignInThrottle } from './sign-in-throttle.js';

const at = (ms: number) => toInstant(1_000_000 + ms);
const victim = { address: '203.0.113.1', emailKey: 'owner@example.com' };

describe('the sign-in throttle', () => {
  it('never locks anybody out: after the wait it names, the next attempt is heard', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 60 }), (pauses) => {
        const throttle = createSignInThrottle();
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          const waitMs = throttle.waitMs(victim, at(now));
          if (waitMs === 0) continue;
          expect(waitMs).toBeLessThanOrEqual(6_000);
          now += waitMs;
          expect(throttle.waitMs(victim, at(now))).toBe(0);
        }
      }),
    );
  });

  it('lets guesses from elsewhere not delay the owner', () => {
    const throttle = createSignInThrottle();
    for (let guess = 0; guess < 50; guess++) throttle.waitMs({ ...victim, address: '198.51.100.9' }, at(0));
    expect(throttle.waitMs(victim, at(0))).toBe(0);
  });

  it('slows down one address that tries many accounts', () => {
    const throttle = createSignInThrottle();
    const waits = Array.from({ length: 31 }, (_, guess) =>
      throttle.waitMs({ address: '198.51.100.9', emailKey: `guest-${guess}@example.com` }, at(0)),
    );
    expect(waits.slice(0, 30)).toEqual(Array(30).fill(0));
    expect(waits[30]).toBeGreaterThan(0);
  });

  it('counts failures only', () => {
    const throttle = createSignInThrottle();
    for (let signIn = 0; signIn < 100; signIn++) {
      expect(throttle.waitMs(victim, at(0))).toBe(0);
      throttle.succeeded(victim, at(0));
    }
  });
});
