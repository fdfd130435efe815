import { describe, expect, it } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { concatBytes } from '../encoding/byte-strings.js';
import { chainLogEntry, emptyLog, encodeLogEntry, encodeLogNumbers } from './lock-log.js';
import { decodeLogHead, signLogHead } from './log-head.js';
import { decodeLogPage, encodeLogPage } from './log-page.js';
import { logPendingLimits, missingLog, readLogReport, startLogReader } from './log-reader.js';
import type { LogFinding } from './log-reading.js';
import { createLoggingLock, createLogServer } from './log-scene.test-rig.js';

const crypto = createNodeCrypto();

function scene(count: number) {
  const lock = createLoggingLock(crypto);
  lock.append(count);
  return { lock, server: createLogServer(crypto, lock.signer) };
}

const entryOfLater = {
  time: 0,
  quality: 'none',
  type: 'session',
  result: 'ok',
  actor: new Uint8Array(12),
  commandId: new Uint8Array(8),
} as const;

const bytesOf = (records: readonly { readonly bytes: Uint8Array }[]) => records.map(({ bytes }) => bytes);

/** Findings of one kind that follow one another, as one. */
function joined(findings: readonly LogFinding[]): readonly LogFinding[] {
  const made: LogFinding[] = [];
  for (const next of findings) {
    const last = made.at(-1);
    if (last && last.code === next.code && 'to' in last && 'to' in next) {
      expect(next.from).toBe(last.to + 1);
      made.splice(-1, 1, { ...next, from: last.from });
    } else made.push(next);
  }
  return made;
}

