import { decideGrant } from '../grant-ceiling.js';
import type { HospitalityAction } from '../hospitality-matrix.js';
import type { PropertyId } from '../identifiers.js';
import { type HospitalityStanding, hospitalityStandings } from '../role.js';
import type { WorkplaceAction } from '../workplace-matrix.js';
import { isEmptyPlace, type MemberPlace, type PeopleStep, placeOf, standingOn } from './member-place.js';
import type { PeopleRefusal } from './people-decision.js';
import { highestStanding, refuseActor, refuseStanding, refuseUserAction } from './people-rights.js';
import type { PeopleState } from './people-state.js';

/** A change of standing on one property, or of the Organization Owner flag (`propertyId: null`). */
interface Move {
  readonly propertyId: PropertyId | null;
  readonly from: HospitalityStanding | null;
  readonly to: HospitalityStanding | null;
}

const nowhere: Move = { propertyId: null, from: null, to: null };

function movesOf(before: MemberPlace, after: MemberPlace): readonly Move[] {
  if (before.organizationOwner !== after.organizationOwner) {
    const [from, to] = [before, after].map((place) => (place.organizationOwner ? 'organization_owner' : null));
    const flag: Move = { propertyId: null, from: from ?? null, to: to ?? null };
    return [flag, ...assignmentMoves(before, after)];
  }
  return assignmentMoves(before, after);
}

function assignmentMoves(before: MemberPlace, after: MemberPlace): readonly Move[] {
  const touched = new Set([...before.assignments, ...after.assignments].map(({ propertyId }) => propertyId));
  return [...touched]
    .map((propertyId) => ({ propertyId, from: standingOn(before, propertyId), to: standingOn(after, propertyId) }))
    .filter(({ from, to }) => from !== to);
}

function hospitalityAction({ propertyId, from, to }: Move, before: MemberPlace, after: MemberPlace): HospitalityAction {
  if (propertyId === null) return 'organization_owner.set';
  if (before.state === 'removed') return 'member.invite';
  if (after.state === 'removed' && before.state === 'inactive') return 'invitation.remove';
  if (after.state !== before.state) return 'member.remove';
  return from !== null && to !== null ? 'member.edit_role' : 'member.edit_properties';
}

function userActions(before: MemberPlace, after: MemberPlace): readonly WorkplaceAction[] {
  const actions: WorkplaceAction[] = [];
  if (before.workplace === null && after.workplace === null) return actions;
  if (before.workplace === null) actions.push('user.invite');
  else if (before.workplace.role !== after.workplace?.role || before.state !== after.state) actions.push('user.manage');
  else if (before.workplace.licensed !== after.workplace.licensed) actions.push('license.assign');
  if (before.deskId !== after.deskId) actions.push('desk.assign');
  if (before.signInMethod !== after.signInMethod && before.state !== 'removed') actions.push('user.set_sign_in_method');
  return actions;
}

/**
 * Directory Sync, exactly: makes members of the workplace, and deactivates (requirement 4.6); and of whoever the same
 * directory brought, reactivates (S25), and ends invitations and replaced accounts.
 */
function refuseSync(before: MemberPlace, after: MemberPlace, linked: boolean): PeopleRefusal | null {
  const invites =
    before.state === 'removed' &&
    after.workplace?.role === 'member' &&
    after.deskId === null &&
    !after.organizationOwner &&
    after.assignments.length === 0;
  const deactivates =
    before.state === 'active' && after.state === 'deactivated' && before.workplace?.role === after.workplace?.role;
  const reactivates =
    linked &&
    before.state === 'deactivated' &&
    after.state === 'active' &&
    before.workplace?.role === after.workplace?.role &&
    isEmptyPlace({ ...after, workplace: null });
  const ends = linked && after.state === 'removed' && isEmptyPlace(after);
  if (invites || deactivates || reactivates || ends) return null;
  return { because: 'role-lacks-action', action: 'directory_sync.apply', role: null, state: null, whoCould: [] };
}

function refuseOwnMove({ propertyId, from, to }: Move): PeopleRefusal | null {
  const standing = from ?? 'installer';
  const lowered =
    from !== null && (to === null || hospitalityStandings.indexOf(to) > hospitalityStandings.indexOf(from));
  if (propertyId === null) return refuseStanding(standing, lowered ? 'self.remove' : 'organization_owner.set');
  return refuseStanding(standing, lowered ? 'self.remove' : 'self.raise_role');
}

/** A step that changes nothing is covered by whoever manages anybody. */
function refuseIdle(state: PeopleState, place: MemberPlace): PeopleRefusal | null {
  const byUsers = refuseUserAction(state, place, 'user.manage');
  const standing = highestStanding(place);
  return byUsers === null || standing === null ? byUsers : refuseStanding(standing, 'member.edit_role');
}

/**
 * The one place that consults the grant ceiling: invitations, each row of a batch, edits of a pending one, role and
 * property changes, removals, replacements, Directory Sync and, with the grantor as actor, acceptance (P-21). Everything
 * about the step has to be covered: old and new standing, on every property touched (G22), and in the workplace what
 * its matrix says.
 *
 * @returns the first refusal, or `null` when the step is covered.
 */
export function refuseGrant(state: PeopleState, step: PeopleStep): PeopleRefusal | null {
  if (step.grant === null || step.grant.actor.kind === 'operator') return null;
  const { actor, from: before, linked = false } = step.grant;
  const { after } = step;
  if (actor.kind === 'directory_sync') return refuseSync(before, after, linked);
  const userSteps = userActions(before, after);
  const moves = movesOf(before, after);
  const dead = refuseActor(state, actor, userSteps[0] ?? hospitalityAction(moves[0] ?? nowhere, before, after));
  const member = state.member(actor.memberId);
  if (dead !== null || member === undefined) return dead;
  const place = placeOf(member);
  for (const action of userSteps) {
    const refusal = refuseUserAction(state, place, action);
    if (refusal !== null) return refusal;
  }
  const own = actor.memberId === step.memberId;
  for (const move of moves) {
    const refusal = own ? refuseOwnMove(move) : refuseMove(state, place, move, hospitalityAction(move, before, after));
    if (refusal !== null) return refusal;
  }
  return userSteps.length + moves.length > 0 ? null : refuseIdle(state, place);
}

function refuseMove(
  state: PeopleState,
  place: MemberPlace,
  { propertyId, from, to }: Move,
  action: HospitalityAction,
): PeopleRefusal | null {
  const actor = propertyId === null ? highestStanding(place) : standingOn(place, propertyId);
  const refusal = refuseStanding(actor, action);
  // Whoever manages members is told which role is too high (G54), all others that they manage none.
  if (actor === null || refuseStanding(actor, 'member.edit_role') !== null) return refusal;
  const { peerManagement } = state.organization;
  const grant = decideGrant({ actor, oldRole: from, newRole: to, peerManagement });
  if (grant.allow) return refusal;
  return { because: grant.because, actor, target: grant.target, propertyId, whoCould: grant.whoCould };
}
