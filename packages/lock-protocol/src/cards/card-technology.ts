/**
 * What kinds of card a reader can tell apart, in the order of their number in an enrollment report, from 1; new names are
 * appended (SPEC §10.10). `uid-only` is any ISO 14443-A card that is nothing else of this list.
 */
export const cardTechnologies = [
  'uid-only',
  'mifare-classic',
  'ultralight',
  'ultralight-c',
  'ntag-21x',
  'ultralight-aes',
  'ntag-22x',
  'desfire',
  'ntag-424',
  'public-key',
] as const;

/** One of {@link cardTechnologies}; `desfire` is DESFire EV2 or later. */
export type CardTechnology = (typeof cardTechnologies)[number];

/**
 * How much a card proves. 0: its number, which anybody can copy. 1: AES that is attackable in practice. 2: AES-128 mutual
 * authentication. 3: a signature, so that the lock holds no secret of the card.
 */
export type CardClass = 0 | 1 | 2 | 3;

const classes: Readonly<Record<CardTechnology, CardClass>> = {
  'uid-only': 0,
  'mifare-classic': 0,
  ultralight: 0,
  'ultralight-c': 0,
  'ntag-21x': 0,
  'ultralight-aes': 1,
  'ntag-22x': 1,
  desfire: 2,
  'ntag-424': 2,
  'public-key': 3,
};

/** The class that a card of this kind can reach; what it proves at a door is never above what its entry asks of it. */
export function classOfTechnology(technology: CardTechnology): CardClass {
  return classes[technology];
}

/** A card in the field of the lock's reader. */
export interface CardSighting {
  readonly technology: CardTechnology;
  /** As the anticollision of ISO 14443-3 gives it; what a driver hands over otherwise goes through `normalizeUid`. */
  readonly uid: Uint8Array;
  /** Whether the maker's signature over the UID verified; absent: nobody asked. */
  readonly genuine?: boolean;
}
