import { CoreError } from '../core-error.js';
import type { DeskId } from '../identifiers.js';
import type { Instant } from '../instant.js';
import { offsetAt } from '../local-time.js';
import type { Period, ReservationFacts } from './reservation-decision.js';

/** A desk and how long there was one; `removedAt: null` is still there. */
export interface DeskLife {
  readonly deskId: DeskId;
  readonly createdAt: Instant;
  readonly removedAt: Instant | null;
}

/** The share of something that was reserved. */
export interface Occupancy {
  /** How many of the whole were reserved at all. */
  readonly used: number;
  /** How many there were. */
  readonly total: number;
  /** Minutes reserved, rounded down. */
  readonly reservedMinutes: number;
}

/** Occupancy of one local day: desks used of the desks there were. */
export interface DayOccupancy extends Occupancy {
  /** `2026-03-29`, as the zone's calendar says it. */
  readonly date: string;
}

/** Occupancy of one desk: days used of the days it was there. */
export interface DeskOccupancy extends Occupancy {
  readonly deskId: DeskId;
}

/** The most days one question about occupancy may span. */
export const longestOccupancyDays = 92;

const dayMs = 24 * 60 * 60 * 1000;
const minuteMs = 60_000;

/** The calendar dates from one to another, both included; empty when the first is after the last. */
export function datesBetween(from: string, to: string): readonly string[] {
  const dates: string[] = [];
  for (let at = Date.parse(`${from}T00:00:00Z`); at <= Date.parse(`${to}T00:00:00Z`); at += dayMs) {
    dates.push(new Date(at).toISOString().slice(0, 10));
  }
  return dates;
}

/**
 * When a calendar day begins and ends in a zone. On the days the clock is changed that is 23 or 25 hours; where it is
 * changed at midnight, the day begins with its first moment.
 *
 * @throws CoreError `time-zone-unknown`, or `instant-invalid` for a text that is no date.
 */
export function localDay(date: string, timeZone: string): Period {
  const midnight = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight)) throw new CoreError({ code: 'instant-invalid', value: midnight });
  return { startsAt: localMidnight(midnight, timeZone), endsAt: localMidnight(midnight + dayMs, timeZone) };
}

/** The first instant at which the zone's clock shows the given wall time, or a later one. */
function localMidnight(wallMs: number, timeZone: string): Instant {
  const before = offsetAt((wallMs - dayMs) as Instant, timeZone);
  const after = offsetAt((wallMs + dayMs) as Instant, timeZone);
  const candidates = [...new Set([wallMs - before, wallMs - after])].sort((one, other) => one - other) as Instant[];
  const exact = candidates.find((at) => at + offsetAt(at, timeZone) === wallMs);
  // The wall time is skipped: by the offset before, it falls on the moment of the change.
  return exact ?? ((wallMs - before) as Instant);
}

/** How much of the desks was reserved on which day; what was cancelled counts up to then, if it had begun. */
export function countOccupancy(o: {
  readonly dates: readonly string[];
  readonly timeZone: string;
  readonly desks: readonly DeskLife[];
  readonly reservations: Iterable<Pick<ReservationFacts, 'deskId' | 'startsAt' | 'endsAt' | 'cancelledAt'>>;
}): { readonly days: readonly DayOccupancy[]; readonly desks: readonly DeskOccupancy[] } {
  const days = o.dates.map((date) => ({ date, period: localDay(date, o.timeZone), used: 0, total: 0, reservedMs: 0 }));
  const [first, last] = [days[0], days.at(-1)];
  const byDesk = new Map<DeskId, Period[]>();
  for (const { deskId, startsAt, endsAt, cancelledAt } of o.reservations) {
    const end = cancelledAt !== null && cancelledAt < endsAt ? cancelledAt : endsAt;
    // What lies outside every day, which is most of what there ever was, is not compared with each.
    if (end <= startsAt || !(first && last) || end <= first.period.startsAt || startsAt >= last.period.endsAt) continue;
    const periods = byDesk.get(deskId);
    if (periods === undefined) byDesk.set(deskId, [{ startsAt, endsAt: end }]);
    else periods.push({ startsAt, endsAt: end });
  }
  const desks = o.desks.map(({ deskId, createdAt, removedAt }) => {
    const mine = { deskId, used: 0, total: 0, reservedMs: 0 };
    for (const day of days) {
      if (createdAt >= day.period.endsAt || (removedAt !== null && removedAt <= day.period.startsAt)) continue;
      const reservedMs = (byDesk.get(deskId) ?? []).reduce((sum, period) => sum + sharedMs(period, day.period), 0);
      for (const count of [mine, day]) {
        count.total += 1;
        count.used += reservedMs > 0 ? 1 : 0;
        count.reservedMs += reservedMs;
      }
    }
    return mine;
  });
  return {
    days: days.map(({ period: _, reservedMs, ...day }) => ({ ...day, reservedMinutes: minutesOf(reservedMs) })),
    desks: desks
      .filter(({ total }) => total > 0)
      .map(({ reservedMs, ...desk }) => ({ ...desk, reservedMinutes: minutesOf(reservedMs) })),
  };
}

function sharedMs(one: Period, other: Period): number {
  return Math.max(0, Math.min(one.endsAt, other.endsAt) - Math.max(one.startsAt, other.startsAt));
}

function minutesOf(ms: number): number {
  return Math.floor(ms / minuteMs);
}
