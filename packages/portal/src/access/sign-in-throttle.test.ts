import { toInstant } from '@latchwork/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSignInThrottle, throttleRates } from './sign-in-throttle.js';

const at = (ms: number) => toInstant(1_000_000 + ms);
const account = 'owner@example.com';
const home = { address: '203.0.113.1', account, isKnown: true };
const hourMs = 3_600_000;

describe('the sign-in throttle', () => {
  it('never locks anybody out: after the wait it names, the next attempt is heard', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 60 }), fc.boolean(), (pauses, isKnown) => {
        const throttle = createSignInThrottle();
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          const waitMs = throttle.waitMs({ ...home, isKnown }, at(now));
          if (waitMs === 0) continue;
          expect(waitMs).toBeLessThanOrEqual(60_000);
          now += waitMs;
          expect(throttle.waitMs({ ...home, isKnown }, at(now))).toBe(0);
        }
      }),
    );
  });

  it('an attacker at any number of addresses costs the owner nothing at an address where the owner was seen', () => {
    const throttle = createSignInThrottle();
    for (let guess = 0; guess < 5_000; guess++) {
      throttle.waitMs({ address: `198.51.${guess >> 8}.${guess & 255}`, account, isKnown: false }, at(guess));
      if (guess % 100 === 0) {
        expect(throttle.waitMs(home, at(guess))).toBe(0);
        throttle.succeeded(home, at(guess));
      }
    }
  });

  it('bounds the guesses for an account per hour, from however many addresses they come', () => {
    const throttle = createSignInThrottle();
    let heard = 0;
    // Ten thousand addresses, each guess from the next, for an hour.
    for (let guess = 0; guess < 36_000; guess++) {
      const address = `198.51.${(guess >> 8) % 40}.${guess & 255}`;
      if (throttle.waitMs({ address, account, isKnown: false }, at(guess * 100)) === 0) heard += 1;
    }
    const { burst, refillMs } = throttleRates.accountElsewhere;
    expect(heard).toBeLessThanOrEqual(burst + hourMs / refillMs);
    expect(heard).toBeGreaterThan(burst);
  });

  it('bounds the guesses from the address where the owner was seen', () => {
    const throttle = createSignInThrottle();
    let heard = 0;
    for (let second = 0; second < 3_600; second++) if (throttle.waitMs(home, at(second * 1_000)) === 0) heard += 1;
    const { burst, refillMs } = throttleRates.accountAtAddress;
    expect(heard).toBeLessThanOrEqual(burst + hourMs / refillMs);
  });

  it('slows down one address that tries many accounts, or many tokens', () => {
    for (const who of [(guess: number) => ({ account: `guest-${guess}@example.com` }), () => ({})]) {
      const throttle = createSignInThrottle();
      const waits = Array.from({ length: 31 }, (_, guess) =>
        throttle.waitMs({ address: '198.51.100.9', ...who(guess) }, at(0)),
      );
      expect(waits.slice(0, 30)).toEqual(Array(30).fill(0));
      expect(waits[30]).toBeGreaterThan(0);
    }
  });

  it('counts failures only', () => {
    const throttle = createSignInThrottle();
    for (let signIn = 0; signIn < 100; signIn++) {
      expect(throttle.waitMs({ ...home, isKnown: false }, at(0))).toBe(0);
      throttle.succeeded({ ...home, isKnown: false }, at(0));
    }
  });

  it('forgets failures of the owner with the success that follows, but not those of strangers elsewhere', () => {
    const throttle = createSignInThrottle();
    for (let guess = 0; guess < 4; guess++) throttle.waitMs(home, at(0));
    expect(throttle.waitMs(home, at(0))).toBe(0);
    throttle.succeeded(home, at(0));
    for (let guess = 0; guess < 5; guess++) expect(throttle.waitMs(home, at(0))).toBe(0);
    const stranger = (guess: number) => ({ address: `198.51.100.${guess}`, account, isKnown: false });
    for (let guess = 0; guess < 10; guess++) expect(throttle.waitMs(stranger(guess), at(0))).toBe(0);
    throttle.succeeded(home, at(0));
    expect(throttle.waitMs(stranger(11), at(0))).toBeGreaterThan(0);
  });
});
