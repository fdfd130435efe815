import type { LogHead } from './lock-log.js';
import type { SignedLogHead } from './log-head.js';
import type { LogRecord, LogReportFault, LogRun } from './log-report.js';
import type { SeqRange } from './seq-range.js';

/** How far a reader got: everything up to here is proven and was handed out, or is known to be gone. */
export interface LogCursor extends LogHead {
  /** How often the lock had been reset when this log began. */
  readonly resets: number;
}

/** What a reader knows of one lock's log; only the cursor need survive a restart. */
export interface LogReader {
  readonly cursor: LogCursor;
  /** Proven, but something between the cursor and them is still missing; in order. */
  readonly runs: readonly LogRun[];
  /** Signed chain values past the cursor. */
  readonly heads: readonly LogHead[];
  /** The newest entry the lock has spoken of, with the word that spoke of it. */
  readonly newest: Pick<SignedLogHead, 'issuedAt' | 'quality'> & {
    readonly seq: number;
    /** When it was first heard of, in milliseconds of the reader's own clock. */
    readonly since: number;
  };
  /** The newest sequence number that the lock says it holds no longer. */
  readonly overwritten: number;
  /** Up to where the lock says that somebody acknowledged. */
  readonly acknowledged: number;
  /** An entry the lock has spoken of that has not come since. */
  readonly awaited?: { readonly seq: number; readonly since: number };
  /** Gone from the lock, and no gap entry has said so yet; one must have by entry `by`. */
  readonly unexplained: readonly LostEntries[];
  /** Where the log before the last reset was read to, until the new log's first entry is compared with it. */
  readonly previous?: LogCursor;
}

/** Entries that are gone from the lock, and the entry by which a gap entry must have spoken of them. */
export interface LostEntries extends SeqRange {
  readonly by: number;
}

/**
 * What a reader finds wrong.
 *
 * - `unreadable`, `refused`, `broken-chain`: the report counts for nothing, and whoever carried it is to be asked again.
 * - `fork`: the lock signed two different logs; nothing past the cursor is taken until the reader is started anew.
 * - `went-back`: the lock signed a shorter log after a longer one.
 * - `reset`: the log began anew; `seq` is where the old one was read to. `erased`: entries that the reset took.
 * - `overwritten`: entries that a gap entry says are gone. `withheld`: entries that are gone because somebody acknowledged
 *   them, and that never came here.
 * - `acknowledged-unseen`: somebody acknowledged entries that have not come here yet: they may be gone soon.
 */
export type LogFinding =
  | LogReportFault
  | { readonly code: 'fork'; readonly seq: number }
  | { readonly code: 'went-back'; readonly seq: number; readonly seen: number }
  | { readonly code: 'reset'; readonly resets: number; readonly seq: number }
  | ({ readonly code: 'erased' | 'overwritten' | 'withheld' | 'acknowledged-unseen' } & SeqRange);

/** What one report leads to. */
export interface LogReading {
  readonly reader: LogReader;
  /** Entries that are proven and connected now, in order; each is handed out once. */
  readonly records: readonly LogRecord[];
  readonly findings: readonly LogFinding[];
}
