import {
  inactiveTables,
  licensedTables,
  notAssignedTable,
  standingTables,
  unknownMemberTable,
  unlicensedTables,
} from '../decision-tables.js';
import type { HospitalityAction } from '../hospitality-matrix.js';
import type { PropertyId } from '../identifiers.js';
import type { Action, ActorRole, PermissionDecision } from '../permission-decision.js';
import { type HospitalityStanding, hospitalityRoles } from '../role.js';
import type { WorkplaceAction } from '../workplace-matrix.js';
import { type MemberPlace, placeOf, standingOn } from './member-place.js';
import type { PeopleActor } from './people-command.js';
import type { PeopleRefusal } from './people-decision.js';
import type { MemberFacts, OrganizationFacts, OrganizationKind, PeopleState } from './people-state.js';

type Denied = Extract<PermissionDecision, { readonly allow: false }>;

/** The refusal that a denied permission is. */
export function refusalOf({ because, action, role, state, whoCould }: Denied): PeopleRefusal {
  return { because, action, role, state, whoCould };
}

/** What the actor is as a member; `undefined` for the operator, Directory Sync and whoever is not known. */
export function actingMember(state: PeopleState, actor: PeopleActor): MemberFacts | undefined {
  return actor.kind === 'member' ? state.member(actor.memberId) : undefined;
}

/** Why the actor may do nothing at all: not known, or not active. `null` when there is no such reason. */
export function refuseActor(state: PeopleState, actor: PeopleActor, action: Action): PeopleRefusal | null {
  if (actor.kind !== 'member') return null;
  const member = state.member(actor.memberId);
  const table = member === undefined ? unknownMemberTable : inactiveTables.get(member.state);
  const decision = table?.get(action);
  return decision === undefined || decision.allow ? null : refusalOf(decision);
}

/** The highest standing that the actor has anywhere. */
export function highestStanding(place: MemberPlace): HospitalityStanding | null {
  if (place.organizationOwner) return 'organization_owner';
  return hospitalityRoles.find((role) => place.assignments.some((assignment) => assignment.role === role)) ?? null;
}

/** What the matrix says of an action by a standing; nobody without one is told more than that (G10). */
export function refuseStanding(standing: HospitalityStanding | null, action: HospitalityAction): PeopleRefusal | null {
  const decision = (standing === null ? notAssignedTable : standingTables[standing]).get(action);
  return decision === undefined || decision.allow ? null : refusalOf(decision);
}

/** What the matrix says of a workplace action. Administering takes no license (S39), so none is looked at. */
export function refuseUserAction(
  state: PeopleState,
  place: MemberPlace | undefined,
  action: WorkplaceAction,
): PeopleRefusal | null {
  const workplace = state.organization.schemes.includes('workplace') ? place?.workplace : null;
  const tables = workplace?.licensed === true ? licensedTables : unlicensedTables;
  const decision = (workplace ? tables[workplace.role] : notAssignedTable).get(action);
  return decision === undefined || decision.allow ? null : refusalOf(decision);
}

/** Whether every part of every place is within the actor's sight. */
export function seesEverything(state: PeopleState, actor: PeopleActor): boolean {
  if (actor.kind !== 'member') return true;
  return actingMember(state, actor)?.organizationOwner === true;
}

/** Whether the actor is an Admin who may manage users; the operator and Directory Sync are. */
export function managesUsers(state: PeopleState, actor: PeopleActor): boolean {
  if (actor.kind !== 'member') return true;
  const member = actingMember(state, actor);
  return member?.state === 'active' && refuseUserAction(state, placeOf(member), 'user.manage') === null;
}

/**
 * Whether a place is the highest there is: Organization Owner, or in a single property, which has no level above it, its
 * Owner (G4, G5).
 */
export function isTop(
  kind: OrganizationKind,
  { organizationOwner, assignments }: Pick<MemberPlace, 'organizationOwner' | 'assignments'>,
): boolean {
  return kind === 'organization' ? organizationOwner : assignments.some(({ role }) => role === 'owner');
}

/** An organization that is a workplace and nothing else is managed by its Admins: no other scheme is there to do it (S6). */
export function isManagedByAdmins({ schemes }: Pick<OrganizationFacts, 'schemes'>): boolean {
  return !schemes.includes('hospitality');
}

/** Refuses everybody but the operator of the portal; no role could. */
export function refuseOthersThanOperator(actor: PeopleActor): PeopleRefusal | null {
  if (actor.kind === 'operator') return null;
  const action = 'organization.manage';
  return { because: 'role-lacks-action', action, role: null, state: null, whoCould: [] };
}

