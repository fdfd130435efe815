import type { Calendar } from './certificate.js';
import { sha256 } from './primitives.js';
import { type AnswerCode, answerNumbers } from './refusal.js';
import { clockQualities } from './result.js';

/** What is written in an entry of the log besides number and time (SPEC §10.7). */
export interface LogFact {
  /** 0 a session that failed, 1 to 3 the actions, 8 epoch, 15 handshakes. */
  readonly type: number;
  readonly result: AnswerCode;
  readonly actor?: Uint8Array | undefined;
  readonly commandId?: Uint8Array | undefined;
}

/** The chain: its newest number, the value there, and the newest entries, as many as the ring holds at most. */
export interface LogChain {
  readonly sequence: number;
  readonly head: Uint8Array;
  readonly entries: readonly Uint8Array[];
}

const ringSlots = 1056;

/** The chain of a lock that has logged nothing. */
export const emptyLog: LogChain = { sequence: 0, head: new Uint8Array(32), entries: [] };

/** Writes one entry, 32 bytes, and chains it. */
export function appendEntry(log: LogChain, { quality, utcSeconds }: Calendar, fact: LogFact): LogChain {
  const sequence = log.sequence + 1;
  const entry = Buffer.alloc(32);
  entry.writeUInt32BE(sequence, 0);
  entry.writeUInt32BE(quality === 'none' ? 0 : utcSeconds, 4);
  entry[8] = clockQualities.indexOf(quality);
  entry[9] = fact.type;
  entry[10] = answerNumbers[fact.result];
  entry.set(fact.actor?.subarray(0, 12) ?? [], 12);
  entry.set(fact.commandId ?? [], 24);
  return { sequence, head: sha256(log.head, entry), entries: [...log.entries, entry].slice(-ringSlots) };
}

/** The two numbers of 32 bits that some entries have in place of a command id. */
export function numberPair(first: number, second: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(first, 0);
  bytes.writeUInt32BE(second, 4);
  return bytes;
}
