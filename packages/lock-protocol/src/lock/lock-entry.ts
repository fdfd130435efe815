import type { LogEntry } from '../log/lock-log.js';
import { appendToLogRing } from '../log/log-ring.js';
import type { LockMemory } from './lock-memory.js';
import type { LockContext, LockEffect, LockReadings } from './lock-state.js';

/** What an entry says besides its number and its time. */
export type LogFact = Pick<LogEntry, 'type' | 'result' | 'actor' | 'commandId'>;

/** The actor of an entry that is about nobody. */
export const nobody: Uint8Array = new Uint8Array(12);

/** The command id of an entry that is about no command. */
export const noCommand: Uint8Array = new Uint8Array(8);

/** UTC seconds as an entry says them: 0 when the clock was never set. */
export function lockTimeAt({ clockQuality, utcSeconds }: LockReadings, memory: LockMemory): number {
  return clockQuality === 'none' ? 0 : Math.max(utcSeconds, memory.timeFloor);
}

/** Appends a fact to the lock's log, at the time that its clock says. */
export function logAtLock(
  { crypto }: Pick<LockContext, 'crypto'>,
  memory: LockMemory,
  { readings, entry }: { readonly readings: LockReadings; readonly entry: LogFact },
): { readonly memory: LockMemory; readonly effects: readonly LockEffect[] } {
  const quality = readings.clockQuality;
  const time = lockTimeAt(readings, memory);
  const { ring, entries, writes } = appendToLogRing(crypto, memory.log, { ...entry, quality, time });
  const logged = entries.map((appended): LockEffect => ({ type: 'log', entry: appended }));
  return { memory: { ...memory, log: ring }, effects: [{ type: 'write-log', writes }, ...logged] };
}
