import type { AnswerCode } from './answer-code.js';
import type { CryptoProvider } from './crypto-provider.js';

/** How much the lock trusts its clock: never set, set but too long ago, or good. */
export type ClockQuality = 'none' | 'stale' | 'good';

/** What a log entry is about. */
export type LogEntryType = 'unlock' | 'lock' | 'hold-open' | 'handshake' | 'record' | 'started';

/** One entry of the lock's log, 32 bytes on the lock (SPEC §10). */
export interface LogEntry {
  /** Counts from 1 and never repeats. */
  readonly seq: number;
  /** UTC seconds by the lock's clock. */
  readonly time: number;
  readonly quality: ClockQuality;
  readonly type: LogEntryType;
  readonly result: AnswerCode;
  /** First 12 bytes of the SHA-256 of the grant id or of the token's command id; zeros when nobody is known. */
  readonly actor: Uint8Array;
  /** The command's 8-byte id; zeros when the entry is about no command. */
  readonly commandId: Uint8Array;
}

/** Where the log ends: `h_n = SHA-256(h_{n-1} ‖ entry)`, with `h_0` 32 zero bytes. */
export interface LogHead {
  readonly seq: number;
  /** 32 bytes. */
  readonly hash: Uint8Array;
}
