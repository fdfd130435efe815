import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoreError } from './core-error.js';
import { type HospitalityAction, hospitalityMatrix, organizationActions } from './hospitality-matrix.js';
import type { Membership } from './membership.js';
import type { Action, PermissionDecision } from './permission-decision.js';
import {
  applyMembership,
  applyProperty,
  createPermissionModel,
  decidePermission,
  type PermissionModel,
  removeProperty,
} from './permission-model.js';
import { hospitalityRoles, hospitalityStandings, workplaceRoles } from './role.js';
import { memberIn, organization, property, sampleId } from './sample-hotel.js';
import { workplaceMatrix } from './workplace-matrix.js';

const hospitalityActions = Object.keys(hospitalityMatrix) as Action[];
const workplaceActions = Object.keys(workplaceMatrix) as Action[];
const actions = [...hospitalityActions, ...workplaceActions];
const { propertyId } = property;
const elsewhere = { propertyId: sampleId('property', 2), organizationId: organization };
const foreign = { propertyId: sampleId('property', 3), organizationId: sampleId('organization', 3) };

function modelOf(...memberships: Membership[]): PermissionModel {
  return createPermissionModel({ properties: [property, elsewhere, foreign], memberships });
}

const member = memberIn('team');
const { memberId } = member;

describe('permission decisions', () => {
  it('allows with role, scope and conditions', () => {
    expect(decidePermission(modelOf(member), { memberId, action: 'key.create_for_others', propertyId })).toEqual({
      allow: true,
      action: 'key.create_for_others',
      role: 'team',
      scope: 'all',
      conditions: ['within-door-range'],
      note: '10',
    });
  });

  it('G29: denies with the role that does not suffice and the roles that would', () => {
    expect(decidePermission(modelOf(member), { memberId, action: 'space.edit', propertyId })).toEqual({
      allow: false,
      action: 'space.edit',
      because: 'role-lacks-action',
      role: 'team',
      state: null,
      whoCould: ['organization_owner', 'owner', 'general_manager'],
      note: '',
    });
  });

  it('G24, G25, G26: a General Manager may all that an Owner may, except what only Owners manage', () => {
    const [boss, manager] = (['owner', 'general_manager'] as const).map((role, index) => memberIn(role, index + 1));
    if (boss === undefined || manager === undefined) throw new Error('nobody is here');
    const model = createPermissionModel({ properties: [property], memberships: [boss, manager] });
    for (const action of Object.keys(hospitalityMatrix) as HospitalityAction[]) {
      const [owners, managers] = [boss, manager].map(({ memberId }) =>
        decidePermission(model, { memberId, action, propertyId: property.propertyId }),
      );
      expect(managers?.allow, action).toBe(owners?.allow);
      // The ceiling then takes Owners out of a General Manager's reach (G27).
      if (owners?.allow && managers?.allow && action !== 'self.remove') {
        expect(managers.conditions, action).toEqual(expect.arrayContaining([...owners.conditions]));
      }
    }
  });

  it('★10: a Team member gets keys for himself from someone else only', () => {
    const decision = decidePermission(modelOf(member), { memberId, action: 'key.create_for_self', propertyId });
    expect(decision).toMatchObject({
      allow: false,
      because: 'needs-approval',
      whoCould: ['organization_owner', 'owner', 'general_manager'],
    });
  });

  it('G10: without an assignment everything is denied, whatever the role elsewhere', () => {
    for (const role of hospitalityRoles) {
      const model = modelOf({ ...memberIn(role), assignments: [{ propertyId: elsewhere.propertyId, role }] });
      for (const action of actions) {
        expect(decidePermission(model, { memberId, action, propertyId })).toMatchObject({ because: 'not-assigned' });
      }
    }
  });

  it('G9: the flag reaches present and later properties of the organization, and no other organization', () => {
    const model = modelOf(memberIn('organization_owner'));
    const later = sampleId('property', 4);
    const ask = (at: string) => decidePermission(model, { memberId, action: 'space.edit', propertyId: at });
    expect(ask(propertyId)).toMatchObject({ allow: true, role: 'organization_owner' });
    expect(ask(foreign.propertyId)).toMatchObject({ allow: false, because: 'not-assigned' });
    expect(ask(later)).toMatchObject({ allow: false, because: 'not-assigned' });
    applyProperty(model, { propertyId: later, organizationId: organization });
    expect(ask(later)).toMatchObject({ allow: true });
  });

  it('G8: removing a property takes its assignments and the standing they gave', () => {
    const model = modelOf({
      ...member,
      assignments: [
        { propertyId, role: 'owner' },
        { propertyId: elsewhere.propertyId, role: 'housekeeping' },
      ],
    });
    expect(decidePermission(model, { memberId, action: 'member.list' })).toMatchObject({ allow: true, role: 'owner' });
    removeProperty(model, propertyId);
    expect(decidePermission(model, { memberId, action: 'key.view', propertyId })).toMatchObject({
      because: 'not-assigned',
    });
    expect(decidePermission(model, { memberId, action: 'member.list' })).toMatchObject({ role: 'housekeeping' });
    expect(decidePermission(model, { memberId, action: 'key.view', propertyId: elsewhere.propertyId }).allow).toBe(
      true,
    );
  });

  it('G2: a role per property, however many there are, among however many members', () => {
    const places = Array.from({ length: 20 }, (_, n) => ({
      propertyId: sampleId('property', 100 + n),
      organizationId: organization,
    }));
    const many = Array.from({ length: 30 }, (_, n): Membership => {
      const assignments = places.slice(0, n % 21).map((place, index) => ({
        propertyId: place.propertyId,
        role: hospitalityRoles[(index + n) % hospitalityRoles.length] ?? 'team',
      }));
      return { ...memberIn('team', n + 1), assignments };
    });
    const model = createPermissionModel({ properties: places, memberships: [] });
    applyMembership(model, { ...memberIn('owner', 1), assignments: many[20]?.assignments ?? [] });
    for (const one of many) applyMembership(model, one);
    for (const one of many) {
      for (const [index, place] of places.entries()) {
        const query = { memberId: one.memberId, action: 'key.view' as const, propertyId: place.propertyId };
        const expected = one.assignments[index]?.role ?? null;
        expect(decidePermission(model, query).role).toBe(expected);
      }
    }
  });

  it('no role follows a property into another organization', () => {
    const model = modelOf(member);
    applyMembership(model, {
      ...member,
      assignments: [propertyId, elsewhere.propertyId].map((at) => ({ propertyId: at, role: 'team' })),
    });
    applyProperty(model, { propertyId, organizationId: foreign.organizationId });
    expect(decidePermission(model, { memberId, action: 'key.view', propertyId })).toMatchObject({
      because: 'not-assigned',
    });
    removeProperty(model, elsewhere.propertyId);
    expect(decidePermission(model, { memberId, action: 'member.list' })).toMatchObject({ because: 'not-assigned' });
  });

  it.each(['inactive', 'deactivated', 'removed'] as const)(
    'G41, G52: a member who is %s is denied everything',
    (state) => {
      for (const standing of hospitalityStandings) {
        const model = modelOf(memberIn(standing));
        applyMembership(model, { ...memberIn(standing), state, workplace: { role: 'admin', licensed: true } });
        for (const action of actions) {
          for (const query of [
            { memberId, action, propertyId },
            { memberId, action },
          ]) {
            expect(decidePermission(model, query)).toMatchObject({ allow: false, because: 'not-active', state });
          }
        }
      }
    },
  );

  it('G20: a changed role counts from the next decision on', () => {
    const model = modelOf(member);
    applyMembership(model, memberIn('general_manager'));
    expect(decidePermission(model, { memberId, action: 'space.edit', propertyId }).allow).toBe(true);
    applyMembership(model, memberIn('housekeeping'));
    expect(decidePermission(model, { memberId, action: 'dashboard.sign_in', propertyId }).allow).toBe(false);
  });

  it('nobody knows a stranger', () => {
    for (const action of actions) {
      expect(decidePermission(modelOf(), { memberId, action, propertyId })).toMatchObject({
        because: 'unknown-member',
      });
    }
  });

  it('a question about a property must name it; one about the organization need not', () => {
    for (const standing of hospitalityStandings) {
      for (const action of hospitalityActions) {
        const decision = decidePermission(modelOf(memberIn(standing)), { memberId, action });
        if (organizationActions.some((known) => known === action)) expect(decision).toMatchObject({ role: standing });
        else expect(decision).toMatchObject({ allow: false, because: 'property-required' });
      }
    }
  });

  it.each(['constructor', '__proto__', 'toString', 'key.destroy', ''])('denies the unknown action "%s"', (name) => {
    const action = name as Action;
    const everything = { ...memberIn('organization_owner'), workplace: { role: 'admin', licensed: true } } as const;
    for (const model of [modelOf(), modelOf(everything), modelOf({ ...everything, state: 'removed' })]) {
      for (const query of [
        { memberId, action, propertyId },
        { memberId, action },
      ]) {
        expect(decidePermission(model, query)).toMatchObject({ allow: false, because: 'unknown-action' });
      }
    }
  });

  it('§4: no role of one scheme implies one of the other', () => {
    const owner = modelOf(memberIn('organization_owner'));
    const admin = modelOf({ ...member, assignments: [], workplace: { role: 'admin', licensed: true } });
    for (const action of workplaceActions) expect(decidePermission(owner, { memberId, action }).allow).toBe(false);
    for (const action of hospitalityActions) {
      expect(decidePermission(admin, { memberId, action, propertyId }).allow).toBe(false);
    }
  });

  it('S39: without a license the booking channels are closed to every role, and open at once with one', () => {
    for (const role of workplaceRoles) {
      const model = modelOf({ ...member, workplace: { role, licensed: false } });
      for (const action of ['web_portal.use', 'mobile_app.use'] as const) {
        expect(decidePermission(model, { memberId, action })).toMatchObject({ because: 'license-required' });
      }
      applyMembership(model, { ...member, workplace: { role, licensed: true } });
      for (const at of [undefined, propertyId, elsewhere.propertyId, foreign.propertyId, 'prop_unknown']) {
        expect(decidePermission(model, { memberId, action: 'web_portal.use', propertyId: at }).allow).toBe(true);
      }
    }
  });

  it('refuses an assignment to a property of another organization, and keeps what it knew', () => {
    const model = modelOf(member);
    const stray = { ...member, assignments: [{ propertyId: foreign.propertyId, role: 'owner' as const }] };
    expect(() => applyMembership(model, stray)).toThrow(CoreError);
    expect(decidePermission(model, { memberId, action: 'key.view', propertyId }).allow).toBe(true);
  });

  it('invariant 4: Housekeeping does nothing on the dashboard', () => {
    const model = modelOf(memberIn('housekeeping'));
    for (const action of ['dashboard.sign_in', 'dashboard.view', 'unlock.dashboard', 'device.view'] as const) {
      expect(decidePermission(model, { memberId, action, propertyId }).allow).toBe(false);
    }
  });
});

