/**
 * One of the AES secrets of a card, by the name of what its secret is made for: a lock's tag, or the property's for number 0, which
 * changes the others. `null` is the secret that the maker has put there.
 */
export interface CardSlot {
  readonly keyNumber: number;
  readonly wanted: string | null;
  /** What the card has there: several after a writing that was broken off, until it is looked into. */
  readonly held: readonly (string | null)[];
}

/** What {@link planCardSlots} decides about. */
export interface CardSlotRequest {
  /** As they are; one that is not listed is as its maker made it. */
  readonly slots: readonly CardSlot[];
  /** The property's tag; `null`: the card is given back as it was made. */
  readonly own: string | null;
  /** The tags of the locks that the card shall open, each once. */
  readonly locks: readonly string[];
  /** How many locks the card has room for. */
  readonly most: number;
}

/** What each secret of a card shall be, and the locks that it has no room for. */
export interface CardSlotPlan {
  /** By ascending number. */
  readonly slots: readonly CardSlot[];
  readonly leftOut: readonly string[];
}

const ownNumber = 0;

/**
 * Plans which of a card's secrets is for which lock. A lock keeps its number, and gets the one that is its own on the card already;
 * other locks get numbers that nothing is wanted of, those without a trace of another lock first.
 */
export function planCardSlots({ slots, own, locks, most }: CardSlotRequest): CardSlotPlan {
  const known = new Map(slots.map((slot) => [slot.keyNumber, slot]));
  const heldAt = (keyNumber: number): CardSlot['held'] => known.get(keyNumber)?.held ?? [null];
  const numbers = Array.from({ length: most }, (_, at) => at + 1);
  const wanted = new Map<number, string>();
  const without: string[] = [];
  const take = (tag: string, isFit: (keyNumber: number) => boolean): boolean => {
    const keyNumber = numbers.find((number) => !wanted.has(number) && isFit(number));
    if (keyNumber !== undefined) wanted.set(keyNumber, tag);
    return keyNumber !== undefined;
  };
  for (const tag of locks) if (!take(tag, (number) => known.get(number)?.wanted === tag)) without.push(tag);
  const leftOut = without
    .filter((tag) => !take(tag, (number) => heldAt(number).length === 1 && heldAt(number)[0] === tag))
    .filter((tag) => !take(tag, (number) => heldAt(number).every((held) => held === null)) && !take(tag, () => true));
  const planned = [ownNumber, ...numbers].map((keyNumber): CardSlot => {
    const before = known.get(keyNumber);
    const name = keyNumber === ownNumber ? own : (wanted.get(keyNumber) ?? null);
    return { ...before, keyNumber, wanted: name, held: heldAt(keyNumber) };
  });
  return { slots: planned.filter((slot) => slot.wanted !== null || !isHeld(slot)), leftOut };
}

/** Whether a card is known to have what is wanted of it there. */
export function isHeld({ wanted, held }: CardSlot): boolean {
  return held.length === 1 && held[0] === wanted;
}

/** Whether a card has what is wanted of it: `broken-off` when nobody knows what it has. */
export function decideCardEncoding(slots: readonly CardSlot[]): 'current' | 'due' | 'broken-off' {
  if (slots.some(({ held }) => held.length > 1)) return 'broken-off';
  return slots.every(isHeld) ? 'current' : 'due';
}
