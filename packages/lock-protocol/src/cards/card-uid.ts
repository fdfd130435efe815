/** Sizes of a UID: single, double and triple (ISO 14443-3). */
const uidSizesBytes: readonly number[] = [4, 7, 10];

/** First byte of a UID of 4 bytes that is drawn anew at every tap. */
const randomFirstByte = 0x08;
/** First byte of a part of a longer UID: who reports it as a UID has stopped reading too early. */
const cascadeTag = 0x88;

/** What a card's UID is worth: it names the card, is another one at every tap, or is none. */
export type UidKind = 'fixed' | 'random' | 'malformed';

/** Tells what kind of UID this is, in ISO 14443-3 order. */
export function uidKindOf(uid: Uint8Array): UidKind {
  if (!uidSizesBytes.includes(uid.length)) return 'malformed';
  if (uid.length === 4 && uid[0] === cascadeTag) return 'malformed';
  return uid.length === 4 && uid[0] === randomFirstByte ? 'random' : 'fixed';
}

/** In which order a driver gives a UID: as ISO 14443-3 and `FF CA 00 00 00` do, or backwards, as some lock modules do. */
export type UidOrder = 'iso-14443-3' | 'reversed';

/** A UID in ISO 14443-3 order. From the bytes alone nobody can tell the order, so the driver must know its own. */
export function normalizeUid(uid: Uint8Array, order: UidOrder): Uint8Array {
  return order === 'reversed' ? uid.slice().reverse() : uid;
}
