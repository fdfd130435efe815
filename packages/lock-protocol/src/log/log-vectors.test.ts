import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AnswerCode } from '../answer-code.js';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import { decodeReceipt, type Receipt, signReceipt, verifyReceipt } from '../objects/receipt.js';
import {
  type ClockQuality,
  chainLogEntry,
  decodeLogEntry,
  emptyLog,
  encodeLogEntry,
  type LogEntry,
  type LogHead,
} from './lock-log.js';
import type { LogEntryType } from './log-entry-type.js';
import { decodeLogHead, type SignedLogHead, signLogHead, verifyLogHead } from './log-head.js';
import { answerLogAcknowledge, answerLogRead, encodeLogAcknowledge, encodeLogRead } from './log-operation.js';
import { readLogReport, startLogReader } from './log-reader.js';
import type { LogReport } from './log-report.js';
import { acknowledgeLog, appendToLogRing, emptyLogRing, type LogRing } from './log-ring.js';

type Hex<Fields, Names extends keyof Fields> = Omit<Fields, Names> & Readonly<Record<Names, string>>;

interface Vectors {
  readonly lockSecret: string;
  lockPublicKey: string;
  readonly tag: string;
  readonly entries: readonly { readonly fields: Hex<LogEntry, 'actor' | 'commandId'>; bytes: string; head: string }[];
  readonly heads: readonly { readonly fields: Hex<SignedLogHead, 'lock' | 'hash'>; bytes: string }[];
  readonly receipts: readonly { readonly fields: Hex<Receipt, 'lock' | 'hash' | 'digest'>; bytes: string }[];
  readonly reads: readonly { readonly after: number; readonly max: number; body: string; page: string }[];
  readonly acknowledgements: readonly { readonly seq: number; readonly hash: string; body: string }[];
  readonly overflow: readonly {
    readonly acknowledged: number;
    readonly appended: number;
    gaps: readonly { readonly seq: number; readonly bytes: string }[];
    head: string;
    oldest: number;
  }[];
  readonly readings: readonly {
    readonly what: string;
    readonly reports: readonly { readonly kind: LogReport['kind']; readonly bytes: string }[];
    readonly findings: readonly unknown[];
    readonly cursor: { readonly resets: number; readonly seq: number; readonly hash: string };
    readonly records: readonly number[];
  }[];
}

const file = new URL('../../vectors/log.json', import.meta.url);
const vectors: Vectors = JSON.parse(readFileSync(file, 'utf8'));
// A new vector is added with empty outputs and this set once; an output that is there is never written over.
const fill = process.env['LATCHWORK_FILL_VECTORS'] === '1';
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

function check<Name extends string>(holder: Record<Name, string>, name: Name, made: Uint8Array): void {
  if (fill && holder[name] === '') Object.assign(holder, { [name]: hex(made) });
  expect(hex(made)).toBe(holder[name]);
}

function entryOf({ fields }: Vectors['entries'][number]): LogEntry {
  return { ...fields, actor: unhex(fields.actor), commandId: unhex(fields.commandId) };
}

function headOf({ fields }: Vectors['heads'][number]): SignedLogHead {
  return { ...fields, lock: unhex(fields.lock), hash: unhex(fields.hash) };
}

function receiptOf({ fields }: Vectors['receipts'][number]): Receipt {
  return { ...fields, lock: unhex(fields.lock), hash: unhex(fields.hash), digest: unhex(fields.digest) };
}

/** The entries that the overflow vectors append: entry n differs from the others in its time and command id alone. */
function plainEntry(n: number): Omit<LogEntry, 'seq'> {
  const [quality, type, result]: [ClockQuality, LogEntryType, AnswerCode] = ['good', 'unlock', 'ok'];
  const commandId = new Uint8Array(8);
  new DataView(commandId.buffer).setUint32(4, n);
  return { time: 1_799_654_400 + n, quality, type, result, actor: new Uint8Array(12).fill(7), commandId };
}

const providers = [createPortableCrypto(), createNodeCrypto()];

