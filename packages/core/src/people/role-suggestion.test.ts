import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { licensedTables, standingTables } from '../decision-tables.js';
import { hospitalityMatrix } from '../hospitality-matrix.js';
import type { Action } from '../permission-decision.js';
import { hospitalityStandings, workplaceRoles } from '../role.js';
import { workplaceMatrix } from '../workplace-matrix.js';
import { suggestRole } from './role-suggestion.js';

const actions = [...Object.keys(hospitalityMatrix), ...Object.keys(workplaceMatrix)] as Action[];

describe('suggesting a role', () => {
  it.each([
    [['unlock.portal_app'], 'housekeeping'],
    [['lock.manage', 'key_card.manage'], 'installer'],
    [['key.create_for_others', 'key.view'], 'team'],
    [['space.edit'], 'general_manager'],
    [['key.view', 'lock.manage'], 'general_manager'],
    [['member.invite', 'organization_owner.set'], 'organization_owner'],
  ] as const)('G48: for %j the smallest is %s', (wanted, role) => {
    expect(suggestRole(wanted)).toEqual({ hospitality: role, workplace: null, uncovered: [] });
  });

  it('G48: each scheme gets its own, and what nobody may is said', () => {
    expect(
      suggestRole(['insights.view', 'unlock.portal_app', 'invitation.edit_email', 'directory_sync.apply']),
    ).toEqual({
      hospitality: 'housekeeping',
      workplace: 'coordinator',
      uncovered: ['invitation.edit_email', 'directory_sync.apply'],
    });
    expect(suggestRole([])).toEqual({ hospitality: null, workplace: null, uncovered: [] });
  });

  it('law: the suggestion covers all that can be, and no role of fewer actions does', () => {
    fc.assert(
      fc.property(fc.subarray(actions), (wanted) => {
        const { hospitality, workplace, uncovered } = suggestRole(wanted);
        const covered = wanted.filter((action) => !uncovered.includes(action));
        const allows = (role: (typeof hospitalityStandings)[number], action: Action) =>
          standingTables[role].get(action)?.allow === true;
        const inHospitality = covered.filter((action) => action in hospitalityMatrix);
        const inWorkplace = covered.filter((action) => action in workplaceMatrix);
        expect(hospitality === null).toBe(inHospitality.length === 0);
        expect(workplace === null).toBe(inWorkplace.length === 0);
        for (const action of inHospitality) expect(hospitality && allows(hospitality, action)).toBe(true);
        for (const action of inWorkplace) expect(workplace && licensedTables[workplace].get(action)?.allow).toBe(true);
        if (hospitality === null) return;
        const reach = (role: typeof hospitality) => actions.filter((action) => allows(role, action)).length;
        for (const role of hospitalityStandings) {
          if (reach(role) < reach(hospitality))
            expect(inHospitality.every((action) => allows(role, action))).toBe(false);
        }
        expect(workplaceRoles).toContain(workplace ?? 'member');
      }),
    );
  });
});
