/**
 * What a directory says of one of its users, in one form for all of them (S23). A field left out was not said and
 * changes nothing; `null` says that there is none.
 */
export interface DirectoryUser {
  /** The directory's own id, compared to the letter. No directory gives one to a second person. */
  readonly directoryId: string;
  /** Where mail reaches the person: never a sign-in name that is not known to be an address. */
  readonly email?: string | null;
  readonly givenName?: string | null;
  readonly familyName?: string | null;
  readonly displayName?: string | null;
  readonly department?: string | null;
  readonly title?: string | null;
  /** Whether the account is there and open; suspended, archived and soft-deleted ones are not (S27). */
  readonly standing?: DirectoryStanding;
  readonly kind?: DirectoryUserKind;
  /** Further addresses. They say who else may not have them, and never match anybody by themselves. */
  readonly aliases?: readonly string[];
  /** The directory's ids of the groups that the user is in, through other groups too. */
  readonly groupIds?: readonly string[];
}

/** Whether a directory's account is usable. */
export type DirectoryStanding = 'enabled' | 'disabled' | 'deleted';

/** What an account of a directory is for: `other` is a room, a shared mailbox or a program. */
export type DirectoryUserKind = 'person' | 'guest' | 'other';
