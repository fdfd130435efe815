import { type HospitalityAction, hospitalityMatrix } from './hospitality-matrix.js';
import {
  type Cell,
  type CellMeaning,
  type CellWord,
  type Condition,
  cellMeanings,
  noteConditions,
  readCell,
} from './matrix-cell.js';
import { type MembershipState, membershipStates } from './membership.js';
import type { Action, ActorRole, PermissionDecision, PermissionDenial } from './permission-decision.js';
import { type HospitalityStanding, hospitalityStandings, type WorkplaceRole, workplaceRoles } from './role.js';
import { type WorkplaceAction, workplaceMatrix } from './workplace-matrix.js';

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

const hospitalityActions = Object.keys(hospitalityMatrix) as HospitalityAction[];
const workplaceActions = Object.keys(workplaceMatrix) as WorkplaceAction[];

function meaningOf(word: CellWord): CellMeaning {
  return cellMeanings[word];
}

function allows(cell: Cell): boolean {
  return Array.isArray(meaningOf(readCell(cell).word));
}

/** The cell that rules one role on one action, and the requirements of its row. */
interface Ruling {
  readonly action: Action;
  readonly role: ActorRole;
  readonly cell: Cell;
  readonly source: string;
  readonly whoCould: readonly ActorRole[];
  /** What to answer where the cell denies. */
  readonly denial: PermissionDenial;
}

function rule({ action, role, cell, source, whoCould, denial }: Ruling): PermissionDecision {
  const { word, note } = readCell(cell);
  const meaning = meaningOf(word);
  if (typeof meaning === 'string') {
    const because = meaning === 'approval' ? 'needs-approval' : denial;
    return Object.freeze({ allow: false, action, because, role, state: null, whoCould, source, note });
  }
  const [scope, ...own] = meaning;
  const byNote = noteConditions[note];
  const conditions = [
    ...new Set([...own, ...(rowConditions[action] ?? []), ...(byNote === undefined ? [] : [byNote])]),
  ];
  return Object.freeze({ allow: true, action, role, scope, conditions: Object.freeze(conditions), source, note });
}

function hospitalityRow(action: HospitalityAction): { cells: readonly Cell[]; source: string; who: ActorRole[] } {
  const [organizationOwner, owner, generalManager, team, housekeeping, installer, source] = hospitalityMatrix[action];
  const cells: readonly Cell[] = [organizationOwner, owner, generalManager, team, housekeeping, installer];
  return { cells, source, who: hospitalityStandings.filter((_, column) => allows(cells[column] ?? 'deny')) };
}

function workplaceRow(action: WorkplaceAction): { cells: readonly Cell[]; source: string; who: ActorRole[] } {
  const [admin, coordinator, member, unlicensed, source] = workplaceMatrix[action];
  const cells: readonly Cell[] = [admin, coordinator, member, unlicensed];
  return { cells, source, who: workplaceRoles.filter((_, column) => allows(cells[column] ?? 'deny')) };
}

function hospitalityTable(role: HospitalityStanding): DecisionTable {
  const column = hospitalityStandings.indexOf(role);
  return new Map(
    hospitalityActions.map((action) => {
      const { cells, source, who } = hospitalityRow(action);
      const cell = cells[column] ?? 'deny';
      return [action, rule({ action, role, cell, source, whoCould: who, denial: 'role-lacks-action' })];
    }),
  );
}

function workplaceTable(role: WorkplaceRole, licensed: boolean): DecisionTable {
  const column = workplaceRoles.indexOf(role);
  return new Map(
    workplaceActions.map((action) => {
      const { cells, source, who } = workplaceRow(action);
      const byRole = cells[column] ?? 'deny';
      const unlicensed = cells[3] ?? 'deny';
      const keeps = licensed || (meaningOf(readCell(unlicensed).word) === 'admin-only' && role === 'admin');
      const cell = keeps ? byRole : unlicensed;
      const denial = !keeps && allows(byRole) ? 'license-required' : 'role-lacks-action';
      return [action, rule({ action, role, cell, source, whoCould: who, denial })];
    }),
  );
}

function denialTable(because: PermissionDenial, state: MembershipState | null = null): DecisionTable {
  const entry = (action: Action, source: string, whoCould: readonly ActorRole[]): [string, PermissionDecision] => [
    action,
    Object.freeze({ allow: false, action, because, role: null, state, whoCould, source, note: '' }),
  ];
  return new Map([
    ...hospitalityActions.map((action) => entry(action, hospitalityRow(action).source, hospitalityRow(action).who)),
    ...workplaceActions.map((action) => entry(action, workplaceRow(action).source, workplaceRow(action).who)),
  ]);
}

/** What each standing on a property answers; hospitality actions only. */
export const standingTables: Readonly<Record<HospitalityStanding, DecisionTable>> = {
  organization_owner: hospitalityTable('organization_owner'),
  owner: hospitalityTable('owner'),
  general_manager: hospitalityTable('general_manager'),
  team: hospitalityTable('team'),
  housekeeping: hospitalityTable('housekeeping'),
  installer: hospitalityTable('installer'),
};

/** What each workplace role answers with a license; workplace actions only. */
export const licensedTables: Readonly<Record<WorkplaceRole, DecisionTable>> = {
  admin: workplaceTable('admin', true),
  coordinator: workplaceTable('coordinator', true),
  member: workplaceTable('member', true),
};

/** What each workplace role answers without a license (S39); workplace actions only. */
export const unlicensedTables: Readonly<Record<WorkplaceRole, DecisionTable>> = {
  admin: workplaceTable('admin', false),
  coordinator: workplaceTable('coordinator', false),
  member: workplaceTable('member', false),
};

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
