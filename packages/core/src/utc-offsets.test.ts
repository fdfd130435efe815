import { describe, expect, it } from 'vitest';
import type { Instant } from './instant.js';
import { offsetAt } from './local-time.js';
import { utcOffsets } from './utc-offsets.js';

const instant = (text: string) => Date.parse(text) as Instant;
const now = instant('2026-11-22T10:00:00Z');

describe('the offsets of a zone, for a lock that knows none', () => {
  it('P-9: has both changes of each year, to the second', () => {
    expect(utcOffsets('Europe/Berlin', { now, until: instant('2027-06-01T00:00:00Z'), most: 8 })).toEqual([
      { from: 0, offsetMinutes: 60 },
      { from: instant('2026-03-29T01:00:00Z'), offsetMinutes: 120 },
      { from: instant('2026-10-25T01:00:00Z'), offsetMinutes: 60 },
      { from: instant('2027-03-28T01:00:00Z'), offsetMinutes: 120 },
    ]);
  });

  it('has one where the clocks never change, and as many as asked for where they do', () => {
    expect(utcOffsets('Asia/Tokyo', { now, until: null, most: 8 })).toEqual([{ from: 0, offsetMinutes: 540 }]);
    expect(utcOffsets('Australia/Lord_Howe', { now, until: null, most: 8 })).toHaveLength(8);
  });

  it.each(['Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Pacific/Chatham'])(
    'P-9: says of every hour of two years what the clocks of %s show',
    (timeZone) => {
      const until = (now + 730 * 86_400_000) as Instant;
      const offsets = utcOffsets(timeZone, { now, until, most: 20 });
      for (let at = now; at < until; at = (at + 3_600_000) as Instant) {
        const said = offsets.findLast(({ from }) => from <= at)?.offsetMinutes;
        expect(said).toBe(offsetAt(at, timeZone) / 60_000);
      }
    },
  );

  it('is the same for every moment of a year, so that nothing made of it changes in between', () => {
    const at = (text: string) => utcOffsets('Europe/Berlin', { now: instant(text), until: null, most: 8 });
    expect(at('2026-01-01T00:00:00Z')).toEqual(at('2026-12-31T23:59:59Z'));
    expect(at('2027-01-01T00:00:00Z')).not.toEqual(at('2026-12-31T23:59:59Z'));
  });
});
