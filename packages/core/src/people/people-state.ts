import type { DeskId, InvitationId, MemberId, OrganizationId, PropertyId } from '../identifiers.js';
import type { Instant } from '../instant.js';
import type { Membership } from '../membership.js';
import type { RoleScheme } from '../role.js';

/** How a member signs in: exactly one of three (S9–S12). */
export const signInMethods = ['email_password', 'sso_google', 'sso_microsoft_365'] as const;

/** One way to sign in. */
export type SignInMethod = (typeof signInMethods)[number];

/** What can be subscribed to, from least to most (S11, S32). */
export const plans = ['basic', 'business', 'pro'] as const;

/** One plan. */
export type Plan = (typeof plans)[number];

/**
 * `organization` groups properties under Organization Owners (G1, G8, G9); `single_property` is one property without
 * that level: no Organization Owner and no organization-level invitations (G4, G5).
 */
export const organizationKinds = ['organization', 'single_property'] as const;

/** One kind of organization. */
export type OrganizationKind = (typeof organizationKinds)[number];

/** What decisions about people need to know of their organization. */
export interface OrganizationFacts {
  readonly organizationId: OrganizationId;
  readonly kind: OrganizationKind;
  /** Which role schemes it uses; no role of one implies one of the other. */
  readonly schemes: readonly RoleScheme[];
  readonly plan: Plan;
  /** Licenses bought (S31). Members hold them from their invitation on. */
  readonly licenses: number;
  /** From this instant on the subscription has lapsed and no license is active (S39); `null`: without end. */
  readonly subscriptionEndsAt: Instant | null;
  /** `false` forbids General Managers to manage each other (★16). */
  readonly peerManagement: boolean;
}

/** A member with everything that decisions about people need, whatever the state of the membership. */
export interface MemberFacts extends Membership {
  /** As typed. */
  readonly email: string;
  /** The address trimmed and in lower case (G14). */
  readonly emailKey: string;
  /** `null` until somebody says it: an address alone identifies an invitee (S2). */
  readonly name: string | null;
  /** The one desk assigned (S5); workplace only. */
  readonly deskId: DeskId | null;
  readonly signInMethod: SignInMethod;
  /** Whether the account has what the method needs: a password, or a linked account of that provider. */
  readonly canSignIn: boolean;
}

/** Who answers for what an invitation offers: whoever made it or last changed its offer (P-21). */
export type Grantor =
  | { readonly kind: 'member'; readonly memberId: MemberId }
  | { readonly kind: 'operator' }
  | { readonly kind: 'directory_sync' };

/** An open invitation. Its offer, roles and properties, stands on the inactive member. */
export interface InvitationFacts {
  readonly invitationId: InvitationId;
  readonly memberId: MemberId;
  readonly grantor: Grantor;
  readonly expiresAt: Instant;
}

/**
 * What a decision about the people of one organization reads: a view that the caller lays over its store, or over maps.
 * Removed members are found by id alone.
 */
export interface PeopleState {
  readonly organization: OrganizationFacts;
  hasProperty(propertyId: PropertyId): boolean;
  /** All of the organization's properties. */
  properties(): Iterable<PropertyId>;
  hasDesk(deskId: DeskId): boolean;
  member(memberId: MemberId): MemberFacts | undefined;
  /** The member of that address who is not removed. */
  memberByEmail(emailKey: string): MemberFacts | undefined;
  /** Everybody who is not removed. */
  members(): Iterable<MemberFacts>;
  /** How many licenses active members hold, and open invitations; {@link members} are counted when it is absent. */
  licensesHeld?(): { readonly assigned: number; readonly reserved: number };
  /** The member's open invitation. */
  invitationOf(memberId: MemberId): InvitationFacts | undefined;
}
