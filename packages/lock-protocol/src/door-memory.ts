import type { CborValue } from './cbor.js';

/** What a lock remembers of cards and codes at its door. */
export interface DoorMemory {
  /** Entries of the set that were to open once, and did. */
  readonly usedEntries: readonly number[];
}

/** The memory of a door at which nobody was yet. */
export const emptyDoor: DoorMemory = { usedEntries: [] };

/** Keeps what a door remembers. */
export function encodeDoorMemory({ usedEntries }: DoorMemory): CborValue {
  return [[...usedEntries]];
}

/** Reads what {@link encodeDoorMemory} wrote; `undefined` for anything else. */
export function decodeDoorMemory(value: CborValue | undefined): DoorMemory | undefined {
  const [used] = Array.isArray(value) ? value : [];
  if (!Array.isArray(used)) return undefined;
  const usedEntries = used.filter((id) => typeof id === 'number');
  return usedEntries.length === used.length ? { usedEntries } : undefined;
}
