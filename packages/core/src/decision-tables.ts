import { hospitalityMatrix } from './hospitality-matrix.js';
import { type Cell, type CellMeaning, type Condition, cellMeanings, noteConditions, readCell } from './matrix-cell.js';
import { type MembershipState, membershipStates } from './membership.js';
import type { Action, ActorRole, PermissionDecision, PermissionDenial } from './permission-decision.js';
import { hospitalityStandings, type WorkplaceRole, workplaceRoles } from './role.js';
import { workplaceMatrix } from './workplace-matrix.js';

/** The prepared answers for one situation, by action. Actions of the other scheme are absent. */
export type DecisionTable = ReadonlyMap<string, PermissionDecision>;

/** Conditions that a whole row carries, whatever the cell: from the row's label and from the rule above the ceiling table. */
const rowConditions: Partial<Readonly<Record<Action, readonly Condition[]>>> = {
  'member.invite': ['within-ceiling'],
  'member.edit_role': ['within-ceiling'],
  'member.edit_properties': ['within-ceiling'],
  'invitation.remove': ['within-ceiling'],
  'member.remove': ['within-ceiling'],
  'unlock.portal_app': ['with-key'],
  'unlock.integrated_app': ['with-key', 'app-enabled'],
  'unlock.dashboard': ['with-key'],
};

/** One row of either matrix with the roles that it allows. */
interface Row {
  readonly action: Action;
  readonly cells: readonly Cell[];
  readonly whoCould: readonly ActorRole[];
}

function meaningOf(cell: Cell): CellMeaning {
  return cellMeanings[readCell(cell).word];
}

function allows(cell: Cell): boolean {
  return Array.isArray(meaningOf(cell));
}

function cellAt(cells: readonly Cell[], column: number): Cell {
  return cells[column] ?? 'deny';
}

function readRows(matrix: Readonly<Record<string, readonly Cell[]>>, roles: readonly ActorRole[]): readonly Row[] {
  return Object.entries(matrix).map(([action, cells]) => ({
    action: action as Action,
    cells,
    whoCould: roles.filter((_, column) => allows(cellAt(cells, column))),
  }));
}

const hospitalityRows = readRows(hospitalityMatrix, hospitalityStandings);
const workplaceRows = readRows(workplaceMatrix, workplaceRoles);

/** What a cell answers; where it denies, with the reason given. */
function rule({ action, whoCould }: Row, role: ActorRole, cell: Cell, denial: PermissionDenial): PermissionDecision {
  const { note } = readCell(cell);
  const meaning = meaningOf(cell);
  if (typeof meaning === 'string') {
    const because = meaning === 'approval' ? 'needs-approval' : denial;
    return Object.freeze({ allow: false, action, because, role, state: null, whoCould, note });
  }
  const [scope, ...own] = meaning;
  const byNote = noteConditions[note];
  const conditions = new Set([...own, ...(rowConditions[action] ?? []), ...(byNote === undefined ? [] : [byNote])]);
  return Object.freeze({ allow: true, action, role, scope, conditions: Object.freeze([...conditions]), note });
}

function tables<Role extends ActorRole>(
  roles: readonly Role[],
  rows: readonly Row[],
  decide: (row: Row, role: Role, column: number) => PermissionDecision,
): Readonly<Record<Role, DecisionTable>> {
  const entries = roles.map((role, column) => [
    role,
    new Map(rows.map((row) => [row.action, decide(row, role, column)])),
  ]);
  return Object.fromEntries(entries) as Record<Role, DecisionTable>;
}

function ruleUnlicensed(row: Row, role: WorkplaceRole, column: number): PermissionDecision {
  const byRole = cellAt(row.cells, column);
  const unlicensed = cellAt(row.cells, workplaceRoles.length);
  if (meaningOf(unlicensed) === 'admin-only' && role === 'admin') return rule(row, role, byRole, 'role-lacks-action');
  return rule(row, role, unlicensed, allows(byRole) ? 'license-required' : 'role-lacks-action');
}

function denialTable(because: PermissionDenial, state: MembershipState | null = null): DecisionTable {
  const rows = [...hospitalityRows, ...workplaceRows];
  return new Map(
    rows.map(({ action, whoCould }) => [
      action,
      Object.freeze({ allow: false, action, because, role: null, state, whoCould, note: '' }),
    ]),
  );
}

/** What each standing on a property answers; hospitality actions only. */
export const standingTables = tables(hospitalityStandings, hospitalityRows, (row, role, column) =>
  rule(row, role, cellAt(row.cells, column), 'role-lacks-action'),
);

/** What each workplace role answers with a license; workplace actions only. */
export const licensedTables = tables(workplaceRoles, workplaceRows, (row, role, column) =>
  rule(row, role, cellAt(row.cells, column), 'role-lacks-action'),
);

/** What each workplace role answers without a license (S39); workplace actions only. */
export const unlicensedTables = tables(workplaceRoles, workplaceRows, ruleUnlicensed);

/** The answers to a member nobody knows. */
export const unknownMemberTable = denialTable('unknown-member');

/** The answers where no role is held. */
export const notAssignedTable = denialTable('not-assigned');

/** The answers to a question about a property that names none. */
export const propertyRequiredTable = denialTable('property-required');

/** The answers to members whose membership is not active, by its state. */
export const inactiveTables: ReadonlyMap<MembershipState, DecisionTable> = new Map(
  membershipStates.filter((state) => state !== 'active').map((state) => [state, denialTable('not-active', state)]),
);
