import type { DirectorySnapshot } from '@latchwork/core/directory';
import { entryStates, type FingerprintPool, longestIdBytes, openPool } from './fingerprint-pool.js';
import type { PageLayout, RecordRecognizer } from './page-scanner.js';
import { type ByteRange, type HashWords, hashBytes } from './record-hash.js';

/** The part of fingerprints that a reading needs. One reading at a time. */
export interface KnownRecords {
  /** Begins anew: nobody has been seen. */
  startReading(coverage: DirectorySnapshot['coverage']): void;
  /** Knows the records that are to the byte what was last applied, while a page is scanned. */
  readonly recognizer: RecordRecognizer;
  /**
   * Takes in a page. A record whose bytes are those last applied for exactly its id, and whose user was not seen otherwise in
   * this reading, is noted as unchanged; all others are parsed.
   *
   * @returns the parsed ones, in their order; `undefined`, and nothing noted, when one of them is no JSON.
   */
  sift(page: Uint8Array, layout: PageLayout): readonly unknown[] | undefined;
  /** Takes note of records that were parsed elsewhere: whoever has one is not unchanged. */
  noteParsed(records: readonly unknown[]): void;
  /** Users of this reading whose every record was to the byte what was last applied. Lives with the reading. */
  readonly unchangedIds: { readonly size: number; has(directoryId: string): boolean } & Iterable<string>;
  /** Known users of whom that is not so: seen otherwise, or on no page so far. */
  notUnchangedIds(): IterableIterator<string>;
}

/**
 * What the records of a directory were when they were last applied, as 64 bits each: enough to pass over who has not changed,
 * without keeping anybody's data. Good for one run: open, forget, read, apply, encode.
 */
export interface Fingerprints extends KnownRecords {
  /**
   * Has the user's next record looked at. Due for everybody whose link or member was changed by anything but the run that
   * encoded these: the bytes say nothing of that.
   */
  forget(directoryId: string): void;
  /**
   * Writes the fingerprints as they are after a run: of those who were unchanged, and of whoever was looked at and is now as
   * the record says. Contains ids of the directory. Only after what was read has been carried out, and the last thing that is
   * asked: the entries are written over the ones there were.
   *
   * @param isApplied whether the user is linked and agrees with the record; asked once for each who was looked at.
   */
  encode(isApplied: (directoryId: string) => boolean): Uint8Array;
}

/** What fingerprints hold for. */
export interface FingerprintBasis {
  /**
   * Everything but the records that decides what they mean: tenant, scope, policy. With another text everybody is looked at.
   */
  readonly basis: string;
}

const magic = 0x3346504c;
const quote = 0x22;
const seedBytes = 8;
const headBytes = 4 + seedBytes + 8 + 8;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Begins with nobody known. The seed is 8 random bytes of the tenant's own, which stay secret. */
export function createFingerprints({ seed, basis }: FingerprintBasis & { readonly seed: Uint8Array }): Fingerprints {
  if (seed.byteLength !== seedBytes) throw new RangeError(`A seed has ${seedBytes} bytes, not ${seed.byteLength}.`);
  const words = readWords(viewOf(seed), 0);
  const pool = openPool(new Uint8Array(), words) as FingerprintPool;
  return wireFingerprints({ pool, taken: new Uint8Array(), seed: words, basis });
}

/**
 * Opens what {@link Fingerprints.encode} wrote; the bytes are taken over.
 *
 * @returns `undefined` when they are damaged, of another version or for another basis: then everybody is looked at.
 */
export function decodeFingerprints(bytes: Uint8Array, { basis }: FingerprintBasis): Fingerprints | undefined {
  const view = viewOf(bytes);
  if (bytes.byteLength < headBytes || view.getUint32(0, true) !== magic) return undefined;
  const seed = readWords(view, 4);
  const sum = readWords(view, 12);
  const hash: HashWords = new Int32Array(2);
  hashBytes(view, { start: 20, end: bytes.byteLength }, seed, hash);
  if (!areEqual(hash, sum)) return undefined;
  if (!areEqual(hashText(basis, seed), readWords(view, 20))) return undefined;
  const pool = openPool(bytes.subarray(headBytes), seed);
  return pool && wireFingerprints({ pool, taken: bytes, seed, basis });
}

interface Wiring {
  readonly pool: FingerprintPool;
  /** The bytes that the pool stands in, with their head. */
  readonly taken: Uint8Array;
  readonly seed: HashWords;
  readonly basis: string;
}

