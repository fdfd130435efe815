import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import { type CborValue, encodeCbor } from '../encoding/cbor.js';
import { verifyLogHead } from './log-head.js';
import { answerLogAcknowledge, answerLogRead, encodeLogAcknowledge, encodeLogRead } from './log-operation.js';
import { decodeLogPage, readLog } from './log-page.js';
import { createLoggingLock, sceneStart } from './log-scene.test-rig.js';

const crypto = createNodeCrypto();
const lock = createLoggingLock(crypto);
lock.append(50);
const { ring } = lock;
const { secret, publicKey } = crypto.ed25519KeyPair();
const tag = crypto.randomBytes(8);
const signing = { secret, moment: { lock: tag, issuedAt: sceneStart, quality: 'good', epoch: 1 } } as const;

const read = (body: Uint8Array) => answerLogRead(crypto, ring, { body, signing });
const acknowledge = (body: Uint8Array) => answerLogAcknowledge(crypto, ring, body);
const bodyOf = (...fields: readonly (readonly [number, CborValue])[]) => encodeCbor(new Map(fields));

describe('log-read', () => {
  it('answers with the page that was asked for, signed', () => {
    for (const request of [
      { after: 0 },
      { after: 7, max: 5 },
      { after: 49 },
      { after: 50 },
      { after: 4_000_000_000 },
    ]) {
      const answer = read(encodeLogRead(request));
      if (!answer.ok) throw new Error(`It was refused with ${answer.code}.`);
      const { head, ...page } = decodeLogPage(answer.page);
      const { head: drafted, ...draft } = readLog(crypto, ring, request);
      expect(page).toEqual(draft);
      const statement = { ...signing.moment, ...drafted };
      expect(verifyLogHead(crypto, head, { publicKey, tag })).toEqual({ ok: true, statement });
    }
    expect(encodeLogRead({ after: 7, max: 32 })).toEqual(Uint8Array.of(0xa1, 1, 7));
  });

  it('refuses what is no question; an unknown odd field is ignored, an unknown even one refused', () => {
    expect(read(bodyOf([1, 7], [5, 1])).ok).toBe(true);
    expect(read(bodyOf([1, 7], [2, 1]))).toEqual({ ok: false, code: 'critical-field' });
    const wrong = [
      encodeCbor(7),
      bodyOf(),
      bodyOf([1, -1]),
      bodyOf([1, 2 ** 32]),
      bodyOf([1, 0], [3, 0]),
      bodyOf([1, 0], [3, 33]),
      bodyOf([1, 0], [3, 'all']),
    ];
    for (const body of wrong) expect(read(body)).toEqual({ ok: false, code: 'bad-frame' });
  });
});

describe('log-acknowledge', () => {
  it('moves the mark to where whoever asks has read', () => {
    expect(acknowledge(encodeLogAcknowledge(ring.head))).toEqual({ ok: true, ring: { ...ring, acknowledged: 50 } });
    const other = { ...ring.head, hash: crypto.randomBytes(32) };
    expect(acknowledge(encodeLogAcknowledge(other))).toEqual({ ok: false, code: 'log-mismatch' });
  });

  it('refuses what is no question', () => {
    const { hash } = ring.head;
    expect(acknowledge(bodyOf([1, 50], [3, hash], [4, 1]))).toEqual({ ok: false, code: 'critical-field' });
    const wrong = [
      bodyOf([1, 50]),
      bodyOf([1, -1], [3, hash]),
      bodyOf([1, 50], [3, hash.slice(0, 16)]),
      encodeCbor([]),
    ];
    for (const body of wrong) expect(acknowledge(body)).toEqual({ ok: false, code: 'bad-frame' });
  });
});

it('any bytes are answered or refused', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (body) => {
      for (const answer of [read(body), acknowledge(body)]) {
        if (!answer.ok) expect(['bad-frame', 'critical-field', 'log-mismatch']).toContain(answer.code);
      }
    }),
  ));