describe('a reader of a lock’s log', () => {
  it('hands out every entry once, in order, and then waits for nothing', () => {
    const { lock, server } = scene(700);
    server.catchUp(lock);
    server.catchUp(lock);
    expect(bytesOf(server.records)).toEqual(lock.written.map(encodeLogEntry));
    expect(server.records.map(({ entry }) => entry)).toEqual(lock.written);
    expect(server.findings).toEqual([]);
    expect(server.reader.cursor).toEqual({ ...lock.ring.head, resets: 0 });
    expect(server.reader).toMatchObject({ runs: [], heads: [] });
    expect(missingLog(server.reader)).toEqual([]);
  });

  it('takes pages in any order and from anybody, overlapping or twice', () => {
    const { lock, server } = scene(200);
    const pages = [150, 20, 100, 118, 182, 50, 0, 20, 82].map((after) => lock.page(after));
    for (const page of pages) server.take('page', page);
    expect(bytesOf(server.records)).toEqual(lock.written.map(encodeLogEntry));
    expect(server.findings).toEqual([]);
  });

  it('says what is missing between what came', () => {
    const { lock, server } = scene(200);
    server.take('page', lock.page(0));
    server.take('page', lock.page(50));
    server.take('page', lock.page(120));
    expect(missingLog(server.reader)).toEqual([
      { from: 33, to: 50 },
      { from: 83, to: 120 },
      { from: 153, to: 200 },
    ]);
    expect(server.records.length).toBe(32);
  });

  it('goes on from its cursor after a restart of its own', () => {
    const { lock, server } = scene(100);
    server.take('page', lock.page(0));
    const { cursor } = server.reader;
    const report = { kind: 'page', bytes: lock.page(32), lock: lock.signer, at: 0 } as const;
    const reading = readLogReport(crypto, startLogReader(cursor), report);
    expect(bytesOf(reading.records)).toEqual(lock.written.slice(32, 64).map(encodeLogEntry));
  });

  it('hands out entries of a later version as bytes', () => {
    const before = { seq: 4, hash: crypto.randomBytes(32) };
    const strange = encodeLogEntry({ ...entryOfLater, seq: 5 }).with(9, 200);
    const { publicKey, secret } = crypto.ed25519KeyPair();
    const tag = crypto.randomBytes(8);
    const end = chainLogEntry(crypto, before, strange);
    const statement = { lock: tag, issuedAt: 0, quality: 'none', epoch: 1, resets: 0 } as const;
    const head = signLogHead(crypto, secret, { ...statement, ...end, newest: 5, overwritten: 0, acknowledged: 0 });
    const bytes = encodeLogPage({ beforeHash: before.hash, entries: [strange], head });
    const reader = startLogReader({ ...before, resets: 0 });
    const reading = readLogReport(crypto, reader, { kind: 'page', bytes, lock: { publicKey, tag }, at: 0 });
    expect(reading.records).toEqual([{ seq: 5, bytes: strange }]);
    expect(reading.reader.cursor).toEqual({ ...end, resets: 0 });
  });

  it('learns of a newer entry from a head and from a receipt', () => {
    const { lock, server } = scene(40);
    server.take('head', lock.head());
    expect(missingLog(server.reader)).toEqual([{ from: 1, to: 40 }]);
    lock.append(2);
    server.take('receipt', lock.receipt());
    expect(missingLog(server.reader)).toEqual([{ from: 1, to: 42 }]);
  });

  it('takes nothing that is not this lock’s', () => {
    const { lock, server } = scene(40);
    const report = { kind: 'page', bytes: lock.page(0), at: 0 } as const;
    const other = { ...lock.signer, publicKey: crypto.ed25519KeyPair().publicKey };
    const elsewhere = { ...lock.signer, tag: new Uint8Array(8) };
    const refused = (because: string) => ({
      reader: server.reader,
      records: [],
      findings: [{ code: 'refused', because }],
    });
    expect(readLogReport(crypto, server.reader, { ...report, lock: other })).toEqual(refused('auth'));
    expect(readLogReport(crypto, server.reader, { ...report, lock: elsewhere })).toEqual(refused('wrong-lock'));
    const unreadable = { ...report, bytes: report.bytes.subarray(0, 100), lock: lock.signer };
    expect(readLogReport(crypto, server.reader, unreadable)).toMatchObject({
      reader: server.reader,
      findings: [{ code: 'unreadable' }],
    });
  });

  it('keeps no more than its limits, whatever comes', () => {
    const { lock, server } = scene(1000);
    for (let after = 1; after < 1000; after += 3) server.take('page', lock.page(after));
    const waiting = server.reader.runs.reduce((sum, { records }) => sum + records.length, 0);
    expect(waiting).toBeLessThanOrEqual(logPendingLimits.entries);
    expect(server.reader.heads.length).toBe(logPendingLimits.heads);
    server.catchUp(lock);
    expect(bytesOf(server.records)).toEqual(lock.written.map(encodeLogEntry));
  });
});

describe('over what is overwritten', () => {
  it('goes on behind a gap that the lock has written down, and names it', () => {
    const { lock, server } = scene(100);
    server.catchUp(lock);
    lock.acknowledge();
    lock.append(1300);
    const { overwritten } = server.reader;
    expect(overwritten).toBe(0);
    server.catchUp(lock);
    const gone = server.reader.overwritten;
    expect(gone).toBeGreaterThan(100);
    // Each gap entry explains a part; together they leave nothing out.
    expect(joined(server.findings)).toEqual([{ code: 'overwritten', from: 101, to: gone }]);
    expect(bytesOf(server.records)).toEqual(
      lock.written.filter(({ seq }) => seq <= 100 || seq > gone).map(encodeLogEntry),
    );
    expect(server.reader.unexplained).toEqual([]);
  });

  it('says what was withheld when somebody acknowledged what never came', () => {
    const { lock, server } = scene(100);
    server.catchUp(lock);
    lock.append(200);
    lock.acknowledge();
    // At once, before anything is lost.
    expect(server.take('head', lock.head()).findings).toEqual([{ code: 'acknowledged-unseen', from: 101, to: 300 }]);
    expect(server.take('head', lock.head()).findings).toEqual([]);
    lock.append(1100);
    server.catchUp(lock);
    const gone = server.reader.overwritten;
    // The lock's gap entry explains what it overwrote unacknowledged; the rest, somebody gave away.
    expect(joined(server.findings.slice(1))).toEqual([
      { code: 'overwritten', from: 301, to: gone },
      { code: 'withheld', from: 101, to: 300 },
    ]);
    expect(server.reader.cursor.seq).toBe(lock.ring.head.seq);
  });

  it('does not step over what the lock still holds', () => {
    const { lock, server } = scene(1400);
    const gone = decodeLogPage(lock.page(0)).entries[0];
    expect(gone).toBeDefined();
    server.take('page', lock.page(1200));
    expect(server.records).toEqual([]);
    server.take('page', lock.page(0));
    expect(server.records.length).toBe(32);
    expect(missingLog(server.reader)[0]?.to).toBe(1200);
  });
});

