import { equalBytes } from '../encoding/byte-strings.js';
import type { HeldCredential, HeldEntry } from '../sets/held-entry.js';
import type { HeldSet } from '../sets/held-set.js';
import type { CardSighting } from './card-technology.js';
import { uidKindOf } from './card-uid.js';

/** Entries that one card or code fits, by ascending id; at least one. */
export type FoundEntries = readonly [HeldEntry, ...HeldEntry[]];

function findBy(set: HeldSet, fits: (credential: HeldCredential) => boolean): FoundEntries | undefined {
  const found = [...set.entries.values()].filter(({ credential }) => fits(credential)).sort((a, b) => a.id - b.id);
  const [first, ...others] = found;
  return first && [first, ...others];
}

/** The entries of a card by its number. One that can prove itself is never found as one that cannot. */
export function findByUid(
  set: HeldSet,
  { uid }: Pick<CardSighting, 'uid'>,
): FoundEntries | 'card-random' | 'card-unknown' {
  const kind = uidKindOf(uid);
  if (kind !== 'fixed') return kind === 'random' ? 'card-random' : 'card-unknown';
  const proving = findBy(set, (held) => held.kind === 'aes' && equalBytes(held.uid, uid));
  return proving ?? findBy(set, (held) => held.kind === 'uid' && equalBytes(held.uid, uid)) ?? 'card-unknown';
}

/** The entries that a card has proven: by the secret that it was challenged for, or by the public key that it said. */
export function findProven(
  set: HeldSet,
  o: { readonly uid: Uint8Array; readonly secret?: Uint8Array; readonly publicKey?: Uint8Array },
): FoundEntries | undefined {
  const { uid, secret, publicKey } = o;
  if (secret) {
    return findBy(set, (held) => held.kind === 'aes' && equalBytes(held.uid, uid) && equalBytes(held.secret, secret));
  }
  return publicKey && findBy(set, (held) => held.kind === 'public-key' && equalBytes(held.publicKey, publicKey));
}

/** The entries that a door code fits, by what `codeMac` makes of its digits. */
export function findByCode(set: HeldSet, mac: Uint8Array): FoundEntries | undefined {
  return findBy(set, (held) => held.kind === 'code' && equalBytes(held.mac, mac));
}
