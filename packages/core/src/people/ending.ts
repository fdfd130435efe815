import type { PropertyId } from '../identifiers.js';
import { isEmailKey, suggestEmail, toEmailKey } from './email-address.js';
import { refuseGrant } from './grant-check.js';
import { emailInUse } from './inviting.js';
import {
  endedPlace,
  isEmptyPlace,
  type MemberPlace,
  noPlace,
  type PeopleStep,
  placeOf,
  roleOn,
} from './member-place.js';
import type { PeopleCommand, PeopleContext } from './people-command.js';
import type { NewMember, PeopleDecision, PeopleRefusal } from './people-decision.js';
import {
  actingMember,
  highestStanding,
  managesUsers,
  refuseProperty,
  refuseStanding,
  refuseUserAction,
  unseenPart,
} from './people-rights.js';
import type { MemberFacts, PeopleState } from './people-state.js';
import { refuse, settle } from './people-wish.js';
import { findMember, stepOf } from './team-editing.js';

type CommandOf<Type extends PeopleCommand['type']> = Extract<PeopleCommand, { readonly type: Type }>;

const nothingToDo: PeopleDecision = { allow: true, changes: [], warnings: [] };

/** Tells whether somebody typed what a removal takes (G39). */
export function isConfirmed(confirm: string): boolean {
  return confirm.trim() === 'remove';
}

/** What is left when a part of a place goes: nothing at all, where the part was all there is. */
function without(place: MemberPlace, rest: Partial<MemberPlace>): MemberPlace {
  const left = { ...place, ...rest };
  return isEmptyPlace(left) ? endedPlace(place) : left;
}

/** What is left of a place once everything in the actor's sight is gone. */
function restOf(state: PeopleState, { actor }: PeopleContext, place: MemberPlace): MemberPlace {
  const { organizationOwner, assignments, workplace } = unseenPart(state, actor, place);
  return without(place, { organizationOwner, assignments, workplace, ...(workplace === null ? { deskId: null } : {}) });
}

/** Whether the actor could remove somebody there; without it he does not learn whether somebody is gone already. */
function refuseRemoving(
  state: PeopleState,
  { actor }: PeopleContext,
  propertyId: PropertyId | null,
): PeopleRefusal | null {
  const self = actingMember(state, actor);
  if (self === undefined || (propertyId === null && managesUsers(state, actor))) return null;
  const place = placeOf(self);
  const standing = propertyId === null || place.organizationOwner ? highestStanding(place) : roleOn(place, propertyId);
  return refuseStanding(standing, 'member.remove');
}

/**
 * Decides on a removal (G36–G42): of everything in the actor's sight, or of one property. What he may not see stays, and
 * he does not learn of it. Removing again changes nothing (G40).
 */
export function removeMember(
  state: PeopleState,
  context: PeopleContext,
  command: CommandOf<'remove-member'>,
): PeopleDecision {
  const { memberId, propertyId, confirm } = command;
  const unseen = propertyId === null ? null : refuseProperty(state, context.actor, propertyId);
  if (unseen !== null) return refuse(unseen);
  if (state.member(memberId) === undefined) return refuse({ because: 'member-not-found' });
  if (!isConfirmed(confirm)) return refuse({ because: 'confirmation-required' });
  const member = findMember(state, context, memberId);
  if (member === undefined || member.state === 'removed') {
    const refusal = refuseRemoving(state, context, propertyId);
    return refusal === null ? nothingToDo : refuse(refusal);
  }
  return removeFrom(state, context, member, propertyId);
}

function removeFrom(
  state: PeopleState,
  context: PeopleContext,
  member: MemberFacts,
  propertyId: PropertyId | null,
): PeopleDecision {
  const place = placeOf(member);
  if (propertyId === null) {
    const step = stepOf(context, member, restOf(state, context, place));
    const refusal = hasSamePlaces(place, step.after) ? refuseUntouchable(state, context, place) : null;
    return refusal === null ? settle(state, context, { steps: [step] }) : refuse(refusal);
  }
  if (place.organizationOwner) {
    const step = stepOf(context, member, { organizationOwner: false });
    return settle(state, context, { steps: [{ ...step, objection: { because: 'owner-with-assignments' } }] });
  }
  const assignments = place.assignments.filter((assignment) => assignment.propertyId !== propertyId);
  return settle(state, context, { steps: [stepOf(context, member, without(place, { assignments }))] });
}

function hasSamePlaces(before: MemberPlace, after: MemberPlace): boolean {
  const { organizationOwner, assignments, workplace } = after;
  return (
    before.organizationOwner === organizationOwner &&
    before.assignments.length === assignments.length &&
    (before.workplace === null) === (workplace === null)
  );
}

/** Says what it would take to remove somebody who has only places that the actor may not touch (requirement 4.1). */
function refuseUntouchable(state: PeopleState, { actor }: PeopleContext, place: MemberPlace): PeopleRefusal | null {
  const self = actingMember(state, actor);
  if (place.workplace === null) return refuseStanding(self ? highestStanding(placeOf(self)) : null, 'member.remove');
  return refuseUserAction(state, self && placeOf(self), 'user.manage');
}

