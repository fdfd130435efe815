import { type AnswerCode, answerCodeOf, answerCodes } from '../answer-code.js';
import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { LockProtocolError } from '../protocol-error.js';
import { type LogEntryType, logEntryTypes } from './log-entry-type.js';

/** How much the lock trusts its clock: never set, set but too long ago, or good. */
export type ClockQuality = 'none' | 'stale' | 'good';

/** One entry of the lock's log, 32 bytes on the lock (SPEC §10.7). */
export interface LogEntry {
  /** Counts from 1 and never repeats. */
  readonly seq: number;
  /** UTC seconds by the lock's clock; 0 when the clock was never set. */
  readonly time: number;
  readonly quality: ClockQuality;
  readonly type: LogEntryType;
  readonly result: AnswerCode;
  /** 12 bytes: of a command, the first of SHA-256 over the grant's id or the token's command id; zeros for nobody. */
  readonly actor: Uint8Array;
  /** 8 bytes: of a command, its id; in other types what SPEC §10.7 says, or zeros. */
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

/** Bytes of an entry. */
export const logEntrySizeBytes = 32;

/** Bytes of an entry's actor. */
export const logActorSizeBytes = 12;

/** Names in the order of their numbers in an entry and in what a lock signs. */
export const clockQualities = ['none', 'stale', 'good'] as const satisfies readonly ClockQuality[];

const commandIdSizeBytes = 8;

/** The 32 bytes of an entry that the chain hashes. */
export function encodeLogEntry(entry: LogEntry): Uint8Array {
  if (entry.actor.length !== logActorSizeBytes || entry.commandId.length !== commandIdSizeBytes) {
    throw new LockProtocolError({ code: 'message', reason: 'log-entry' }, 'An actor has 12 bytes and a command id 8.');
  }
  const bytes = new Uint8Array(logEntrySizeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, entry.seq);
  view.setUint32(4, entry.time);
  view.setUint8(8, clockQualities.indexOf(entry.quality));
  view.setUint8(9, logEntryTypes.indexOf(entry.type));
  view.setUint8(10, answerCodes[entry.result].number);
  bytes.set(entry.actor, 12);
  bytes.set(entry.commandId, 24);
  return bytes;
}

/**
 * Reads the 32 bytes of an entry; `undefined` for an entry of a later version, which a reader hashes and keeps as bytes.
 * @throws LockProtocolError `message` for any other number of bytes.
 */
export function decodeLogEntry(bytes: Uint8Array): LogEntry | undefined {
  const view = viewOf(bytes);
  const quality = clockQualities[view.getUint8(8)];
  const type = logEntryTypes[view.getUint8(9)];
  const result = answerCodeOf(view.getUint8(10));
  if (quality === undefined || type === undefined || result === undefined || view.getUint8(11) !== 0) return undefined;
  return {
    seq: view.getUint32(0),
    time: view.getUint32(4),
    quality,
    type,
    result,
    actor: bytes.slice(12, 24),
    commandId: bytes.slice(24, 32),
  };
}

/** The sequence number in an entry's bytes, of this version or a later one. */
export function seqOfLogEntry(bytes: Uint8Array): number {
  return viewOf(bytes).getUint32(0);
}

function viewOf(bytes: Uint8Array): DataView {
  if (bytes.length !== logEntrySizeBytes) {
    throw new LockProtocolError(
      { code: 'message', reason: 'log-entry' },
      `A log entry has ${logEntrySizeBytes} bytes, not ${bytes.length}.`,
    );
  }
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Two numbers of 32 bits as an entry's 8-byte command id, for the types that carry numbers there (SPEC §10.7). */
export function encodeLogNumbers(first: number, second = 0): Uint8Array {
  const bytes = new Uint8Array(commandIdSizeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, first);
  view.setUint32(4, second);
  return bytes;
}

/** Reads what {@link encodeLogNumbers} wrote into an entry. */
export function decodeLogNumbers({ commandId }: Pick<LogEntry, 'commandId'>): readonly [first: number, second: number] {
  const view = new DataView(commandId.buffer, commandId.byteOffset, commandId.length);
  return [view.getUint32(0), view.getUint32(4)];
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
  return chainLogEntry(crypto, head, encodeLogEntry(entry));
}

/**
 * Head of the chain after the bytes of one more entry, of this version or a later one.
 * @throws LockProtocolError `message` when the entry does not follow the head.
 */
export function chainLogEntry(crypto: CryptoProvider, head: LogHead, bytes: Uint8Array): LogHead {
  const seq = seqOfLogEntry(bytes);
  if (seq !== head.seq + 1) {
    throw new LockProtocolError(
      { code: 'message', reason: 'log-entry' },
      `Entry ${seq} does not follow entry ${head.seq}.`,
    );
  }
  const chained = new Uint8Array(head.hash.length + logEntrySizeBytes);
  chained.set(head.hash);
  chained.set(bytes, head.hash.length);
  return { seq, hash: crypto.sha256(chained) };
}
