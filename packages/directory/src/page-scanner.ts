/** Where a page's records are. */
export interface PageLayout {
  /** The list itself, its brackets included. */
  readonly list: { readonly start: number; readonly end: number };
  readonly count: number;
  /**
   * Four numbers for each record: where it starts and ends, and where the letters of its `id` start and end. The latter are
   * -1 where the bytes do not say the id to the letter: none, two of them, not text, or spelled with escapes.
   */
  readonly ranges: Int32Array;
  /** For each record what it was recognized as, or -1. */
  readonly recognized: Int32Array;
}

/** Knows records by their bytes, so that they need not be followed to their end. */
export interface RecordRecognizer {
  /**
   * Tells which known record stands here to the byte, if the letters of its id begin at that offset.
   *
   * @returns its number, or -1
   */
  recognize(view: DataView, start: number, idOffset: number): number;
  recordBytes(known: number): number;
  idBytes(known: number): number;
}

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const letterI = 0x69;
const letterD = 0x64;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Finds the records of a page's list in its bytes without reading them: strings and brackets are followed, nothing else. So a
 * layout says only where records are *if* the page is JSON; whoever takes one parses it, and knows then. Records that are
 * recognized are not even followed: their bytes were JSON before.
 *
 * @returns `undefined` for whatever is not plainly one object with one such list of objects; the page has to be parsed then.
 */
export function scanPage(page: Uint8Array, listName: string, recognizer?: RecordRecognizer): PageLayout | undefined {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const end = page.byteLength;
  let list: PageLayout['list'] | undefined;
  let records: RecordRanges | undefined;
  let at = skipSpace(view, 0);
  if (at >= end || view.getUint8(at) !== openBrace) return undefined;
  do {
    at = skipSpace(view, at + 1);
    if (at >= end || view.getUint8(at) !== quote) return undefined;
    const name = at + 1;
    at = stringEnd(view, at);
    if (at < 0) return undefined;
    const isList = isText(view, name, at - 1, listName);
    // A name with an escape in it may be the list's.
    if (isList === undefined || (isList && list !== undefined)) return undefined;
    at = skipSpace(view, at);
    if (at >= end || view.getUint8(at) !== colon) return undefined;
    at = skipSpace(view, at + 1);
    if (isList) {
      records = scanList(view, at, recognizer);
      if (records === undefined) return undefined;
      list = { start: at, end: records.end };
      at = records.end;
    } else {
      at = valueEnd(view, at);
      if (at < 0) return undefined;
    }
    at = skipSpace(view, at);
  } while (at < end && view.getUint8(at) === comma);
  if (at >= end || view.getUint8(at) !== closeBrace || skipSpace(view, at + 1) !== end) return undefined;
  if (list === undefined || records === undefined) return undefined;
  const { count, ranges, recognized } = records;
  return { list, count, ranges, recognized };
}

interface RecordRanges {
  readonly end: number;
  readonly count: number;
  readonly ranges: Int32Array;
  readonly recognized: Int32Array;
}

function scanList(view: DataView, start: number, recognizer: RecordRecognizer | undefined): RecordRanges | undefined {
  const end = view.byteLength;
  if (start >= end || view.getUint8(start) !== openBracket) return undefined;
  let ranges = new Int32Array(4 * 1000);
  let recognized = new Int32Array(1000);
  /** Where in a record its id's letters begin, as far as the last ones tell. */
  let idOffset = -1;
  let count = 0;
  let at = skipSpace(view, start + 1);
  if (at < end && view.getUint8(at) === closeBracket) return { end: at + 1, count, ranges, recognized };
  for (;;) {
    if (at >= end || view.getUint8(at) !== openBrace) return undefined;
    if (4 * count === ranges.length) {
      const larger = new Int32Array(2 * ranges.length);
      larger.set(ranges);
      ranges = larger;
      const more = new Int32Array(2 * recognized.length);
      more.set(recognized);
      recognized = more;
    }
    const known = recognizer !== undefined && idOffset >= 0 ? recognizer.recognize(view, at, idOffset) : -1;
    recognized[count] = known;
    const place = 4 * count;
    if (recognizer !== undefined && known >= 0) {
      const idStart = at + idOffset;
      ranges[place] = at;
      ranges[place + 2] = idStart;
      ranges[place + 3] = idStart + recognizer.idBytes(known);
      at += recognizer.recordBytes(known);
      ranges[place + 1] = at;
    } else {
      const recordStart = at;
      at = scanRecord(view, at, ranges, place);
      if (at < 0) return undefined;
      const idStart = ranges[place + 2] ?? -1;
      if (idStart >= 0) {
        idOffset = idStart - recordStart;
        recognized[count] = recognizer?.recognize(view, recordStart, idOffset) ?? -1;
      }
    }
    count += 1;
    at = skipSpace(view, at);
    if (at >= end) return undefined;
    const next = view.getUint8(at);
    if (next === closeBracket) return { end: at + 1, count, ranges, recognized };
    if (next !== comma) return undefined;
    at = skipSpace(view, at + 1);
  }
}

