import { describe, expect, it } from 'vitest';
import type { DeskId } from '../identifiers.js';
import { type Instant, toInstant } from '../instant.js';
import { countOccupancy, datesBetween, localDay } from './occupancy.js';

const at = (text: string): Instant => toInstant(Date.parse(text));
const hours = ({ startsAt, endsAt }: { startsAt: number; endsAt: number }) => (endsAt - startsAt) / 3_600_000;
const one = 'one' as DeskId;
const two = 'two' as DeskId;
const desk = (deskId: DeskId, createdAt = '2025-01-01T00:00:00Z', removedAt: string | null = null) => ({
  deskId,
  createdAt: at(createdAt),
  removedAt: removedAt === null ? null : at(removedAt),
});
const booked = (deskId: DeskId, startsAt: string, endsAt: string, cancelledAt: string | null = null) => ({
  deskId,
  startsAt: at(startsAt),
  endsAt: at(endsAt),
  cancelledAt: cancelledAt === null ? null : at(cancelledAt),
});

describe('days', () => {
  it('dates are those of the calendar', () => {
    expect(datesBetween('2026-02-27', '2026-03-01')).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
    expect(datesBetween('2026-03-02', '2026-03-01')).toEqual([]);
  });

  it('a day is 23 hours when the clocks go forward, 25 when they go back', () => {
    expect(localDay('2026-03-28', 'Europe/Berlin')).toEqual({
      startsAt: at('2026-03-27T23:00:00Z'),
      endsAt: at('2026-03-28T23:00:00Z'),
    });
    expect(hours(localDay('2026-03-29', 'Europe/Berlin'))).toBe(23);
    expect(hours(localDay('2026-10-25', 'Europe/Berlin'))).toBe(25);
    expect(hours(localDay('2026-10-25', 'UTC'))).toBe(24);
  });

  it('where midnight is skipped, the day begins with its first moment; where it comes twice, with the first', () => {
    expect(localDay('2018-11-04', 'America/Sao_Paulo').startsAt).toBe(at('2018-11-04T03:00:00Z'));
    expect(hours(localDay('2018-11-04', 'America/Sao_Paulo'))).toBe(23);
    expect(localDay('2026-11-01', 'America/Havana').startsAt).toBe(at('2026-11-01T04:00:00Z'));
    expect(hours(localDay('2026-11-01', 'America/Havana'))).toBe(25);
  });
});

describe('occupancy', () => {
  it('S7: desks used of those there were per day, days used of those it was there per desk', () => {
    const { days, desks } = countOccupancy({
      dates: ['2026-03-01', '2026-03-02'],
      timeZone: 'UTC',
      desks: [desk(one), desk(two, '2026-03-02T09:00:00Z')],
      reservations: [
        booked(one, '2026-03-01T22:00:00Z', '2026-03-02T01:30:00Z'),
        booked(one, '2026-03-02T08:00:00Z', '2026-03-02T09:00:00Z'),
      ],
    });
    expect(days).toEqual([
      { date: '2026-03-01', used: 1, total: 1, reservedMinutes: 120 },
      { date: '2026-03-02', used: 1, total: 2, reservedMinutes: 150 },
    ]);
    expect(desks).toEqual([
      { deskId: one, used: 2, total: 2, reservedMinutes: 270 },
      { deskId: two, used: 0, total: 1, reservedMinutes: 0 },
    ]);
  });

  it('in the zone of the office', () => {
    const count = (timeZone: string) =>
      countOccupancy({
        dates: ['2026-03-01', '2026-03-02'],
        timeZone,
        desks: [desk(one)],
        reservations: [booked(one, '2026-03-01T16:00:00Z', '2026-03-01T17:00:00Z')],
      }).days.map(({ used }) => used);
    expect(count('UTC')).toEqual([1, 0]);
    expect(count('Asia/Tokyo')).toEqual([0, 1]);
  });

  it('what was cancelled before it began does not count, what was cut short counts up to then', () => {
    const { desks } = countOccupancy({
      dates: ['2026-03-01'],
      timeZone: 'UTC',
      desks: [desk(one), desk(two)],
      reservations: [
        booked(one, '2026-03-01T08:00:00Z', '2026-03-01T12:00:00Z', '2026-02-28T08:00:00Z'),
        booked(two, '2026-03-01T08:00:00Z', '2026-03-01T12:00:00Z', '2026-03-01T09:00:00Z'),
      ],
    });
    expect(desks.map(({ reservedMinutes }) => reservedMinutes)).toEqual([0, 60]);
  });

  it('a desk that was removed before, or made after, is none', () => {
    const { days, desks } = countOccupancy({
      dates: ['2026-03-02'],
      timeZone: 'UTC',
      desks: [desk(one, '2026-01-01T00:00:00Z', '2026-03-02T00:00:00Z'), desk(two, '2026-03-03T00:00:00Z')],
      reservations: [],
    });
    expect(days).toEqual([{ date: '2026-03-02', used: 0, total: 0, reservedMinutes: 0 }]);
    expect(desks).toEqual([]);
  });
});
