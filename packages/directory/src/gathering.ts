import type { DirectoryStanding, DirectoryUser } from '@latchwork/core/directory';
import type { KnownRecords } from './fingerprints.js';
import type { PageContents } from './page-contents.js';

/** Everybody whose record was looked at in one reading, each id once. */
export interface Gathering {
  /** How many ids were seen, those of unchanged users too. */
  readonly seen: number;
  /** How many of them are not deleted. */
  readonly present: number;
  /**
   * Takes in a page.
   *
   * @returns how many of its records are users'; the others are malformed.
   */
  takePage(page: PageContents): number;
  see(user: DirectoryUser): void;
  /** Whether the id was seen, that of an unchanged user too. */
  has(directoryId: string): boolean;
  standingOf(directoryId: string): DirectoryStanding | undefined;
  users(): IterableIterator<DirectoryUser>;
}

/** Begins with nobody. `onSighting` is told of each before it is taken in. */
export function createGathering(options: {
  readonly read: (record: unknown) => DirectoryUser | undefined;
  readonly known: KnownRecords | undefined;
  readonly onSighting?: (user: DirectoryUser) => void;
}): Gathering {
  const { read, known, onSighting } = options;
  const users = new Map<string, DirectoryUser>();
  let deleted = 0;

  function see(user: DirectoryUser): void {
    const earlier = users.get(user.directoryId);
    const merged = earlier ? { ...earlier, ...user } : user;
    deleted += Number(merged.standing === 'deleted') - Number(earlier?.standing === 'deleted');
    users.set(user.directoryId, merged);
  }

  return {
    get seen() {
      return users.size + (known?.unchangedIds.size ?? 0);
    },
    get present() {
      return users.size - deleted + (known?.unchangedIds.size ?? 0);
    },
    takePage({ records, count }) {
      let malformed = 0;
      for (const record of records) {
        const user = read(record);
        if (user === undefined) {
          malformed += 1;
          continue;
        }
        onSighting?.(user);
        see(user);
      }
      return count - malformed;
    },
    see,
    has: (directoryId) => users.has(directoryId) || known?.unchangedIds.has(directoryId) === true,
    standingOf: (directoryId) => users.get(directoryId)?.standing,
    users: () => users.values(),
  };
}
