import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import { emptyLog } from './lock-log.js';
import { advanceLogReader, isForkedAt } from './log-advance.js';
import type { SignedLogHead } from './log-head.js';
import type { LogCursor, LogFinding, LogReader, LogReading } from './log-reading.js';
import { type LogReport, type LogRun, verifyLogReport } from './log-report.js';
import { type SeqRange, sharedRange, withoutRange } from './seq-range.js';

/** How long a reader waits for an entry that the lock has spoken of before it counts as withheld: ten minutes (T12). */
export const logPatienceMs = 600_000;

/** Most entries, and most heads, that wait for what is between them and the cursor: two rings of entries. */
export const logPendingLimits = { entries: 2112, heads: 32 } as const;

/** A reader that begins where an earlier one got to, or at a lock's first entry. */
export function startLogReader(cursor: LogCursor = { ...emptyLog, resets: 0 }): LogReader {
  const newest = { seq: cursor.seq, issuedAt: 0, quality: 'none', since: 0 } as const;
  return { cursor, newest, runs: [], heads: [], overwritten: 0, acknowledged: 0, unexplained: [] };
}

/**
 * Takes one report, from whomever and in whatever order. One that proves nothing changes nothing, an old one changes
 * nothing, and nothing is handed out that the lock did not sign (T11).
 */
export function readLogReport(crypto: CryptoProvider, reader: LogReader, report: LogReport): LogReading {
  const proof = verifyLogReport(crypto, report);
  if (!proof.ok) return { reader, records: [], findings: [proof.fault] };
  const { head, run } = proof;
  const back: readonly LogFinding[] = isBack(reader, head)
    ? [{ code: 'went-back', seq: head.newest, seen: reader.newest.seq }]
    : [];
  if (head.resets < reader.cursor.resets) return { reader, records: [], findings: back };
  const isReset = head.resets > reader.cursor.resets;
  const begun = isReset ? beginAnew(reader, head.resets) : reader;
  const fork: readonly LogFinding[] = isForkedAt(begun, head) ? [{ code: 'fork', seq: head.seq }] : [];
  const heard = hear(begun, { head, at: report.at });
  const advanced = advanceLogReader(crypto, run && fork.length === 0 ? keepRun(heard, run) : heard);
  const unseen = { from: advanced.reader.cursor.seq + 1, to: head.acknowledged };
  return {
    reader: awaitEntries(advanced.reader),
    records: advanced.records,
    findings: [
      ...back,
      ...(isReset ? [{ code: 'reset', resets: head.resets, seq: reader.cursor.seq } as const] : []),
      ...fork,
      ...advanced.findings,
      ...(head.acknowledged > begun.acknowledged && unseen.from <= unseen.to
        ? [{ code: 'acknowledged-unseen', ...unseen } as const]
        : []),
    ],
  };
}

// An old head may be carried late, and then its time is old too. Only good clocks can tell.
function isBack({ cursor, newest }: LogReader, head: SignedLogHead): boolean {
  const isShorter = head.resets < cursor.resets || (head.resets === cursor.resets && head.newest < newest.seq);
  return isShorter && head.quality === 'good' && newest.quality === 'good' && head.issuedAt > newest.issuedAt;
}

function beginAnew({ cursor }: LogReader, resets: number): LogReader {
  return { ...startLogReader({ ...emptyLog, resets }), previous: cursor };
}

function hear(reader: LogReader, { head, at }: { readonly head: SignedLogHead; readonly at: number }): LogReader {
  const { seq, hash, newest, issuedAt, quality } = head;
  const isKnown = seq <= reader.cursor.seq || reader.heads.some((known) => known.seq === seq);
  const word = { seq: newest, issuedAt, quality };
  const isLater = newest === reader.newest.seq && issuedAt > reader.newest.issuedAt;
  return {
    ...reader,
    heads: isKnown ? reader.heads : [...reader.heads, { seq, hash }].slice(-logPendingLimits.heads),
    newest:
      newest > reader.newest.seq
        ? { ...word, since: at }
        : isLater
          ? { ...word, since: reader.newest.since }
          : reader.newest,
    overwritten: Math.max(reader.overwritten, head.overwritten),
    acknowledged: Math.max(reader.acknowledged, head.acknowledged),
  };
}

/** Keeps a run in order; when too many entries wait, the last of them are forgotten and can be read again. */
function keepRun(reader: LogReader, run: LogRun): LogReader {
  const isHeld = reader.runs.some(
    ({ before, end }) => before.seq <= run.before.seq && end.seq === run.end.seq && equalBytes(end.hash, run.end.hash),
  );
  if (isHeld) return reader;
  let waiting = 0;
  const runs = [...reader.runs, run]
    .sort((a, b) => a.before.seq - b.before.seq)
    .filter(({ records }) => {
      waiting += records.length;
      return waiting <= logPendingLimits.entries;
    });
  return { ...reader, runs };
}

function awaitEntries({ awaited, ...reader }: LogReader): LogReader {
  const { cursor, newest } = reader;
  if (newest.seq <= cursor.seq) return reader;
  if (awaited && awaited.seq > cursor.seq) return { ...reader, awaited };
  return { ...reader, awaited: { seq: newest.seq, since: newest.since } };
}

/** What the lock has spoken of and nobody has brought yet: what to read next, in order. */
export function missingLog({ cursor, newest, runs }: LogReader): readonly SeqRange[] {
  const all = { from: cursor.seq + 1, to: newest.seq };
  if (all.from > all.to) return [];
  return runs.reduce<readonly SeqRange[]>(
    (missing, { before, end }) =>
      missing.flatMap((range) => withoutRange(range, { from: before.seq + 1, to: end.seq })),
    [all],
  );
}

/**
 * What is missing although the lock spoke of it longer ago than a reader waits: somebody withholds it (T12).
 *
 * @param at Milliseconds of the reader's own clock, as in its reports.
 */
export function withheldLog(reader: LogReader, at: number): readonly SeqRange[] {
  const { awaited, cursor } = reader;
  if (!awaited || at - awaited.since <= logPatienceMs) return [];
  const due = { from: cursor.seq + 1, to: awaited.seq };
  return missingLog(reader).flatMap((range) => sharedRange(range, due) ?? []);
}
