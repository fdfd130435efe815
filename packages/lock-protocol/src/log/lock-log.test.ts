import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerCodes } from '../answer-code.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { LockProtocolError } from '../protocol-error.js';
import {
  appendLogEntry,
  decodeLogEntry,
  decodeLogNumbers,
  emptyLog,
  encodeLogEntry,
  encodeLogNumbers,
  type LogEntry,
  nextLogHead,
  seqOfLogEntry,
} from './lock-log.js';
import { logEntryTypes } from './log-entry-type.js';

const crypto = createNodeCrypto();
const entry = {
  time: 1_799_654_400,
  quality: 'good',
  type: 'unlock',
  result: 'ok',
  actor: new Uint8Array(12).fill(7),
  commandId: new Uint8Array(8).fill(9),
} as const;

describe('the log of a lock', () => {
  test('has entries of 32 bytes', () => {
    expect(Buffer.from(encodeLogEntry({ ...entry, seq: 1 })).toString('hex')).toBe(
      `00000001${'6b448c00'}02010000${'07'.repeat(12)}${'09'.repeat(8)}`,
    );
    expect(() => encodeLogEntry({ ...entry, seq: 1, actor: new Uint8Array(8) })).toThrow(LockProtocolError);
  });

  test('gives back what was written, of every type and with every result', () =>
    fc.assert(
      fc.property(
        fc.record({
          seq: fc.nat(0xffff_ffff),
          time: fc.nat(0xffff_ffff),
          quality: fc.constantFrom('none', 'stale', 'good'),
          type: fc.constantFrom(...logEntryTypes),
          result: fc.constantFrom(...(Object.keys(answerCodes) as (keyof typeof answerCodes)[])),
          actor: fc.uint8Array({ minLength: 12, maxLength: 12 }),
          commandId: fc.uint8Array({ minLength: 8, maxLength: 8 }),
        }),
        (written) => {
          const bytes = encodeLogEntry(written);
          expect(decodeLogEntry(bytes)).toEqual(written);
          expect(seqOfLogEntry(bytes)).toBe(written.seq);
        },
      ),
    ));

  test('of a later version has a number, and nothing else that can be read', () => {
    const bytes = encodeLogEntry({ ...entry, seq: 7 });
    const later = [
      [8, 3],
      [9, logEntryTypes.length],
      [10, 255],
      [11, 1],
    ] as const;
    for (const [at, value] of later) {
      expect(decodeLogEntry(bytes.with(at, value))).toBeUndefined();
      expect(seqOfLogEntry(bytes.with(at, value))).toBe(7);
    }
    expect(() => decodeLogEntry(bytes.subarray(1))).toThrow(LockProtocolError);
  });

  test('carries two numbers where a command id would be', () => {
    const commandId = encodeLogNumbers(0xffff_fffe, 9);
    expect(decodeLogNumbers({ commandId })).toEqual([0xffff_fffe, 9]);
    expect(decodeLogNumbers({ commandId: Uint8Array.of(1, ...commandId).subarray(1) })).toEqual([0xffff_fffe, 9]);
  });

  test('is a chain: whoever edits, drops or reorders an entry misses the head', () => {
    const entries: LogEntry[] = [];
    let head = emptyLog;
    for (let n = 0; n < 20; n += 1) {
      const appended = appendLogEntry(crypto, head, { ...entry, time: entry.time + n });
      entries.push(appended.entry);
      head = appended.head;
    }
    const headOf = (log: readonly LogEntry[]) =>
      log.reduce((reached, next) => nextLogHead(crypto, reached, next), emptyLog);
    expect(headOf(entries)).toEqual(head);
    expect(headOf(entries.with(3, { ...(entries[3] as LogEntry), result: 'late' })).hash).not.toEqual(head.hash);
    expect(() => headOf(entries.filter(({ seq }) => seq !== 7))).toThrow('does not follow');
    expect(() => headOf([...entries].reverse())).toThrow(LockProtocolError);
    expect(headOf(entries.slice(0, -1))).not.toEqual(head);
  });
});
