import { type AnswerCode, answerCodes } from './answer-code.js';
import type { CryptoProvider } from './crypto-provider.js';
import { LockProtocolError } from './protocol-error.js';

/** How much the lock trusts its clock: never set, set but too long ago, or good. */
export type ClockQuality = 'none' | 'stale' | 'good';

/** What a log entry is about: a command, or a session that failed before or between commands. */
export type LogEntryType = 'session' | 'unlock' | 'lock' | 'hold-open';

/** One entry of the lock's log, 32 bytes on the lock (SPEC §10). */
export interface LogEntry {
  /** Counts from 1 and never repeats. */
  readonly seq: number;
  /** UTC seconds by the lock's clock; 0 when the clock was never set. */
  readonly time: number;
  readonly quality: ClockQuality;
  readonly type: LogEntryType;
  readonly result: AnswerCode;
  /** First 12 bytes of the SHA-256 of the grant's id or the token's command id; zeros when nobody is known. */
  readonly actor: Uint8Array;
  /** The command's 8-byte id; zeros when the entry is about no command. */
  readonly commandId: Uint8Array;
}

/** Where the log ends: `h_n = SHA-256(h_{n-1} ‖ entry_n)`, with `h_0` 32 zero bytes. */
export interface LogHead {
  readonly seq: number;
  /** 32 bytes. */
  readonly hash: Uint8Array;
}

/** The head of a log without entries. */
export const emptyLog: LogHead = { seq: 0, hash: new Uint8Array(32) };

/** Names in the order of their numbers in an entry; new names are appended. */
const qualities = ['none', 'stale', 'good'] as const satisfies readonly ClockQuality[];
const types = ['session', 'unlock', 'lock', 'hold-open'] as const satisfies readonly LogEntryType[];

const entrySizeBytes = 32;

/** The 32 bytes of an entry that the chain hashes. */
export function encodeLogEntry(entry: LogEntry): Uint8Array {
  if (entry.actor.length !== 12 || entry.commandId.length !== 8) {
    throw new LockProtocolError({ code: 'message', reason: 'log-entry' }, 'An actor has 12 bytes and a command id 8.');
  }
  const bytes = new Uint8Array(entrySizeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, entry.seq);
  view.setUint32(4, entry.time);
  view.setUint8(8, qualities.indexOf(entry.quality));
  view.setUint8(9, types.indexOf(entry.type));
  view.setUint8(10, answerCodes[entry.result].number);
  bytes.set(entry.actor, 12);
  bytes.set(entry.commandId, 24);
  return bytes;
}

/** Appends an entry: numbers it and moves the head of the chain. */
export function appendLogEntry(
  crypto: CryptoProvider,
  head: LogHead,
  entry: Omit<LogEntry, 'seq'>,
): { readonly entry: LogEntry; readonly head: LogHead } {
  const numbered = { ...entry, seq: head.seq + 1 };
  return { entry: numbered, head: nextLogHead(crypto, head, numbered) };
}

/**
 * Head of the chain after one more entry; a reader of the log compares it with the head in the lock's answers.
 * @throws LockProtocolError `message` when the entry does not follow the head.
 */
export function nextLogHead(crypto: CryptoProvider, head: LogHead, entry: LogEntry): LogHead {
  if (entry.seq !== head.seq + 1) {
    throw new LockProtocolError(
      { code: 'message', reason: 'log-entry' },
      `Entry ${entry.seq} does not follow entry ${head.seq}.`,
    );
  }
  const bytes = new Uint8Array(head.hash.length + entrySizeBytes);
  bytes.set(head.hash);
  bytes.set(encodeLogEntry(entry), head.hash.length);
  return { seq: entry.seq, hash: crypto.sha256(bytes) };
}
