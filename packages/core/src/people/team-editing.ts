import type { MemberId } from '../identifiers.js';
import { refuseGrant } from './grant-check.js';
import { refuseAssignments } from './inviting.js';
import { type MemberPlace, type PeopleStep, placeOf } from './member-place.js';
import type { PeopleCommand, PeopleContext } from './people-command.js';
import type { PeopleDecision, PeopleRefusal } from './people-decision.js';
import { refuseProperty, seesMember, unseenPart } from './people-rights.js';
import type { MemberFacts, PeopleState } from './people-state.js';
import { refuse, settle } from './people-wish.js';
import { refuseUntouchable, restOf } from './place-reach.js';

type CommandOf<Type extends PeopleCommand['type']> = Extract<PeopleCommand, { readonly type: Type }>;

/** The member a command is about, or `undefined` alike for unknown ones and those the actor may not see. */
export function findMember(state: PeopleState, { actor }: PeopleContext, memberId: MemberId): MemberFacts | undefined {
  const member = state.member(memberId);
  return member !== undefined && seesMember(state, actor, member) ? member : undefined;
}

/** The step of a command about one member, covered by the actor. */
export function stepOf(context: PeopleContext, member: MemberFacts, change: Partial<MemberPlace>): PeopleStep {
  const before = placeOf(member);
  const grant = { actor: context.actor, from: before };
  return { row: 0, memberId: member.memberId, before, after: { ...before, ...change }, grant, objection: null };
}

function refuseTarget(state: PeopleState, member: MemberFacts): PeopleRefusal | null {
  if (!state.organization.schemes.includes('hospitality')) {
    return { because: 'scheme-not-in-use', scheme: 'hospitality' };
  }
  const { state: life } = member;
  return life === 'active' || life === 'inactive' ? null : { because: 'state-not-fitting', state: life };
}

/** Decides on new properties and roles, or on the Organization Owner flag, of one member or open invitation (G20–G23). */
export function editMember(
  state: PeopleState,
  context: PeopleContext,
  command: CommandOf<'edit-member'>,
): PeopleDecision {
  const member = findMember(state, context, command.memberId);
  if (member === undefined) return refuse({ because: 'member-not-found' });
  const { organizationOwner = member.organizationOwner, assignments } = command;
  const refusal =
    refuseTarget(state, member) ?? refuseStandings(state, context, member, organizationOwner, assignments);
  if (refusal !== null) return refuse(refusal);
  const kept = unseenPart(state, context.actor, placeOf(member)).assignments;
  const given = assignments === undefined ? member.assignments : [...kept, ...assignments];
  const change = { organizationOwner, assignments: organizationOwner ? [] : given };
  return settle(state, context, { steps: [stepOf(context, member, change)] });
}

function refuseStandings(
  state: PeopleState,
  context: PeopleContext,
  member: MemberFacts,
  organizationOwner: boolean,
  assignments: MemberPlace['assignments'] | undefined,
): PeopleRefusal | null {
  if (organizationOwner) {
    if (state.organization.kind !== 'organization') return { because: 'organization-required' };
    return (assignments?.length ?? 0) > 0 ? { because: 'owner-with-assignments' } : null;
  }
  // What stands on properties out of sight is not asked: the answer would tell of them (G10).
  const nothing = assignments === undefined ? member.organizationOwner : assignments.length === 0;
  if (nothing && member.workplace === undefined) return { because: 'property-missing' };
  return refuseAssignments(state, context, assignments ?? []);
}

/** Decides on one member's role on one property. */
export function editAssignment(
  state: PeopleState,
  context: PeopleContext,
  { memberId, propertyId, role }: CommandOf<'edit-assignment'>,
): PeopleDecision {
  const unseen = refuseProperty(state, context.actor, propertyId);
  if (unseen !== null) return refuse(unseen);
  const member = findMember(state, context, memberId);
  if (member === undefined) return refuse({ because: 'member-not-found' });
  const refusal = refuseTarget(state, member);
  if (refusal !== null) return refuse(refusal);
  if (member.organizationOwner) return editOwnerOnProperty(state, context, member);
  const others = member.assignments.filter((assignment) => assignment.propertyId !== propertyId);
  const step = stepOf(context, member, { assignments: [...others, { propertyId, role }] });
  return settle(state, context, { steps: [step] });
}

/** An Organization Owner has no role on a property; whoever could not take the flag is told that first (G54). */
function editOwnerOnProperty(state: PeopleState, context: PeopleContext, member: MemberFacts): PeopleDecision {
  const step = stepOf(context, member, { organizationOwner: false });
  return settle(state, context, { steps: [{ ...step, objection: { because: 'owner-with-assignments' } }] });
}

/** Decides on a name: one's own, or that of somebody all of whose places in sight the actor could take away. */
export function rename(state: PeopleState, context: PeopleContext, command: CommandOf<'rename'>): PeopleDecision {
  const { memberId, name } = command;
  const { actor } = context;
  const member = findMember(state, context, memberId);
  if (member === undefined) return refuse({ because: 'member-not-found' });
  if (member.state === 'removed') return refuse({ because: 'state-not-fitting', state: 'removed' });
  const own = actor.kind === 'member' && actor.memberId === memberId;
  if (!own && actor.kind !== 'directory_sync') {
    const place = placeOf(member);
    const refusal =
      refuseUntouchable(state, actor, place) ??
      refuseGrant(state, stepOf(context, member, restOf(state, actor, place)));
    if (refusal !== null) return refuse(refusal);
  }
  return { allow: true, changes: [{ type: 'member-changed', memberId, change: { name } }], warnings: [] };
}
