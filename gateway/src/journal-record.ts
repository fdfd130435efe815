import { crc32 } from 'node:zlib';
import type { UnlockResultMessage } from '@latchwork/contract';

/** How an unlock ended, without the flag that is only known when it is sent. */
export type UnlockResult = Omit<UnlockResultMessage, 'historical'>;

/** One fact about one command, in the order in which a command lives: received, written, result, published. */
export type JournalRecord =
  /** The command was taken; it may be worked on. */
  | {
      readonly type: 'received';
      readonly commandId: string;
      readonly attemptId: string;
      readonly tag: string;
      /** Epoch milliseconds. */
      readonly at: number;
    }
  /** The first byte of the command is about to leave for the lock: from here on its outcome may be unknown. */
  | { readonly type: 'written'; readonly commandId: string; readonly at: number }
  /** How it ended; never changes afterwards. */
  | { readonly type: 'result'; readonly commandId: string; readonly result: UnlockResult }
  /** The broker has the result. */
  | { readonly type: 'published'; readonly commandId: string }
  /** A finished command, as compaction keeps it, so that its id is never run again. */
  | { readonly type: 'closed'; readonly commandId: string; readonly at: number };

/** What the journal knows of one command. */
export interface JournalEntry {
  readonly commandId: string;
  readonly attemptId: string;
  readonly tag: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  readonly written: boolean;
  /** Present from its end until it is published. */
  readonly result?: UnlockResult;
  readonly published: boolean;
}

/**
 * The journal's entries after one more record; repeating a record changes nothing, since compaction may write a fact that
 * is then appended once more. Undefined for a record that cannot follow what is known.
 */
export function applyRecord(known: JournalEntry | undefined, record: JournalRecord): JournalEntry | undefined {
  switch (record.type) {
    case 'received':
      return (
        known ?? {
          commandId: record.commandId,
          attemptId: record.attemptId,
          tag: record.tag,
          receivedAt: record.at,
          written: false,
          published: false,
        }
      );
    case 'closed':
      return (
        known ?? {
          commandId: record.commandId,
          attemptId: '',
          tag: '',
          receivedAt: record.at,
          written: false,
          published: true,
        }
      );
    case 'written':
      return known && (known.written ? known : { ...known, written: true });
    case 'result':
      return known && (known.result === undefined && !known.published ? { ...known, result: record.result } : known);
    case 'published': {
      // The result has done its work; only the id and its age are needed from here on.
      if (known === undefined) {
        return undefined;
      }
      const { result: _result, ...rest } = known;
      return { ...rest, published: true };
    }
  }
}

/** The fewest records that bring an entry back; what compaction writes. */
export function recordsOf(entry: JournalEntry): readonly JournalRecord[] {
  if (entry.published) {
    return [{ type: 'closed', commandId: entry.commandId, at: entry.receivedAt }];
  }
  const { commandId, attemptId, tag, receivedAt } = entry;
  const records: JournalRecord[] = [{ type: 'received', commandId, attemptId, tag, at: receivedAt }];
  if (entry.written) {
    records.push({ type: 'written', commandId, at: receivedAt });
  }
  if (entry.result !== undefined) {
    records.push({ type: 'result', commandId, result: entry.result });
  }
  return records;
}

/** The first line's content: what the file is. */
export interface JournalHeader {
  readonly format: 'latchwork-gateway-journal';
  readonly version: 1;
}

/** The header of the version written here. */
export const journalHeader: JournalHeader = { format: 'latchwork-gateway-journal', version: 1 };

/** One line: CRC-32 of the JSON text in 8 hex digits, a space, the JSON text, a newline. A line is valid whole or not at all. */
export function encodeLine(content: JournalHeader | readonly JournalRecord[]): Buffer {
  const json = JSON.stringify(content);
  return Buffer.from(`${crc32(json).toString(16).padStart(8, '0')} ${json}\n`);
}

/** The content of one line without its newline, or undefined when its checksum does not hold. */
export function decodeLine(line: Buffer): unknown {
  const json = line.subarray(9);
  if (
    line.length < 10 ||
    line[8] !== 0x20 ||
    line.toString('latin1', 0, 8) !== crc32(json).toString(16).padStart(8, '0')
  ) {
    return undefined;
  }
  return JSON.parse(json.toString());
}
