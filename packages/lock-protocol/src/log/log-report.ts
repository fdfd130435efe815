import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { equalBytes } from '../encoding/byte-strings.js';
import type { LockSigner, StatementDecision } from '../objects/lock-statement.js';
import { verifyReceipt } from '../objects/receipt.js';
import { LockProtocolError } from '../protocol-error.js';
import { chainLogEntry, decodeLogEntry, type LogEntry, type LogHead, seqOfLogEntry } from './lock-log.js';
import { type SignedLogHead, verifyLogHead } from './log-head.js';
import { decodeLogPage, type LogPage } from './log-page.js';
import type { SeqRange } from './seq-range.js';

/** What somebody says that a lock said, whoever carried it. */
export interface LogReport {
  readonly kind: 'page' | 'head' | 'receipt';
  readonly bytes: Uint8Array;
  /** The lock it is said to be of. */
  readonly lock: LockSigner;
  /** When it arrived, in milliseconds of the reader's own clock. */
  readonly at: number;
}

/** An entry that a lock's signature covers. */
export interface LogRecord {
  readonly seq: number;
  /** As the lock wrote it. */
  readonly bytes: Uint8Array;
  /** Absent when a later version wrote it. */
  readonly entry?: LogEntry;
}

/** Entries that follow one another, from one proven chain value to another. */
export interface LogRun {
  readonly before: LogHead;
  readonly records: readonly LogRecord[];
  readonly end: LogHead;
}

/** Why a report counts for nothing: its bytes, its signature, or entries that do not lead to the signed head. */
export type LogReportFault =
  | { readonly code: 'unreadable' }
  | { readonly code: 'refused'; readonly because: 'auth' | 'critical-field' | 'wrong-lock' }
  | ({ readonly code: 'broken-chain' } & SeqRange);

/** What a report proves. */
export type LogProof =
  | {
      readonly ok: true;
      readonly head: SignedLogHead;
      /** Absent for a head or a receipt, and for a page without entries. */
      readonly run?: LogRun;
    }
  | { readonly ok: false; readonly fault: LogReportFault };

/** Decides what a report proves by itself: the signature, then that its entries lead to the signed head. Never throws. */
export function verifyLogReport(crypto: CryptoProvider, { kind, bytes, lock }: LogReport): LogProof {
  if (kind === 'head') return proofOf(verifyLogHead(crypto, bytes, lock));
  if (kind === 'receipt') return proofOf(asHead(verifyReceipt(crypto, bytes, lock)));
  const page = readPage(bytes);
  if (!page) return { ok: false, fault: { code: 'unreadable' } };
  const proof = proofOf(verifyLogHead(crypto, page.head, lock));
  return proof.ok ? verifyEntries(crypto, page, proof.head) : proof;
}

function readPage(bytes: Uint8Array): LogPage | undefined {
  try {
    return decodeLogPage(bytes);
  } catch (error) {
    if (error instanceof LockProtocolError) return undefined;
    throw error;
  }
}

function proofOf(decision: StatementDecision<SignedLogHead>): LogProof {
  if (decision.ok) return { ok: true, head: decision.statement };
  return { ok: false, fault: { code: 'refused', because: decision.code } };
}

// A receipt does not say what the lock holds; it proves one point of the chain, and that the log reached it.
function asHead(decision: ReturnType<typeof verifyReceipt>): StatementDecision<SignedLogHead> {
  if (!decision.ok) return decision;
  const { statement } = decision;
  return { ok: true, statement: { ...statement, newest: statement.seq, overwritten: 0, acknowledged: 0 } };
}

function verifyEntries(crypto: CryptoProvider, { entries, beforeHash }: LogPage, head: SignedLogHead): LogProof {
  const seq = head.seq - entries.length;
  const broken = { ok: false, fault: { code: 'broken-chain', from: Math.max(1, seq + 1), to: head.seq } } as const;
  const before = { seq, hash: beforeHash };
  let end: LogHead = before;
  for (const bytes of entries) {
    if (seqOfLogEntry(bytes) !== end.seq + 1) return broken;
    end = chainLogEntry(crypto, end, bytes);
  }
  if (!equalBytes(end.hash, head.hash)) return broken;
  return entries.length === 0
    ? { ok: true, head }
    : { ok: true, head, run: { before, end, records: recordsOf(entries) } };
}

function recordsOf(entries: readonly Uint8Array[]): readonly LogRecord[] {
  return entries.map((bytes) => {
    const entry = decodeLogEntry(bytes);
    return { seq: seqOfLogEntry(bytes), bytes, ...(entry ? { entry } : {}) };
  });
}
