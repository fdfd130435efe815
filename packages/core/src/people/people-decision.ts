import type { DeskId, MemberId, PropertyId } from '../identifiers.js';
import type { Instant } from '../instant.js';
import type { MembershipState, PropertyAssignment } from '../membership.js';
import type { Action, ActorRole, PermissionDenial } from '../permission-decision.js';
import type { HospitalityStanding, RoleScheme, WorkplaceRole } from '../role.js';
import type { Grantor, MemberFacts, OrganizationFacts, Plan, SignInMethod } from './people-state.js';

/** A member who is to be made, `inactive`, with an open invitation. The caller gives ids, token and expiry. */
export interface NewMember {
  /** Which row of the command it answers; 0 for a replacement. */
  readonly row: number;
  /** Trimmed, as typed. */
  readonly email: string;
  readonly emailKey: string;
  readonly name: string | null;
  readonly organizationOwner: boolean;
  readonly assignments: readonly PropertyAssignment[];
  readonly workplace: { readonly role: WorkplaceRole; readonly licensed: boolean } | null;
  readonly deskId: DeskId | null;
  readonly signInMethod: SignInMethod;
  /** Which mail goes out: workplace (S13) or team (G18). */
  readonly mail: 'onboarding' | 'account_setup';
  /** The member whose invitation this one replaces. */
  readonly replaces: MemberId | null;
  /** Who answers for the offer (P-21). */
  readonly grantor: Grantor;
}

/** What changes of one member; what is left out stays. */
export interface MemberChange {
  readonly state?: MembershipState;
  readonly organizationOwner?: boolean;
  /** All of the member's assignments as they are afterwards. */
  readonly assignments?: readonly PropertyAssignment[];
  readonly workplace?: MemberFacts['workplace'] | null;
  readonly deskId?: DeskId | null;
  readonly signInMethod?: SignInMethod;
  readonly name?: string | null;
  /** As the directory writes it. By Directory Sync alone (G19, S26); always together with `emailKey`. */
  readonly email?: string;
  /** May be another member's until that one's change of the same decision is done: two can swap. */
  readonly emailKey?: string;
}

/** How an open invitation ends. */
export type InvitationEnd = 'accepted' | 'removed' | 'replaced';

/** Why somebody's access ends. */
export type AccessEnd = 'removed' | 'left' | 'deactivated' | 'method_switched';

/** One thing to do because a command was allowed. The caller does all of a decision's changes in one transaction (G41). */
export type PeopleChange =
  | { readonly type: 'member-created'; readonly member: NewMember }
  | { readonly type: 'member-changed'; readonly memberId: MemberId; readonly change: MemberChange }
  | { readonly type: 'invitation-ended'; readonly memberId: MemberId; readonly as: InvitationEnd }
  /** Whoever changed the offer of an open invitation answers for it from now on. */
  | { readonly type: 'invitation-granted'; readonly memberId: MemberId }
  | { readonly type: 'sessions-ended'; readonly memberId: MemberId; readonly because: AccessEnd }
  /** Tokens that apps hold for the member; `propertyId: null` means for every property. */
  | { readonly type: 'app-grants-revoked'; readonly memberId: MemberId; readonly propertyId: PropertyId | null }
  | { readonly type: 'api-keys-revoked'; readonly memberId: MemberId }
  /** Links that set an account up or set a password. */
  | { readonly type: 'setup-links-voided'; readonly memberId: MemberId }
  /** Keys the member holds; `propertyId: null` means everywhere. */
  | { readonly type: 'keys-revoked'; readonly memberId: MemberId; readonly propertyId: PropertyId | null }
  /** Unlocks of that person that no token has been signed for yet. */
  | { readonly type: 'unlocks-cancelled'; readonly memberId: MemberId; readonly propertyId: PropertyId | null }
  /** No password material stays with a member who signs in elsewhere (S11), unless another membership signs in by it. */
  | { readonly type: 'password-erased'; readonly memberId: MemberId }
  /** S40: a link that sets a password, or binds the account of the provider that the member signs in with from now on. */
  | { readonly type: 'sign-in-link-mailed'; readonly memberId: MemberId }
  | {
      readonly type: 'organization-changed';
      readonly change: Partial<Omit<OrganizationFacts, 'organizationId'>>;
    }
  /** G8: the property goes, after every assignment to it. */
  | { readonly type: 'property-removed'; readonly propertyId: PropertyId };

