import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LockProtocolError } from '../protocol-error.js';
import { type CborValue, decodeCbor, encodeCbor } from './cbor.js';

const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

function reasonOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof LockProtocolError && error.info.code === 'cbor') return error.info.reason;
    throw error;
  }
  return 'accepted';
}

const integer = fc.oneof(
  fc.maxSafeInteger().map((value) => value + 0),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: -(2n ** 64n), max: -(2n ** 53n) }),
);
const value = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    integer,
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(fc.maxSafeInteger(), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
  ),
})).value;

describe('deterministic CBOR', () => {
  it('gives back what was encoded', () =>
    fc.assert(
      fc.property(value, (original) => {
        expect(decodeCbor(encodeCbor(original))).toEqual(original);
      }),
      { numRuns: 500 },
    ));

  it('encodes one value one way: the order of entries does not matter', () =>
    fc.assert(
      fc.property(fc.uniqueArray(fc.maxSafeInteger(), { maxLength: 12 }), (labels) => {
        const forward = new Map(labels.map((label) => [label, null]));
        const backward = new Map([...forward].reverse());
        expect(encodeCbor(backward)).toEqual(encodeCbor(forward));
      }),
    ));

  it('accepts no second encoding: accepted bytes come out of the encoder again', () => {
    let accepted = 0;
    void fc.assert(
      fc.property(value, fc.nat(), fc.nat(7), fc.boolean(), (original, at, bit, damage) => {
        const bytes = encodeCbor(original);
        const index = at % bytes.length;
        if (damage) bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
        const decoded = reasonOf(() => decodeCbor(bytes)) === 'accepted' ? decodeCbor(bytes) : undefined;
        if (decoded === undefined) return;
        accepted += 1;
        expect(encodeCbor(decoded)).toEqual(bytes);
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(1000);
  });

  it('throws nothing but its own error, whatever the bytes', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80, size: 'max' }), (bytes) => {
        if (reasonOf(() => decodeCbor(bytes)) === 'accepted') expect(encodeCbor(decodeCbor(bytes))).toEqual(bytes);
      }),
      { numRuns: 5000 },
    ));

  it.each([
    ['1801', 'not-shortest', 'one byte for a value below 24'],
    ['190001', 'not-shortest', 'two bytes for a small integer'],
    ['1a0000ffff', 'not-shortest', 'four bytes for 16 bits'],
    ['1b00000000ffffffff', 'not-shortest', 'eight bytes for 32 bits'],
    ['5801ff', 'not-shortest', 'a longer length than needed'],
    ['5fff', 'indefinite-length', 'an indefinite byte string'],
    ['9fff', 'indefinite-length', 'an indefinite array'],
    ['bfff', 'indefinite-length', 'an indefinite map'],
    ['ff', 'indefinite-length', 'a break'],
    ['1c', 'unsupported', 'a reserved length'],
    ['f93c00', 'unsupported', 'a half float'],
    ['fa3f800000', 'unsupported', 'a float'],
    ['fb3ff0000000000000', 'unsupported', 'a double'],
    ['f7', 'unsupported', 'undefined'],
    ['f820', 'unsupported', 'another simple value'],
    ['c100', 'unsupported', 'a tag'],
    ['d28443a10126a0404100', 'unsupported', 'the COSE_Sign1 tag'],
    ['a202000100', 'map-order', 'labels out of order'],
    ['a220000100', 'map-order', 'a negative label before a positive one'],
    ['a201000100', 'map-order', 'a repeated label'],
    ['a1616100', 'map-label', 'a text label'],
    ['a11b002000000000000000', 'map-label', 'a label beyond 2^53'],
    ['61ff', 'text', 'a byte that is never UTF-8'],
    ['62c080', 'text', 'an overlong character'],
    ['63eda080', 'text', 'a surrogate'],
    ['64f4908080', 'text', 'a character beyond Unicode'],
    ['', 'truncated', 'nothing'],
    ['19', 'truncated', 'a head without its value'],
    ['4200', 'truncated', 'a short byte string'],
    ['8200', 'truncated', 'a short array'],
    ['831801', 'truncated', 'an array of more items than bytes, before any item is looked at'],
    ['a2180100', 'truncated', 'a map of more entries than fit, before any is looked at'],
    ['0000', 'trailing-bytes', 'a second value'],
    ['81818181818181818100', 'too-deep', 'nine arrays in one another'],
  ])('refuses %s (%s): %s', (bytes, reason) => {
    expect(reasonOf(() => decodeCbor(unhex(bytes)))).toBe(reason);
  });

  it('never believes a length: four billion entries of nothing are refused at once', () => {
    for (const head of ['9affffffff', 'baffffffff', '5bffffffffffffffff', '7bffffffffffffffff', '9bffffffffffffffff']) {
      expect(reasonOf(() => decodeCbor(unhex(head)))).toBe('truncated');
    }
  });

  it('refuses more bytes, and more values, than its limits', () => {
    expect(reasonOf(() => decodeCbor(new Uint8Array(4097)))).toBe('too-large');
    const many = encodeCbor(Array.from({ length: 1024 }, () => 0));
    expect(reasonOf(() => decodeCbor(many))).toBe('too-large');
    expect(reasonOf(() => decodeCbor(encodeCbor(Array.from({ length: 1023 }, () => 0))))).toBe('accepted');
    expect(reasonOf(() => decodeCbor(many, { sizeBytes: 8192, depth: 1, items: 2048 }))).toBe('accepted');
  });

  it('encodes nothing it would not decode', () => {
    let deep: CborValue = 0;
    for (let level = 0; level < 9; level += 1) deep = [deep];
    const values: readonly CborValue[] = [0.5, Number.NaN, 2 ** 53, 2n ** 64n, -(2n ** 64n) - 1n, '\ud800', deep];
    for (const each of values) expect(reasonOf(() => encodeCbor(each))).toBe('not-encodable');
    expect(encodeCbor(-0)).toEqual(unhex('00'));
  });

  it('does not share memory with the input', () => {
    const bytes = unhex('4101');
    const decoded = decodeCbor(bytes);
    bytes[1] = 2;
    expect(decoded).toEqual(unhex('01'));
  });
});
