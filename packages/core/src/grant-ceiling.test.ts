import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canGrant, decideGrant } from './grant-ceiling.js';
import { type HospitalityStanding, hospitalityStandings } from './role.js';

const standings = fc.constantFrom(...hospitalityStandings);

describe('the grant ceiling', () => {
  it('G27: a General Manager touches nobody who is or becomes Owner or Organization Owner', () => {
    for (const high of ['owner', 'organization_owner'] as const) {
      for (const other of [...hospitalityStandings, null]) {
        expect(canGrant('general_manager', high, other)).toBe(false);
        expect(canGrant('general_manager', other, high)).toBe(false);
      }
    }
    expect(canGrant('general_manager', 'team', 'general_manager')).toBe(true);
  });

  it('G15: only an Organization Owner gives or takes that flag', () => {
    for (const actor of hospitalityStandings) {
      expect(canGrant(actor, null, 'organization_owner')).toBe(actor === 'organization_owner');
      expect(canGrant(actor, 'organization_owner', null)).toBe(actor === 'organization_owner');
    }
  });

  it('G31: Team, Housekeeping and Installer manage nobody, not even nothing to nothing', () => {
    for (const actor of ['team', 'housekeeping', 'installer'] as const) {
      for (const from of [...hospitalityStandings, null]) {
        for (const to of [...hospitalityStandings, null]) expect(canGrant(actor, from, to)).toBe(false);
      }
    }
  });

  it('★16: strict mode keeps General Managers from managing each other, and nothing else', () => {
    const strict = { actor: 'general_manager', peerManagement: false } as const;
    expect(decideGrant({ ...strict, oldRole: null, newRole: 'general_manager' }).allow).toBe(false);
    expect(decideGrant({ ...strict, oldRole: 'general_manager', newRole: null }).allow).toBe(false);
    expect(decideGrant({ ...strict, oldRole: 'team', newRole: 'installer' }).allow).toBe(true);
    expect(
      decideGrant({ actor: 'owner', peerManagement: false, oldRole: 'owner', newRole: 'general_manager' }).allow,
    ).toBe(true);
  });

  it('G54: a denial names the role that is too high and who could', () => {
    expect(decideGrant({ actor: 'general_manager', oldRole: 'owner', newRole: 'team' })).toEqual({
      allow: false,
      because: 'role-level-not-manageable',
      actor: 'general_manager',
      target: 'owner',
      whoCould: ['organization_owner', 'owner'],
    });
  });

  it('law: whoever a denial says could do it, can', () => {
    fc.assert(
      fc.property(standings, fc.option(standings), fc.option(standings), (actor, oldRole, newRole) => {
        const decision = decideGrant({ actor, oldRole, newRole });
        if (decision.allow) return;
        expect(decision.whoCould.length).toBeGreaterThan(0);
        for (const other of decision.whoCould) expect(canGrant(other, oldRole, newRole)).toBe(true);
      }),
    );
  });

  it('§5.1 invariant 1: no history of grants by General Managers and below makes a new Owner', () => {
    const step = fc.record({ actor: fc.nat(4), target: fc.nat(4), to: fc.option(standings) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const people: (HospitalityStanding | null)[] = [
          'general_manager',
          'general_manager',
          'team',
          null,
          'installer',
        ];
        for (const { actor, target, to } of steps) {
          const standing = people[actor] ?? null;
          if (standing !== null && canGrant(standing, people[target] ?? null, to)) people[target] = to;
          expect(people).not.toContain('owner');
          expect(people).not.toContain('organization_owner');
        }
      }),
    );
  });
});