const roles = fc.constantFrom(...hospitalityRoles);
const places = fc.constantFrom(propertyId, elsewhere.propertyId);
const memberships: fc.Arbitrary<Membership> = fc.record({
  memberId: fc.constant(memberId),
  organizationId: fc.constant(organization),
  state: fc.constantFrom('inactive', 'active', 'active', 'active', 'deactivated', 'removed'),
  organizationOwner: fc.boolean(),
  assignments: fc.uniqueArray(fc.record({ propertyId: places, role: roles }), { selector: (one) => one.propertyId }),
  workplace: fc.record({ role: fc.constantFrom(...workplaceRoles), licensed: fc.boolean() }),
});
const queries = fc.record({
  memberId: fc.constant(memberId),
  action: fc.constantFrom(...actions),
  propertyId: fc.option(fc.constantFrom(propertyId, elsewhere.propertyId, foreign.propertyId), { nil: undefined }),
});

/** What may have been lost from one decision to the next. */
function takenAway(before: PermissionDecision, after: PermissionDecision): boolean {
  return before.allow && !after.allow;
}

describe('laws of permission decisions', () => {
  it('an assignment, the owner flag or a license added never takes a permission away', () => {
    const gains = fc.oneof(
      roles.map((role) => (had: Membership): Membership => {
        const free = [propertyId, elsewhere.propertyId].find((at) => had.assignments.every((a) => a.propertyId !== at));
        const added = free === undefined ? [] : [{ propertyId: free, role }];
        return { ...had, assignments: [...had.assignments, ...added] };
      }),
      fc.constant((had: Membership): Membership => ({ ...had, organizationOwner: true })),
      fc.constant(
        (had: Membership): Membership => ({
          ...had,
          workplace: { role: had.workplace?.role ?? 'member', licensed: true },
        }),
      ),
    );
    fc.assert(
      fc.property(memberships, gains, queries, (had, gain, query) => {
        const before = decidePermission(modelOf(had), query);
        expect(takenAway(before, decidePermission(modelOf(gain(had)), query))).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('§5: each standing down to Team may all that those below it in that line may', () => {
    const line = ['organization_owner', 'owner', 'general_manager', 'team', 'housekeeping'] as const;
    for (const [index, higher] of line.entries()) {
      for (const lower of line.slice(index + 1)) {
        for (const action of hospitalityActions) {
          const query = { memberId, action, propertyId };
          const before = decidePermission(modelOf(memberIn(lower)), query);
          expect(takenAway(before, decidePermission(modelOf(memberIn(higher)), query)), `${higher} ${action}`).toBe(
            false,
          );
        }
      }
    }
  });

  it('S7: Admin may all that Coordinator may, and Coordinator all that Member may', () => {
    fc.assert(
      fc.property(fc.constantFrom(...workplaceActions), fc.boolean(), (action, licensed) => {
        const [admin, coordinator, plain] = workplaceRoles.map((role) =>
          decidePermission(modelOf({ ...member, workplace: { role, licensed } }), { memberId, action }),
        ) as [PermissionDecision, PermissionDecision, PermissionDecision];
        expect(takenAway(plain, coordinator)).toBe(false);
        expect(takenAway(coordinator, admin)).toBe(false);
      }),
    );
  });

  it('a model changed step by step answers like one built at once', () => {
    fc.assert(
      fc.property(fc.array(memberships, { minLength: 1 }), queries, (history, query) => {
        const stepwise = modelOf();
        for (const membership of history) applyMembership(stepwise, membership);
        expect(decidePermission(stepwise, query)).toEqual(decidePermission(modelOf(...history.slice(-1)), query));
      }),
    );
  });

  it('the same question gets the same object: answers are prepared, frozen and shared', () => {
    fc.assert(
      fc.property(memberships, queries, (membership, query) => {
        const model = modelOf(membership);
        const decision = decidePermission(model, query);
        expect(decidePermission(model, { ...query })).toBe(decision);
        expect(Object.isFrozen(decision)).toBe(true);
      }),
    );
  });

  it('whoever a denial says could do it, can', () => {
    fc.assert(
      fc.property(memberships, queries, (membership, query) => {
        const decision = decidePermission(modelOf(membership), query);
        if (decision.allow) return;
        for (const role of decision.whoCould) {
          const able =
            role === 'admin' || role === 'coordinator' || role === 'member'
              ? { ...member, workplace: { role, licensed: true } }
              : memberIn(role);
          expect(decidePermission(modelOf(able), { ...query, propertyId }).allow).toBe(true);
        }
      }),
    );
  });
});