describe('when the lock itself is not the one it was', () => {
  it('T11: finds the fork when its memory is put back and it writes another log', () => {
    const { lock, server } = scene(50);
    const putBack = lock.snapshot();
    lock.append(10);
    server.catchUp(lock);
    putBack();
    lock.append(20, { result: 'late' });
    const { records } = server;
    const known = records.length;
    expect(server.take('page', lock.page(40)).findings).toContainEqual({ code: 'fork', seq: 60 });
    expect(server.take('page', lock.page(60)).findings).toContainEqual({ code: 'fork', seq: 60 });
    expect(records.length).toBe(known);
    expect(missingLog(server.reader)).toEqual([{ from: 61, to: 70 }]);
  });

  it('T11: finds the fork between two signed heads, before the entries have come', () => {
    const { lock, server } = scene(50);
    const putBack = lock.snapshot();
    lock.append(10);
    server.take('head', lock.head());
    putBack();
    lock.append(10, { result: 'late' });
    expect(server.take('head', lock.head()).findings).toEqual([{ code: 'fork', seq: 60 }]);
    // The branch that was signed second does not connect.
    server.catchUp(lock);
    expect(server.records.length).toBeLessThan(60);
  });

  it('T11: finds that it went back, from a shorter log with a later time', () => {
    const { lock, server } = scene(50);
    const old = lock.head();
    const putBack = lock.snapshot();
    lock.append(10);
    server.catchUp(lock);
    // An old head that somebody carried late is no sign of anything.
    expect(server.take('head', old).findings).toEqual([]);
    putBack();
    lock.time += 1;
    expect(server.take('head', lock.head()).findings).toEqual([{ code: 'went-back', seq: 50, seen: 60 }]);
    lock.quality = 'stale';
    expect(server.take('head', lock.head()).findings).toEqual([]);
  });

  it('follows a reset, and names what it took', () => {
    const { lock, server } = scene(50);
    server.catchUp(lock);
    lock.append(7);
    lock.reset();
    lock.append(3);
    server.catchUp(lock);
    expect(server.findings).toEqual([
      { code: 'reset', resets: 1, seq: 50 },
      { code: 'erased', from: 51, to: 57 },
    ]);
    expect(server.reader.cursor).toEqual({ ...lock.ring.head, resets: 1 });
    expect(server.records.slice(50).map(({ entry }) => entry)).toEqual(lock.written);
    expect(server.reader).not.toHaveProperty('previous');
  });

  it('follows a reset of which nothing was lost without a further word', () => {
    const { lock, server } = scene(50);
    server.catchUp(lock);
    lock.reset();
    server.catchUp(lock);
    expect(server.findings).toEqual([{ code: 'reset', resets: 1, seq: 50 }]);
  });

  it('T11: finds that the log before a reset was another, or shorter', () => {
    const { lock, server } = scene(50);
    const putBack = lock.snapshot();
    lock.append(10);
    server.catchUp(lock);
    putBack();
    const shorter = createLogServer(crypto, lock.signer);
    lock.append(10, { result: 'late' });
    lock.reset();
    server.catchUp(lock);
    expect(server.findings).toEqual([
      { code: 'reset', resets: 1, seq: 60 },
      { code: 'fork', seq: 60 },
    ]);
    putBack();
    lock.append(12);
    shorter.catchUp(lock);
    putBack();
    lock.reset();
    shorter.catchUp(lock);
    expect(shorter.findings.at(-1)).toEqual({ code: 'went-back', seq: 50, seen: 62 });
  });

  it('T11: finds that it went back to before a reset', () => {
    const { lock, server } = scene(5);
    const putBack = lock.snapshot();
    lock.reset();
    lock.append(20);
    server.catchUp(lock);
    putBack();
    lock.append(9);
    expect(server.take('page', lock.page(0))).toMatchObject({
      records: [],
      findings: [{ code: 'went-back', seq: 14, seen: 21 }],
    });
  });

  it('follows two resets at once, and does not compare logs that do not follow one another', () => {
    const { lock, server } = scene(50);
    server.catchUp(lock);
    lock.reset();
    lock.append(3);
    lock.reset();
    server.catchUp(lock);
    expect(server.findings).toEqual([{ code: 'reset', resets: 2, seq: 50 }]);
    expect(server.reader.cursor).toEqual({ ...lock.ring.head, resets: 2 });
  });

  it('T11: finds a log that begins anew without saying so', () => {
    const { lock, server } = scene(50);
    server.catchUp(lock);
    lock.reset();
    const draft = decodeLogPage(lock.page(0));
    for (const edited of [{ type: 'boot' }, { commandId: encodeLogNumbers(2, 50) }] as const) {
      const first = encodeLogEntry({ ...(lock.written[0] ?? expect.fail()), ...edited });
      const { publicKey, secret } = crypto.ed25519KeyPair();
      const end = chainLogEntry(crypto, emptyLog, first);
      const head = signLogHead(crypto, secret, { ...decodeLogHead(draft.head), ...end });
      const bytes = encodeLogPage({ ...draft, entries: [first], head });
      const report = { kind: 'page', bytes, lock: { ...lock.signer, publicKey }, at: 0 } as const;
      expect(readLogReport(crypto, server.reader, report).findings).toEqual([
        { code: 'reset', resets: 1, seq: 50 },
        { code: 'fork', seq: 1 },
      ]);
    }
  });

  it('takes no old log for a new one after a reset', () => {
    const { lock, server } = scene(50);
    const old = [lock.page(0), lock.page(32)];
    lock.reset();
    server.catchUp(lock);
    const { reader } = server;
    for (const page of old) expect(server.take('page', page)).toEqual({ reader, records: [], findings: [] });
    expect(startLogReader()).toMatchObject({ cursor: { ...emptyLog, resets: 0 } });
  });
});

