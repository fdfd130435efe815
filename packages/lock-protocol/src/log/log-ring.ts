import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import { type Refusal, refuse } from '../objects/object-decision.js';
import { chainLogEntry, decodeLogEntry, emptyLog, encodeLogEntry, type LogEntry, type LogHead } from './lock-log.js';
import { gapEntry, logGapOf, type NewLogEntry, resetEntry } from './log-break.js';
import {
  decodeSegment,
  encodeSegmentHeader,
  type LogSegment,
  logSegmentLimit,
  logSegmentSlots,
  logSlotCount,
  segmentAfter,
} from './log-segment.js';

/** What of the log a lock keeps in its memory; the entries themselves are in their slots. */
export interface LogMark {
  /** How many times this lock was reset to the factory state; each time the log begins anew. */
  readonly resets: number;
  readonly head: LogHead;
  /** Everything up to this sequence number may be overwritten without a word. */
  readonly acknowledged: number;
}

/** The lock's log as the lock keeps it: its newest entries, and what is known of those before them (SPEC §10.7). */
export interface LogRing extends LogMark {
  /** Everything that was overwritten up to this sequence number is in a gap entry. */
  readonly reported: number;
  /** Oldest first; at most {@link logSegmentLimit}, each beginning where the one before it ends. */
  readonly segments: readonly LogSegment[];
}

/** What a driver must write, in this order and before the memory that holds the new {@link LogMark}. */
export type LogWrite =
  /** Erase this segment, then write its header. */
  | { readonly to: 'segment'; readonly segment: number; readonly header: Uint8Array }
  /** Write one slot of the ring; the segment of slot `n` is `floor(n / 32)`. */
  | { readonly to: 'slot'; readonly slot: number; readonly entry: Uint8Array };

/** What appending leads to. */
export interface LogAppend {
  readonly ring: LogRing;
  /** The new entry, after a gap entry if something unacknowledged is gone. */
  readonly entries: readonly LogEntry[];
  readonly writes: readonly LogWrite[];
}

/** The ring of a lock that was just made. */
export const emptyLogRing: LogRing = { resets: 0, head: emptyLog, acknowledged: 0, reported: 0, segments: [] };

function beginningOf({ segments, head }: LogRing): LogHead {
  return segments[0]?.before ?? head;
}

/** The newest sequence number that the ring holds no longer; 0 while it holds everything. */
export function overwrittenLog(ring: LogRing): number {
  return beginningOf(ring).seq;
}

/**
 * The newest sequence number that is gone and accounted for, by a gap entry or by who acknowledged it: all that the lock
 * signs as overwritten, so that a reader never steps over what no entry explains yet.
 */
export function accountedLog(ring: LogRing): number {
  return Math.min(overwrittenLog(ring), Math.max(ring.acknowledged, ring.reported));
}

/**
 * Appends an entry. When that needs a new segment and the ring is full, the oldest segment is overwritten; when anything
 * unacknowledged is gone, a gap entry comes first. The new ring shares all but one segment with the old one.
 */
export function appendToLogRing(crypto: CryptoProvider, ring: LogRing, entry: NewLogEntry): LogAppend {
  let step = withRoom({ ring, entries: [], writes: [] });
  while (isGapDue(step.ring)) {
    const overwritten = beginningOf(step.ring);
    const gap = gapEntry(entry, { acknowledged: ring.acknowledged, overwritten });
    const told = withEntry(crypto, step, gap);
    step = withRoom({ ...told, ring: { ...told.ring, reported: overwritten.seq } });
  }
  return withEntry(crypto, step, entry);
}

// A gap entry speaks of everything unacknowledged that is gone, not only of what went last: the newest one tells all,
// even when those before it are gone too.
function isGapDue(ring: LogRing): boolean {
  return overwrittenLog(ring) > accountedLog(ring);
}

function withRoom(step: LogAppend): LogAppend {
  const { ring } = step;
  if (ring.segments.length > 0 && ring.head.seq % logSegmentSlots !== 0) return step;
  const kept = ring.segments.slice(-(logSegmentLimit - 1));
  const header = encodeSegmentHeader(ring.head);
  return {
    ...step,
    ring: { ...ring, segments: [...kept, { before: ring.head, entries: [] }] },
    writes: [...step.writes, { to: 'segment', segment: segmentAfter(ring.head), header }],
  };
}

