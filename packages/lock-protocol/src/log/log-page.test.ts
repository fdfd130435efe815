import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { splitMessage } from '../encoding/frame.js';
import { maxMessageSizeBytes } from '../encoding/gatt.js';
import { LockProtocolError } from '../protocol-error.js';
import { encodeLogEntry } from './lock-log.js';
import { decodeLogHead } from './log-head.js';
import { decodeLogPage, encodeLogPage, readLog } from './log-page.js';
import { logHeadAt, overwrittenLog } from './log-ring.js';
import { createLoggingLock } from './log-scene.test-rig.js';

const crypto = createNodeCrypto();

describe('pages of a log', () => {
  it('have 1,206 bytes with 32 entries in the middle of a log, and fit a message at their largest', () => {
    const lock = createLoggingLock(crypto);
    lock.append(400);
    lock.acknowledge();
    lock.append(300);
    const page = lock.page(400);
    expect(page.length).toBe(1206);
    // As an operation's answer, 10 bytes more, sealed as a record, 16 bytes more.
    const frames = [23, 185, 247, 517].map(
      (mtu) => splitMessage(new Uint8Array(page.length + 26), { mtu, firstCounter: 0 }).frames.length,
    );
    expect(frames).toEqual([65, 7, 6, 3]);
    const largest = encodeLogPage({ ...decodeLogPage(page), head: new Uint8Array(255) });
    expect(largest.length + 26).toBeLessThanOrEqual(maxMessageSizeBytes);
  });

  it('give back what they were made of, and ignore what a later version appends', () =>
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 32 }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ maxLength: 255 }),
        fc.uint8Array({ maxLength: 8 }),
        (entries, beforeHash, head, later) => {
          const bytes = encodeLogPage({ entries, beforeHash, head });
          expect(decodeLogPage(bytes)).toEqual({ entries, beforeHash, head });
          expect(decodeLogPage(Uint8Array.of(...bytes, ...later))).toEqual({ entries, beforeHash, head });
          expect(() => decodeLogPage(bytes.subarray(0, -1))).toThrow(LockProtocolError);
        },
      ),
    ));

  it('are read from any bytes, or refused with LockProtocolError', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1300, size: 'max' }), (any) => {
        try {
          expect(decodeLogPage(any).entries.length).toBeLessThanOrEqual(32);
        } catch (error) {
          expect(error).toBeInstanceOf(LockProtocolError);
        }
      }),
    ));

  it('end where their bytes end', () => {
    expect(() => decodeLogPage(new Uint8Array(0))).toThrow(LockProtocolError);
    expect(() => decodeLogPage(Uint8Array.of(33, ...new Uint8Array(4000)))).toThrow(LockProtocolError);
  });

  it('cannot be made of too much', () => {
    const parts = { entries: [], beforeHash: new Uint8Array(32), head: new Uint8Array(140) };
    const entry = new Uint8Array(32);
    const wrong = [
      { entries: Array.from({ length: 33 }, () => entry) },
      { entries: [new Uint8Array(31)] },
      { beforeHash: new Uint8Array(16) },
      { head: new Uint8Array(256) },
    ];
    for (const change of wrong) expect(() => encodeLogPage({ ...parts, ...change })).toThrow(LockProtocolError);
  });
});

describe('LOG_READ', () => {
  it('gives the oldest entries after any number, the chain value before them and the head at the last', () => {
    const lock = createLoggingLock(crypto);
    lock.append(1500);
    const { ring, written } = lock;
    const gone = overwrittenLog(ring);
    const cases = [
      0,
      gone - 1,
      gone,
      gone + 1,
      gone + 31,
      gone + 32,
      gone + 33,
      1400,
      ring.head.seq - 1,
      ring.head.seq,
    ];
    for (const after of cases) {
      for (const max of [1, 7, 32]) {
        const start = Math.max(gone, after);
        const { beforeHash, entries, head } = readLog(crypto, ring, { after, max });
        expect(entries).toEqual(written.slice(start, start + max).map(encodeLogEntry));
        expect(beforeHash).toEqual(logHeadAt(crypto, ring, start)?.hash);
        const { seq, hash } = head;
        expect({ seq, hash }).toEqual(logHeadAt(crypto, ring, start + entries.length));
        expect(head).toMatchObject({ newest: ring.head.seq, overwritten: gone, acknowledged: 0, resets: 0 });
      }
    }
    expect(readLog(crypto, ring, { after: 1400, max: 64 }).entries.length).toBe(32);
    expect(lock.ring).toBe(ring);
  });

  it('past the end of the log gives the head alone', () => {
    const lock = createLoggingLock(crypto);
    const empty = decodeLogPage(lock.page(0));
    expect(empty).toMatchObject({ entries: [], beforeHash: new Uint8Array(32) });
    expect(decodeLogHead(empty.head)).toMatchObject({ seq: 0, newest: 0 });
    lock.append(40);
    const past = decodeLogPage(lock.page(41));
    expect(past.entries).toEqual([]);
    expect(decodeLogHead(past.head)).toMatchObject({ ...lock.ring.head, newest: 40 });
  });
});
