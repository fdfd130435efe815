import type { CryptoProvider } from '../crypto/crypto-provider.js';
import type { LockSigner } from '../objects/lock-statement.js';
import { signReceipt } from '../objects/receipt.js';
import type { ClockQuality, LogEntry, LogHead } from './lock-log.js';
import type { NewLogEntry } from './log-break.js';
import { signLogHead } from './log-head.js';
import { writeLogImage } from './log-image.js';
import { encodeLogPage, logHeadOf, readLog } from './log-page.js';
import { readLogReport, startLogReader } from './log-reader.js';
import type { LogFinding, LogReader, LogReading } from './log-reading.js';
import type { LogRecord, LogReport } from './log-report.js';
import {
  acknowledgeLog,
  appendToLogRing,
  emptyLogRing,
  type LogAppend,
  type LogRing,
  openLogRing,
  resetLogRing,
} from './log-ring.js';
import { logSegmentSlots, segmentHeaderSizeBytes } from './log-segment.js';

/** UTC seconds of the scene's first entry. */
export const sceneStart = 1_799_654_400;

/** A lock with nothing but its log, and flash that keeps what was written. */
export interface LoggingLock {
  readonly signer: LockSigner;
  readonly ring: LogRing;
  /** Every entry of this generation, for comparison; the lock itself keeps only its ring. */
  readonly written: readonly LogEntry[];
  time: number;
  quality: ClockQuality;
  append(count?: number, change?: Partial<NewLogEntry>): void;
  acknowledge(upTo?: LogHead): void;
  page(after: number, max?: number): Uint8Array;
  head(): Uint8Array;
  receipt(): Uint8Array;
  /** The power fails and comes back. `lost` writes of the last append reached the flash, and its memory did not. */
  restart(o?: { readonly lost?: LogAppend['writes'] }): void;
  /** The flash is put back to what it was then, as somebody who dismantles the lock might do. */
  snapshot(): () => void;
  reset(): void;
  /** Copies of the segments as they are stored. */
  flash(): Uint8Array[];
  /** Spoils one bit in each segment but the newest. */
  damage(): void;
}

export function createLoggingLock(crypto: CryptoProvider): LoggingLock {
  const secret = crypto.sha256(Uint8Array.of(1));
  const tag = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  let flash = new Map<number, Uint8Array>();
  let ring = emptyLogRing;
  let written: LogEntry[] = [];

  const write = (writes: LogAppend['writes']) => void writeLogImage(flash, writes);

  function take(append: LogAppend): void {
    write(append.writes);
    ring = append.ring;
    written.push(...append.entries);
  }

  const statement = () => ({ lock: tag, issuedAt: lock.time, quality: lock.quality, epoch: 1 });
  const lock: LoggingLock = {
    signer: { publicKey: crypto.ed25519KeyPair(secret).publicKey, tag },
    get ring() {
      return ring;
    },
    get written() {
      return written;
    },
    time: sceneStart,
    quality: 'good',
    append(count = 1, change = {}) {
      for (let left = count; left > 0; left -= 1) {
        lock.time += 1;
        take(appendToLogRing(crypto, ring, { ...entryAt(lock), ...change }));
      }
    },
    acknowledge(upTo = ring.head) {
      const decision = acknowledgeLog(crypto, ring, upTo);
      if (decision.ok) ring = decision.ring;
    },
    page(after, max = 32) {
      const draft = readLog(crypto, ring, { after, max });
      const head = signLogHead(crypto, secret, { ...statement(), ...draft.head });
      return encodeLogPage({ ...draft, head });
    },
    head: () => signLogHead(crypto, secret, { ...statement(), ...logHeadOf(ring) }),
    receipt() {
      const { head, resets } = ring;
      const digest = new Uint8Array(32);
      return signReceipt(crypto, secret, { ...statement(), ...head, resets, revision: 1, digest });
    },
    restart({ lost = [] } = {}) {
      write(lost);
      ring = openLogRing(crypto, ring, [...flash.values()]);
    },
    snapshot() {
      const kept = {
        ring,
        written: [...written],
        flash: [...flash].map(([at, bytes]) => [at, bytes.slice()] as const),
      };
      return () => {
        ring = kept.ring;
        written = [...kept.written];
        flash = new Map(kept.flash);
      };
    },
    reset() {
      written = [];
      take(resetLogRing(crypto, ring, entryAt(lock)));
    },
    flash: () => [...flash.values()].map((bytes) => bytes.slice()),
    damage() {
      const newest = Math.floor(((ring.head.seq - 1) % 1056) / logSegmentSlots);
      for (const [at, bytes] of flash) if (at !== newest) bytes.set([1], segmentHeaderSizeBytes + 31 * 32 + 10);
    },
  };
  return lock;
}

function entryAt({ time, quality }: Pick<LoggingLock, 'time' | 'quality'>): NewLogEntry {
  const actor = new Uint8Array(12).fill(time % 251);
  return { time, quality, type: 'unlock', result: 'ok', actor, commandId: new Uint8Array(8).fill(time % 256) };
}

/** A server that reads one lock's log, and all it was handed and told. */
export interface LogServer {
  readonly reader: LogReader;
  readonly records: readonly LogRecord[];
  readonly findings: readonly LogFinding[];
  take(kind: LogReport['kind'], bytes: Uint8Array, at?: number): LogReading;
  /** Reads page after page from the lock itself until nothing more comes. */
  catchUp(lock: LoggingLock): void;
}

export function createLogServer(crypto: CryptoProvider, signer: LockSigner): LogServer {
  let reader = startLogReader();
  const records: LogRecord[] = [];
  const findings: LogFinding[] = [];
  const server: LogServer = {
    get reader() {
      return reader;
    },
    records,
    findings,
    take(kind, bytes, at = 0) {
      const reading = readLogReport(crypto, reader, { kind, bytes, lock: signer, at });
      reader = reading.reader;
      records.push(...reading.records);
      findings.push(...reading.findings);
      return reading;
    },
    catchUp(lock) {
      for (let before = -1; before !== reader.cursor.seq; ) {
        before = reader.cursor.seq;
        server.take('page', lock.page(before));
      }
    },
  };
  return server;
}
