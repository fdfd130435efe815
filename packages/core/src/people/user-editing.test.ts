import { beforeEach, describe, expect, it } from 'vitest';
import type { MemberId } from '../identifiers.js';
import { licenseUsage } from './license-usage.js';
import type { PeopleCommand } from './people-command.js';
import {
  createSamplePeople,
  directorySync,
  firstDesk,
  noDesk,
  north,
  operator,
  outcome,
  refusalIn,
  type SamplePeople,
  secondDesk,
} from './sample-people.test-rig.js';

let people: SamplePeople;
let admin: MemberId;
let ada: MemberId;

beforeEach(() => {
  people = createSamplePeople();
  admin = people.add({ user: 'admin' });
  ada = people.add({ user: 'member' });
});

type Settings = Omit<Extract<PeopleCommand, { type: 'edit-user' }>, 'type' | 'memberId'>;
const edit = (memberId: MemberId, settings: Settings) => ({ type: 'edit-user', memberId, ...settings }) as const;
const deactivate = (memberId: MemberId) => ({ type: 'deactivate', memberId }) as const;
const reactivate = (memberId: MemberId, licensed?: boolean) => ({ type: 'reactivate', memberId, licensed }) as const;
const usage = () => licenseUsage(people.state);

describe('editing users', () => {
  it('S38: role, desk, license and sign-in method, each and together', () => {
    people.must(admin, edit(ada, { role: 'coordinator', deskId: firstDesk, signInMethod: 'sso_google' }));
    expect(people.get(ada)).toMatchObject({
      ...{ workplace: { role: 'coordinator', licensed: true }, deskId: firstDesk, signInMethod: 'sso_google' },
    });
    people.must(admin, edit(ada, { licensed: false, deskId: null }));
    expect(people.get(ada)).toMatchObject({ workplace: { role: 'coordinator', licensed: false }, deskId: null });
  });

  it('S38, §5.2: by Admins alone, licensed or not', () => {
    const settings: Settings[] = [
      { role: 'coordinator' },
      { deskId: firstDesk },
      { licensed: false },
      { signInMethod: 'sso_google' },
    ];
    const unlicensed = people.add({ user: { role: 'admin', licensed: false } });
    for (const change of settings) {
      expect(outcome(people.decide(unlicensed, edit(ada, change)))).toBe('allowed');
      for (const role of ['coordinator', 'member'] as const) {
        const actor = people.add({ user: role });
        expect(outcome(people.decide(actor, edit(ada, change)))).toBe('member-not-found');
        expect(outcome(people.decide(actor, edit(actor, change)))).toBe('role-lacks-action');
      }
      expect(outcome(people.decide(directorySync, edit(ada, change)))).toBe('role-lacks-action');
    }
  });

  it('S5: a desk has to be there and to be free', () => {
    people.must(admin, edit(ada, { deskId: firstDesk }));
    const other = people.add({ user: 'member' });
    expect(refusalIn(people.decide(admin, edit(other, { deskId: firstDesk })))).toEqual({
      because: 'desk-taken',
      deskId: firstDesk,
    });
    expect(outcome(people.decide(admin, edit(other, { deskId: noDesk })))).toBe('desk-not-found');
    people.must(admin, edit(ada, { deskId: secondDesk }));
    expect(outcome(people.decide(admin, edit(other, { deskId: firstDesk })))).toBe('allowed');
  });

  it('S31, S39: licenses are given while there are some', () => {
    people.changeOrganization({ licenses: 2 });
    const other = people.add({ user: { role: 'member', licensed: false } });
    expect(refusalIn(people.decide(admin, edit(other, { licensed: true })))).toEqual({
      because: 'license-shortfall',
      needed: 1,
      available: 0,
    });
    people.must(admin, edit(ada, { licensed: false }));
    expect(usage()).toEqual({ bought: 2, assigned: 1, reserved: 0, available: 1 });
    expect(outcome(people.decide(admin, edit(other, { licensed: true })))).toBe('allowed');
  });

  it('S40: switching the method ends sessions, erases the password and mails a link', () => {
    expect(people.must(admin, edit(ada, { signInMethod: 'sso_google' }))).toEqual([
      { type: 'member-changed', memberId: ada, change: { signInMethod: 'sso_google' } },
      { type: 'sessions-ended', memberId: ada, because: 'method_switched' },
      { type: 'app-grants-revoked', memberId: ada, propertyId: null },
      { type: 'password-erased', memberId: ada },
      { type: 'setup-links-voided', memberId: ada },
      { type: 'sign-in-link-mailed', memberId: ada },
    ]);
    const back = people.must(admin, edit(ada, { signInMethod: 'email_password' }));
    expect(back).toContainEqual({ type: 'sign-in-link-mailed', memberId: ada });
    expect(back).not.toContainEqual({ type: 'password-erased', memberId: ada });
  });

  it('S40: who has not accepted yet is switched without further effects', () => {
    const invited = people.add({ state: 'inactive', user: 'member' });
    expect(people.must(admin, edit(invited, { signInMethod: 'sso_google' })).map(({ type }) => type)).toEqual([
      'member-changed',
      'invitation-granted',
    ]);
  });

  it.each(['sso_google', 'sso_microsoft_365'] as const)('S11, S12, S40: switching to %s takes Pro', (signInMethod) => {
    people.changeOrganization({ plan: 'business' });
    expect(refusalIn(people.decide(admin, edit(ada, { signInMethod })))).toMatchObject({
      because: 'plan-required',
      required: 'pro',
    });
    const before = people.add({ user: 'member', signInMethod });
    expect(outcome(people.decide(admin, edit(before, { role: 'coordinator' })))).toBe('allowed');
  });

  it('P-20: the last Admin who can sign in is neither demoted, switched, nor taken out', () => {
    people.add({ user: 'admin', state: 'inactive' });
    people.add({ user: 'admin', canSignIn: false });
    const boss = people.add({ organizationOwner: true });
    people.add({ organizationOwner: true });
    for (const settings of [{ role: 'member' }, { signInMethod: 'sso_google' }] as const) {
      expect(refusalIn(people.decide(admin, edit(admin, settings)))).toEqual({
        because: 'last-of-role',
        role: 'admin',
        propertyId: null,
      });
    }
    expect(outcome(people.decide(admin, deactivate(admin)))).toBe('last-of-role');
    expect(outcome(people.decide(directorySync, deactivate(admin)))).toBe('last-of-role');
    people.must(operator, edit(boss, { role: 'admin' }));
    expect(outcome(people.decide(admin, edit(admin, { role: 'member' })))).toBe('allowed');
    expect(outcome(people.decide(admin, edit(boss, { role: null })))).toBe('allowed');
  });

  it('P-20: switching an owner to a method never used counts as one who cannot sign in', () => {
    const boss = people.add({ organizationOwner: true, user: 'member' });
    expect(refusalIn(people.decide(admin, edit(boss, { signInMethod: 'sso_google' })))).toMatchObject({
      because: 'last-of-role',
      role: 'organization_owner',
    });
    expect(outcome(people.decide(boss, edit(boss, { signInMethod: 'sso_google' })))).toBe('role-lacks-action');
  });

  it('4.1: leaving the workplace keeps property roles; the only place goes with a removal', () => {
    const both = people.add({ user: 'member', roles: [[north, 'team']], deskId: firstDesk });
    people.must(admin, edit(both, { role: null }));
    expect(people.get(both)).toMatchObject({ state: 'active', deskId: null, assignments: [{ propertyId: north }] });
    expect(people.get(both).workplace).toBeUndefined();
    expect(outcome(people.decide(admin, edit(ada, { role: null })))).toBe('not-a-user');
    // Out of the workplace is out of an Admin's sight, unless he reaches the team too.
    expect(outcome(people.decide(admin, edit(both, { licensed: true })))).toBe('member-not-found');
    const boss = people.add({ organizationOwner: true, user: 'admin' });
    expect(outcome(people.decide(boss, edit(both, { licensed: true })))).toBe('not-a-user');
    people.must(boss, edit(both, { role: 'member' }));
    expect(people.get(both).workplace).toEqual({ role: 'member', licensed: true });
  });

  it('S40: without a place in the workplace, whoever stands above every property chooses the method', () => {
    const team = people.add({ roles: [[north, 'team']] });
    const boss = people.add({ organizationOwner: true });
    const manager = people.add({ roles: [[north, 'general_manager']] });
    const propertyOwner = people.add({ roles: [[north, 'owner']] });
    const change = edit(team, { signInMethod: 'sso_google' });
    expect(outcome(people.decide(boss, change))).toBe('allowed');
    for (const actor of [manager, propertyOwner, team]) {
      expect(refusalIn(people.decide(actor, change))).toMatchObject({
        action: 'user.set_sign_in_method',
        whoCould: ['organization_owner'],
      });
    }
    const single = createSamplePeople({ kind: 'single_property' });
    const singleOwner = single.add({ roles: [[north, 'owner']] });
    const cleaner = single.add({ roles: [[north, 'housekeeping']] });
    expect(outcome(single.decide(singleOwner, edit(cleaner, { signInMethod: 'sso_google' })))).toBe('allowed');
  });
});