function wireFingerprints({ pool, taken, seed, basis }: Wiring): Fingerprints {
  let read = openPool(new Uint8Array(), seed) as FingerprintPool;
  let coverage: DirectorySnapshot['coverage'] = 'everybody';
  let unchanged = 0;
  const hash: HashWords = new Int32Array(2);
  /** Directories list users in the same order again and again: the next one is likely the next entry. */
  let likely = 0;

  const findText = (id: string): number => {
    const letters = encodeId(id);
    return letters ? pool.find(viewOf(letters), { start: 0, end: letters.byteLength }) : -1;
  };
  const markLookedAt = (entry: number): void => {
    if (entry < 0 || pool.state(entry) === entryStates.void) return;
    if (pool.state(entry) === entryStates.unchanged) unchanged -= 1;
    pool.setState(entry, entryStates.lookedAt);
  };
  const noteParsed = (record: unknown): void => {
    const id = typeof record === 'object' && record !== null && 'id' in record ? record.id : undefined;
    if (typeof id !== 'string') return;
    markLookedAt(findText(id));
    const letters = encodeId(id);
    if (letters === undefined) return;
    const [view, range] = [viewOf(letters), { start: 0, end: letters.byteLength }];
    const earlier = read.find(view, range);
    read.setState(earlier < 0 ? read.add(view, range, { hash, sizeBytes: 0 }) : earlier, entryStates.void);
  };
  /** Remembers what a parsed record's bytes were. Two records of one user are merged, and the bytes of neither say it all. */
  const learn = (
    view: DataView,
    { id, record }: { readonly id: ByteRange; readonly record: ByteRange },
    isSecond: boolean,
  ) => {
    hashBytes(view, record, seed, hash);
    const earlier = read.find(view, id);
    const entry = earlier < 0 ? read.add(view, id, { hash, sizeBytes: record.end - record.start }) : earlier;
    if (isSecond || !read.hasHash(entry, hash)) read.setState(entry, entryStates.void);
  };
  function* ids(areUnchanged: boolean): IterableIterator<string> {
    for (let entry = 0; entry < pool.end; entry = pool.next(entry)) {
      if ((pool.state(entry) === entryStates.unchanged) === areUnchanged) yield decodeId(pool, entry);
    }
  }
  const recognizer: RecordRecognizer = {
    recognize(view, start, idOffset) {
      const idStart = start + idOffset;
      const isLikely = likely < pool.end && pool.isAt(likely, view, idStart);
      const entry = isLikely ? likely : findAt(view, idStart);
      if (entry < 0 || !isOpen(pool.state(entry))) return -1;
      const end = start + pool.recordBytes(entry);
      if (end > view.byteLength) return -1;
      hashBytes(view, { start, end }, seed, hash);
      if (!pool.hasHash(entry, hash)) return -1;
      likely = pool.next(entry);
      return entry;
    },
    recordBytes: (entry) => pool.recordBytes(entry),
    idBytes: (entry) => {
      const { start, end } = pool.idRange(entry);
      return end - start;
    },
  };
  /** The entry of the id whose letters begin there, up to the next quote. */
  const findAt = (view: DataView, idStart: number): number => {
    const most = Math.min(view.byteLength, idStart + longestIdBytes + 1);
    let end = idStart;
    while (end < most && view.getUint8(end) !== quote) end += 1;
    return end > idStart && end < most ? pool.find(view, { start: idStart, end }) : -1;
  };

  return {
    startReading(asked) {
      coverage = asked;
      unchanged = 0;
      read = openPool(new Uint8Array(), seed) as FingerprintPool;
      likely = 0;
      for (let entry = 0; entry < pool.end; entry = pool.next(entry)) {
        if (pool.state(entry) !== entryStates.void) pool.setState(entry, entryStates.unseen);
      }
    },
    recognizer,
    sift(page, layout) {
      const view = viewOf(page);
      const recordOf = (index: number): ByteRange => ({
        start: layout.ranges[4 * index] ?? 0,
        end: layout.ranges[4 * index + 1] ?? 0,
      });
      const idOf = (index: number): ByteRange | undefined => {
        const start = layout.ranges[4 * index + 2] ?? -1;
        const end = layout.ranges[4 * index + 3] ?? -1;
        return start >= 0 && end > start && end - start <= longestIdBytes ? { start, end } : undefined;
      };
      const found = layout.recognized;
      const parsed = new Map<number, unknown>();
      for (let index = 0; index < layout.count; index += 1) {
        if ((found[index] ?? -1) >= 0) continue;
        const record = parseRange(page, recordOf(index));
        if (record === undefined) return undefined;
        parsed.set(index, record);
      }
      const records: unknown[] = [];
      for (let index = 0; index < layout.count; index += 1) {
        const entry = found[index] ?? -1;
        if (entry >= 0 && pool.state(entry) !== entryStates.lookedAt) {
          if (pool.state(entry) === entryStates.unseen) {
            pool.setState(entry, entryStates.unchanged);
            unchanged += 1;
          }
          continue;
        }
        const record = parsed.get(index) ?? parseRange(page, recordOf(index));
        records.push(record);
        const id = idOf(index);
        if (id === undefined) {
          noteParsed(record);
          continue;
        }
        const known = pool.find(view, id);
        const wasUnchanged = known >= 0 && pool.state(known) === entryStates.unchanged;
        markLookedAt(known);
        learn(view, { id, record: recordOf(index) }, wasUnchanged);
      }
      return records;
    },
    noteParsed(records) {
      for (const record of records) noteParsed(record);
    },
    unchangedIds: {
      get size() {
        return unchanged;
      },
      has(directoryId) {
        const entry = findText(directoryId);
        return entry >= 0 && pool.state(entry) === entryStates.unchanged;
      },
      [Symbol.iterator]: () => ids(true),
    },
    notUnchangedIds: () => ids(false),
    forget(directoryId) {
      const entry = findText(directoryId);
      if (entry < 0) return;
      markLookedAt(entry);
      pool.setState(entry, entryStates.void);
    },
    encode(isApplied) {
      const keptState = coverage === 'changes' ? entryStates.unseen : entryStates.unchanged;
      let size = headBytes;
      for (let entry = 0; entry < pool.end; entry = pool.next(entry)) {
        const state = pool.state(entry);
        const isKept = state === keptState || state === entryStates.unchanged;
        pool.setState(entry, isKept ? entryStates.unseen : entryStates.void);
        if (isKept) size += pool.next(entry) - entry;
      }
      for (let entry = 0; entry < read.end; entry = read.next(entry)) {
        if (read.state(entry) === entryStates.void) continue;
        const isNow = isApplied(decodeId(read, entry));
        read.setState(entry, isNow ? entryStates.unseen : entryStates.void);
        if (isNow) size += read.next(entry) - entry;
      }
      // What is kept moves towards the beginning, so that millions of users do not stand in memory twice.
      const bytes = size <= taken.byteLength ? taken.subarray(0, size) : new Uint8Array(size);
      writeEntries(read, bytes, writeEntries(pool, bytes, headBytes));
      const view = viewOf(bytes);
      view.setUint32(0, magic, true);
      writeWords(view, 4, seed);
      writeWords(view, 20, hashText(basis, seed));
      hashBytes(view, { start: 20, end: size }, seed, hash);
      writeWords(view, 12, hash);
      return bytes;
    },
  };
}

