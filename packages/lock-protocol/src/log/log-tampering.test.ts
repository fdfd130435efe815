import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { encodeLogEntry } from './lock-log.js';
import { decodeLogPage, encodeLogPage } from './log-page.js';
import { logPatienceMs, missingLog, withheldLog } from './log-reader.js';
import { createLoggingLock, createLogServer, type LoggingLock, type LogServer } from './log-scene.test-rig.js';

const crypto = createNodeCrypto();

/** What a courier does to the entries of a page; gives the entries back as they are when it has nothing to do it to. */
type Tampering = (entries: readonly Uint8Array[], at: number) => readonly Uint8Array[];

const tamperings: Readonly<Record<string, Tampering>> = {
  delete: (entries, at) => entries.filter((_, index) => index !== at % entries.length),
  edit: (entries, at) =>
    entries.map((entry, index) =>
      index === at % entries.length ? entry.with(at % 32, (entry[at % 32] ?? 0) ^ 1) : entry,
    ),
  reorder: (entries, at) => {
    const other = (at + 1) % entries.length;
    const [a, b] = [entries[at % entries.length], entries[other]];
    if (!a || !b) return entries;
    return entries.with(at % entries.length, b).with(other, a);
  },
  truncate: (entries, at) => entries.slice(0, at % entries.length),
  insert: (entries, at) =>
    [...entries.slice(0, at % entries.length), ...entries.slice(at % entries.length ? -1 : 0)].slice(0, 32),
};

const pageEdit = fc.record({
  page: fc.nat(12),
  tampering: fc.constantFrom(...Object.keys(tamperings)),
  at: fc.nat(1000),
});

/** The pages that a courier reads from a lock, one after another, until the head. */
function pagesOf(lock: LoggingLock): Uint8Array[] {
  const pages: Uint8Array[] = [];
  for (let after = 0; after < lock.ring.head.seq; ) {
    const page = lock.page(after);
    pages.push(page);
    after += decodeLogPage(page).entries.length;
  }
  return pages;
}

/** Everything handed out is the lock's own, in its order, without a hole. */
function expectPrefix(server: LogServer, lock: LoggingLock): void {
  const bytes = server.records.map((record) => record.bytes);
  expect(bytes).toEqual(lock.written.slice(0, bytes.length).map(encodeLogEntry));
}

function sameBytes(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((entry, index) => Buffer.compare(entry, b[index] ?? new Uint8Array(0)) === 0);
}

describe('T11: between lock and server', () => {
  it('no entry is deleted, edited, reordered, truncated or put in without its page counting for nothing', () =>
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 200 }), fc.array(pageEdit, { maxLength: 6 }), (count, edits) => {
        const lock = createLoggingLock(crypto);
        lock.append(count);
        const server = createLogServer(crypto, lock.signer);
        for (const [index, honest] of pagesOf(lock).entries()) {
          const parts = decodeLogPage(honest);
          const entries = edits
            .filter(({ page }) => page === index)
            .reduce(
              (made, { tampering, at }) => (made.length ? (tamperings[tampering]?.(made, at) ?? made) : made),
              parts.entries,
            );
          const isTouched = !sameBytes(entries, parts.entries);
          const reading = server.take('page', encodeLogPage({ ...parts, entries }));
          expect(reading.findings.map(({ code }) => code)).toEqual(isTouched ? ['broken-chain'] : []);
          expectPrefix(server, lock);
        }
        // The first head that arrives says what is missing; nothing else is.
        server.take('head', lock.head());
        const missing = missingLog(server.reader).reduce((sum, { from, to }) => sum + to - from + 1, 0);
        const pending = server.reader.runs.reduce((sum, { records }) => sum + records.length, 0);
        expect(server.records.length + pending + missing).toBe(count);
        for (const { from } of missingLog(server.reader)) server.take('page', lock.page(from - 1));
        server.catchUp(lock);
        expect(server.records.length).toBe(count);
        expectPrefix(server, lock);
      }),
      { numRuns: 150 },
    ));

  it('no page is dropped, doubled or moved without the next head naming what is missing', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.array(fc.nat(12), { maxLength: 20 }),
        fc.nat(40),
        (count, order, more) => {
          const lock = createLoggingLock(crypto);
          lock.append(count);
          const pages = pagesOf(lock);
          lock.append(more);
          const server = createLogServer(crypto, lock.signer);
          const delivered = new Set(order.map((at) => at % pages.length));
          for (const at of order) server.take('page', pages[at % pages.length] ?? new Uint8Array(0));
          server.take('head', lock.head());
          const missing = new Set(
            missingLog(server.reader).flatMap(({ from, to }) =>
              Array.from({ length: to - from + 1 }, (_, n) => from + n),
            ),
          );
          for (const { seq } of lock.written) {
            const came = seq <= count && delivered.has(Math.floor((seq - 1) / 32));
            expect(missing.has(seq)).toBe(!came);
          }
          expect(server.findings).toEqual([]);
          expectPrefix(server, lock);
        },
      ),
      { numRuns: 100 },
    ));

  it('no byte of a page or head can be changed', () =>
    fc.assert(
      fc.property(fc.nat(100_000), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, flip, isPage) => {
        const lock = createLoggingLock(crypto);
        lock.append(3);
        const server = createLogServer(crypto, lock.signer);
        const { reader } = server;
        const honest = isPage ? lock.page(0) : lock.head();
        const index = at % honest.length;
        const changed = honest.with(index, (honest[index] ?? 0) ^ flip);
        const reading = server.take(isPage ? 'page' : 'head', changed);
        expect(reading.records).toEqual([]);
        expect(reading.reader).toBe(reader);
        expect(reading.findings.length).toBe(1);
      }),
      { numRuns: 300 },
    ));

  it('any bytes are read or refused, and change nothing', () =>
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 1300, size: 'max' }),
        fc.constantFrom('page', 'head', 'receipt'),
        (bytes, kind) => {
          const lock = createLoggingLock(crypto);
          const server = createLogServer(crypto, lock.signer);
          const { reader } = server;
          const reading = server.take(kind, bytes);
          expect(reading.reader).toBe(reader);
          expect(reading.findings.length).toBe(1);
        },
      ),
    ));
});

