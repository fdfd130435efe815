import { endedPlace, isEmptyPlace, type MemberPlace, placeOf, roleOn } from './member-place.js';
import type { PeopleActor } from './people-command.js';
import type { PeopleRefusal } from './people-decision.js';
import { actingMember, refuseStanding, refuseUserAction, unseenPart } from './people-rights.js';
import type { PeopleState } from './people-state.js';

/** What is left when a part of a place goes: nothing at all, where the part was all there is. */
export function without(place: MemberPlace, rest: Partial<MemberPlace>): MemberPlace {
  const left = { ...place, ...rest };
  return isEmptyPlace(left) ? endedPlace(place) : left;
}

/** What is left of a place once everything in the actor's sight is gone. */
export function restOf(state: PeopleState, actor: PeopleActor, place: MemberPlace): MemberPlace {
  const { organizationOwner, assignments, workplace } = unseenPart(state, actor, place);
  return without(place, { organizationOwner, assignments, workplace, ...(workplace === null ? { deskId: null } : {}) });
}

/** The part of a place that is not in the rest. */
export function seenPart(place: MemberPlace, rest: MemberPlace): MemberPlace {
  return {
    ...place,
    organizationOwner: place.organizationOwner && !rest.organizationOwner,
    assignments: place.assignments.filter(({ propertyId }) => roleOn(rest, propertyId) === null),
    workplace: rest.workplace === null ? place.workplace : null,
    deskId: rest.workplace === null ? place.deskId : null,
  };
}

function hasSamePlaces(before: MemberPlace, after: MemberPlace): boolean {
  const { organizationOwner, assignments, workplace } = after;
  return (
    before.organizationOwner === organizationOwner &&
    before.assignments.length === assignments.length &&
    (before.workplace === null) === (workplace === null)
  );
}

/** Refuses who has no place at all that the actor reaches, and says what it would take (requirement 4.1). */
export function refuseUntouchable(state: PeopleState, actor: PeopleActor, place: MemberPlace): PeopleRefusal | null {
  if (!hasSamePlaces(place, restOf(state, actor, place))) return null;
  const self = actingMember(state, actor);
  if (place.workplace === null) return refuseStanding(null, 'member.remove');
  return refuseUserAction(state, self && placeOf(self), 'user.manage');
}
