import type { MemberId, PropertyId } from '../identifiers.js';
import type { HospitalityRole, HospitalityStanding, WorkplaceRole } from '../role.js';
import type { PeopleActor } from './people-command.js';
import type { PeopleRefusal } from './people-decision.js';
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
  readonly grant: { readonly actor: PeopleActor; readonly from: MemberPlace } | null;
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
  readonly state: MemberPlace['state'];
  readonly workplace?: MemberPlace['workplace'] | undefined;
}): boolean {
  return workplace?.licensed === true && (state === 'inactive' || state === 'active');
}
