import { mostHeardLocks, type StatusMessage } from '@latchwork/contract';
import type { HeardLock } from './radio/central.js';

/** What was heard longer ago than this is told no more: the portal has been told before. */
const staleAfterMs = 10 * 60_000;
const quietest = -127;
const loudest = 20;

/** What a gateway tells the portal of the locks that it has heard, the newest first, no more than a message takes. */
export function heardReport(
  heard: readonly HeardLock[],
  nowMs: number,
): { readonly heard: number; readonly heardLocks: NonNullable<StatusMessage['heardLocks']> } {
  const told = heard
    .map(({ tag, rssi, flags, lastHeardAt }) => ({
      ...{ tag, flags },
      rssi: Math.min(loudest, Math.max(quietest, Math.round(rssi))),
      agoMs: Math.max(0, nowMs - lastHeardAt),
    }))
    .filter(({ agoMs }) => agoMs <= staleAfterMs)
    .sort((a, b) => a.agoMs - b.agoMs);
  return { heard: heard.length, heardLocks: told.slice(0, mostHeardLocks) };
}
