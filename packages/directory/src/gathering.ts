import type { DirectoryStanding, DirectoryUser } from '@latchwork/core/directory';

/** Everybody whose record was looked at in one reading, each id once. */
export interface Gathering {
  /** How many ids there are. */
  readonly size: number;
  /** How many records were nobody's. */
  readonly malformed: number;
  /** Takes in one sighting; `undefined` stands for a record that could not be read. */
  see(user: DirectoryUser | undefined): void;
  standingOf(directoryId: string): DirectoryStanding | undefined;
  users(): IterableIterator<DirectoryUser>;
}

/** Begins with nobody. */
export function createGathering(): Gathering {
  const users = new Map<string, DirectoryUser>();
  let malformed = 0;
  return {
    get size() {
      return users.size;
    },
    get malformed() {
      return malformed;
    },
    see(user) {
      if (user === undefined) {
        malformed += 1;
        return;
      }
      const earlier = users.get(user.directoryId);
      users.set(user.directoryId, earlier ? { ...earlier, ...user } : user);
    },
    standingOf: (directoryId) => users.get(directoryId)?.standing,
    users: () => users.values(),
  };
}
