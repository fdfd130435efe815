import type { MemberId } from '../identifiers.js';
import type { SignInMethod } from './people-state.js';

/**
 * One thing that a sync of a directory does to one member. Whoever sends it vouches that the member is linked to that
 * directory, and for `reactivate` that a sync of it had deactivated the member (requirement 4.6, S25).
 */
export type SyncStep =
  /** A member of the workplace, licensed, by an open invitation (S18). */
  | {
      readonly type: 'invite';
      readonly rowId: string;
      readonly email: string;
      readonly name: string | null;
      readonly signInMethod: SignInMethod;
    }
  /** What is left out stays; role and sign-in method always do (S26). */
  | {
      readonly type: 'update';
      readonly rowId: string;
      readonly memberId: MemberId;
      readonly email?: string | undefined;
      readonly name?: string | undefined;
    }
  /** The address of an invitation that nobody has accepted yet: the same offer anew (G53). */
  | {
      readonly type: 'replace-invitation';
      readonly rowId: string;
      readonly memberId: MemberId;
      readonly email: string;
      readonly name?: string | undefined;
    }
  /** Takes a license; desk, property roles and keys do not come back (S25). */
  | {
      readonly type: 'reactivate';
      readonly rowId: string;
      readonly memberId: MemberId;
      readonly email?: string | undefined;
      readonly name?: string | undefined;
    }
  /** S27. */
  | { readonly type: 'deactivate'; readonly rowId: string; readonly memberId: MemberId }
  /** The membership ends and its address is free: an invitation, or an account that another person's replaces. */
  | { readonly type: 'remove'; readonly rowId: string; readonly memberId: MemberId };