describe('a page', () => {
  it('proves itself: its entries lead to the head that is signed in it', () => {
    const { lock, server } = scene(64);
    const page = decodeLogPage(lock.page(0));
    const [first = new Uint8Array(32), second = new Uint8Array(32), ...rest] = page.entries;
    const edited = first.with(10, 1);
    const made = [
      { entries: [second, ...rest] },
      { entries: [first, ...rest] },
      { entries: page.entries.slice(0, -1) },
      { entries: [second, first, ...rest] },
      { entries: [edited, second, ...rest] },
      { entries: [] },
      { beforeHash: page.beforeHash.with(0, 1) },
      // A head of the same lock that belongs to another page.
      { head: decodeLogPage(lock.page(32)).head },
    ];
    for (const change of made) {
      const { reader, records, findings } = server.take('page', encodeLogPage({ ...page, ...change }));
      expect(findings.map(({ code }) => code)).toEqual(['broken-chain']);
      expect(records).toEqual([]);
      expect(reader).toEqual(startLogReader());
    }
    const moved = concatBytes(lock.page(0).subarray(0, 40), new Uint8Array(1200));
    expect(server.take('page', moved).findings).toEqual([{ code: 'refused', because: 'auth' }]);
    expect(server.take('page', lock.page(0)).records.length).toBe(32);
  });
});
