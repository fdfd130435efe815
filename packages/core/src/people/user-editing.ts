import { type MemberPlace, placeOf, restingPlace } from './member-place.js';
import type { PeopleCommand, PeopleContext } from './people-command.js';
import type { PeopleDecision, PeopleRefusal } from './people-decision.js';
import { actingMember, isTop, managesUsers } from './people-rights.js';
import type { MemberFacts, PeopleState } from './people-state.js';
import { refuse, settle } from './people-wish.js';
import { findMember, stepOf } from './team-editing.js';

type CommandOf<Type extends PeopleCommand['type']> = Extract<PeopleCommand, { readonly type: Type }>;

/** Decides on a user's role, desk, license and sign-in method (S5, S9–S12, S38, S40). */
export function editUser(state: PeopleState, context: PeopleContext, command: CommandOf<'edit-user'>): PeopleDecision {
  const member = findMember(state, context, command.memberId);
  if (member === undefined) return refuse({ because: 'member-not-found' });
  if (member.state === 'removed') return refuse({ because: 'state-not-fitting', state: 'removed' });
  const refusal = refuseSettings(state, context, member, command);
  if (refusal !== null) return refuse(refusal);
  const workplace = workplaceAfter(member, command);
  const change: Partial<MemberPlace> = {
    workplace,
    deskId: workplace === null ? null : command.deskId === undefined ? member.deskId : command.deskId,
    signInMethod: command.signInMethod ?? member.signInMethod,
    // Nobody has proven yet that the new way in works (P-20).
    canSignIn: member.canSignIn && (command.signInMethod ?? member.signInMethod) === member.signInMethod,
  };
  return settle(state, context, { steps: [stepOf(context, member, change)] });
}

function workplaceAfter(
  { workplace, state }: MemberFacts,
  { role, licensed }: CommandOf<'edit-user'>,
): MemberPlace['workplace'] {
  const roleAfter = role === undefined ? workplace?.role : role;
  if (roleAfter === undefined || roleAfter === null) return null;
  return { role: roleAfter, licensed: licensed ?? workplace?.licensed ?? state !== 'deactivated' };
}

function refuseSettings(
  state: PeopleState,
  context: PeopleContext,
  member: MemberFacts,
  { role, deskId, licensed, signInMethod }: CommandOf<'edit-user'>,
): PeopleRefusal | null {
  const joins = member.workplace !== undefined || (role !== undefined && role !== null);
  const asksPlace = role !== undefined || deskId !== undefined || licensed !== undefined;
  if (asksPlace && !state.organization.schemes.includes('workplace')) {
    return { because: 'scheme-not-in-use', scheme: 'workplace' };
  }
  if (asksPlace && !joins) return { because: 'not-a-user' };
  // Taking the only place away is a removal, and a removal is confirmed (G39).
  if (role === null && member.assignments.length === 0 && !member.organizationOwner) return { because: 'not-a-user' };
  if (deskId !== undefined && deskId !== null && !state.hasDesk(deskId)) return { because: 'desk-not-found', deskId };
  if (licensed === true && member.state === 'deactivated') return { because: 'state-not-fitting', state: member.state };
  return signInMethod === undefined || joins ? null : refuseMethodOfTeam(state, context);
}

/** The method of somebody without a place in the workplace concerns every property; nobody lower may touch it. */
function refuseMethodOfTeam(state: PeopleState, { actor }: PeopleContext): PeopleRefusal | null {
  if (actor.kind !== 'member') return null;
  const self = actingMember(state, actor);
  if (self !== undefined && isTop(state.organization.kind, self)) return null;
  const whoCould = [state.organization.kind === 'organization' ? 'organization_owner' : 'owner'] as const;
  return { because: 'role-lacks-action', action: 'user.set_sign_in_method', role: null, state: null, whoCould };
}

/**
 * Decides on taking a user's access for a while (S27): the license is free, sessions and keys end. Property roles end
 * too (requirement 4.5), so whoever commands it has to cover them.
 */
export function deactivate(
  state: PeopleState,
  context: PeopleContext,
  command: CommandOf<'deactivate'>,
): PeopleDecision {
  const member = findMember(state, context, command.memberId);
  if (member === undefined) return refuse({ because: 'member-not-found' });
  if (member.state === 'deactivated') return { allow: true, changes: [], warnings: [] };
  if (member.state !== 'active') return refuse({ because: 'state-not-fitting', state: member.state });
  if (member.workplace === undefined) return refuse({ because: 'not-a-user' });
  const { role } = member.workplace;
  const step = stepOf(context, member, restingPlace(placeOf(member), role));
  return settle(state, context, { steps: [step], because: 'deactivated' });
}

/** Decides on giving a deactivated user access again; a license is taken anew (S25, S27). */
export function reactivate(
  state: PeopleState,
  context: PeopleContext,
  command: CommandOf<'reactivate'>,
): PeopleDecision {
  const member = findMember(state, context, command.memberId);
  if (member === undefined) return refuse({ because: 'member-not-found' });
  if (member.state === 'active') {
    return managesUsers(state, context.actor)
      ? { allow: true, changes: [], warnings: [] }
      : refuse({ because: 'member-not-found' });
  }
  if (member.state !== 'deactivated' || member.workplace === undefined) {
    return refuse({ because: 'state-not-fitting', state: member.state });
  }
  const { role } = member.workplace;
  const workplace = { role, licensed: command.licensed ?? true };
  return settle(state, context, { steps: [stepOf(context, member, { state: 'active', workplace })] });
}
