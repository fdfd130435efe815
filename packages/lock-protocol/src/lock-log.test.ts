import { describe, expect, test } from 'vitest';
import { appendLogEntry, emptyLog, encodeLogEntry, type LogEntry, nextLogHead } from './lock-log.js';
import { createNodeCrypto } from './node-crypto.js';
import { LockProtocolError } from './protocol-error.js';

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
