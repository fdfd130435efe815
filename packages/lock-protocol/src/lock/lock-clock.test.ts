import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClockSetting, goodErrorSeconds, readClock, timeFrom } from './lock-clock.js';

const setting: ClockSetting = {
  counter: { run: 7, seconds: 100 },
  utcSeconds: 1_800_000_000,
  errorSeconds: 2,
};
const at = (seconds: number, run = 7) => readClock(setting, { run, seconds });

describe('T7: the lock’s clock', () => {
  it('is none until it is set, and again when its counter has begun anew or gone back', () => {
    const none = { quality: 'none', utcSeconds: 0, errorSeconds: Number.POSITIVE_INFINITY };
    expect(readClock(undefined, { run: 7, seconds: 100 })).toEqual(none);
    expect(at(100, 8)).toEqual(none);
    expect(at(99)).toEqual(none);
    expect(at(100)).toEqual({ quality: 'good', utcSeconds: setting.utcSeconds, errorSeconds: 2 });
  });

  it('is good while it may be a minute wrong at most: thirteen days at fifty millionths, and stale from then on', () => {
    const lastGood = 100 + ((goodErrorSeconds - 2) * 1_000_000) / 50;
    expect(at(lastGood)).toMatchObject({ quality: 'good', errorSeconds: 60 });
    expect(at(lastGood + 1)).toMatchObject({ quality: 'stale', errorSeconds: 61 });
  });

  it('is never further from the truth than it says, however a token was held back and the counter drifts', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 30_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 40_000_000 }),
        fc.double({ min: -50, max: 50, noNaN: true }),
        (connectionAgeMs, share, elapsed, ppm) => {
          // The token was signed at some moment of the connection; what it says is cut to whole seconds.
          const arrivedAt = 1_800_000_000.5;
          const signedAt = arrivedAt - (connectionAgeMs / 1000) * share;
          const time = timeFrom({ issuedAt: Math.floor(signedAt) }, connectionAgeMs);
          const made = { ...time, counter: { run: 1, seconds: 50 } };
          const counted = Math.floor(elapsed * (1 + ppm / 1e6));
          const { utcSeconds, errorSeconds } = readClock(made, { run: 1, seconds: 50 + counted });
          expect(Math.abs(utcSeconds - (arrivedAt + elapsed))).toBeLessThanOrEqual(errorSeconds + 1);
        },
      ),
    ));
});
