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
  seesMember,
} from './people-rights.js';
import type { MemberFacts, PeopleState } from './people-state.js';
import { refuse, settle } from './people-wish.js';
import { refuseUntouchable, restOf, seenPart, without } from './place-reach.js';
import { findMember, stepOf } from './team-editing.js';

type CommandOf<Type extends PeopleCommand['type']> = Extract<PeopleCommand, { readonly type: Type }>;

const nothingToDo: PeopleDecision = { allow: true, changes: [], warnings: [] };

/** Tells whether somebody typed what a removal takes (G39). */
export function isConfirmed(confirm: string): boolean {
  return confirm.trim() === 'remove';
}

/** Whether the actor could remove somebody there; without it he does not learn whether somebody is gone already. */
function refuseRemoving(
  state: PeopleState,
  { actor }: PeopleContext,
  { member, propertyId }: { readonly member: MemberFacts; readonly propertyId: PropertyId | null },
): PeopleRefusal | null {
  const self = actingMember(state, actor);
  const wasUser = propertyId === null && member.state === 'removed';
  if (self === undefined || (wasUser && managesUsers(state, actor))) return null;
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
  const member = state.member(memberId);
  if (member === undefined) return refuse({ because: 'member-not-found' });
  if (!isConfirmed(confirm)) return refuse({ because: 'confirmation-required' });
  if (member.state === 'removed' || !seesMember(state, context.actor, member)) {
    const refusal = refuseRemoving(state, context, { member, propertyId });
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
    const refusal = refuseUntouchable(state, context.actor, place);
    if (refusal !== null) return refuse(refusal);
    return settle(state, context, { steps: [stepOf(context, member, restOf(state, context.actor, place))] });
  }
  if (place.organizationOwner) {
    const step = stepOf(context, member, { organizationOwner: false });
    return settle(state, context, { steps: [{ ...step, objection: { because: 'owner-with-assignments' } }] });
  }
  const assignments = place.assignments.filter((assignment) => assignment.propertyId !== propertyId);
  return settle(state, context, { steps: [stepOf(context, member, without(place, { assignments }))] });
}

/** Decides on taking an open, or expired, invitation back (G52). */
export function removeInvitation(
  state: PeopleState,
  context: PeopleContext,
  { memberId }: CommandOf<'remove-invitation'>,
): PeopleDecision {
  const member = state.member(memberId);
  if (member === undefined) return refuse({ because: 'member-not-found' });
  if (member.state === 'removed') {
    const refusal = refuseRemoving(state, context, { member, propertyId: null });
    return refusal === null ? nothingToDo : refuse(refusal);
  }
  if (!seesMember(state, context.actor, member)) return refuse({ because: 'member-not-found' });
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
  const untouchable = refuseUntouchable(state, context.actor, before);
  if (untouchable !== null) return refuse(untouchable);
  const rest = restOf(state, context.actor, before);
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
