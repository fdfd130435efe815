import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CardSlot, decideCardEncoding, isHeld, planCardSlots } from './card-slots.js';

const house = 'house';
const written = (slots: readonly CardSlot[]): readonly CardSlot[] =>
  slots.map((slot) => ({ ...slot, held: [slot.wanted] }));
const numberOf = (slots: readonly CardSlot[], tag: string) => slots.find(({ wanted }) => wanted === tag)?.keyNumber;

describe('the secrets of a card', () => {
  test('a card in stock has the house’s own number, and nothing for doors', () => {
    const { slots } = planCardSlots({ slots: [], own: house, locks: [], most: 4 });
    expect(slots).toEqual([{ keyNumber: 0, wanted: house, held: [null] }]);
    expect(decideCardEncoding(slots)).toBe('due');
    expect(decideCardEncoding(written(slots))).toBe('current');
  });

  test('P-10: the old room keeps its number while the new one gets another', () => {
    const first = written(planCardSlots({ slots: [], own: house, locks: ['101', 'gate'], most: 4 }).slots);
    const moving = planCardSlots({ slots: first, own: house, locks: ['102', '101', 'gate'], most: 4 }).slots;
    for (const tag of ['101', 'gate']) expect(numberOf(moving, tag)).toBe(numberOf(first, tag));
    expect(decideCardEncoding(moving)).toBe('due');
    const moved = planCardSlots({ slots: written(moving), own: house, locks: ['102', 'gate'], most: 4 }).slots;
    expect(numberOf(moved, '102')).toBe(numberOf(moving, '102'));
    expect(moved.find(({ held }) => held.includes('101'))).toMatchObject({ wanted: null });
  });

  test('what does not fit is left out, the last first, and nobody else is put out', () => {
    const plan = planCardSlots({ slots: [], own: house, locks: ['a', 'b', 'c', 'd', 'e'], most: 4 });
    expect(plan.leftOut).toEqual(['e']);
    const next = planCardSlots({ slots: written(plan.slots), own: house, locks: ['e', 'd', 'c', 'b', 'a'], most: 4 });
    expect(next.leftOut).toEqual(['e']);
  });

  test('given back, it is as it was made, and then nothing is kept of it', () => {
    const first = written(planCardSlots({ slots: [], own: house, locks: ['a'], most: 4 }).slots);
    const wiped = planCardSlots({ slots: first, own: null, locks: [], most: 4 }).slots;
    expect(wiped).toEqual([
      { keyNumber: 0, wanted: null, held: [house] },
      { keyNumber: 1, wanted: null, held: ['a'] },
    ]);
    expect(planCardSlots({ slots: written(wiped), own: null, locks: [], most: 4 }).slots).toEqual([]);
  });

  test('a card of which nobody knows what it has is broken off', () => {
    const slots: CardSlot[] = [{ keyNumber: 1, wanted: 'a', held: [null, 'a'] }];
    expect(decideCardEncoding(slots)).toBe('broken-off');
    expect(isHeld({ keyNumber: 1, wanted: 'a', held: ['a'] })).toBe(true);
  });

  test('whatever was before, each lock has one number or none is free, and planning again changes nothing', () => {
    const tags = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 6 });
    const name = fc.constantFrom(null, 'a', 'b', 'c', 'd');
    const slot = fc.record({ wanted: name, held: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }) });
    fc.assert(
      fc.property(fc.array(slot, { maxLength: 4 }), tags, (before, locks) => {
        const names = new Set<string>();
        const slots = before.map((one, at) => {
          const isAgain = one.wanted !== null && names.has(one.wanted);
          if (one.wanted !== null) names.add(one.wanted);
          return { keyNumber: at + 1, ...one, ...(isAgain ? { wanted: null } : {}) };
        });
        const plan = planCardSlots({ slots, own: house, locks, most: 4 });
        const given = plan.slots.filter(({ keyNumber, wanted }) => keyNumber > 0 && wanted !== null);
        expect([...given.map(({ wanted }) => wanted), ...plan.leftOut].toSorted()).toEqual(locks.toSorted());
        expect(plan.leftOut.length).toBe(Math.max(0, locks.length - 4));
        expect(planCardSlots({ slots: plan.slots, own: house, locks, most: 4 })).toEqual(plan);
      }),
    );
  });
});
