import { mostHeardLocks, type StatusMessage } from '@latchwork/contract';
import type { DriverObservation } from './drivers/lock-driver.js';
import type { HeardLock } from './radio/central.js';

/** A lock within reach. What one of another maker said last of itself comes with it. */
export interface ReportedLock extends Omit<HeardLock, 'address'> {
  readonly word?: Pick<DriverObservation, 'bolt' | 'batteryPercent'> & { readonly saidAt: number };
}

/** What was heard longer ago than this is told no more: the portal has been told before. */
const staleAfterMs = 10 * 60_000;
const quietest = -127;
const loudest = 20;

/** What a gateway tells the portal of the locks that it has heard, the newest first, no more than a message takes. */
export function heardReport(
  heard: readonly ReportedLock[],
  nowMs: number,
): { readonly heard: number; readonly heardLocks: NonNullable<StatusMessage['heardLocks']> } {
  const told = heard
    .map(({ tag, rssi, flags, lastHeardAt, word }) => ({
      ...{ tag, flags },
      rssi: Math.min(loudest, Math.max(quietest, Math.round(rssi))),
      agoMs: Math.max(0, nowMs - lastHeardAt),
      ...(word === undefined ? {} : { word: wordOf(word, nowMs) }),
    }))
    .filter(({ agoMs }) => agoMs <= staleAfterMs)
    .sort((a, b) => a.agoMs - b.agoMs);
  return { heard: heard.length, heardLocks: told.slice(0, mostHeardLocks) };
}

function wordOf({ saidAt, bolt, batteryPercent }: NonNullable<ReportedLock['word']>, nowMs: number) {
  // The message has no word for a bolt that is held open, and a driver's lock none either.
  return { bolt: bolt === 'held-open' ? 'unknown' : bolt, batteryPercent, agoMs: Math.max(0, nowMs - saidAt) };
}
