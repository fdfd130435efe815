import type { CryptoProvider } from '../crypto/crypto-provider.js';
import { concatBytes } from '../encoding/byte-strings.js';
import { LockProtocolError } from '../protocol-error.js';
import { chainLogEntry, emptyLog, logEntrySizeBytes } from './lock-log.js';
import type { SignedLogHead } from './log-head.js';
import { accountedLog, type LogRing, logHeadAt, overwrittenLog } from './log-ring.js';

/** Most entries in one page. */
export const mostPageEntries = 32;

/** What LOG_READ asks for. */
export interface LogReadRequest {
  /** The page begins after this sequence number, or after what is overwritten. */
  readonly after: number;
  /** 1 to {@link mostPageEntries}; as many as fit when absent. */
  readonly max?: number;
}

/** A page of the log as it travels: entries, where the chain stood before them, and the lock's word on where it stands after. */
export interface LogPage {
  /** Chain value before the first entry, 32 bytes; that of the head when there are no entries. */
  readonly beforeHash: Uint8Array;
  /** At most {@link mostPageEntries}, 32 bytes each, in order. */
  readonly entries: readonly Uint8Array[];
  /** `OLP1-head` at the last of them. */
  readonly head: Uint8Array;
}

/** What a lock knows for a page before it signs: the page, and what the head says beside when, who and in which epoch. */
export interface LogPageDraft extends Omit<LogPage, 'head'> {
  readonly head: Pick<SignedLogHead, 'seq' | 'hash' | 'newest' | 'overwritten' | 'acknowledged' | 'resets'>;
}

const headAt = 2 + emptyLog.hash.length;

/**
 * What LOG_READ finds: the oldest entries after `after` that the ring holds. Reading changes nothing. The head is that at
 * the page's last entry, so that every page proves itself, and names the newest entry beside it.
 */
export function readLog(
  crypto: CryptoProvider,
  ring: LogRing,
  { after, max = mostPageEntries }: LogReadRequest,
): LogPageDraft {
  const before = logHeadAt(crypto, ring, Math.max(after, overwrittenLog(ring))) ?? ring.head;
  const entries = entriesAfter(ring, before.seq).slice(0, Math.min(max, mostPageEntries));
  const end = entries.reduce((head, bytes) => chainLogEntry(crypto, head, bytes), before);
  const { acknowledged, resets } = ring;
  return {
    beforeHash: before.hash,
    entries,
    head: { ...end, newest: ring.head.seq, overwritten: accountedLog(ring), acknowledged, resets },
  };
}

function entriesAfter({ segments }: LogRing, seq: number): readonly Uint8Array[] {
  const first = Math.max(
    0,
    segments.findLastIndex(({ before }) => before.seq <= seq),
  );
  // A page reaches over two segments at most.
  return segments
    .slice(first, first + 2)
    .flatMap(({ before, entries }) => entries.slice(Math.max(0, seq - before.seq)));
}

/** The head alone, for who asks for no entries. */
export function logHeadOf(ring: LogRing): LogPageDraft['head'] {
  const { head, acknowledged, resets } = ring;
  return { ...head, newest: head.seq, overwritten: accountedLog(ring), acknowledged, resets };
}

/** Bytes of a page: at most 1,229 with 32 entries. The answer's body of LOG_READ. */
export function encodeLogPage({ beforeHash, entries, head }: LogPage): Uint8Array {
  const good =
    entries.length <= mostPageEntries &&
    entries.every(({ length }) => length === logEntrySizeBytes) &&
    beforeHash.length === emptyLog.hash.length &&
    head.length <= 255;
  if (!good) throw unreadable('These parts make no page of a log.');
  return concatBytes(Uint8Array.of(entries.length), beforeHash, Uint8Array.of(head.length), head, ...entries);
}

/**
 * Takes a page apart; nothing in it is verified. Bytes after the last entry belong to a later version and are ignored.
 * @throws LockProtocolError `message` for anything else.
 */
export function decodeLogPage(bytes: Uint8Array): LogPage {
  const count = bytes[0] ?? Number.POSITIVE_INFINITY;
  const entriesAt = headAt + (bytes[headAt - 1] ?? Number.POSITIVE_INFINITY);
  if (count > mostPageEntries || entriesAt + count * logEntrySizeBytes > bytes.length) {
    throw unreadable(`These ${bytes.length} bytes are no page of a log.`);
  }
  return {
    beforeHash: bytes.slice(1, headAt - 1),
    entries: Array.from({ length: count }, (_, index) => {
      const at = entriesAt + index * logEntrySizeBytes;
      return bytes.slice(at, at + logEntrySizeBytes);
    }),
    head: bytes.slice(headAt, entriesAt),
  };
}

function unreadable(message: string): LockProtocolError {
  return new LockProtocolError({ code: 'message', reason: 'log-page' }, message);
}
