import type { KnownRecords } from './fingerprints.js';
import { parseJsonObject } from './http/body-bytes.js';
import { scanPage } from './page-scanner.js';

/** One page of a listing, taken apart. */
export interface PageContents {
  /** The page itself: links, counts, tokens. Where its list stood is an empty one. */
  readonly envelope: Readonly<Record<string, unknown>>;
  /** The records to be looked at, in their order. */
  readonly records: readonly unknown[];
  /** How many records the page has, those of unchanged users too. */
  readonly count: number;
}

/** The member of a page that has its records: Microsoft's, Google's three, SCIM's. */
export type ListName = 'value' | 'users' | 'groups' | 'members' | 'Resources';

/** How a page is read. */
export interface PageReading {
  readonly list: ListName;
  /** Passes over whoever has not changed. */
  readonly known?: KnownRecords | undefined;
  /** `false`: every record is looked at, and known only to have been. For lists of whoever is gone, and of changes. */
  readonly passesOver?: boolean | undefined;
}

/**
 * Reads a page of a listing. With known records nothing of it is parsed but what has to be looked at; the outcome is that of
 * parsing it whole, which is also what happens to any page that is in the least unusual.
 *
 * @returns `undefined` when the bytes are not a JSON object in UTF-8.
 */
export function readPage(page: Uint8Array, { list, known, passesOver = true }: PageReading): PageContents | undefined {
  return (known && passesOver ? readByLayout(page, list, known) : undefined) ?? readWhole(page, list, known);
}

function readByLayout(page: Uint8Array, list: ListName, known: KnownRecords): PageContents | undefined {
  const layout = scanPage(page, list, known.recognizer);
  const envelope = layout && parseJsonObject(cutOut(page, layout.list));
  const records = envelope && known.sift(page, layout);
  return records && { envelope, records, count: layout.count };
}

function readWhole(page: Uint8Array, list: ListName, known: KnownRecords | undefined): PageContents | undefined {
  const envelope = parseJsonObject(page);
  const records = envelope?.[list];
  if (envelope === undefined || !Array.isArray(records)) return envelope && { envelope, records: [], count: 0 };
  known?.noteParsed(records);
  return { envelope: { ...envelope, [list]: [] }, records, count: records.length };
}

/** The page with an empty list in the place of its own. */
function cutOut(page: Uint8Array, { start, end }: { readonly start: number; readonly end: number }): Uint8Array {
  const rest = new Uint8Array(page.byteLength - (end - start) + 2);
  rest.set(page.subarray(0, start));
  rest.set([0x5b, 0x5d], start);
  rest.set(page.subarray(end), start + 2);
  return rest;
}
