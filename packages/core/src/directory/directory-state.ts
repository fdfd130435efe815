import type { MemberId } from '../identifiers.js';
import type { PeopleState } from '../people/people-state.js';
import type { DirectoryUser } from './directory-user.js';

/** The properties that a sync brings over, as they were last applied (S23, S26). */
export interface DirectoryProfile {
  readonly email: string;
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly displayName: string | null;
  readonly department: string | null;
  readonly title: string | null;
}

/** One of {@link DirectoryProfile}'s properties. */
export type ProfileField = keyof DirectoryProfile;

/** A member who came from, or was adopted by, a directory. */
export interface DirectoryLink {
  readonly directoryId: DirectoryUser['directoryId'];
  readonly memberId: MemberId;
  readonly profile: DirectoryProfile;
}

/** What planning knows of the organization: a view that the caller lays over its store. */
export interface DirectoryState {
  readonly people: PeopleState;
  /** The tenant and the scope of the last sync of this integration; `null` before the first. */
  readonly bound: { readonly tenantId: string; readonly scope: string } | null;
  link(directoryId: string): DirectoryLink | undefined;
  /** The member's link to this integration's directory. */
  linkOf(memberId: MemberId): DirectoryLink | undefined;
  /** Everybody linked to this integration's directory. */
  links(): Iterable<DirectoryLink>;
  /** Whether the member is linked to another integration's directory. */
  isLinkedElsewhere(memberId: MemberId): boolean;
  /** How many users syncs of this integration have removed in the seven days before. */
  readonly removedLately: number;
}
