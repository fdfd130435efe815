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
import { type HospitalityStanding, hospitalityRoles, hospitalityStandings } from './role.js';
import { workplaceMatrix } from './workplace-matrix.js';

/** What the index keeps of one member beside the packed assignments: for questions those do not answer. */
export interface PermissionEntry {
  readonly membership: Membership;
  /** Assignments beyond the packed ones, by the property's number. */
  readonly more: ReadonlyMap<number, DecisionTable> | null;
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
  /** Each member's row: the place in `entries`, and of the packed assignments. */
  readonly rows: Map<string, number>;
  readonly entries: PermissionEntry[];
  /**
   * Eight numbers per row: 1 when the assignments that follow are all there is to know of an active member, then up to
   * seven places filled from the front: the property's number times eight plus the role's, which is never 0. With ten
   * thousand members what a question costs is memory out of cache, and this is one line of it.
   */
  packed: Int32Array;
  readonly properties: Map<string, number>;
  /** The organization of each property, by its number; numbers are never used again. */
  readonly organizations: string[];
}

/** One question to a permission model. */
export interface PermissionQuery {
  readonly memberId: string;
  readonly action: Action;
  /** The property the question is about. Left out for workplace actions and, if wished, for `organizationActions`. */
  readonly propertyId?: string | undefined;
}

const withoutProperty: ReadonlySet<string> = new Set(organizationActions);
const numbersPerRow = 8;
const roleBits = 3;
const roleMask = 7;
/** By the role's number within a packed place; 0 is an empty place. */
const tablesByNumber: readonly (DecisionTable | undefined)[] = [
  undefined,
  ...hospitalityStandings.map((standing) => standingTables[standing]),
];

/** Builds the index from plain data. A membership may be given only once; properties must include every assigned one. */
export function createPermissionModel(data: {
  readonly properties: readonly PropertyPlace[];
  readonly memberships: readonly Membership[];
}): PermissionModel {
  const model: PermissionModel = {
    rows: new Map(),
    entries: [],
    packed: new Int32Array(numbersPerRow * Math.max(data.memberships.length, 8)),
    properties: new Map(),
    organizations: [],
  };
  for (const property of data.properties) applyProperty(model, property);
  for (const membership of data.memberships) applyMembership(model, membership);
  return model;
}

function organizationOf(model: PermissionModel, propertyId: string): string | undefined {
  const number = model.properties.get(propertyId);
  return number === undefined ? undefined : model.organizations[number];
}

/** Makes a property known to the model, so that its organization's owners reach it and members can be assigned to it. */
export function applyProperty(model: PermissionModel, { propertyId, organizationId }: PropertyPlace): void {
  const known = organizationOf(model, propertyId);
  if (known === organizationId) return;
  // Nobody's role follows a property into another organization.
  if (known !== undefined) removeProperty(model, propertyId);
  model.properties.set(propertyId, model.organizations.length);
  model.organizations.push(organizationId);
}

/** Takes a property out of the model, with every assignment to it (G8). */
export function removeProperty(model: PermissionModel, propertyId: string): void {
  for (const { membership } of model.entries) {
    const assignments = membership.assignments.filter((assignment) => assignment.propertyId !== propertyId);
    if (assignments.length < membership.assignments.length) applyMembership(model, { ...membership, assignments });
  }
  model.properties.delete(propertyId);
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
  const stray = assignments.find(({ propertyId }) => organizationOf(model, propertyId) !== organizationId);
  if (stray !== undefined) {
    throw new CoreError({ code: 'assignment-outside-organization', memberId, propertyId: stray.propertyId });
  }
  const refusal = inactiveTables.get(membership.state) ?? null;
  const highest = highestRole(membership);
  const licenses = workplace?.licensed === true ? licensedTables : unlicensedTables;
  const row = model.rows.get(memberId) ?? model.entries.length;
  model.rows.set(memberId, row);
  const more = packAssignments(model, row, refusal === null ? membership : { ...membership, assignments: [] });
  model.entries[row] = {
    membership,
    more,
    everywhere: highest === null ? null : standingTables[highest],
    workplace: workplace === undefined ? null : licenses[workplace.role],
    refusal,
  };
  const plain = refusal === null && more === null && workplace === undefined && !membership.organizationOwner;
  model.packed[row * numbersPerRow] = plain ? 1 : 0;
}

/** Writes a row's assignments, and returns those that do not fit into it. */
function packAssignments(model: PermissionModel, row: number, membership: Membership): PermissionEntry['more'] {
  const first = row * numbersPerRow;
  if (first >= model.packed.length) {
    const larger = new Int32Array(model.packed.length * 2);
    larger.set(model.packed);
    model.packed = larger;
  }
  model.packed.fill(0, first, first + numbersPerRow);
  const more = new Map<number, DecisionTable>();
  membership.assignments.forEach(({ propertyId, role }, index) => {
    const property = model.properties.get(propertyId);
    if (property === undefined) return;
    // The flag gives everything any role gives, so an assignment beside it changes nothing.
    const standing = membership.organizationOwner ? 'organization_owner' : role;
    const place = index + 1;
    if (place >= numbersPerRow) more.set(property, standingTables[standing]);
    else model.packed[first + place] = (property << roleBits) | (hospitalityStandings.indexOf(standing) + 1);
  });
  return more.size === 0 ? null : more;
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
  const { propertyId, action } = query;
  const row = model.rows.get(query.memberId);
  const property = propertyId === undefined ? undefined : model.properties.get(propertyId);
  if (row !== undefined && property !== undefined) {
    const { packed } = model;
    const first = row * numbersPerRow;
    let table = packed[first] === 1 ? notAssignedTable : undefined;
    for (let index = first + 1; index < first + numbersPerRow; index += 1) {
      const place = packed[index] ?? 0;
      if (place === 0) break;
      if (place >> roleBits === property) {
        table = tablesByNumber[place & roleMask];
        break;
      }
    }
    const decision = table?.get(action);
    if (decision !== undefined) return decision;
  }
  return decideElsewhere(model, row, query);
}

function decideElsewhere(
  model: PermissionModel,
  row: number | undefined,
  { action, propertyId }: PermissionQuery,
): PermissionDecision {
  const entry = row === undefined ? undefined : model.entries[row];
  if (entry === undefined) return answer(unknownMemberTable, action);
  if (entry.refusal !== null) return answer(entry.refusal, action);
  const byWorkplace = entry.workplace?.get(action);
  if (byWorkplace !== undefined) return byWorkplace;
  if (propertyId === undefined) {
    if (withoutProperty.has(action)) return answer(entry.everywhere ?? notAssignedTable, action);
    return action in workplaceMatrix ? answer(notAssignedTable, action) : answer(propertyRequiredTable, action);
  }
  const property = model.properties.get(propertyId);
  if (property === undefined) return answer(notAssignedTable, action);
  const { organizationOwner, organizationId } = entry.membership;
  const reaches = organizationOwner && model.organizations[property] === organizationId;
  const table = reaches ? standingTables.organization_owner : entry.more?.get(property);
  return table?.get(action) ?? answer(notAssignedTable, action);
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
      note: '',
    }
  );
}