/** Decides on taking an open, or expired, invitation back (G52). */
export function removeInvitation(
  state: PeopleState,
  context: PeopleContext,
  { memberId }: CommandOf<'remove-invitation'>,
): PeopleDecision {
  const member = findMember(state, context, memberId);
  if (member === undefined) return refuse({ because: 'member-not-found' });
  if (member.state === 'removed') {
    const refusal = refuseRemoving(state, context, null);
    return refusal === null ? nothingToDo : refuse(refusal);
  }
  if (member.state !== 'inactive') return refuse({ because: 'state-not-fitting', state: member.state });
  return removeFrom(state, context, member, null);
}

/**
 * Decides on a new invitation in place of one that was not accepted, expired or not (G52, G53). With another address
 * only what the actor sees goes along; the rest stays offered to the first address.
 */
export function replaceInvitation(
  state: PeopleState,
  context: PeopleContext,
  command: CommandOf<'replace-invitation'>,
): PeopleDecision {
  const member = findMember(state, context, command.memberId);
  if (member === undefined) return refuse({ because: 'member-not-found' });
  if (member.state !== 'inactive') return refuse({ because: 'state-not-fitting', state: member.state });
  const emailKey = command.email === undefined ? member.emailKey : toEmailKey(command.email);
  if (!isEmailKey(emailKey)) return refuse({ because: 'email-invalid' });
  const before = placeOf(member);
  const rest = restOf(state, context, before);
  const untouchable = hasSamePlaces(before, rest) ? refuseUntouchable(state, context, before) : null;
  if (untouchable !== null) return refuse(untouchable);
  const moved = emailKey !== member.emailKey;
  const offer = moved ? seenPart(before, rest) : before;
  const existing = moved ? state.memberByEmail(emailKey) : undefined;
  const end: PeopleStep = stepOf(context, member, moved ? rest : endedPlace(before));
  const covered = stepOf(context, member, rest).after;
  const steps: PeopleStep[] = [
    // Of what he does not see, the actor takes nothing away: it is offered again.
    { ...end, grant: null, objection: refuseGrant(state, { ...end, after: covered }) },
    {
      ...{ row: 0, memberId: null, before: noPlace, after: offer, grant: null },
      objection:
        refuseGrant(state, { ...end, grant: { actor: context.actor, from: noPlace }, after: seenPart(before, rest) }) ??
        (existing === undefined ? null : emailInUse(state, context, existing)),
    },
  ];
  const suggestion = moved ? suggestEmail(emailKey) : null;
  return settle(state, context, {
    ...{ steps, invitationsEndAs: 'replaced' },
    warnings: suggestion === null ? [] : [{ code: 'address-looks-mistyped', row: 0, suggestion }],
    made: [replacement(state, context, { member, command, offer, emailKey, whole: moved || isEmptyPlace(rest) })],
  });
}

/** The part of a place that is not in the rest. */
function seenPart(place: MemberPlace, rest: MemberPlace): MemberPlace {
  return {
    ...place,
    organizationOwner: place.organizationOwner && !rest.organizationOwner,
    assignments: place.assignments.filter(({ propertyId }) => roleOn(rest, propertyId) === null),
    workplace: rest.workplace === null ? place.workplace : null,
    deskId: rest.workplace === null ? place.deskId : null,
  };
}

interface Replaced {
  readonly member: MemberFacts;
  readonly command: CommandOf<'replace-invitation'>;
  readonly offer: MemberPlace;
  readonly emailKey: string;
  /** Whether the actor covers all of the offer, and so answers for it. */
  readonly whole: boolean;
}

function replacement(state: PeopleState, { actor }: PeopleContext, replaced: Replaced): NewMember {
  const { member, command, offer, emailKey, whole } = replaced;
  const { organizationOwner, assignments, workplace, deskId, signInMethod } = offer;
  const grantor = whole ? actor : (state.invitationOf(member.memberId)?.grantor ?? actor);
  return {
    ...{ row: 0, email: command.email?.trim() ?? member.email, emailKey, name: member.name },
    ...{ organizationOwner, assignments, workplace, deskId, signInMethod, grantor },
    mail: workplace === null ? 'account_setup' : 'onboarding',
    replaces: member.memberId,
  };
}

/** Decides on leaving by oneself, which every role may, unless it is the last Owner or Admin (★3). */
export function leave(state: PeopleState, context: PeopleContext, { propertyId }: CommandOf<'leave'>): PeopleDecision {
  const member = actingMember(state, context.actor);
  if (member === undefined) return refuse({ because: 'member-not-found' });
  const before = placeOf(member);
  if (propertyId !== null) {
    if (before.organizationOwner) return refuse({ because: 'owner-with-assignments' });
    if (roleOn(before, propertyId) === null) return refuse({ because: 'property-not-found', propertyId });
  }
  const assignments = before.assignments.filter((assignment) => assignment.propertyId !== propertyId);
  const after = propertyId === null ? endedPlace(before) : without(before, { assignments });
  const step: PeopleStep = { ...stepOf(context, member, after), grant: null };
  return settle(state, context, { steps: [step], because: 'left' });
}
