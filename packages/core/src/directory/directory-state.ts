import type { MemberId } from '../identifiers.js';
import type { PeopleState } from '../people/people-state.js';
import type { DirectoryUser } from './directory-user.js';

/** The properties that a sync brings over (S23, S26). */
export const profileFields = ['email', 'givenName', 'familyName', 'displayName', 'department', 'title'] as const;

/** One property of {@link profileFields}. */
export type ProfileField = (typeof profileFields)[number];

/** The properties as they were last applied; `null`: the directory has none, or never said. */
export type DirectoryProfile = Readonly<Record<ProfileField, string | null>>;

/** A member who came from, or was adopted by, a directory. */
export interface DirectoryLink {
  readonly directoryId: DirectoryUser['directoryId'];
  readonly memberId: MemberId;
  readonly profile: DirectoryProfile;
  /** Whether a sync has deactivated the member; only then does coming back mean anything (S25). */
  readonly removed: boolean;
}

/** What planning knows of the organization: a view that the caller lays over its store. */
export interface DirectoryState {
  readonly people: PeopleState;
  /** The tenant and the scope of the last sync of this integration; `null` before the first. */
  readonly bound: { readonly tenantId: string; readonly scope: string } | null;
  link(directoryId: string): DirectoryLink | undefined;
  /** The member's link to this integration's directory. */
  linkOf(memberId: MemberId): DirectoryLink | undefined;
  /** Everybody linked to this integration's directory, but for those of {@link linksLeftOut}. */
  links(): Iterable<DirectoryLink>;
  /**
   * How many active or invited members `links` leaves out: because the snapshot has them among its `unchangedIds`, or has
   * only changes, and so nobody can be absent. Of a million there is nothing to plan. None when absent.
   */
  readonly linksLeftOut?: number;
  /** Whether the member is linked to another integration's directory. */
  isLinkedElsewhere(memberId: MemberId): boolean;
  /** How many users syncs of this integration have removed in the seven days before. */
  readonly removedLately: number;
}
