import type { MemberId, OrganizationId, PropertyId } from './identifiers.js';
import type { HospitalityRole, WorkplaceRole } from './role.js';

/**
 * The life of a membership: invited and not accepted (G52), in use, deactivated and able to return (S27), removed for
 * good (G42). Only `active` permits anything.
 */
export const membershipStates = ['inactive', 'active', 'deactivated', 'removed'] as const;

/** One state of a membership's life. */
export type MembershipState = (typeof membershipStates)[number];

/** One role on one property (G2: a role per property, not one role for all). */
export interface PropertyAssignment {
  readonly propertyId: PropertyId;
  readonly role: HospitalityRole;
}

/** A person's place in one organization, as far as permissions need it. */
export interface Membership {
  readonly memberId: MemberId;
  readonly organizationId: OrganizationId;
  readonly state: MembershipState;
  /** Access to all present and later properties of the organization, and to all role changes (G9). */
  readonly organizationOwner: boolean;
  /** At most one per property. */
  readonly assignments: readonly PropertyAssignment[];
  /** Present when the organization uses the workplace scheme and the member has a place in it. */
  readonly workplace?: { readonly role: WorkplaceRole; readonly licensed: boolean };
}

/** Which organization a property belongs to; a model needs it so that no organization's owner reaches another's property. */
export interface PropertyPlace {
  readonly propertyId: PropertyId;
  readonly organizationId: OrganizationId;
}
