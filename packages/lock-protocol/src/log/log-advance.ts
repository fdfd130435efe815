import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import { chainLogEntry, type LogHead } from './lock-log.js';
import { logGapOf, logResetOf } from './log-break.js';
import type { LogFinding, LogReader, LogReading } from './log-reading.js';
import type { LogRecord, LogRun } from './log-report.js';
import { sharedRange, withoutRange } from './seq-range.js';

/** The signed chain value that a reader knows at this sequence number, if it is another one. */
export function isForkedAt({ cursor, heads }: LogReader, { seq, hash }: LogHead): boolean {
  return [cursor, ...heads].some((known) => known.seq === seq && !equalBytes(known.hash, hash));
}

/** Connects whatever now connects with the cursor, and says what of it is missing for good. */
export function advanceLogReader(crypto: CryptoProvider, begun: LogReader): LogReading {
  const records: LogRecord[] = [];
  const findings: LogFinding[] = [];
  let reader = begun;
  for (;;) {
    const [run, ...runs] = reader.runs;
    if (!run || run.before.seq > Math.max(reader.cursor.seq, reader.overwritten)) break;
    reader = { ...reader, runs };
    if (run.end.seq <= reader.cursor.seq) continue;
    const forkedAt = forkOf(crypto, reader, run);
    if (forkedAt !== undefined) {
      findings.push({ code: 'fork', seq: forkedAt });
      continue;
    }
    records.push(...run.records.filter(({ seq }) => seq > reader.cursor.seq));
    reader = moveTo(skipLost(reader, run.before), run.end);
  }
  const explained = explainLost(reader, records);
  const compared = compareReset(explained.reader, records);
  return { reader: compared.reader, records, findings: [...findings, ...explained.findings, ...compared.findings] };
}

function forkOf(crypto: CryptoProvider, reader: LogReader, { before, records }: LogRun): number | undefined {
  let reached = before;
  if (isForkedAt(reader, reached)) return reached.seq;
  for (const { bytes } of records) {
    reached = chainLogEntry(crypto, reached, bytes);
    if (isForkedAt(reader, reached)) return reached.seq;
  }
  return undefined;
}

function moveTo(reader: LogReader, { seq, hash }: LogHead): LogReader {
  const heads = reader.heads.filter((head) => head.seq > seq);
  return { ...reader, cursor: { ...reader.cursor, seq, hash }, heads };
}

/** The lock signed that it holds nothing up to here any more: who reads on must begin after it. */
function skipLost(reader: LogReader, { seq }: LogHead): LogReader {
  const from = reader.cursor.seq + 1;
  if (seq < from) return reader;
  return { ...reader, unexplained: [...reader.unexplained, { from, to: seq, by: reader.newest.seq }] };
}

/** A gap entry explains what was lost; what none has explained by the time it must, was acknowledged by somebody. */
function explainLost(
  reader: LogReader,
  records: readonly LogRecord[],
): { readonly reader: LogReader; readonly findings: readonly LogFinding[] } {
  const findings: LogFinding[] = [];
  let { unexplained } = reader;
  for (const { entry } of records) {
    const gap = logGapOf(entry);
    if (!gap) continue;
    for (const lost of unexplained) {
      const shared = sharedRange(lost, gap);
      if (shared) findings.push({ code: 'overwritten', ...shared });
    }
    unexplained = unexplained.flatMap((lost) => withoutRange(lost, gap).map((range) => ({ ...range, by: lost.by })));
  }
  for (const { from, to, by } of unexplained) {
    if (by <= reader.cursor.seq) findings.push({ code: 'withheld', from, to });
  }
  return { reader: { ...reader, unexplained: unexplained.filter(({ by }) => by > reader.cursor.seq) }, findings };
}

/** The first entry after a reset names the end of the log before it, which is compared with what was read of that. */
function compareReset(
  { previous, ...reader }: LogReader,
  records: readonly LogRecord[],
): { readonly reader: LogReader; readonly findings: readonly LogFinding[] } {
  const first = records.find(({ seq }) => seq === 1);
  if (!previous || !first) return { reader: { ...reader, ...(previous ? { previous } : {}) }, findings: [] };
  const reset = logResetOf(first.entry);
  if (!reset || reset.resets !== reader.cursor.resets) return { reader, findings: [{ code: 'fork', seq: 1 }] };
  // A log between the two was never seen at all; the number of resets says so.
  if (reset.resets !== previous.resets + 1) return { reader, findings: [] };
  return { reader, findings: findEnd(previous, reset) };
}

function findEnd(
  { seq, hash }: LogHead,
  { endedSeq, endedHash }: { readonly endedSeq: number; readonly endedHash: Uint8Array },
): readonly LogFinding[] {
  if (endedSeq > seq) return [{ code: 'erased', from: seq + 1, to: endedSeq }];
  if (endedSeq < seq) return [{ code: 'went-back', seq: endedSeq, seen: seq }];
  return equalBytes(hash.slice(0, endedHash.length), endedHash) ? [] : [{ code: 'fork', seq }];
}
