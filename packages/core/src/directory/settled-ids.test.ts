import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSettledIds } from './settled-ids.js';

const ids = ['a', 'b', 'c', 'd'];

describe('createSettledIds', () => {
  it('is a set, whether it begins with a set, with something like one, or with a list', () => {
    const act = fc.record({ act: fc.constantFrom('add', 'delete'), id: fc.constantFrom(...ids) });
    fc.assert(
      fc.property(fc.subarray(ids), fc.subarray(ids), fc.array(act), (known, lookedAt, acts) => {
        const like = {
          size: known.length,
          has: (id: string) => known.includes(id),
          [Symbol.iterator]: () => known.values(),
        };
        const plain = new Set(known.filter((id) => !lookedAt.includes(id)));
        const settled = [known, new Set(known), like].map((begin) => createSettledIds(begin, lookedAt));
        for (const { act, id } of acts)
          for (const one of [plain, ...settled]) act === 'add' ? one.add(id) : one.delete(id);
        for (const one of settled) {
          expect(one.size).toBe(plain.size);
          for (const id of ids) expect(one.has(id)).toBe(plain.has(id));
        }
      }),
    );
  });

  it('case 45: does not go through those who are known beforehand', () => {
    const known = {
      size: 1_000_000,
      has: (id: string) => id !== 'new',
      [Symbol.iterator]: (): Iterator<string> => {
        throw new Error('gone through');
      },
    };
    expect(createSettledIds(known, ['changed', 'new']).size).toBe(999_999);
  });
});