describe('T12: a courier that withholds', () => {
  it('is found by a newer head that comes another way: which entries, and since when', () => {
    const lock = createLoggingLock(crypto);
    lock.append(20);
    const server = createLogServer(crypto, lock.signer);
    // The hub delivers, then drops.
    server.take('page', lock.page(0), 1000);
    lock.append(15);
    const seenByPhone = lock.head();
    expect(missingLog(server.reader)).toEqual([]);
    server.take('head', seenByPhone, 5000);
    expect(missingLog(server.reader)).toEqual([{ from: 21, to: 35 }]);
    expect(withheldLog(server.reader, 5000 + logPatienceMs)).toEqual([]);
    expect(withheldLog(server.reader, 5001 + logPatienceMs)).toEqual([{ from: 21, to: 35 }]);
    // A still newer head does not start the wait anew, and is not yet overdue itself.
    lock.append(5);
    server.take('head', lock.head(), 400_000);
    expect(withheldLog(server.reader, 5001 + logPatienceMs)).toEqual([{ from: 21, to: 35 }]);
    // Hearing of it once more does not make it younger.
    lock.time += 60;
    server.take('head', lock.head(), 450_000);
    // A page that comes at last ends the alarm for what it brings.
    server.take('page', lock.page(20, 10), 500_000);
    expect(withheldLog(server.reader, 5001 + logPatienceMs)).toEqual([{ from: 31, to: 35 }]);
    server.take('page', lock.page(30, 5), 500_000);
    expect(withheldLog(server.reader, 400_000 + logPatienceMs)).toEqual([]);
    expect(withheldLog(server.reader, 400_001 + logPatienceMs)).toEqual([{ from: 36, to: 40 }]);
  });

  it('is not suspected while it is merely a little behind', () => {
    const lock = createLoggingLock(crypto);
    const server = createLogServer(crypto, lock.signer);
    for (let at = 0; at < 10 * logPatienceMs; at += 60_000) {
      lock.append(2);
      server.take('head', lock.head(), at);
      // The hub is always one entry late.
      server.take(
        'page',
        lock.page(server.reader.cursor.seq, 1 + (lock.ring.head.seq - 2 - server.reader.cursor.seq)),
        at,
      );
      expect(withheldLog(server.reader, at)).toEqual([]);
    }
    expect(missingLog(server.reader).length).toBe(1);
  });

  it('cannot hide by letting the ring run over: the gap is named', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1100, max: 2500 }), (read, more) => {
        const lock = createLoggingLock(crypto);
        lock.append(read);
        const server = createLogServer(crypto, lock.signer);
        server.catchUp(lock);
        lock.append(more);
        server.take('head', lock.head());
        expect(missingLog(server.reader)[0]?.from).toBe(read + 1);
        server.catchUp(lock);
        const gone = server.reader.overwritten;
        const named = server.findings.flatMap((finding) => (finding.code === 'overwritten' ? [finding] : []));
        expect(named.reduce((sum, { from, to }) => sum + to - from + 1, 0)).toBe(Math.max(0, gone - read));
        expect(server.findings.length).toBe(named.length);
        expect(server.reader.cursor.seq).toBe(lock.ring.head.seq);
      }),
      { numRuns: 20 },
    ));
});