function withEntry(crypto: CryptoProvider, { ring, entries, writes }: LogAppend, o: NewLogEntry): LogAppend {
  const entry = { ...o, seq: ring.head.seq + 1 };
  const bytes = encodeLogEntry(entry);
  const last = ring.segments.at(-1) ?? { before: ring.head, entries: [] };
  const segments = [...ring.segments.slice(0, -1), { ...last, entries: [...last.entries, bytes] }];
  return {
    ring: { ...ring, segments, head: chainLogEntry(crypto, ring.head, bytes) },
    entries: [...entries, entry],
    writes: [...writes, { to: 'slot', slot: ring.head.seq % logSlotCount, entry: bytes }],
  };
}

/** Where the chain stood at one sequence number; `undefined` when the ring does not reach there, either way. */
export function logHeadAt(crypto: CryptoProvider, ring: LogRing, seq: number): LogHead | undefined {
  if (seq === ring.head.seq) return ring.head;
  const segment = ring.segments.findLast(({ before }) => before.seq <= seq);
  if (!segment || seq > ring.head.seq) return undefined;
  const entries = segment.entries.slice(0, seq - segment.before.seq);
  return entries.reduce((head, bytes) => chainLogEntry(crypto, head, bytes), segment.before);
}

/**
 * Moves the mark up to which the lock may overwrite without a word; deletes nothing, and never moves it back. Who
 * acknowledges names the chain value too, so that nobody acknowledges a log he has not read. What was acknowledged
 * already, and what is gone already, changes nothing.
 */
export function acknowledgeLog(
  crypto: CryptoProvider,
  ring: LogRing,
  upTo: LogHead,
): { readonly ok: true; readonly ring: LogRing } | Refusal<'log-mismatch'> {
  if (upTo.seq <= ring.acknowledged || upTo.seq < overwrittenLog(ring)) return { ok: true, ring };
  const own = logHeadAt(crypto, ring, upTo.seq);
  if (!own || !equalBytes(own.hash, upTo.hash)) return refuse('log-mismatch');
  return { ok: true, ring: { ...ring, acknowledged: upTo.seq } };
}

/**
 * Begins the log anew after a reset to the factory state: its first entry names the head of the log before it, so that a
 * reader of that one sees what it missed.
 */
export function resetLogRing(
  crypto: CryptoProvider,
  { head, resets }: Pick<LogMark, 'head' | 'resets'>,
  moment: Pick<LogEntry, 'time' | 'quality'>,
): LogAppend {
  const begun = { ...emptyLogRing, resets: resets + 1 };
  return appendToLogRing(crypto, begun, resetEntry(moment, { resets: begun.resets, ended: head }));
}

/**
 * The ring of a lock that was switched on: the mark of its memory, and those of the segments found that lead to its head.
 * Entries past the head were never committed and count as not written. Segments that are damaged, and all before them,
 * count as overwritten; so does what a reset left behind: the next entry is then a gap entry, if any of that was not acknowledged.
 *
 * @param found Each segment's header and slots as they are stored, in any order.
 * @throws LockProtocolError `message` for a segment of another size.
 */
export function openLogRing(crypto: CryptoProvider, mark: LogMark, found: readonly Uint8Array[]): LogRing {
  const segments: LogSegment[] = [];
  let reached = mark.head;
  for (const segment of found.map(decodeSegment).sort((a, b) => b.before.seq - a.before.seq)) {
    const whole = segmentUpTo(crypto, segment, reached);
    if (!whole) continue;
    segments.unshift(whole);
    reached = whole.before;
  }
  const gaps = segments.flatMap(({ entries }) => entries.map((bytes) => logGapOf(decodeLogEntry(bytes))?.to ?? 0));
  const reported = gaps.reduce((newest, to) => Math.max(newest, to), 0);
  const { resets, head, acknowledged } = mark;
  return { resets, head, acknowledged, reported, segments };
}

function segmentUpTo(crypto: CryptoProvider, { before, entries }: LogSegment, end: LogHead): LogSegment | undefined {
  const count = end.seq - before.seq;
  if (count < 1 || entries.length < count) return undefined;
  const kept = entries.slice(0, count);
  const reached = kept.reduce((head, bytes) => chainLogEntry(crypto, head, bytes), before);
  return equalBytes(reached.hash, end.hash) ? { before, entries: kept } : undefined;
}
