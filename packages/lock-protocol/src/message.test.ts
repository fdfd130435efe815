import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnswerCode, answerCodes } from './answer-code.js';
import { type CborValue, decodeCbor, encodeCbor } from './encoding/cbor.js';
import { decodeHello, decodeRequest, decodeResult, encodeHello, encodeRequest, encodeResult } from './message.js';
import { LockProtocolError } from './protocol-error.js';

const id = fc.uint8Array({ minLength: 8, maxLength: 8 });
const object = fc.uint8Array({ minLength: 1, maxLength: 400 });

const hello = fc.record({
  nonce: id,
  clockQuality: fc.constantFrom('none', 'stale', 'good'),
  capabilities: fc.nat(0xffff),
});

const request = fc.record(
  {
    certificate: object,
    command: fc.record(
      {
        action: fc.constantFrom('unlock', 'lock', 'hold-open'),
        commandId: id,
        ttlMs: fc.nat(60_000),
        intent: fc.constantFrom('tap', 'biometric', 'staff'),
        via: fc.constantFrom('local', 'remote'),
        nonce: id,
      },
      { requiredKeys: ['action', 'commandId', 'ttlMs', 'intent', 'via'] },
    ),
  },
  { requiredKeys: ['command'] },
);

/** Both at once are no request. */
const authority = fc.oneof(fc.record({ token: object }), fc.record({ grant: object }), fc.constant({}));

const result = fc.record({
  code: fc.constantFrom(...(Object.keys(answerCodes) as AnswerCode[])),
  bolt: fc.constantFrom('locked', 'unlocked', 'held-open', 'unknown'),
  batteryPercent: fc.option(fc.nat(100)),
  logSeq: fc.nat(0xffff_ffff),
  logHead: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  repeated: fc.boolean(),
  nonce: id,
});

const plain = { action: 'unlock', commandId: new Uint8Array(8), ttlMs: 5000, intent: 'tap', via: 'local' } as const;

/** The bytes of a request with one more field, in the outer map or in the command. */
function withField(label: number, place: 'request' | 'command', bytes = encodeRequest({ command: plain })): Uint8Array {
  const outer = new Map(decodeCbor(bytes) as ReadonlyMap<number, CborValue>);
  const inner = new Map(outer.get(8) as ReadonlyMap<number, CborValue>);
  (place === 'request' ? outer : inner).set(label, 7);
  return encodeCbor(outer.set(8, inner));
}

describe('messages', () => {
  test('come back as they were', () => {
    fc.assert(
      fc.property(hello, authority, request, result, (one, shown, asked, four) => {
        const three = { ...shown, ...asked };
        expect(encodeHello(one)).toHaveLength(23);
        expect(decodeHello(encodeHello(one))).toEqual(one);
        expect(decodeRequest(encodeRequest(three))).toEqual({ readable: true, request: three });
        expect(encodeResult(four)).toHaveLength(33);
        expect(decodeResult(encodeResult(four))).toEqual(four);
      }),
    );
  });

  test('T25: an unknown odd field is ignored, an unknown even one refused, in request and command', () => {
    for (const place of ['request', 'command'] as const) {
      expect(decodeRequest(withField(101, place))).toEqual({ readable: true, request: { command: plain } });
      expect(decodeRequest(withField(102, place))).toEqual({ readable: false, code: 'critical-field' });
    }
    const greeting = decodeCbor(encodeHello({ nonce: new Uint8Array(8), clockQuality: 'good', capabilities: 7 }));
    const more = (label: number) => encodeCbor(new Map(greeting as ReadonlyMap<number, CborValue>).set(label, 1));
    expect(decodeHello(more(5))).toMatchObject({ clockQuality: 'good' });
    expect(() => decodeHello(more(4))).toThrow(LockProtocolError);
  });

  test('a command that a later version adds is unsupported, not misread', () => {
    const outer = new Map(decodeCbor(encodeRequest({ command: plain })) as ReadonlyMap<number, CborValue>);
    const inner = new Map(outer.get(8) as ReadonlyMap<number, CborValue>);
    expect(decodeRequest(encodeCbor(outer.set(8, inner.set(2, 4))))).toEqual({ readable: false, code: 'unsupported' });
  });

  test('T25: the first fault of a request is its answer: the outer map first, in each map an unknown even label first', () => {
    const command = [
      [2, 1],
      [4, new Uint8Array(8)],
      [6, 5000],
      [8, 0],
    ] as const;
    const inner = (...change: readonly (readonly [number, CborValue])[]) =>
      new Map<number, CborValue>([...command, ...change]);
    const answerTo = (...fields: readonly (readonly [number, CborValue])[]) => {
      const decoded = decodeRequest(encodeCbor(new Map(fields)));
      if (!decoded.readable) return decoded.code;
      return 'command' in decoded.request ? decoded.request.command.via : 'read';
    };
    const bytes = new Uint8Array(3);
    const status = new Map([[2, 1]]);
    expect(answerTo([8, inner()])).toBe('local');
    expect(answerTo([8, inner([10, true])])).toBe('remote');
    expect(answerTo([8, inner([10, false])])).toBe('local');
    expect(answerTo([10, status], [2, bytes])).toBe('read');
    expect(answerTo([14, 0])).toBe('critical-field');
    expect(answerTo([2, bytes])).toBe('bad-frame');
    expect(answerTo([8, inner()], [10, status])).toBe('bad-frame');
    expect(answerTo([8, 7])).toBe('bad-frame');
    expect(answerTo([8, inner()], [2, bytes], [4, bytes])).toBe('bad-frame');
    expect(answerTo([10, status], [2, bytes], [4, bytes])).toBe('bad-frame');
    expect(answerTo([8, inner([14, 0])], [6, 7])).toBe('bad-frame');
    expect(answerTo([8, inner([14, 0], [2, 9], [4, 7])])).toBe('critical-field');
    expect(answerTo([8, inner([2, 9], [6, -1])])).toBe('bad-frame');
    expect(answerTo([8, inner([10, 1])])).toBe('bad-frame');
    expect(answerTo([8, inner([2, 0])])).toBe('unsupported');
    expect(answerTo([8, inner([8, 3])])).toBe('unsupported');
    expect(answerTo([10, new Map([[2, 99]])])).toBe('unsupported');
    expect(answerTo([10, new Map([[4, bytes]])])).toBe('bad-frame');
  });

  test('a later version may append to a result', () => {
    const bytes = encodeResult({
      code: 'ok',
      bolt: 'locked',
      batteryPercent: null,
      logSeq: 1,
      logHead: new Uint8Array(16),
      repeated: false,
      nonce: new Uint8Array(8),
    });
    expect(decodeResult(Uint8Array.of(...bytes, 1, 2))).toEqual(decodeResult(bytes));
  });

  test('bytes of any kind are read or refused with LockProtocolError, and a request never throws', () => {
    const valid = encodeRequest({ command: plain, token: new Uint8Array(3) });
    const edited = fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, byte]) => valid.with(at, byte));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), edited), (bytes) => {
        decodeRequest(bytes);
        for (const decode of [decodeHello, decodeResult]) {
          try {
            decode(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(LockProtocolError);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
