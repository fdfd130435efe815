import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { createPortableCrypto } from '../crypto/portable-crypto.js';
import { decodeLogEntry } from '../log/lock-log.js';
import { decodeResult } from '../message.js';
import { decodeStatus } from './lock-status.js';
import { decodeOperationAnswer } from './operation-message.js';
import { askedSessions, makeRequestVector } from './request-vector.test-rig.js';

const file = new URL('../../vectors/requests.json', import.meta.url);
const vectors: Record<string, ReturnType<typeof makeRequestVector> | undefined> = JSON.parse(
  readFileSync(file, 'utf8'),
);
// A new vector is added with this set once; one that is there is never written over.
const fill = process.env['LATCHWORK_FILL_VECTORS'] === '1';
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

afterAll(() => {
  if (fill) writeFileSync(file, `${JSON.stringify(vectors, null, 1)}\n`);
});

describe.each([createNodeCrypto(), createPortableCrypto()])(
  'T25: golden vectors of requests on the $name provider',
  (crypto) => {
    test.each(Object.entries(askedSessions))('%s: every message and entry, byte for byte', (name, session) => {
      const made = makeRequestVector(crypto, session);
      if (fill) vectors[name] ??= made;
      expect(made).toEqual(vectors[name]);
    });
  },
);

/** What the lock answered in a session, and what it logged of it. */
function outcomeOf(name: string) {
  const vector = vectors[name];
  if (!vector) throw new Error(`No vector ${name}.`);
  const payloads = vector.messages.filter(({ from }) => from === 'lock').map(({ payload }) => unhex(payload));
  const answers = payloads.slice(1).map((payload) => {
    if (payload[0] !== 1) return `status ${decodeOperationAnswer(payload).code}`;
    const { code, bolt, repeated } = decodeResult(payload);
    return `${code} ${bolt}${repeated ? ' repeated' : ''}`;
  });
  const log = vector.lock.logEntries.map((entry) => decodeLogEntry(unhex(entry)));
  return { payloads, answers, log: log.map((entry) => `${entry?.type} ${entry?.result}`), moves: vector.lock.moves };
}

describe('the golden sessions show', () => {
  test('a grant, and a later request that leaves it out', () => {
    const log = ['unlock ok', 'lock ok'];
    expect(outcomeOf('grant')).toMatchObject({ answers: ['ok unlocked', 'ok locked'], log, moves: [1, 2] });
  });

  test('refusals with their entries', () => {
    expect(outcomeOf('refused')).toMatchObject({
      answers: ['no-right locked', 'late locked', 'bad-frame locked', 'ok unlocked'],
      log: ['hold-open no-right', 'unlock late', 'session bad-frame', 'unlock ok'],
      moves: [1],
    });
  });

  test('a command id that is repeated, also of a grant that it has used up', () => {
    expect(outcomeOf('repeated')).toMatchObject({
      answers: ['ok unlocked', 'ok unlocked repeated', 'superseded unlocked'],
      log: ['unlock ok', 'unlock duplicate', 'unlock superseded'],
      moves: [1],
    });
  });

  test('an operation, whose refusal has no entry', () => {
    const { payloads, ...outcome } = outcomeOf('status');
    expect(outcome).toEqual({
      answers: ['status ok', 'ok unlocked', 'status ok', 'status no-right'],
      log: ['unlock ok'],
      moves: [1],
    });
    const told = [1, 3].map((at) => decodeStatus(decodeOperationAnswer(payloads[at] ?? new Uint8Array(0)).body));
    expect(told.map(({ bolt, logSeq }) => `${bolt} ${logSeq}`)).toEqual(['locked 0', 'unlocked 1']);
  });
});
