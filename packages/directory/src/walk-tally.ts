/** Who cannot be read the same way twice in so many times is not read at all. */
export const mostWalks = 4;

/**
 * Whether two numbers of users say the same. One in a thousand may come or go while a big directory is read; of a small
 * one nobody may be missing.
 */
export function isSameNumber(one: number, other: number): boolean {
  return Math.abs(one - other) <= Math.floor(Math.max(one, other) / 1000);
}

/** What the walks over one list saw. A page that got lost on the way does not get lost on each. */
export interface WalkTally {
  readonly walks: number;
  add(seen: number): void;
  /** Whether two walks each saw everybody whom all of them together saw. */
  agreeOn(present: number): boolean;
}

/** Begins without a walk. */
export function createWalkTally(): WalkTally {
  const numbers: number[] = [];
  return {
    get walks() {
      return numbers.length;
    },
    add: (seen) => numbers.push(seen),
    agreeOn: (present) => numbers.filter((seen) => isSameNumber(seen, present)).length >= 2,
  };
}
