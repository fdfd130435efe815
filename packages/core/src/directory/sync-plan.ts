import type { MemberId } from '../identifiers.js';
import type { SignInMethod } from '../people/people-state.js';
import type { ProfileField } from './directory-state.js';
import type { DirectoryUser } from './directory-user.js';

/** The three statuses that a listed user can have; who differs in nothing is only counted (S24). */
export const syncStatuses = ['new', 'updated', 'removed'] as const;

/** One status. */
export type SyncStatus = (typeof syncStatuses)[number];

/** One property that changes (S26); role and sign-in method never do. */
export interface FieldChange {
  readonly field: ProfileField;
  readonly from: string | null;
  readonly to: string | null;
}

interface RowBasis {
  /** The directory's id of the user; names the row. */
  readonly rowId: string;
  /** Rows that have to be chosen with this one, because they free its address. */
  readonly needs: readonly string[];
  /** How many licenses it takes, and how many it frees; another invitation in place of one does both. */
  readonly takes: number;
  readonly frees: number;
}

/** Not yet a user here (S25). */
export interface NewRow extends RowBasis {
  readonly status: 'new';
  readonly user: DirectoryUser;
  /** As it will be mailed to. */
  readonly email: string;
  readonly name: string | null;
}

/** A user here whose properties differ (S26), who comes back (S25), or who is linked for the first time. */
export interface UpdatedRow extends RowBasis {
  readonly status: 'updated';
  readonly memberId: MemberId;
  readonly because: 'fields' | 'reactivate' | 'adopt' | 'relink';
  /** What is done to the member; an invitation gets no other address but by another one (G19, G53). */
  readonly act: 'update' | 'reactivate' | 'replace-invitation';
  readonly changes: readonly FieldChange[];
  /** The member's address and name afterwards, as far as they change. */
  readonly email: string | null;
  readonly name: string | null;
  readonly user: DirectoryUser;
}

/** Why a linked user is not to be a user any more (S27); `replaced`: another person has the account's address now. */
export type RemovalReason = 'absent' | 'deleted' | 'disabled' | 'guest' | 'not-a-person' | 'replaced';

/** A linked user who is not found any more (S27). */
export interface RemovedRow extends RowBasis {
  readonly status: 'removed';
  readonly memberId: MemberId;
  readonly because: RemovalReason;
  /** Users are deactivated and keep their address; an invitation, and whoever is replaced, ends for good. */
  readonly ending: 'deactivated' | 'removed';
}

/** One user in whom the directory and the organization differ. */
export type SyncRow = NewRow | UpdatedRow | RemovedRow;

/** Why a user is left as it is until a person decides. */
export const conflictReasons = [
  'duplicate-email',
  'email-held-by-other',
  'recreated',
  'removed-here',
  'other-directory',
  'adoption-not-allowed',
  'last-admin',
  'no-valid-email',
  'plan-required',
] as const;

/** One reason of {@link conflictReasons}. */
export type ConflictReason = (typeof conflictReasons)[number];

/** A user about whom a person has to decide; nothing happens to anybody named in it. */
export interface SyncConflict {
  readonly rowId: string;
  readonly because: ConflictReason;
  /** The member concerned, where there is one. */
  readonly memberId: MemberId | null;
  readonly user: DirectoryUser | null;
}

/** Why a record is nobody to sync. */
export const skipReasons = ['guest', 'not-a-person', 'disabled', 'deleted', 'no-email'] as const;

/** One reason of {@link skipReasons}. */
export type SkipReason = (typeof skipReasons)[number];

/** A record that is nobody to sync. */
export interface SyncSkip {
  readonly rowId: string;
  readonly because: SkipReason;
  readonly user: DirectoryUser;
}

/** Why a plan is not carried out by itself. */
export type HeldReason =
  | { readonly because: 'incomplete' }
  | { readonly because: 'empty' }
  | { readonly because: 'count-mismatch'; readonly counted: number; readonly distinct: number }
  | { readonly because: 'too-many-removed'; readonly removed: number; readonly allowed: number }
  | { readonly because: 'too-many-removed-lately'; readonly removed: number; readonly allowed: number }
  | { readonly because: 'tenant-changed' }
  | { readonly because: 'scope-changed' }
  /** New users wait for licenses; everything else goes on (S36). */
  | { readonly because: 'seats-short'; readonly short: number }
  /** New users wait for a way to sign in that the plan contains; everything else goes on (S32). */
  | { readonly because: 'plan-required' };

/** How the licenses come out (S30, S31). Seats that Removed rows free come first. */
export interface SyncSeats {
  readonly bought: number;
  /** Negative when fewer are bought than are in use. */
  readonly available: number;
  readonly freed: number;
  readonly needed: number;
  readonly short: number;
}

/** What is compared with the numbers of users that may be removed without somebody looking. */
export interface RemovalBasis {
  /** Linked users who are active or invited. */
  readonly linked: number;
  /** How many syncs have removed in the seven days before. */
  readonly removedLately: number;
}

/** What a sync would do, and everything that somebody who decides on it has to know. Plain data. */
export interface SyncPlan {
  /** Names exactly this plan: directory, policy, and rows with their values before and after. */
  readonly planId: string;
  /** What the id is about besides the rows, as text. */
  readonly basis: string;
  /** In the order of their ids. */
  readonly rows: readonly SyncRow[];
  readonly conflicts: readonly SyncConflict[];
  readonly skipped: readonly SyncSkip[];
  /** Users who differ in nothing (S24). */
  readonly unchanged: number;
  /** Whatever keeps an automatic run from doing anything; missing licenses are told by the seats. */
  readonly held: readonly HeldReason[];
  readonly removals: RemovalBasis;
  readonly seats: SyncSeats;
  /** How new users will sign in (S30, S32). */
  readonly signInMethod: SignInMethod;
}
