import { expect, test } from 'vitest';
import { createSeededRandom } from '../air/random.js';
import { createFlash, createMemoryStore, type FlashStore } from './flash.js';
import { openRecordSlots } from './record-slots.js';

const geometry = { pageSizeBytes: 64, pageCount: 5 };
const region = { firstPage: 1, pagesPerSlot: 2 };

const recordOf = (number: number): Uint8Array => new Uint8Array(10 + (number % 7)).fill(number);
const open = (store: FlashStore, seed = 1) => {
  const flash = createFlash({ geometry, store, seed });
  return { flash, slots: openRecordSlots(flash, region) };
};

test('the newest record is found, over many turns of the slots, and no page wears more than said', () => {
  const store = createMemoryStore(geometry);
  expect(open(store).slots.newest).toBeUndefined();
  for (let number = 1; number <= 200; number += 1) {
    open(store).slots.write(recordOf(number));
    expect(open(store).slots.newest).toEqual(recordOf(number));
  }
  // A slot of 128 bytes holds four records of up to 28 bytes, so that each of its pages is erased once in eight of them.
  expect([...store.wear].every((erased) => erased <= 200 / 8 + 1)).toBe(true);
  expect([...store.wear][0]).toBe(0);
});

test('a cut at any byte of a write leaves the old record or the new one, and the lock goes on', () => {
  const random = createSeededRandom(11);
  for (let before = 0; before <= 12; before += 1) {
    const start = createMemoryStore(geometry);
    for (let number = 1; number <= before; number += 1) open(start).slots.write(recordOf(number));
    const old = open(start).slots.newest;
    const next = recordOf(before + 1);
    const whole = open(createMemoryStore(geometry, start));
    whole.slots.write(next);
    for (let cut = 0; cut < whole.flash.writtenBytes; cut += 1) {
      const store = createMemoryStore(geometry, start);
      const { flash, slots } = open(store, Math.floor(random() * 2 ** 32));
      flash.cutAfter(cut);
      expect(() => slots.write(next)).toThrow();
      const found = open(store);
      expect([old, next]).toContainEqual(found.slots.newest);
      for (let number = 50; number < 60; number += 1) {
        open(store).slots.write(recordOf(number));
        expect(open(store).slots.newest).toEqual(recordOf(number));
      }
    }
  }
});

test('cuts upon cuts never lose the newest record that was whole', () => {
  const random = createSeededRandom(12);
  for (let history = 0; history < 200; history += 1) {
    const store = createMemoryStore(geometry);
    let committed: Uint8Array | undefined;
    for (let number = 1; number <= 40; number += 1) {
      const { flash, slots } = open(store, Math.floor(random() * 2 ** 32));
      expect(slots.newest).toEqual(committed);
      if (random() < 0.5) flash.cutAfter(Math.floor(random() * 160));
      try {
        slots.write(recordOf(number));
        committed = recordOf(number);
      } catch {
        const found = open(store).slots.newest;
        if (found?.[0] === number) committed = recordOf(number);
        expect(found).toEqual(committed);
      }
    }
  }
});

test('a record that does not fit is refused and changes nothing', () => {
  const store = createMemoryStore(geometry);
  const { slots } = open(store);
  slots.write(recordOf(1));
  expect(() => slots.write(new Uint8Array(117))).toThrow('does not fit');
  slots.write(new Uint8Array(116));
  expect(open(store).slots.newest).toEqual(new Uint8Array(116));
});