/**
 * Writes a record's four numbers to their place.
 *
 * @returns where the record ends, or -1
 */
function scanRecord(view: DataView, start: number, ranges: Int32Array, place: number): number {
  const end = view.byteLength;
  let idStart = -1;
  let idEnd = -1;
  let idIsPlain = true;
  let depth = 1;
  let at = start + 1;
  while (at < end) {
    const byte = view.getUint8(at);
    if (byte === quote) {
      const textStart = at + 1;
      let escaped = false;
      for (;;) {
        at += 1;
        if (at >= end) return -1;
        const letter = view.getUint8(at);
        if (letter === quote) break;
        if (letter === backslash) {
          escaped = true;
          at += 1;
        }
      }
      const textEnd = at;
      at += 1;
      if (depth > 1) continue;
      const isId =
        textEnd - textStart === 2 && view.getUint8(textStart) === letterI && view.getUint8(textStart + 1) === letterD;
      if (!isId && !escaped) continue;
      const afterText = skipSpace(view, at);
      if (afterText >= end || view.getUint8(afterText) !== colon) continue;
      // The second `id` is the one that counts for JSON.parse, and a name with an escape in it may be one.
      if (escaped || idStart >= 0) {
        idIsPlain = false;
        continue;
      }
      at = skipSpace(view, afterText + 1);
      if (at >= end || view.getUint8(at) !== quote) {
        idIsPlain = false;
        continue;
      }
      idStart = at + 1;
      at = stringEnd(view, at);
      if (at < 0) return -1;
      idEnd = at - 1;
      for (let letter = idStart; letter < idEnd; letter += 1) {
        if (view.getUint8(letter) === backslash) idIsPlain = false;
      }
    } else {
      at += 1;
      if (byte === openBrace || byte === openBracket) depth += 1;
      else if (byte === closeBrace || byte === closeBracket) {
        depth -= 1;
        if (depth === 0) {
          const hasId = idIsPlain && idStart >= 0;
          ranges[place] = start;
          ranges[place + 1] = at;
          ranges[place + 2] = hasId ? idStart : -1;
          ranges[place + 3] = hasId ? idEnd : -1;
          return at;
        }
      }
    }
  }
  return -1;
}

/** @returns where any value ends, loosely: what is no JSON is found by whoever parses; -1 when it does not end. */
function valueEnd(view: DataView, start: number): number {
  const end = view.byteLength;
  let depth = 0;
  let at = start;
  while (at < end) {
    const byte = view.getUint8(at);
    if (byte === quote) {
      at = stringEnd(view, at);
      if (at < 0) return -1;
      if (depth === 0) return at;
      continue;
    }
    if (byte === openBrace || byte === openBracket) depth += 1;
    else if (byte === closeBrace || byte === closeBracket) {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (byte === comma && depth === 0) return at;
    at += 1;
  }
  return -1;
}

/** @returns the place after the closing quote of the string that opens here, or -1 */
function stringEnd(view: DataView, open: number): number {
  const end = view.byteLength;
  for (let at = open + 1; at < end; at += 1) {
    const letter = view.getUint8(at);
    if (letter === quote) return at + 1;
    if (letter === backslash) at += 1;
  }
  return -1;
}

function skipSpace(view: DataView, start: number): number {
  const end = view.byteLength;
  let at = start;
  while (at < end) {
    const byte = view.getUint8(at);
    if (byte !== space && byte !== lineFeed && byte !== carriageReturn && byte !== tab) break;
    at += 1;
  }
  return at;
}

/** Whether the letters of a string are these; `undefined` where an escape leaves it open. */
function isText(view: DataView, start: number, end: number, text: string): boolean | undefined {
  let equal = end - start === text.length;
  for (let at = start; at < end; at += 1) {
    const letter = view.getUint8(at);
    if (letter === backslash) return undefined;
    equal &&= letter === text.charCodeAt(at - start);
  }
  return equal;
}
