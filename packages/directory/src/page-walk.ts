import { DirectoryError } from './directory-error.js';
import type { KnownRecords } from './fingerprints.js';
import type { DirectoryApi } from './http/directory-api.js';
import type { Meaning, Refusal } from './http/directory-http.js';
import type { Reading } from './http/reading.js';
import { type ListName, type PageContents, readPage } from './page-contents.js';

/** How one list is read from its first page to its last. */
export interface PageWalk {
  readonly api: DirectoryApi;
  readonly reading: Reading;
  readonly first: URL;
  readonly list: ListName;
  readonly known?: KnownRecords | undefined;
  /** `false`: whoever is known is looked at nevertheless. */
  readonly passesOver?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly mediaTypes?: readonly string[];
  /** Whether a page without the list is an empty one; malformed where it is not said. */
  readonly isEmptyPage?: (envelope: PageContents['envelope']) => boolean;
  /** The address of the next page, `last`, or `undefined` for a page that says neither. */
  readonly next: (page: PageContents) => URL | 'last' | undefined;
  readonly explain?: (refusal: Refusal) => Meaning | undefined;
}

/**
 * Reads a list page by page. It ends only after the page that says that it is the last; every other end is an error.
 * No address is asked twice, so a link to itself or a ring of links ends it as well.
 */
export async function* walkPages(walk: PageWalk): AsyncGenerator<PageContents, void, undefined> {
  const { api, reading, list, known, passesOver, headers, mediaTypes, explain } = walk;
  const asked = new Set<string>();
  for (let url = walk.first; ; ) {
    if (asked.has(url.href)) throw new DirectoryError({ code: 'link-refused' });
    asked.add(url.href);
    const { page, next } = await api.ask(
      {
        url,
        ...(headers ? { headers } : {}),
        ...(mediaTypes ? { mediaTypes } : {}),
        ...(explain ? { explain } : {}),
        read: (bytes) => {
          const contents = readPage(bytes, { list, known, passesOver });
          if (contents === undefined || !hasList(contents, walk)) return undefined;
          const following = walk.next(contents);
          return following === undefined ? undefined : { page: contents, next: following };
        },
      },
      reading,
    );
    yield page;
    if (next === 'last') return;
    url = next;
  }
}

function hasList({ envelope }: PageContents, { list, isEmptyPage }: PageWalk): boolean {
  const value = envelope[list];
  return Array.isArray(value) || (value === undefined && isEmptyPage?.(envelope) === true);
}
