import { type DecisionTable, licensedTables, standingTables } from '../decision-tables.js';
import type { Action } from '../permission-decision.js';
import { type HospitalityStanding, hospitalityStandings, type WorkplaceRole, workplaceRoles } from '../role.js';

/** The least that somebody has to be who is to do certain things (G48). */
export interface RoleSuggestion {
  /** `null` when none of the actions belongs to the hospitality scheme. */
  readonly hospitality: HospitalityStanding | null;
  /** `null` when none of the actions belongs to the workplace scheme. */
  readonly workplace: WorkplaceRole | null;
  /** Actions that no role permits; the suggestion leaves them out. */
  readonly uncovered: readonly Action[];
}

function permits(table: DecisionTable, action: Action): boolean {
  return table.get(action)?.allow === true;
}

function reach(table: DecisionTable): number {
  return [...table.values()].filter(({ allow }) => allow).length;
}

/** Of the roles that permit all that any of them permits, the one that permits the least else. */
function smallest<Role extends string>(
  tables: Readonly<Record<Role, DecisionTable>>,
  roles: readonly Role[],
  actions: readonly Action[],
): Role | null {
  const coverable = actions.filter((action) => roles.some((role) => permits(tables[role], action)));
  if (coverable.length === 0) return null;
  const covering = roles.filter((role) => coverable.every((action) => permits(tables[role], action)));
  // The roles stand from most to least: of two that permit as much, the lesser one.
  return covering.toReversed().toSorted((a, b) => reach(tables[a]) - reach(tables[b]))[0] ?? null;
}

/** Suggests the smallest role that permits all of the actions, in each scheme they belong to (G48). */
export function suggestRole(actions: readonly Action[]): RoleSuggestion {
  const tables = [...Object.values(standingTables), ...Object.values(licensedTables)];
  return {
    hospitality: smallest(standingTables, hospitalityStandings, actions),
    workplace: smallest(licensedTables, workplaceRoles, actions),
    uncovered: actions.filter((action) => !tables.some((table) => permits(table, action))),
  };
}
