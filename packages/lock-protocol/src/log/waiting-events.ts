import { decodeLogEntry, type LogEntry } from './lock-log.js';
import type { LogEntryType } from './log-entry-type.js';
import type { LogRing } from './log-ring.js';

/** What a lock knows of the entries that wait for a reader. Not persisted: after a restart, what nobody acknowledged waits. */
export interface WaitingEvents {
  /** Number of the newest entry about something that happened without a session; 0 when there is none. */
  readonly newest: number;
  /** Number up to which somebody was given the log, or has acknowledged it. */
  readonly told: number;
}

// What a session brings about is known to whoever held it: a reading for that costs battery and tells nothing (P-12).
const withoutSession: readonly LogEntryType[] = ['card', 'manual', 'battery', 'tamper'];

/** A lock whose log was found so when it was switched on. */
export function openWaitingEvents({ segments, acknowledged }: LogRing): WaitingEvents {
  const entries = segments.flatMap((segment) => segment.entries.flatMap((bytes) => decodeLogEntry(bytes) ?? []));
  return { newest: entries.findLast(({ type }) => withoutSession.includes(type))?.seq ?? 0, told: acknowledged };
}

/** An entry was written. */
export function withWrittenEntry(events: WaitingEvents, { type, seq }: Pick<LogEntry, 'type' | 'seq'>): WaitingEvents {
  // Numbers begin anew with a reset.
  if (type === 'reset') return { newest: 0, told: 0 };
  return withoutSession.includes(type) ? { ...events, newest: seq } : events;
}

/** A page that ends with this number was given to who may read the log. */
export function withToldPage(events: WaitingEvents, through: number): WaitingEvents {
  return { ...events, told: Math.max(events.told, through) };
}

/** Whether bit 1 of the flags on the air is set (SPEC §7). */
export function areEventsWaiting({ newest, told }: WaitingEvents): boolean {
  return newest > told;
}