/**
 * Writes the entries that are not void, a run of them at a time.
 *
 * @returns where they end
 */
function writeEntries(from: FingerprintPool, bytes: Uint8Array, start: number): number {
  let at = start;
  for (let entry = 0; entry < from.end; ) {
    let end = entry;
    while (end < from.end && from.state(end) !== entryStates.void) end = from.next(end);
    bytes.set(from.bytes.subarray(entry, end), at);
    at += end - entry;
    entry = end < from.end ? from.next(end) : end;
  }
  return at;
}

/** Whether an entry's user can still turn out to be unchanged. */
function isOpen(state: number): boolean {
  return state === entryStates.unseen || state === entryStates.unchanged;
}

function parseRange(page: Uint8Array, { start, end }: ByteRange): unknown {
  try {
    return JSON.parse(decoder.decode(page.subarray(start, end)));
  } catch {
    return undefined;
  }
}

function decodeId(pool: FingerprintPool, entry: number): string {
  const { start, end } = pool.idRange(entry);
  return decoder.decode(pool.bytes.subarray(start, end));
}

/** @returns `undefined` for what no entry can have: nothing, too much, or halves of surrogate pairs, which UTF-8 has not. */
function encodeId(id: string): Uint8Array | undefined {
  const letters = encoder.encode(id);
  if (letters.byteLength === 0 || letters.byteLength > longestIdBytes) return undefined;
  return letters.byteLength === id.length || decoder.decode(letters) === id ? letters : undefined;
}

function hashText(text: string, seed: HashWords): HashWords {
  const bytes = encoder.encode(text);
  const hash: HashWords = new Int32Array(2);
  hashBytes(viewOf(bytes), { start: 0, end: bytes.byteLength }, seed, hash);
  return hash;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readWords(view: DataView, at: number): HashWords {
  return Int32Array.of(view.getInt32(at, true), view.getInt32(at + 4, true));
}

function writeWords(view: DataView, at: number, words: HashWords): void {
  view.setInt32(at, words[0] ?? 0, true);
  view.setInt32(at + 4, words[1] ?? 0, true);
}

function areEqual(one: HashWords, other: HashWords): boolean {
  return one[0] === other[0] && one[1] === other[1];
}
