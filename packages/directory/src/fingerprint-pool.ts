import { type ByteRange, type HashWords, hashBytes } from './record-hash.js';

/** What one reading has shown of an entry: one byte of it. */
export const entryStates = { unseen: 0, unchanged: 1, lookedAt: 2, void: 3 } as const;

/**
 * Exact ids, each with a hash and a state, in one piece of memory: about fifty bytes for a user where a Map of strings
 * takes two hundred. An entry is named by where it starts.
 *
 * An entry: state (1 byte), length of the id (1), hash of the record (8), its length (4), hash of the id (4), the id's letters
 * in UTF-8.
 */
export interface FingerprintPool {
  /** The entries, one after the other. */
  readonly bytes: Uint8Array;
  /** Where the entries end. */
  readonly end: number;
  /** @returns the entry of exactly this id, or -1 */
  find(view: DataView, id: ByteRange): number;
  /** Whether the entry's id is what stands there. */
  isAt(entry: number, view: DataView, start: number): boolean;
  /** Adds an entry for an id that has none, of 1 to 255 bytes. */
  add(view: DataView, id: ByteRange, record: RecordPrint): number;
  state(entry: number): number;
  setState(entry: number, state: number): void;
  hasHash(entry: number, hash: HashWords): boolean;
  /** How many bytes the record had. */
  recordBytes(entry: number): number;
  /** Where the letters of the entry's id are in {@link bytes}. */
  idRange(entry: number): ByteRange;
  /** The entry after this one, or {@link end}. */
  next(entry: number): number;
}

/** What is kept of a record. */
export interface RecordPrint {
  readonly hash: HashWords;
  readonly sizeBytes: number;
}

const headBytes = 18;

/** The longest id that an entry can hold. */
export const longestIdBytes = 255;

/**
 * Opens a pool over entries that were written before, or over none.
 *
 * @param seed hashes the ids as well, so that nobody can make a directory whose ids all meet in one place.
 * @returns `undefined` when the bytes are not whole entries with an id of its own each.
 */
export function openPool(stored: Uint8Array, seed: HashWords): FingerprintPool | undefined {
  let bytes = stored;
  let view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let used = stored.byteLength;
  let size = 0;
  let slots = new Int32Array(0);
  const words: HashWords = new Int32Array(2);

  const idRange = (entry: number): ByteRange => {
    const start = entry + headBytes;
    return { start, end: start + view.getUint8(entry + 1) };
  };

  const next = (entry: number): number => entry + headBytes + view.getUint8(entry + 1);

  const isAt = (entry: number, other: DataView, start: number): boolean => {
    const length = view.getUint8(entry + 1);
    if (start + length > other.byteLength) return false;
    const own = entry + headBytes;
    let at = 0;
    for (; at + 4 <= length; at += 4) {
      if (view.getInt32(own + at) !== other.getInt32(start + at)) return false;
    }
    for (; at < length; at += 1) {
      if (view.getUint8(own + at) !== other.getUint8(start + at)) return false;
    }
    return true;
  };

  const idHash = (entry: number): number => view.getInt32(entry + 14, true);

  const hashId = (other: DataView, id: ByteRange): number => {
    hashBytes(other, id, seed, words);
    return words[0] ?? 0;
  };

  /** The slot that names the id's entry, or the one that would. */
  const slotOf = (hash: number, other: DataView, id: ByteRange): number => {
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = (slots[slot] ?? 0) - 1;
      if (entry < 0) return slot;
      const isLike = idHash(entry) === hash && view.getUint8(entry + 1) === id.end - id.start;
      if (isLike && isAt(entry, other, id.start)) return slot;
    }
  };

  /** @returns whether each entry has an id of its own */
  const makeRoomInSlots = (entryCount: number): boolean => {
    if (2 * entryCount <= slots.length) return true;
    slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(16, 2 * entryCount))));
    for (let entry = 0; entry < used; entry = next(entry)) {
      const slot = slotOf(idHash(entry), view, idRange(entry));
      if (slots[slot] !== 0) return false;
      slots[slot] = entry + 1;
    }
    return true;
  };

  for (let entry = 0; entry < used; size += 1) {
    if (entry + headBytes > used) return undefined;
    const end = next(entry);
    if (end > used || end === entry + headBytes) return undefined;
    entry = end;
  }
  if (!makeRoomInSlots(size)) return undefined;

  return {
    get bytes() {
      return bytes.subarray(0, used);
    },
    get end() {
      return used;
    },
    isAt,
    next,
    find(other, id) {
      return slots.length === 0 ? -1 : (slots[slotOf(hashId(other, id), other, id)] ?? 0) - 1;
    },
    add(other, id, { hash, sizeBytes }) {
      const entry = used;
      const end = entry + headBytes + id.end - id.start;
      if (end > bytes.byteLength) {
        const larger = new Uint8Array(Math.max(4096, end + (end >> 1)));
        larger.set(bytes.subarray(0, used));
        bytes = larger;
        view = new DataView(larger.buffer);
      }
      view.setUint8(entry, entryStates.unseen);
      view.setUint8(entry + 1, id.end - id.start);
      view.setInt32(entry + 2, hash[0] ?? 0, true);
      view.setInt32(entry + 6, hash[1] ?? 0, true);
      view.setUint32(entry + 10, sizeBytes, true);
      for (let at = id.start; at < id.end; at += 1)
        view.setUint8(entry + headBytes + at - id.start, other.getUint8(at));
      const ownHash = hashId(other, id);
      view.setInt32(entry + 14, ownHash, true);
      makeRoomInSlots(size + 1);
      slots[slotOf(ownHash, other, id)] = entry + 1;
      used = end;
      size += 1;
      return entry;
    },
    state: (entry) => view.getUint8(entry),
    setState: (entry, state) => view.setUint8(entry, state),
    hasHash: (entry, hash) => view.getInt32(entry + 2, true) === hash[0] && view.getInt32(entry + 6, true) === hash[1],
    recordBytes: (entry) => view.getUint32(entry + 10, true),
    idRange,
  };
}