describe('deactivating', () => {
  it('S27: frees license and desk, ends all access, keeps the role', () => {
    people.must(admin, edit(ada, { deskId: firstDesk }));
    const changes = people.must(admin, deactivate(ada));
    expect(people.get(ada)).toMatchObject({
      ...{ state: 'deactivated', deskId: null, workplace: { role: 'member', licensed: false } },
    });
    expect(changes).toContainEqual({ type: 'sessions-ended', memberId: ada, because: 'deactivated' });
    expect(changes).toContainEqual({ type: 'api-keys-revoked', memberId: ada });
    expect(usage()).toMatchObject({ assigned: 1, reserved: 0 });
    expect(people.must(admin, deactivate(ada))).toEqual([]);
  });

  it('S27, S31: coming back takes a license, unless it is given up', () => {
    people.must(admin, deactivate(ada));
    people.changeOrganization({ licenses: 1 });
    expect(refusalIn(people.decide(admin, reactivate(ada)))).toMatchObject({ because: 'license-shortfall', needed: 1 });
    expect(outcome(people.decide(admin, reactivate(ada, false)))).toBe('allowed');
    people.changeOrganization({ licenses: 2 });
    people.must(admin, reactivate(ada));
    expect(people.get(ada)).toMatchObject({ state: 'active', workplace: { role: 'member', licensed: true } });
    expect(people.must(admin, reactivate(ada))).toEqual([]);
  });

  it('4.5: property roles end as well, so it takes somebody who covers them; the sync does', () => {
    people.add({ organizationOwner: true });
    const both = people.add({ user: 'member', roles: [[north, 'owner']] });
    expect(refusalIn(people.decide(admin, deactivate(both)))).toMatchObject({
      because: 'not-assigned',
      action: 'member.remove',
    });
    const boss = people.add({ organizationOwner: true, user: 'admin' });
    expect(outcome(people.decide(boss, deactivate(both)))).toBe('allowed');
    const changes = people.must(directorySync, deactivate(both));
    expect(changes).toContainEqual({ type: 'keys-revoked', memberId: both, propertyId: null });
    expect(people.get(both).assignments).toEqual([]);
    people.must(admin, reactivate(both));
    expect(people.get(both).assignments).toEqual([]);
  });

  it('4.5, P-20: the last Owner wins over the sync', () => {
    const boss = people.add({ organizationOwner: true, user: 'member' });
    expect(refusalIn(people.decide(directorySync, deactivate(boss)))).toMatchObject({ role: 'organization_owner' });
  });

  it('4.6: the sync neither reactivates nor touches those without a place in the workplace', () => {
    const team = people.add({ roles: [[north, 'team']] });
    expect(outcome(people.decide(directorySync, deactivate(team)))).toBe('not-a-user');
    people.must(admin, deactivate(ada));
    expect(outcome(people.decide(directorySync, reactivate(ada)))).toBe('role-lacks-action');
    expect(outcome(people.decide(directorySync, edit(ada, { role: 'admin' })))).toBe('role-lacks-action');
  });
});