/** Why the actor may not change the organization itself; `null` when he may. */
export function refuseManaging(state: PeopleState, actor: PeopleActor): PeopleRefusal | null {
  if (actor.kind === 'operator') return null;
  const self = actingMember(state, actor);
  const place = self && placeOf(self);
  if (place !== undefined && isTop(state.organization.kind, place)) return null;
  if (isManagedByAdmins(state.organization)) return refuseUserAction(state, place, 'workplace_settings.edit');
  return refuseStanding(place === undefined ? null : highestStanding(place), 'organization.manage');
}

/** Whether the actor knows of a property: it exists, and he stands on it (G10). */
export function seesProperty(state: PeopleState, actor: PeopleActor, propertyId: PropertyId): boolean {
  if (!state.hasProperty(propertyId)) return false;
  if (seesEverything(state, actor)) return true;
  const member = actingMember(state, actor);
  return member !== undefined && standingOn(placeOf(member), propertyId) !== null;
}

/** Unknown and invisible properties are refused alike (G10). */
export function refuseProperty(state: PeopleState, actor: PeopleActor, propertyId: PropertyId): PeopleRefusal | null {
  return seesProperty(state, actor, propertyId) ? null : { because: 'property-not-found', propertyId };
}

/**
 * Tells whether the actor may see that a member exists: oneself; everybody, for Organization Owners; for those who may
 * list the members of a property, whoever stands on it (G21); for Admins, whoever has a place in the workplace, and nobody
 * else (requirement 4.1).
 */
export function seesMember(state: PeopleState, actor: PeopleActor, member: MemberFacts): boolean {
  if (seesEverything(state, actor) || (member.workplace !== undefined && managesUsers(state, actor))) return true;
  const self = actingMember(state, actor);
  if (self?.state !== 'active') return false;
  if (self.memberId === member.memberId) return true;
  return self.assignments.some(
    ({ propertyId, role }) =>
      standingOn(placeOf(member), propertyId) !== null && refuseStanding(role, 'member.list') === null,
  );
}

/**
 * Tells whether the actor may have seen, and removed, somebody who is not in sight any more: then a repeat is answered the
 * same (G40).
 *
 * @param former - The properties that the member stood on; only `propertyId` is asked about, where it is one.
 */
export function sawMember(
  state: PeopleState,
  actor: PeopleActor,
  {
    member,
    former,
    propertyId: wanted,
  }: { readonly member: MemberFacts; readonly former: readonly PropertyId[]; readonly propertyId: PropertyId | null },
): boolean {
  const self = actingMember(state, actor);
  if (self?.state !== 'active') return false;
  // Whoever never stood on a property was in the workplace.
  if (wanted === null && member.state === 'removed' && former.length === 0) return managesUsers(state, actor);
  const place = placeOf(self);
  return former.some(
    (propertyId) =>
      (wanted === null || wanted === propertyId) &&
      seesProperty(state, actor, propertyId) &&
      refuseStanding(standingOn(place, propertyId), 'member.remove') === null,
  );
}

/** The parts of a member's place that the actor may not see; no command of his touches or tells them. */
export function unseenPart(state: PeopleState, actor: PeopleActor, place: MemberPlace): MemberPlace {
  const seesAll = seesEverything(state, actor);
  const self = actingMember(state, actor);
  const stands = self !== undefined && highestStanding(placeOf(self)) !== null;
  return {
    ...place,
    // An Organization Owner stands on every property, so everybody who stands on one sees the flag.
    organizationOwner: place.organizationOwner && !seesAll && !stands,
    assignments: seesAll ? [] : place.assignments.filter(({ propertyId }) => !seesProperty(state, actor, propertyId)),
    // No role of one scheme reaches into the other (requirement 4.1).
    workplace: managesUsers(state, actor) ? null : place.workplace,
  };
}

/**
 * Who could, of those whom the matrices name, in an organization of one kind: a single property has no Organization Owner,
 * and is managed by its Owner (G4).
 */
export function whoCouldIn<Role extends ActorRole>(
  kind: OrganizationKind,
  action: Action | null,
  whoCould: readonly Role[],
): readonly (Role | 'owner')[] {
  if (kind === 'organization') return whoCould;
  return action === 'organization.manage' ? ['owner'] : whoCould.filter((role) => role !== 'organization_owner');
}
