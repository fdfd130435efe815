import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoreError } from './core-error.js';
import { encodeId, type IdKind, idPrefixes, isId, parseId } from './identifiers.js';
import { endOfTime, toInstant } from './instant.js';

const kinds = fc.constantFrom(...(Object.keys(idPrefixes) as IdKind[]));
const instants = fc.integer({ min: 0, max: 4e12 }).map(toInstant);
const tenBytes = fc.uint8Array({ minLength: 10, maxLength: 10 });

describe('ids', () => {
  it('what encodeId writes is an id of its kind and of no other', () => {
    fc.assert(
      fc.property(kinds, kinds, instants, tenBytes, (kind, other, at, random) => {
        const id = encodeId(kind, at, random);
        expect(id).toHaveLength(idPrefixes[kind].length + 27);
        expect(isId(kind, id)).toBe(true);
        expect(parseId(kind, id)).toBe(id);
        expect(isId(other, id)).toBe(kind === other);
      }),
    );
  });

  it('ids of one kind sort by the instant of their making, as plain strings', () => {
    fc.assert(
      fc.property(instants, instants, tenBytes, tenBytes, (one, two, random, otherRandom) => {
        fc.pre(one < two);
        expect(encodeId('event', one, random) < encodeId('event', two, otherRandom)).toBe(true);
      }),
    );
  });

  it('different bytes make different ids', () => {
    fc.assert(
      fc.property(instants, tenBytes, tenBytes, (at, one, two) => {
        expect(encodeId('key', at, one) === encodeId('key', at, two)).toBe(String(one) === String(two));
      }),
    );
  });

  it('a known id: the time comes first, then the bytes, most significant bit first', () => {
    const random = new Uint8Array([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(encodeId('member', toInstant(1), random)).toBe('mem_0000000001zw00000000000001');
  });

  it.each([
    'mem_',
    'mem_01HZZZZZZZZZZZZZZZZZZZZZZZ',
    'mem_81hzzzzzzzzzzzzzzzzzzzzzzz',
    'mem_01hzzzzzzzzzzzzzzzzzzzzzzi',
    'mem_01hzzzzzzzzzzzzzzzzzzzzzz',
    'mem_01hzzzzzzzzzzzzzzzzzzzzzzz\n',
    'key_01hzzzzzzzzzzzzzzzzzzzzzzz',
    42,
    null,
    ['mem_01hzzzzzzzzzzzzzzzzzzzzzzz'],
  ])('%j is no member id, and the error does not repeat it', (value) => {
    expect(isId('member', value)).toBe(false);
    try {
      parseId('member', value);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(CoreError);
      expect((error as CoreError).info.code).toBe('id-invalid');
      if (typeof value === 'string' && value.length > 4) expect((error as CoreError).message).not.toContain(value);
    }
  });

  it.each([
    [-1, 10],
    [0, 9],
    [0, 11],
  ])('made at %d from %d bytes: refused', (at, size) => {
    expect(() => encodeId('key', toInstant(at), new Uint8Array(size))).toThrow(CoreError);
  });
});

describe('instants', () => {
  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, endOfTime + 1])('%d is no instant', (value) => {
    expect(() => toInstant(value)).toThrow(CoreError);
  });

  it('the last instant is one', () => {
    expect(toInstant(endOfTime)).toBe(endOfTime);
  });
});
