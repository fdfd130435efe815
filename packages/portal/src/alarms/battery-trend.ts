import { type Instant, toInstant } from '@latchwork/core';
import type { BatteryLevel } from '../store/schema/lock-condition.js';

const dayMs = 24 * 60 * 60 * 1000;
/** A battery that says so much more than before is another one. */
const freshBatteryPercent = 15;
/** As many days as are kept: what was longer ago says little of how it goes on. */
const mostLevels = 60;
/** A shorter time shows the weather and not the battery. */
const shortestTrendMs = 14 * dayMs;
const lowPercent = 20;
const recoveredPercent = 25;
const soonMs = 30 * dayMs;

/** Adds what a lock said of its battery: of each day the last. What came out of order is left out. */
export function withLevel(levels: readonly BatteryLevel[], next: BatteryLevel): readonly BatteryLevel[] {
  const last = levels.at(-1);
  if (last === undefined) return [next];
  if (last.at >= next.at) return levels;
  const isSameDay = Math.floor(last.at / dayMs) === Math.floor(next.at / dayMs);
  const earlier = isSameDay ? levels.slice(0, -1) : levels;
  const lowest = Math.min(last.percent, earlier.at(-1)?.percent ?? last.percent);
  return next.percent - lowest >= freshBatteryPercent ? [next] : [...earlier, next].slice(-mostLevels);
}

/** When a battery will be empty if it goes on as it did, by the line that fits best; `null` while that cannot be said. */
export function emptyAtOf(levels: readonly BatteryLevel[]): Instant | null {
  const [first] = levels;
  const last = levels.at(-1);
  if (first === undefined || last === undefined || last.at - first.at < shortestTrendMs || levels.length < 3)
    return null;
  const points = levels.map(({ at, percent }) => ({ days: (at - first.at) / dayMs, percent }));
  const mean = (of: (point: (typeof points)[number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const meanDays = mean(({ days }) => days);
  const meanPercent = mean(({ percent }) => percent);
  const spread = mean(({ days }) => (days - meanDays) ** 2);
  const slope = mean(({ days, percent }) => (days - meanDays) * (percent - meanPercent)) / spread;
  if (slope >= 0) return null;
  const emptyDays = meanDays - meanPercent / slope;
  return toInstant(Math.max(last.at, Math.round(first.at + emptyDays * dayMs)));
}

/** Whether somebody has to bring a battery: it is low, or it will be empty soon. One that was low has to recover clearly. */
export function isBatteryLow(levels: readonly BatteryLevel[], o: { readonly wasLow: boolean }): boolean {
  const last = levels.at(-1);
  if (last === undefined) return false;
  if (last.percent <= (o.wasLow ? recoveredPercent : lowPercent)) return true;
  const emptyAt = emptyAtOf(levels);
  return emptyAt !== null && emptyAt - last.at <= soonMs;
}
