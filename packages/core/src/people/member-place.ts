import type { MemberId, PropertyId } from '../identifiers.js';
import type { HospitalityRole, HospitalityStanding, WorkplaceRole } from '../role.js';
import type { PeopleActor } from './people-command.js';
import type { AccessEnd, InvitationEnd, MemberChange, PeopleRefusal } from './people-decision.js';
import type { MemberFacts } from './people-state.js';

/** A member's place in the organization as it is, or as it would be after a command. */
export interface MemberPlace
  extends Pick<MemberFacts, 'state' | 'organizationOwner' | 'assignments' | 'deskId' | 'signInMethod' | 'canSignIn'> {
  readonly workplace: { readonly role: WorkplaceRole; readonly licensed: boolean } | null;
}

/** One member's change of place within a command. All rules judge steps; all effects follow from them. */
export interface PeopleStep {
  /** The row of the batch it comes from, or 0. */
  readonly row: number;
  /** `null` while the member is still to be made. */
  readonly memberId: MemberId | null;
  readonly before: MemberPlace;
  readonly after: MemberPlace;
  /** Whose grant has to cover the step, and from which place on; `null` when none is needed: leaving by oneself. */
  readonly grant: {
    readonly actor: PeopleActor;
    readonly from: MemberPlace;
    /** Whether Directory Sync acts on somebody whom the same directory brought (requirement 4.6). */
    readonly linked?: boolean;
  } | null;
  /** What changes of the member beside the place: Directory Sync alone gives another address (G19, S26). */
  readonly person?: Pick<MemberChange, 'email' | 'emailKey' | 'name'>;
  /** How the member's invitation ends with the step, where it differs from the command's other ones. */
  readonly invitationEndsAs?: Exclude<InvitationEnd, 'accepted'>;
  /** Why access ends with the step, where it differs from the command's other ones. */
  readonly because?: AccessEnd;
  /** Stands in the way even if the actor may; told only to those who may, as it tells about others. */
  readonly objection: PeopleRefusal | null;
}

/** The place of somebody who is nothing yet. */
export const noPlace: MemberPlace = {
  state: 'removed',
  organizationOwner: false,
  assignments: [],
  workplace: null,
  deskId: null,
  signInMethod: 'email_password',
  canSignIn: false,
};

/** What is left of a place after a removal: nothing comes back by itself (G42). */
export function endedPlace({ signInMethod }: MemberPlace): MemberPlace {
  return { ...noPlace, signInMethod };
}

/** What is left of a place while a user rests: the role, which may come back, and nothing that gives access (S27). */
export function restingPlace(place: MemberPlace, role: WorkplaceRole): MemberPlace {
  const workplace = { role, licensed: false };
  return { ...place, state: 'deactivated', organizationOwner: false, assignments: [], deskId: null, workplace };
}

/** A member's place as it is. */
export function placeOf(member: MemberFacts): MemberPlace {
  const { state, organizationOwner, assignments, workplace, deskId, signInMethod, canSignIn } = member;
  return { state, organizationOwner, assignments, workplace: workplace ?? null, deskId, signInMethod, canSignIn };
}

/** The role assigned on a property. */
export function roleOn(place: MemberPlace, propertyId: PropertyId): HospitalityRole | null {
  return place.assignments.find((assignment) => assignment.propertyId === propertyId)?.role ?? null;
}

/** Where a place stands towards a property: by the Organization Owner flag, or by the role assigned there. */
export function standingOn(place: MemberPlace, propertyId: PropertyId): HospitalityStanding | null {
  return place.organizationOwner ? 'organization_owner' : roleOn(place, propertyId);
}

/** Tells whether nothing is left that a membership could be for. */
export function isEmptyPlace(place: MemberPlace): boolean {
  return !place.organizationOwner && place.assignments.length === 0 && place.workplace === null;
}

/** Tells whether a member takes one of the licenses bought: reserved by an open invitation, or in use (S31). */
export function holdsLicense({
  state,
  workplace,
}: {
  readonly state: MemberFacts['state'];
  readonly workplace?: { readonly licensed: boolean } | null | undefined;
}): boolean {
  return workplace?.licensed === true && (state === 'inactive' || state === 'active');
}
