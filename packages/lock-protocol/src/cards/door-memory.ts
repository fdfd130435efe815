import { equalBytes } from '../encoding/byte-strings.js';
import type { CborValue } from '../encoding/cbor.js';
import { lockLimits } from '../lock/lock-limits.js';

/** A move that was decided at the door: begun before the bolt moves, and ended once it has. */
export interface DoorMove {
  readonly action: 'unlock' | 'hold-open';
  /** 12 bytes, as the log will have them. */
  readonly actor: Uint8Array;
  /** 8 bytes, as the log will have them: which entry opened, and with what. */
  readonly fact: Uint8Array;
}

/** What a lock remembers of cards and codes at its door. */
export interface DoorMemory {
  /** Hashes of entries that were to open once, and did, oldest first; 16 bytes each. */
  readonly usedEntries: readonly Uint8Array[];
  /** How many wrong codes may still be entered before the lock takes none for a while. */
  readonly codeTries: number;
  /** The move that was begun and has no outcome yet: after a power cut nobody knows where it ended. */
  readonly begun?: DoorMove;
}

/** The memory of a door at which nobody was yet. */
export const emptyDoor: DoorMemory = { usedEntries: [], codeTries: lockLimits.codeTries };

/** Whether an entry that was to open once has opened. */
export function isEntryUsed(door: DoorMemory, hash: Uint8Array): boolean {
  return door.usedEntries.some((used) => equalBytes(used, hash));
}

const actionsAtDoor = ['unlock', 'hold-open'] as const satisfies readonly DoorMove['action'][];

/** Keeps what a door remembers. */
export function encodeDoorMemory({ usedEntries, codeTries, begun }: DoorMemory): CborValue {
  const move = begun ? [actionsAtDoor.indexOf(begun.action), begun.actor, begun.fact] : null;
  return [[...usedEntries], codeTries, move];
}

/** Reads what {@link encodeDoorMemory} wrote; `undefined` for anything else. */
export function decodeDoorMemory(value: CborValue | undefined): DoorMemory | undefined {
  const [used, codeTries, move] = Array.isArray(value) ? value : [];
  if (!Array.isArray(used) || typeof codeTries !== 'number') return undefined;
  const usedEntries = used.filter((hash) => hash instanceof Uint8Array);
  if (usedEntries.length !== used.length) return undefined;
  if (move === null) return { usedEntries, codeTries };
  const [number, actor, fact] = Array.isArray(move) ? move : [];
  const action = typeof number === 'number' ? actionsAtDoor[number] : undefined;
  if (action === undefined || !(actor instanceof Uint8Array) || !(fact instanceof Uint8Array)) return undefined;
  return { usedEntries, codeTries, begun: { action, actor, fact } };
}
