import { DirectoryError } from '../directory-error.js';
import type { KnownRecords } from '../fingerprints.js';
import { isObject } from '../http/body-bytes.js';
import type { DirectoryApi } from '../http/directory-api.js';
import type { Reading } from '../http/reading.js';
import { type PageContents, readPage } from '../page-contents.js';
import { walkPages } from '../page-walk.js';
import { readId } from '../record-fields.js';
import { readAttribute } from './scim-attribute.js';

/** What SCIM answers are called (RFC 7644, 8.1), and what many call them instead. */
export const scimMediaTypes: readonly string[] = ['application/scim+json', 'application/json'];

/** Pages that never fit together are given up after so many steps back. */
const mostStepsBack = 200;

/** A list of resources, and how many of them are asked for at a time; a server may give fewer. */
export interface ScimList {
  readonly api: DirectoryApi;
  readonly reading: Reading;
  readonly path: 'Users' | 'Groups';
  readonly pageSize: number;
}

/** Where a list ended. */
export interface ScimListEnd {
  readonly sawLastPage: boolean;
  /** How many resources the server counted last; `null` when it does not count. */
  readonly total: number | null;
}

/** The pages of a list, and at the end whether that was all of it. */
export type ScimListPages = AsyncGenerator<PageContents, ScimListEnd, undefined>;

/**
 * Reads a list by index (RFC 7644, 3.4.2.4), each page beginning with the last resource of the one before.
 *
 * A deletion moves everybody behind it to the front, somebody perhaps onto a page that was read before. Where two pages
 * have no resource in common, reading goes back until they have: then nobody between them is missed, as long as the
 * server keeps to one order.
 */
export async function* walkJoined(list: ScimList): ScimListPages {
  let start = 1;
  let stepsBack = 0;
  let before: { readonly ids: ReadonlySet<string>; readonly length: number } | undefined;
  for (;;) {
    const { page, total } = await askPage(list, start);
    const end = start + page.count - 1;
    if (page.count === 0 && start <= total) return { sawLastPage: false, total };
    const ids = new Set(page.records.flatMap((record) => idOf(record) ?? []));
    if (start > 1 && before && ![...ids].some((id) => before?.ids.has(id))) {
      stepsBack += 1;
      if (stepsBack > mostStepsBack) throw new DirectoryError({ code: 'answer-malformed', status: 200 });
      start = Math.max(1, start - before.length);
      continue;
    }
    yield page;
    if (end >= total) return { sawLastPage: true, total };
    // Pages of a single resource have no room for another's.
    before = page.count > 1 ? { ids, length: page.count } : undefined;
    start = page.count > 1 ? end : end + 1;
  }
}

/** Reads a list by index, page after page, and looks at no record itself. */
export async function* walkByIndex(list: ScimList, known?: KnownRecords): ScimListPages {
  for (let start = 1; ; ) {
    const { page, total } = await askPage(list, start, known);
    if (page.count === 0 && start <= total) return { sawLastPage: false, total };
    yield page;
    start += page.count;
    if (start > total) return { sawLastPage: true, total };
  }
}

/** Reads a list by cursors (RFC 9865), which no change among the resources moves. */
export async function* walkByCursor(list: ScimList, known?: KnownRecords): ScimListPages {
  const { api, reading, path, pageSize } = list;
  const address = (cursor: string): URL => api.address(path, { cursor, count: String(pageSize) });
  let total: number | null = null;
  const pages = walkPages({
    api,
    reading,
    first: address(''),
    list: 'Resources',
    known,
    mediaTypes: scimMediaTypes,
    isEmptyPage: ({ totalResults }) => totalResults === 0,
    next({ envelope }) {
      const { nextCursor, totalResults } = envelope;
      total = isCount(totalResults) ? totalResults : total;
      if (nextCursor === undefined || nextCursor === null || nextCursor === '') return 'last';
      return typeof nextCursor === 'string' ? address(nextCursor) : undefined;
    },
  });
  yield* pages;
  return { sawLastPage: true, total };
}

function askPage(
  { api, reading, path, pageSize }: ScimList,
  start: number,
  known?: KnownRecords,
): Promise<{ readonly page: PageContents; readonly total: number }> {
  return api.ask(
    {
      url: api.address(path, { startIndex: String(start), count: String(pageSize) }),
      mediaTypes: scimMediaTypes,
      read(bytes) {
        const page = readPage(bytes, { list: 'Resources', known });
        const total = page?.envelope['totalResults'];
        if (page === undefined || !isCount(total)) return undefined;
        const { Resources, startIndex } = page.envelope;
        // A server that gives its first page whatever is asked for would be walked for ever.
        if (isCount(startIndex) && startIndex > 0 && startIndex !== start && page.count > 0) return undefined;
        return Array.isArray(Resources) || (Resources === undefined && start > total) ? { page, total } : undefined;
      },
    },
    reading,
  );
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function idOf(record: unknown): string | undefined {
  return isObject(record) ? readId(readAttribute(record, 'id')) : undefined;
}
