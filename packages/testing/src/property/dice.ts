import { createHash } from 'node:crypto';
import { createSeededRandom } from '../air/random.js';

/** Chance that repeats: the same seed and name give the same throws. */
export interface Dice {
  /** A whole number from `least` to `most`, both included. */
  int(least: number, most: number): number;
  pick<Item>(items: readonly Item[]): Item;
  chance(probability: number): boolean;
}

/** Makes {@link Dice} of their own for each name, so that what one part draws moves nothing in another. */
export function createDice(seed: number, name: string): Dice {
  const next = createSeededRandom(createHash('sha256').update(`${seed} ${name}`).digest().readUInt32BE(0));
  const int = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    int,
    pick<Item>(items: readonly Item[]): Item {
      if (items.length === 0) throw new RangeError('There is nothing to pick from.');
      return items[int(0, items.length - 1)] as Item;
    },
    chance: (probability) => next() < probability,
  };
}
