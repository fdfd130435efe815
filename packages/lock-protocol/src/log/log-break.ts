import { decodeLogNumbers, encodeLogNumbers, type LogEntry, type LogHead, logActorSizeBytes } from './lock-log.js';
import type { SeqRange } from './seq-range.js';

/** An entry before it has its number. */
export type NewLogEntry = Omit<LogEntry, 'seq'>;

type LogMoment = Pick<LogEntry, 'time' | 'quality'>;

/** The entry that says what was overwritten before anybody acknowledged it, and where the chain stood after it. */
export function gapEntry(
  { time, quality }: LogMoment,
  { acknowledged, overwritten }: { readonly acknowledged: number; readonly overwritten: LogHead },
): NewLogEntry {
  return {
    time,
    quality,
    type: 'gap',
    result: 'full',
    actor: overwritten.hash.slice(0, logActorSizeBytes),
    commandId: encodeLogNumbers(acknowledged + 1, overwritten.seq - acknowledged),
  };
}

/** What a gap entry says is gone; `undefined` for every other entry. */
export function logGapOf(entry: LogEntry | undefined): SeqRange | undefined {
  if (entry?.type !== 'gap') return undefined;
  const [from, count] = decodeLogNumbers(entry);
  return { from, to: from + count - 1 };
}

/** The first entry of a log that a reset began anew: the number of resets, and where the log before it ended. */
export function resetEntry(
  { time, quality }: LogMoment,
  { resets, ended }: { readonly resets: number; readonly ended: LogHead },
): NewLogEntry {
  return {
    time,
    quality,
    type: 'reset',
    result: 'ok',
    actor: ended.hash.slice(0, logActorSizeBytes),
    commandId: encodeLogNumbers(resets, ended.seq),
  };
}

/** What a reset entry says; `undefined` for every other entry. */
export interface LogReset {
  readonly resets: number;
  /** Sequence number of the last entry of the log before it. */
  readonly endedSeq: number;
  /** First 12 bytes of that log's head. */
  readonly endedHash: Uint8Array;
}

/** Reads a reset entry; `undefined` for every other entry. */
export function logResetOf(entry: LogEntry | undefined): LogReset | undefined {
  if (entry?.type !== 'reset') return undefined;
  const [resets, endedSeq] = decodeLogNumbers(entry);
  return { resets, endedSeq, endedHash: entry.actor };
}