/** What an admin should look at twice although nothing forbids it (G51). */
export type PeopleWarning =
  | { readonly code: 'address-repeated'; readonly row: number; readonly firstRow: number }
  | { readonly code: 'address-looks-mistyped'; readonly row: number; readonly suggestion: string }
  | { readonly code: 'subscription-lapsed'; readonly endedAt: Instant };

/** Why a command about people was refused; closed, and every code has a sentence in `explain`. */
export type PeopleRefusal =
  /** The role does not permit the action at all, or not there. */
  | {
      readonly because: PermissionDenial;
      readonly action: Action;
      readonly role: ActorRole | null;
      /** Set for `not-active`. */
      readonly state: MembershipState | null;
      readonly whoCould: readonly ActorRole[];
    }
  /** G54: the grant ceiling does not cover the old or the new standing. */
  | {
      readonly because: 'role-level-not-manageable';
      readonly actor: HospitalityStanding;
      readonly target: HospitalityStanding;
      readonly propertyId: PropertyId | null;
      readonly whoCould: readonly HospitalityStanding[];
    }
  | { readonly because: 'organization-required' }
  | { readonly because: 'scheme-not-in-use'; readonly scheme: RoleScheme }
  /** A scheme cannot be switched off while members or invitations have a role in it. */
  | { readonly because: 'scheme-in-use'; readonly scheme: RoleScheme; readonly members: number }
  | { readonly because: 'member-not-found' }
  | { readonly because: 'property-not-found'; readonly propertyId: PropertyId }
  | { readonly because: 'desk-not-found'; readonly deskId: DeskId }
  | { readonly because: 'desk-taken'; readonly deskId: DeskId }
  /** G7. */
  | { readonly because: 'property-missing' }
  /** The same property twice with two roles. */
  | { readonly because: 'assignment-repeated'; readonly propertyId: PropertyId }
  /** G15. */
  | { readonly because: 'owner-with-assignments' }
  | { readonly because: 'nobody-invited' }
  | { readonly because: 'email-invalid' }
  /** A member, or an open invitation, of this organization has the address; who, only when the actor may see that. */
  | {
      readonly because: 'email-in-use';
      readonly memberId: MemberId | null;
      readonly state: MembershipState | null;
    }
  /** The same address in an earlier row with another offer; equal rows collapse instead. */
  | { readonly because: 'email-repeated'; readonly firstRow: number }
  | { readonly because: 'plan-required'; readonly required: Plan; readonly plan: Plan }
  | { readonly because: 'license-shortfall'; readonly needed: number; readonly available: number }
  /** The setting belongs to the workplace scheme, and the member has no other place, or none, in it. */
  | { readonly because: 'not-a-user' }
  /** P-20: nobody who can really sign in would be left with that role. */
  | {
      readonly because: 'last-of-role';
      readonly role: 'organization_owner' | 'owner' | 'admin';
      readonly propertyId: PropertyId | null;
    }
  /** G39. */
  | { readonly because: 'confirmation-required' }
  /** The command does not fit the membership's state, as reactivating somebody active. */
  | { readonly because: 'state-not-fitting'; readonly state: MembershipState }
  | { readonly because: 'invitation-not-open' }
  | { readonly because: 'invitation-expired'; readonly expiredAt: Instant }
  /** P-21: whoever answers for the offer could not make it any more. */
  | { readonly because: 'invitation-not-covered' };

/** Every code a command about people can be refused with. */
export type PeopleRefusalCode = PeopleRefusal['because'];

/** One row of a batch that stands in its way (G11). */
export interface RowRefusal {
  readonly row: number;
  readonly refusal: PeopleRefusal;
}

/** The answer to a command about people. Nothing of a refused command is done. An allowed one may change nothing (G40). */
export type PeopleDecision =
  | {
      readonly allow: true;
      readonly changes: readonly PeopleChange[];
      readonly warnings: readonly PeopleWarning[];
    }
  | {
      readonly allow: false;
      readonly refusal: PeopleRefusal;
      /** For a batch: every row at fault; empty when the whole is. */
      readonly rows: readonly RowRefusal[];
      readonly warnings: readonly PeopleWarning[];
    };
