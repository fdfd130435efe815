import { beforeEach, describe, expect, it } from 'vitest';
import type { MemberId, PropertyId } from '../identifiers.js';
import { decidePermission } from '../permission-model.js';
import type { HospitalityRole } from '../role.js';
import {
  createSamplePeople,
  directorySync,
  east,
  north,
  nowhere,
  operator,
  outcome,
  refusalIn,
  type SamplePeople,
  south,
} from './sample-people.test-rig.js';

let people: SamplePeople;
let owner: MemberId;
let propertyOwner: MemberId;
let manager: MemberId;

beforeEach(() => {
  people = createSamplePeople();
  owner = people.add({ organizationOwner: true });
  propertyOwner = people.add({ roles: [[north, 'owner']] });
  manager = people.add({ roles: [[north, 'general_manager']] });
});

type Pair = readonly [PropertyId, HospitalityRole];
const list = (...pairs: readonly Pair[]) => pairs.map(([propertyId, role]) => ({ propertyId, role }));
const edit = (memberId: MemberId, ...pairs: readonly Pair[]) =>
  ({ type: 'edit-member', memberId, assignments: list(...pairs) }) as const;
const setRole = (memberId: MemberId, propertyId: PropertyId, role: HospitalityRole) =>
  ({ type: 'edit-assignment', memberId, propertyId, role }) as const;
const rolesOf = (memberId: MemberId) =>
  Object.fromEntries(people.get(memberId).assignments.map(({ propertyId, role }) => [propertyId, role]));

