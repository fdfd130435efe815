import type { CborValue } from './cbor.js';
import type { SetCredential, SetEntryTerms } from './set-entry.js';
import type { SetRevision } from './set-revision.js';

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

/** A credential as the lock keeps it: of a code only what a guess can be compared with, so that flash tells no digits. */
export type HeldCredential =
  | Exclude<SetCredential, { kind: 'code' }>
  /** With 32 bytes of `mac`: what `codeMac` makes of the digits. */
  | { readonly kind: 'code'; readonly salt: Uint8Array; readonly mac: Uint8Array };

/** One entry of the set as the lock keeps it. */
export interface HeldEntry extends SetEntryTerms {
  readonly credential: HeldCredential;
  /** Of the entry as it arrived, 16 bytes. */
  readonly hash: Uint8Array;
}

/** The set that a lock obeys. Of it only the {@link SetMark} is kept with the rest of the memory; entries are in flash. */
export interface HeldSet {
  /** Absent before the first manifest. */
  readonly mark?: SetMark;
  /** Empty also when what is in flash is not the set of the mark. */
  readonly entries: ReadonlyMap<number, HeldEntry>;
  /** Ids of entries that a bulletin denied: they open no longer, though the set has them. */
  readonly deniedEntries: readonly number[];
}

/** The set of a lock that never had a manifest. */
export const emptySet: HeldSet = { entries: new Map(), deniedEntries: [] };

/** What the memory keeps of a set. */
export function encodeHeldSet(_set: HeldSet): CborValue {
  return null;
}

/** Reads what {@link encodeHeldSet} wrote. */
export function decodeHeldSet(_value: CborValue | undefined): HeldSet {
  return emptySet;
}
