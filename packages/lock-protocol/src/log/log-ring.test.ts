import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { emptyLog, encodeLogEntry, type LogHead, nextLogHead } from './lock-log.js';
import { logGapOf } from './log-break.js';
import {
  acknowledgeLog,
  appendToLogRing,
  emptyLogRing,
  type LogRing,
  logHeadAt,
  openLogRing,
  overwrittenLog,
} from './log-ring.js';
import { createLoggingLock, type LoggingLock } from './log-scene.test-rig.js';
import { decodeSegment, logSegmentLimit, logSegmentSlots, logSlotCount } from './log-segment.js';

const crypto = createNodeCrypto();
const entry = {
  time: 1_799_654_400,
  quality: 'good',
  type: 'unlock',
  result: 'ok',
  actor: new Uint8Array(12).fill(7),
  commandId: new Uint8Array(8).fill(9),
} as const;

const entriesOf = (ring: LogRing) => ring.segments.flatMap(({ entries }) => entries);

/** Numbers that are neither acknowledged, nor in the ring, nor in a gap entry of the ring: what went in silence. */
function silent(lock: LoggingLock): readonly number[] {
  const { ring, written } = lock;
  const gone = overwrittenLog(ring);
  const gaps = written.filter(({ seq }) => seq > gone).flatMap((held) => logGapOf(held) ?? []);
  const lost = Array.from({ length: Math.max(0, gone - ring.acknowledged) }, (_, at) => ring.acknowledged + 1 + at);
  return lost.filter((seq) => !gaps.some(({ from, to }) => from <= seq && seq <= to));
}