describe.each(providers)('golden vectors of the log on the $name provider', (crypto) => {
  const signer = { publicKey: unhex(vectors.lockPublicKey), tag: unhex(vectors.tag) };
  const secret = unhex(vectors.lockSecret);

  function ringOf(entries: readonly Omit<LogEntry, 'seq'>[]): LogRing {
    return entries.reduce((ring, entry) => appendToLogRing(crypto, ring, entry).ring, emptyLogRing);
  }

  it('the lock’s own public key', () => {
    check(vectors, 'lockPublicKey', crypto.ed25519KeyPair(secret).publicKey);
  });

  it('entries and the chain', () => {
    let head: LogHead = emptyLog;
    for (const vector of vectors.entries) {
      const entry = entryOf(vector);
      check(vector, 'bytes', encodeLogEntry(entry));
      expect(decodeLogEntry(unhex(vector.bytes))).toEqual(entry);
      head = chainLogEntry(crypto, head, unhex(vector.bytes));
      check(vector, 'head', head.hash);
    }
  });

  it('signed heads', () => {
    for (const vector of vectors.heads) {
      const head = headOf(vector);
      check(vector, 'bytes', signLogHead(crypto, secret, head));
      expect(decodeLogHead(unhex(vector.bytes))).toEqual(head);
      expect(verifyLogHead(crypto, unhex(vector.bytes), signer)).toEqual({ ok: true, statement: head });
    }
  });

  it('receipts', () => {
    for (const vector of vectors.receipts) {
      const receipt = receiptOf(vector);
      check(vector, 'bytes', signReceipt(crypto, secret, receipt));
      expect(decodeReceipt(unhex(vector.bytes))).toEqual(receipt);
      expect(verifyReceipt(crypto, unhex(vector.bytes), signer)).toEqual({ ok: true, statement: receipt });
    }
  });

  it('pages of the entries above', () => {
    const ring = ringOf(vectors.entries.map(entryOf));
    for (const vector of vectors.reads) {
      const { after, max } = vector;
      check(vector, 'body', encodeLogRead({ after, max }));
      const moment = { lock: signer.tag, issuedAt: 1_799_654_500, quality: 'good', epoch: 1 } as const;
      const answer = answerLogRead(crypto, ring, { body: unhex(vector.body), signing: { secret, moment } });
      if (!answer.ok) throw new Error(`It was refused with ${answer.code}.`);
      check(vector, 'page', answer.page);
    }
  });

  it('acknowledgements', () => {
    const ring = ringOf(vectors.entries.map(entryOf));
    for (const vector of vectors.acknowledgements) {
      const upTo = { seq: vector.seq, hash: unhex(vector.hash) };
      check(vector, 'body', encodeLogAcknowledge(upTo));
      const isOwn = vectors.entries[vector.seq - 1]?.head === vector.hash;
      const moved = isOwn
        ? { ok: true, ring: { ...ring, acknowledged: vector.seq } }
        : { ok: false, code: 'log-mismatch' };
      expect(answerLogAcknowledge(crypto, ring, unhex(vector.body))).toEqual(moved);
    }
  });

  it('what a ring that runs over writes', () => {
    for (const vector of vectors.overflow) {
      let ring = emptyLogRing;
      const gaps: { seq: number; bytes: string }[] = [];
      for (let n = 1; n <= vector.appended; n += 1) {
        const step = appendToLogRing(crypto, ring, plainEntry(n));
        const acknowledged = acknowledgeLog(crypto, step.ring, step.ring.head);
        ring = n === vector.acknowledged && acknowledged.ok ? acknowledged.ring : step.ring;
        const added = step.entries.filter(({ type }) => type === 'gap');
        gaps.push(...added.map((entry) => ({ seq: entry.seq, bytes: hex(encodeLogEntry(entry)) })));
      }
      if (fill && vector.head === '') {
        Object.assign(vector, { gaps, head: hex(ring.head.hash), oldest: (ring.segments[0]?.before.seq ?? 0) + 1 });
      }
      expect(gaps).toEqual(vector.gaps);
      expect(hex(ring.head.hash)).toBe(vector.head);
      expect(ring.segments[0]?.before.seq).toBe(vector.oldest - 1);
    }
  });

  it.each(vectors.readings)('a reader: $what', ({ reports, findings, records, cursor }) => {
    let reader = startLogReader();
    const found: unknown[] = [];
    const handedOut: number[] = [];
    for (const { kind, bytes } of reports) {
      const reading = readLogReport(crypto, reader, { kind, bytes: unhex(bytes), lock: signer, at: 0 });
      reader = reading.reader;
      found.push(reading.findings);
      handedOut.push(reading.records.length);
    }
    expect(found).toEqual(findings);
    expect(handedOut).toEqual(records);
    const { resets, seq, hash } = reader.cursor;
    expect({ resets, seq, hash: hex(hash) }).toEqual(cursor);
  });

  it('are complete', () => {
    if (fill) writeFileSync(file, `${JSON.stringify(vectors, null, 1)}\n`);
    expect(readFileSync(file, 'utf8')).not.toMatch(/"(?:bytes|head|body|page|lockPublicKey)": ""/);
  });
});
