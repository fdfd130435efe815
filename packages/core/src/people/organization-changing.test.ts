import { describe, expect, it } from 'vitest';
import { toInstant } from '../instant.js';
import {
  createSamplePeople,
  north,
  now,
  nowhere,
  operator,
  outcome,
  refusalIn,
  south,
} from './sample-people.test-rig.js';

describe('the subscription', () => {
  it('S6, S32: plan, licenses and end are for Admins and the operator', () => {
    const people = createSamplePeople();
    const admin = people.add({ user: 'admin' });
    const owner = people.add({ organizationOwner: true });
    const change = {
      type: 'change-subscription',
      plan: 'business',
      licenses: 20,
      subscriptionEndsAt: toInstant(now + 1),
    } as const;
    expect(refusalIn(people.decide(owner, change))).toMatchObject({ because: 'not-assigned', action: 'plan.manage' });
    expect(outcome(people.decide(people.add({ user: 'coordinator' }), change))).toBe('role-lacks-action');
    expect(outcome(people.decide(operator, change))).toBe('allowed');
    expect(people.must(admin, change)).toEqual([
      { type: 'organization-changed', change: { plan: 'business', licenses: 20, subscriptionEndsAt: now + 1 } },
    ]);
  });

  it('S11, S12: without a workplace there is no Admin, so whoever manages the organization has the plan', () => {
    const change = { type: 'change-subscription', plan: 'business' } as const;
    const people = createSamplePeople({ schemes: ['hospitality'] });
    expect(outcome(people.decide(people.add({ organizationOwner: true }), change))).toBe('allowed');
    expect(outcome(people.decide(people.add({ roles: [[north, 'owner']] }), change))).toBe('role-lacks-action');
    const single = createSamplePeople({ schemes: ['hospitality'], kind: 'single_property' });
    expect(outcome(single.decide(single.add({ roles: [[north, 'owner']] }), change))).toBe('allowed');
    expect(refusalIn(single.decide(single.add({ roles: [[north, 'general_manager']] }), change))).toMatchObject({
      because: 'role-lacks-action',
      action: 'organization.manage',
    });
  });

  it('S31: licenses cannot be fewer than are held', () => {
    const people = createSamplePeople({ licenses: 5 });
    const admin = people.add({ user: 'admin' });
    people.add({ user: 'member', state: 'inactive' });
    people.add({ user: 'member', state: 'deactivated' });
    expect(refusalIn(people.decide(admin, { type: 'change-subscription', licenses: 1 }))).toEqual({
      because: 'license-shortfall',
      needed: 2,
      available: 1,
    });
    expect(outcome(people.decide(admin, { type: 'change-subscription', licenses: 2 }))).toBe('allowed');
  });

  it('S11, P-20: a lower plan may not lock out the last who signs in by single sign-on', () => {
    const people = createSamplePeople();
    const admin = people.add({ user: 'admin', signInMethod: 'sso_google' });
    const lower = { type: 'change-subscription', plan: 'basic' } as const;
    expect(refusalIn(people.decide(admin, lower))).toMatchObject({ because: 'last-of-role', role: 'admin' });
    people.add({ user: 'admin' });
    expect(outcome(people.decide(admin, lower))).toBe('allowed');
    people.add({ organizationOwner: true, signInMethod: 'sso_google' });
    expect(refusalIn(people.decide(operator, lower))).toMatchObject({ role: 'organization_owner' });
  });
});