describe('the ring of a lock’s log', () => {
  test('holds at least 1000 entries, and is the chain that it says it is', () => {
    const lock = createLoggingLock(crypto);
    lock.append(logSlotCount);
    expect(entriesOf(lock.ring).length).toBe(logSlotCount);
    lock.append(1);
    const held = entriesOf(lock.ring);
    expect(held.length).toBeGreaterThanOrEqual(1000);
    expect(held).toEqual(lock.written.slice(-held.length).map(encodeLogEntry));
    const head = lock.written.reduce((reached, next) => nextLogHead(crypto, reached, next), emptyLog);
    expect(lock.ring.head).toEqual(head);
  });

  test('appending tells which slot to write, and copies one segment at most', () => {
    const lock = createLoggingLock(crypto);
    lock.append(logSlotCount + 40);
    lock.acknowledge();
    let { ring } = lock;
    for (let n = 0; n < 100; n += 1) {
      const { ring: next, writes, entries } = appendToLogRing(crypto, ring, entry);
      const slot = (next.head.seq - 1) % logSlotCount;
      const [added] = entries;
      if (added === undefined) throw new Error('Nothing was appended.');
      const written = { to: 'slot', slot, entry: encodeLogEntry(added) };
      const begun = slot % logSegmentSlots === 0;
      expect(writes.at(-1)).toEqual(written);
      expect(writes.map(({ to }) => to)).toEqual(begun ? ['segment', 'slot'] : ['slot']);
      const shared = next.segments.filter((segment) => ring.segments.includes(segment));
      expect(next.segments.length - shared.length).toBe(1);
      ring = next;
    }
  });

  test('T12: what is overwritten before anybody acknowledged it is in a gap entry', () => {
    const lock = createLoggingLock(crypto);
    lock.append(100);
    lock.acknowledge();
    lock.append(logSlotCount - 100);
    expect(lock.written.map(({ type }) => type)).not.toContain('gap');
    // The first segments that go hold what was acknowledged, and go without a word.
    lock.append(96);
    expect(lock.written.map(({ type }) => type)).not.toContain('gap');
    lock.append(1);
    const gap = lock.written.at(-2);
    expect(gap).toMatchObject({ seq: logSlotCount + 97, type: 'gap', result: 'full', time: lock.time });
    expect(logGapOf(gap)).toEqual({ from: 101, to: 128 });
    expect(gap?.actor).toEqual(logHeadAt(crypto, lock.ring, 128)?.hash.slice(0, 12));
    lock.append(31);
    // The next one speaks of the whole again, so that it alone suffices.
    expect(logGapOf(lock.written.at(-2))).toEqual({ from: 101, to: 160 });
  });

  test('T12: nothing goes in silence, whatever is appended, acknowledged, torn or damaged', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            { weight: 6, arbitrary: fc.record({ do: fc.constant('append'), n: fc.integer({ min: 1, max: 400 }) }) },
            { weight: 2, arbitrary: fc.record({ do: fc.constant('acknowledge'), n: fc.nat(1500) }) },
            { weight: 1, arbitrary: fc.record({ do: fc.constant('restart'), n: fc.nat(3) }) },
            { weight: 1, arbitrary: fc.record({ do: fc.constant('damage'), n: fc.constant(0) }) },
          ),
          { minLength: 3, maxLength: 12 },
        ),
        (steps) => {
          const lock = createLoggingLock(crypto);
          for (const step of steps) {
            if (step.do === 'append') lock.append(step.n);
            if (step.do === 'acknowledge') {
              lock.acknowledge(logHeadAt(crypto, lock.ring, Math.max(0, lock.ring.head.seq - step.n)));
            }
            if (step.do === 'restart') {
              const { writes } = appendToLogRing(crypto, lock.ring, entry);
              lock.restart({ lost: writes.slice(0, step.n) });
            }
            if (step.do === 'damage') {
              lock.damage();
              lock.restart();
            }
            // A gap that a loss of power made due is in the very next entry.
            if (step.do !== 'append') lock.append(1);
            expect(silent(lock)).toEqual([]);
            expect(lock.ring.segments.length).toBeLessThanOrEqual(logSegmentLimit);
          }
        },
      ),
      { numRuns: 60 },
    ));

  test('the power may fail at every write of an append: the ring is then the one before it', () => {
    const lock = createLoggingLock(crypto);
    for (const count of [31, 1, logSlotCount - 33, 1, 31, 1]) {
      lock.append(count);
      const before = lock.ring;
      const { writes } = appendToLogRing(crypto, before, entry);
      for (let done = 0; done <= writes.length; done += 1) {
        const back = lock.snapshot();
        lock.restart({ lost: writes.slice(0, done) });
        expect(lock.ring.head).toEqual(before.head);
        expect(lock.ring.segments.filter(({ entries }) => entries.length === 0)).toEqual([]);
        const gone = overwrittenLog(lock.ring);
        expect(entriesOf(lock.ring)).toEqual(entriesOf(before).slice(gone - overwrittenLog(before)));
        lock.append(1);
        expect(silent(lock)).toEqual([]);
        back();
      }
    }
  });

  test('after damage the log goes on, and says at once what is gone', () => {
    const lock = createLoggingLock(crypto);
    lock.append(50);
    const { head } = lock.ring;
    expect(openLogRing(crypto, lock.ring, [])).toMatchObject({ head, segments: [] });
    // One bit of one old entry is enough: what it says can no longer be proven.
    lock.damage();
    lock.restart();
    expect(overwrittenLog(lock.ring)).toBe(32);
    lock.append(1);
    expect(logGapOf(lock.written.at(-2))).toEqual({ from: 1, to: 32 });
    const bare = appendToLogRing(crypto, openLogRing(crypto, lock.ring, []), entry);
    expect(bare.entries.map(logGapOf)).toEqual([{ from: 1, to: 52 }, undefined]);
    expect(bare.writes.map(({ to }) => to)).toEqual(['segment', 'slot', 'slot']);
    expect(() => decodeSegment(new Uint8Array(1059))).toThrow('1060 bytes');
  });

  test('whatever is found where the segments were, the log goes on from its head', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(70), fc.nat(1059), fc.nat(255), fc.boolean()), { maxLength: 6 }),
        fc.array(fc.uint8Array({ minLength: 1060, maxLength: 1060 }), { maxLength: 3 }),
        (changes, strange) => {
          const lock = createLoggingLock(crypto);
          lock.append(70);
          const images = lock.flash();
          for (const [segment, at, value, isDropped] of changes) {
            if (isDropped) images.splice(segment % 3, 1);
            else images[segment % 3]?.set([value], at);
          }
          const ring = openLogRing(crypto, lock.ring, [...strange, ...images, ...strange]);
          expect(ring.head).toEqual(lock.ring.head);
          const held = entriesOf(ring);
          expect(held).toEqual(lock.written.slice(70 - held.length).map(encodeLogEntry));
          const { entries } = appendToLogRing(crypto, ring, entry);
          const gap = held.length < 70 ? [{ from: 1, to: 70 - held.length }] : [];
          expect(entries.flatMap((added) => logGapOf(added) ?? [])).toEqual(gap);
        },
      ),
    ));

  test('acknowledging deletes nothing, never goes back, and needs the chain value', () => {
    const lock = createLoggingLock(crypto);
    lock.append(70);
    const { ring } = lock;
    const at = (seq: number): LogHead => logHeadAt(crypto, ring, seq) ?? emptyLog;
    const moved = acknowledgeLog(crypto, ring, at(40));
    expect(moved).toEqual({ ok: true, ring: { ...ring, acknowledged: 40 } });
    if (!moved.ok) throw new Error('It was refused.');
    expect(acknowledgeLog(crypto, moved.ring, at(30))).toEqual({ ok: true, ring: moved.ring });
    expect(acknowledgeLog(crypto, moved.ring, ring.head)).toMatchObject({ ring: { acknowledged: 70 } });
    const refused = { ok: false, code: 'log-mismatch' };
    expect(acknowledgeLog(crypto, ring, { ...at(40), hash: at(41).hash })).toEqual(refused);
    expect(acknowledgeLog(crypto, ring, { seq: 71, hash: ring.head.hash })).toEqual(refused);
    // What is gone already can be acknowledged, and that changes nothing.
    lock.append(logSlotCount);
    const gone = { seq: 5, hash: new Uint8Array(32) };
    expect(acknowledgeLog(crypto, lock.ring, gone)).toEqual({ ok: true, ring: lock.ring });
    expect(acknowledgeLog(crypto, emptyLogRing, emptyLog)).toEqual({ ok: true, ring: emptyLogRing });
  });

  test('a reset begins the log anew and names the end of the old one', () => {
    const lock = createLoggingLock(crypto);
    lock.append(40);
    const ended = lock.ring.head;
    lock.reset();
    expect(lock.ring).toMatchObject({ resets: 1, acknowledged: 0, head: { seq: 1 } });
    expect(lock.written[0]).toMatchObject({ type: 'reset', seq: 1, actor: ended.hash.slice(0, 12) });
    expect(lock.written[0]?.commandId).toEqual(Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 40));
    // What the old log left in the flash is not taken for the new one.
    lock.restart();
    lock.append(40);
    lock.restart();
    expect(entriesOf(lock.ring)).toEqual(lock.written.map(encodeLogEntry));
  });
});
