import type { CborValue } from './cbor.js';
import type { SetRevision } from './receipt.js';
import type { SetEntry } from './set-entry.js';

/** What a manifest says of its set besides the entries (SPEC §5.10). */
export interface SetMark extends SetRevision {
  /** UTC seconds at which the manifest was signed. */
  readonly issuedAt: number;
  /** Lowest class of card that opens: 0..3. */
  readonly minimumClass: number;
  /** Seconds after `issuedAt` for which the set counts; absent: for ever. */
  readonly leaseSeconds?: number;
  /** Which half of the set's flash holds the entries: 0 or 1. */
  readonly bank: number;
}

/** The set that a lock obeys. Of it only the {@link SetMark} is kept with the rest of the memory; entries are in flash. */
export interface HeldSet {
  /** Absent before the first manifest. */
  readonly mark?: SetMark;
  readonly entries: ReadonlyMap<number, SetEntry>;
}

/** The set of a lock that never had a manifest. */
export const emptySet: HeldSet = { entries: new Map() };

/** What the memory keeps of a set. */
export function encodeHeldSet(_set: HeldSet): CborValue {
  return null;
}

/** Reads what {@link encodeHeldSet} wrote. */
export function decodeHeldSet(_value: CborValue | undefined): HeldSet {
  return emptySet;
}