describe('editing the team', () => {
  it.each(['active', 'inactive'] as const)('G20: roles and properties change at any time, also while %s', (state) => {
    const ada = people.add({ state, roles: [[north, 'team']] });
    people.must(owner, edit(ada, [north, 'installer'], [south, 'team']));
    expect(rolesOf(ada)).toEqual({ [north]: 'installer', [south]: 'team' });
    people.must(manager, setRole(ada, north, 'housekeeping'));
    expect(rolesOf(ada)).toEqual({ [north]: 'housekeeping', [south]: 'team' });
  });

  it('G20: the next decision follows the new role', () => {
    const ada = people.add({ roles: [[north, 'team']] });
    const may = () =>
      decidePermission(people.permissions(), { memberId: ada, action: 'space.edit', propertyId: north }).allow;
    expect(may()).toBe(false);
    people.must(owner, setRole(ada, north, 'general_manager'));
    expect(may()).toBe(true);
  });

  it('G22: takes the right over the old role, the new one, and every property touched', () => {
    const boss = people.add({ roles: [[south, 'owner']] });
    const both = people.add({
      roles: [
        [north, 'general_manager'],
        [south, 'team'],
      ],
    });
    const ada = people.add({
      roles: [
        [north, 'team'],
        [south, 'team'],
      ],
    });
    // Down from a role that is too high, and up to one.
    expect(outcome(people.decide(manager, setRole(propertyOwner, north, 'team')))).toBe('role-level-not-manageable');
    expect(outcome(people.decide(manager, setRole(ada, north, 'owner')))).toBe('role-level-not-manageable');
    // One of the two properties is out of reach, though in sight.
    expect(refusalIn(people.decide(both, edit(ada, [north, 'installer'], [south, 'installer'])))).toMatchObject({
      because: 'role-lacks-action',
      action: 'member.edit_role',
      role: 'team',
    });
    // What stays the same is not touched.
    expect(outcome(people.decide(both, edit(ada, [north, 'installer'], [south, 'team'])))).toBe('allowed');
    expect(outcome(people.decide(boss, setRole(ada, south, 'owner')))).toBe('allowed');
  });

  it('G25, G27: Owners manage Owners, General Managers do not', () => {
    const other = people.add({ roles: [[north, 'owner']] });
    expect(outcome(people.decide(propertyOwner, setRole(other, north, 'team')))).toBe('allowed');
    expect(outcome(people.decide(propertyOwner, setRole(manager, north, 'owner')))).toBe('allowed');
    expect(outcome(people.decide(manager, setRole(other, north, 'team')))).toBe('role-level-not-manageable');
    expect(outcome(people.decide(manager, setRole(manager, north, 'owner')))).toBe('role-lacks-action');
  });

  it('G54: the refusal names the role of the actor, that of the target, and who could', () => {
    expect(refusalIn(people.decide(manager, setRole(propertyOwner, north, 'team')))).toEqual({
      because: 'role-level-not-manageable',
      actor: 'general_manager',
      target: 'owner',
      propertyId: north,
      whoCould: ['organization_owner', 'owner'],
    });
    expect(refusalIn(people.decide(propertyOwner, setRole(owner, north, 'team')))).toMatchObject({
      because: 'role-level-not-manageable',
      actor: 'owner',
      target: 'organization_owner',
      whoCould: ['organization_owner'],
    });
  });

  it('★16: with peer management off, General Managers leave each other alone', () => {
    const peer = people.add({ roles: [[north, 'general_manager']] });
    expect(outcome(people.decide(manager, setRole(peer, north, 'team')))).toBe('allowed');
    people.changeOrganization({ peerManagement: false });
    expect(outcome(people.decide(manager, setRole(peer, north, 'team')))).toBe('role-level-not-manageable');
    expect(outcome(people.decide(propertyOwner, setRole(peer, north, 'team')))).toBe('allowed');
    expect(outcome(people.decide(manager, setRole(manager, north, 'team')))).toBe('allowed');
  });

  it.each(['team', 'housekeeping', 'installer'] as const)(
    'G31: %s edits nobody, not even into what they are',
    (role) => {
      const actor = people.add({ roles: [[north, role]] });
      const ada = people.add({ roles: [[north, 'team']] });
      for (const command of [
        setRole(ada, north, 'installer'),
        setRole(ada, north, 'team'),
        edit(ada, [north, 'team']),
      ]) {
        expect(outcome(people.decide(actor, command))).toBe(role === 'team' ? 'role-lacks-action' : 'member-not-found');
      }
    },
  );

  it('§5.1: nobody raises themselves; lowering is for those who may remove themselves', () => {
    const team = people.add({ roles: [[north, 'team']] });
    const mixed = people.add({
      roles: [
        [north, 'general_manager'],
        [south, 'team'],
      ],
    });
    expect(refusalIn(people.decide(team, setRole(team, north, 'installer')))).toMatchObject({ action: 'self.remove' });
    expect(refusalIn(people.decide(team, setRole(team, north, 'owner')))).toMatchObject({ action: 'self.raise_role' });
    expect(refusalIn(people.decide(mixed, setRole(mixed, south, 'general_manager')))).toMatchObject({
      action: 'self.raise_role',
    });
    expect(
      refusalIn(
        people.decide(propertyOwner, { type: 'edit-member', memberId: propertyOwner, organizationOwner: true }),
      ),
    ).toMatchObject({ action: 'organization_owner.set' });
    expect(outcome(people.decide(propertyOwner, setRole(propertyOwner, north, 'general_manager')))).toBe('allowed');
  });

  it('G10: a General Manager edits on his properties; what stands elsewhere stays and is not told', () => {
    const ada = people.add({
      roles: [
        [north, 'team'],
        [south, 'owner'],
      ],
    });
    const changes = people.must(manager, edit(ada, [north, 'installer']));
    expect(rolesOf(ada)).toEqual({ [north]: 'installer', [south]: 'owner' });
    expect(changes.map(({ type }) => type)).toEqual(['member-changed']);
    for (const propertyId of [south, nowhere]) {
      expect(refusalIn(people.decide(manager, edit(ada, [north, 'team'], [propertyId, 'team'])))).toEqual({
        because: 'property-not-found',
        propertyId,
      });
      expect(outcome(people.decide(manager, setRole(ada, propertyId, 'team')))).toBe('property-not-found');
    }
  });

  it('G10: emptying what he sees is refused alike, whether there is more elsewhere or not', () => {
    const here = people.add({ roles: [[north, 'team']] });
    const elsewhere = people.add({
      roles: [
        [north, 'team'],
        [south, 'team'],
      ],
    });
    for (const ada of [here, elsewhere]) {
      expect(refusalIn(people.decide(manager, edit(ada)))).toEqual({ because: 'property-missing' });
    }
  });

  it('G10, G21: members out of sight are not there', () => {
    const stranger = people.add({ roles: [[south, 'team']] });
    const unknown = 'mem_00000000000000000000000000' as MemberId;
    for (const memberId of [stranger, unknown]) {
      expect(refusalIn(people.decide(manager, edit(memberId, [north, 'team'])))).toEqual({
        because: 'member-not-found',
      });
    }
    expect(outcome(people.decide(owner, edit(stranger, [north, 'team'])))).toBe('allowed');
  });

  it('G23: a lost property takes keys, unlocks and app tokens of that property along, and nothing else', () => {
    const ada = people.add({
      roles: [
        [north, 'team'],
        [south, 'team'],
      ],
    });
    expect(people.must(owner, edit(ada, [south, 'team'], [east, 'team']))).toEqual([
      { type: 'member-changed', memberId: ada, change: { assignments: list([south, 'team'], [east, 'team']) } },
      { type: 'app-grants-revoked', memberId: ada, propertyId: north },
      { type: 'keys-revoked', memberId: ada, propertyId: north },
      { type: 'unlocks-cancelled', memberId: ada, propertyId: north },
    ]);
  });

  it('G15: the flag replaces roles, and without it the properties given remain', () => {
    const ada = people.add({ roles: [[north, 'team']] });
    people.must(owner, { type: 'edit-member', memberId: ada, organizationOwner: true });
    expect(people.get(ada)).toMatchObject({ organizationOwner: true, assignments: [] });
    expect(outcome(people.decide(owner, edit(ada, [north, 'team'])))).toBe('owner-with-assignments');
    expect(outcome(people.decide(owner, setRole(ada, north, 'team')))).toBe('owner-with-assignments');
    const without = { type: 'edit-member', memberId: ada, organizationOwner: false } as const;
    expect(outcome(people.decide(owner, without))).toBe('property-missing');
    const changes = people.must(owner, { ...without, assignments: list([north, 'team']) });
    expect(people.get(ada)).toMatchObject({ organizationOwner: false, assignments: list([north, 'team']) });
    // Every property but the one that stays is lost (G23).
    const lost = changes.flatMap((change) => (change.type === 'keys-revoked' ? [change.propertyId] : []));
    expect(lost).toEqual([south, east]);
  });

  it('G15, P-20: the last Organization Owner who can sign in keeps the flag', () => {
    const takeOff = {
      ...{ type: 'edit-member' as const, memberId: owner, organizationOwner: false },
      assignments: list([north, 'team']),
    } as const;
    expect(refusalIn(people.decide(owner, takeOff))).toEqual({
      because: 'last-of-role',
      role: 'organization_owner',
      propertyId: null,
    });
    people.add({ organizationOwner: true, state: 'inactive' });
    people.add({ organizationOwner: true, state: 'deactivated' });
    const locked = people.add({ organizationOwner: true, canSignIn: false });
    expect(outcome(people.decide(operator, takeOff))).toBe('last-of-role');
    people.setCanSignIn(locked, true);
    expect(outcome(people.decide(owner, takeOff))).toBe('allowed');
  });

  it('G25, P-20: the last Owner of a single property stays Owner', () => {
    const single = createSamplePeople({ kind: 'single_property' });
    const boss = single.add({ roles: [[north, 'owner']] });
    const demote = setRole(boss, north, 'general_manager');
    expect(refusalIn(single.decide(boss, demote))).toEqual({
      because: 'last-of-role',
      role: 'owner',
      propertyId: north,
    });
    single.add({ roles: [[north, 'owner']] });
    expect(outcome(single.decide(boss, demote))).toBe('allowed');
  });

  it('G19: nothing changes an address; a name is for oneself and those who could take the access away', () => {
    const ada = people.add({ roles: [[north, 'team']] });
    const rename = (memberId: MemberId) => ({ type: 'rename', memberId, name: 'Ada' }) as const;
    expect(people.must(ada, rename(ada))).toEqual([{ type: 'member-changed', memberId: ada, change: { name: 'Ada' } }]);
    expect(outcome(people.decide(manager, rename(ada)))).toBe('allowed');
    expect(outcome(people.decide(directorySync, rename(ada)))).toBe('allowed');
    expect(outcome(people.decide(manager, rename(propertyOwner)))).toBe('role-level-not-manageable');
    expect(outcome(people.decide(manager, rename(owner)))).toBe('role-level-not-manageable');
    expect(outcome(people.decide(people.add({ roles: [[north, 'team']] }), rename(ada)))).toBe('role-lacks-action');
    expect(outcome(people.decide(people.add({ user: 'admin' }), rename(ada)))).toBe('member-not-found');
    for (const change of people.log) expect(JSON.stringify(change)).not.toContain('email');
  });

  it('4.1: an Admin edits no property roles, an Organization Owner no users', () => {
    const admin = people.add({ user: 'admin' });
    const ada = people.add({ roles: [[north, 'team']], user: 'member' });
    expect(outcome(people.decide(admin, edit(ada, [north, 'owner'])))).toBe('property-not-found');
    expect(
      refusalIn(people.decide(admin, { type: 'edit-member', memberId: ada, organizationOwner: true })),
    ).toMatchObject({ because: 'not-assigned', action: 'organization_owner.set' });
    expect(refusalIn(people.decide(owner, { type: 'edit-user', memberId: ada, role: 'admin' }))).toMatchObject({
      because: 'not-assigned',
      action: 'user.manage',
    });
  });

  it('P-21: whoever edits an open offer answers for it, unless part of it is out of sight', () => {
    const ada = people.add({ state: 'inactive', roles: [[north, 'team']], grantor: people.by(owner) });
    const both = people.add({
      state: 'inactive',
      roles: [
        [north, 'team'],
        [south, 'team'],
      ],
      grantor: people.by(owner),
    });
    for (const memberId of [ada, both]) people.must(manager, edit(memberId, [north, 'installer']));
    expect(people.invitation(ada)?.grantor).toEqual(people.by(manager));
    expect(people.invitation(both)?.grantor).toEqual(people.by(owner));
  });

  it('who is deactivated or removed gets no roles', () => {
    for (const state of ['deactivated', 'removed'] as const) {
      const ada = people.add({ state });
      expect(refusalIn(people.decide(owner, edit(ada, [north, 'team'])))).toEqual({
        because: 'state-not-fitting',
        state,
      });
    }
  });
});