describe('the organization', () => {
  it('G9: peer management and schemes are for Organization Owners; in a single property for its Owners', () => {
    const people = createSamplePeople();
    const change = { type: 'change-organization', peerManagement: false } as const;
    expect(outcome(people.decide(people.add({ organizationOwner: true }), change))).toBe('allowed');
    expect(outcome(people.decide(people.add({ roles: [[north, 'owner']] }), change))).toBe('role-lacks-action');
    expect(outcome(people.decide(people.add({ user: 'admin' }), change))).toBe('not-assigned');
    const single = createSamplePeople({ kind: 'single_property' });
    expect(outcome(single.decide(single.add({ roles: [[north, 'owner']] }), change))).toBe('allowed');
    expect(outcome(single.decide(single.add({ roles: [[north, 'general_manager']] }), change))).toBe(
      'role-lacks-action',
    );
  });

  it('4.1: a scheme goes only when nobody has a role in it', () => {
    const people = createSamplePeople();
    const owner = people.add({ organizationOwner: true });
    const invited = people.add({ user: 'member', state: 'inactive' });
    expect(refusalIn(people.decide(owner, { type: 'change-organization', schemes: ['hospitality'] }))).toEqual({
      because: 'scheme-in-use',
      scheme: 'workplace',
      members: 1,
    });
    expect(refusalIn(people.decide(owner, { type: 'change-organization', schemes: ['workplace'] }))).toMatchObject({
      scheme: 'hospitality',
    });
    people.must(operator, { type: 'remove-invitation', memberId: invited });
    people.must(owner, { type: 'change-organization', schemes: ['hospitality'] });
    expect(people.organization.schemes).toEqual(['hospitality']);
  });

  it('4.1: whoever begins the workplace is its first Admin, without a license, and nobody is a second time', () => {
    for (const kind of ['organization', 'single_property'] as const) {
      const people = createSamplePeople({ kind, schemes: ['hospitality'], licenses: 0 });
      const top = people.add(kind === 'organization' ? { organizationOwner: true } : { roles: [[north, 'owner']] });
      const begin = { type: 'change-organization', schemes: ['hospitality', 'workplace'] } as const;
      expect(outcome(people.decide(people.add({ roles: [[north, 'general_manager']] }), begin))).toBe(
        'role-lacks-action',
      );
      expect(people.must(top, begin)).toEqual([
        { type: 'organization-changed', change: { schemes: begin.schemes } },
        { type: 'member-changed', memberId: top, change: { workplace: { role: 'admin', licensed: false } } },
      ]);
      const second = people.add(kind === 'organization' ? { organizationOwner: true } : { roles: [[north, 'owner']] });
      people.must(second, begin);
      expect(people.get(second).workplace).toBeUndefined();
    }
    const people = createSamplePeople({ schemes: ['hospitality'] });
    people.must(operator, { type: 'change-organization', schemes: ['hospitality', 'workplace'] });
    expect(people.log.map(({ type }) => type)).toEqual(['organization-changed']);
  });

  it('S6: one that is a workplace and nothing else is managed by its Admins', () => {
    const people = createSamplePeople({ schemes: ['workplace'] });
    const change = { type: 'change-organization', peerManagement: false } as const;
    expect(outcome(people.decide(people.add({ user: { role: 'admin', licensed: false } }), change))).toBe('allowed');
    const grow = { type: 'change-organization', schemes: ['workplace', 'hospitality'] } as const;
    expect(refusalIn(people.decide(people.add({ user: 'admin' }), grow))).toMatchObject({ whoCould: [] });
    expect(refusalIn(people.decide(people.add({ user: 'coordinator' }), change))).toMatchObject({
      because: 'role-lacks-action',
      action: 'workplace_settings.edit',
      whoCould: ['admin'],
    });
  });

  it('G4, G54: who could is told of nobody who cannot exist in a single property', () => {
    const single = createSamplePeople({ kind: 'single_property' });
    const team = single.add({ roles: [[north, 'team']] });
    const manager = single.add({ roles: [[north, 'general_manager']] });
    const boss = single.add({ roles: [[north, 'owner']] });
    const whoCould = (by: typeof team, command: Parameters<typeof single.decide>[1]) =>
      refusalIn(single.decide(by, command));
    const manage = { type: 'change-organization', peerManagement: false } as const;
    expect(whoCould(manager, manage)).toMatchObject({ action: 'organization.manage', whoCould: ['owner'] });
    const demote = { type: 'edit-assignment', memberId: boss, propertyId: north, role: 'team' } as const;
    expect(whoCould(manager, demote)).toMatchObject({ because: 'role-level-not-manageable', whoCould: ['owner'] });
    expect(whoCould(team, demote)).toMatchObject({
      because: 'role-lacks-action',
      whoCould: ['owner', 'general_manager'],
    });
    const method = { type: 'edit-user', memberId: team, signInMethod: 'sso_google' } as const;
    expect(whoCould(manager, method)).toMatchObject({ because: 'role-lacks-action', whoCould: ['owner'] });
  });

  it('G5: a single property is set up as an organization, and its Owners become Organization Owners', () => {
    const people = createSamplePeople({ kind: 'single_property' });
    const boss = people.add({ roles: [[north, 'owner']] });
    const invited = people.add({ state: 'inactive', roles: [[north, 'owner']] });
    const team = people.add({ roles: [[north, 'team']] });
    expect(outcome(people.decide(boss, { type: 'set-up-organization' }))).toBe('role-lacks-action');
    people.must(operator, { type: 'set-up-organization' });
    expect(people.organization.kind).toBe('organization');
    for (const memberId of [boss, invited]) {
      expect(people.get(memberId)).toMatchObject({ organizationOwner: true, assignments: [] });
    }
    expect(people.get(team)).toMatchObject({ organizationOwner: false, assignments: [{ role: 'team' }] });
    expect(people.log.filter(({ type }) => type === 'keys-revoked')).toEqual([]);
    expect(people.must(operator, { type: 'set-up-organization' })).toEqual([]);
  });

  it('G8: a property goes with every assignment to it, and with those who had no other', () => {
    const people = createSamplePeople();
    const owner = people.add({ organizationOwner: true });
    const boss = people.add({ roles: [[north, 'owner']] });
    const both = people.add({
      roles: [
        [north, 'team'],
        [south, 'team'],
      ],
    });
    const command = { type: 'remove-property', propertyId: north, confirm: 'remove' } as const;
    expect(outcome(people.decide(boss, command))).toBe('role-lacks-action');
    expect(outcome(people.decide(boss, { ...command, propertyId: south }))).toBe('property-not-found');
    expect(outcome(people.decide(owner, { ...command, propertyId: nowhere }))).toBe('property-not-found');
    expect(outcome(people.decide(owner, { ...command, confirm: 'Remove' }))).toBe('confirmation-required');
    const changes = people.must(owner, command);
    expect(people.get(boss).state).toBe('removed');
    expect(people.get(both)).toMatchObject({ state: 'active', assignments: [{ propertyId: south }] });
    expect(changes).toContainEqual({ type: 'keys-revoked', memberId: both, propertyId: north });
    expect(changes.at(-1)).toEqual({ type: 'property-removed', propertyId: north });
    expect(outcome(people.decide(owner, command))).toBe('property-not-found');
  });

  it('G4: the one property of a single property stays', () => {
    const single = createSamplePeople({ kind: 'single_property' });
    const boss = single.add({ roles: [[north, 'owner']] });
    const command = { type: 'remove-property', propertyId: north, confirm: 'remove' } as const;
    expect(outcome(single.decide(boss, command))).toBe('organization-required');
  });
});
