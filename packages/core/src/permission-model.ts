import { CoreError } from './core-error.js';
import {
  type DecisionTable,
  inactiveTables,
  licensedTables,
  notAssignedTable,
  propertyRequiredTable,
  standingTables,
  unknownMemberTable,
  unlicensedTables,
} from './decision-tables.js';
import { organizationActions } from './hospitality-matrix.js';
import type { Membership, PropertyPlace } from './membership.js';
import type { Action, PermissionDecision } from './permission-decision.js';
import { type HospitalityStanding, hospitalityRoles } from './role.js';
import { workplaceMatrix } from './workplace-matrix.js';

/** What the index keeps of one member: the prepared answers for every place a question can be about. */
export interface PermissionEntry {
  readonly membership: Membership;
  /** By property, for assigned properties. Empty unless the membership is active. */
  readonly byProperty: Map<string, DecisionTable>;
  /** By the highest role held anywhere, for questions without a property. */
  readonly everywhere: DecisionTable | null;
  readonly workplace: DecisionTable | null;
  /** Set when the membership is not active: the answer to everything. */
  readonly refusal: DecisionTable | null;
}

/**
 * An index of who holds which role where. One is kept per portal and changed with each commit; it holds no more than
 * the memberships it was given. Made by `createPermissionModel`, changed only by the functions of this file.
 */
export interface PermissionModel {
  readonly members: Map<string, PermissionEntry>;
  readonly organizations: Map<string, string>;
}

/** One question to a permission model. */
export interface PermissionQuery {
  readonly memberId: string;
  readonly action: Action;
  /** The property the question is about. Left out for workplace actions and, if wished, for `organizationActions`. */
  readonly propertyId?: string | undefined;
}

const withoutProperty: ReadonlySet<string> = new Set(organizationActions);

/** Builds the index from plain data. A membership may be given only once; properties must include every assigned one. */
export function createPermissionModel(data: {
  readonly properties: readonly PropertyPlace[];
  readonly memberships: readonly Membership[];
}): PermissionModel {
  const model: PermissionModel = { members: new Map(), organizations: new Map() };
  for (const property of data.properties) applyProperty(model, property);
  for (const membership of data.memberships) applyMembership(model, membership);
  return model;
}

/** Makes a property known to the model, so that its organization's owners reach it and members can be assigned to it. */
export function applyProperty(model: PermissionModel, property: PropertyPlace): void {
  model.organizations.set(property.propertyId, property.organizationId);
}

/** Takes a property out of the model, with every assignment to it (G8). */
export function removeProperty(model: PermissionModel, propertyId: string): void {
  model.organizations.delete(propertyId);
  for (const { membership } of model.members.values()) {
    const assignments = membership.assignments.filter((assignment) => assignment.propertyId !== propertyId);
    if (assignments.length < membership.assignments.length) applyMembership(model, { ...membership, assignments });
  }
}

/**
 * Puts a membership as it now is in place of what the model knew of that member; takes effect on the next decision (G20).
 * A removed member stays known, so that the answer names the reason.
 *
 * @throws CoreError `assignment-outside-organization` when an assigned property is not one of the organization's; the
 * model is then unchanged.
 */
export function applyMembership(model: PermissionModel, membership: Membership): void {
  const { memberId, organizationId, assignments, workplace } = membership;
  const refusal = inactiveTables.get(membership.state) ?? null;
  const byProperty = new Map<string, DecisionTable>();
  for (const { propertyId, role } of assignments) {
    if (model.organizations.get(propertyId) !== organizationId) {
      throw new CoreError({ code: 'assignment-outside-organization', memberId, propertyId });
    }
    // The flag gives everything any role gives, so an assignment beside it changes nothing.
    if (refusal === null)
      byProperty.set(propertyId, standingTables[membership.organizationOwner ? 'organization_owner' : role]);
  }
  const highest = highestRole(membership);
  const licenses = workplace?.licensed === true ? licensedTables : unlicensedTables;
  model.members.set(memberId, {
    membership,
    byProperty,
    everywhere: highest === null ? null : standingTables[highest],
    workplace: workplace === undefined ? null : licenses[workplace.role],
    refusal,
  });
}

function highestRole(membership: Membership): HospitalityStanding | null {
  if (membership.organizationOwner) return 'organization_owner';
  return hospitalityRoles.find((role) => membership.assignments.some((assignment) => assignment.role === role)) ?? null;
}

/**
 * Answers "may this member …?" with the reason. Denies whatever it does not know. The answers are prepared and shared:
 * asking allocates nothing.
 *
 * A question about an organization action without a property is answered by the highest role the member holds anywhere;
 * the scope then says how far it reaches.
 */
export function decidePermission(model: PermissionModel, query: PermissionQuery): PermissionDecision {
  const entry = model.members.get(query.memberId);
  if (entry !== undefined && query.propertyId !== undefined) {
    const decision = entry.byProperty.get(query.propertyId)?.get(query.action);
    if (decision !== undefined) return decision;
  }
  return decideElsewhere(model, entry, query);
}

function decideElsewhere(
  model: PermissionModel,
  entry: PermissionEntry | undefined,
  { action, propertyId }: PermissionQuery,
): PermissionDecision {
  if (entry === undefined) return answer(unknownMemberTable, action);
  if (entry.refusal !== null) return answer(entry.refusal, action);
  const byWorkplace = entry.workplace?.get(action);
  if (byWorkplace !== undefined) return byWorkplace;
  if (propertyId === undefined) {
    if (withoutProperty.has(action)) return answer(entry.everywhere ?? notAssignedTable, action);
    return action in workplaceMatrix ? answer(notAssignedTable, action) : answer(propertyRequiredTable, action);
  }
  const { organizationOwner, organizationId } = entry.membership;
  const reaches = organizationOwner && model.organizations.get(propertyId) === organizationId;
  return (reaches ? standingTables.organization_owner.get(action) : undefined) ?? answer(notAssignedTable, action);
}

function answer(table: DecisionTable, action: Action): PermissionDecision {
  return (
    table.get(action) ?? {
      // Reachable only past the type checker, so it need not be prepared.
      allow: false,
      action,
      because: 'unknown-action',
      role: null,
      state: null,
      whoCould: [],
      source: '',
      note: '',
    }
  );
}
