import { beforeEach, describe, expect, it } from 'vitest';
import type { MemberId } from '../identifiers.js';
import { toInstant } from '../instant.js';
import {
  createSamplePeople,
  directorySync,
  north,
  now,
  openForMs,
  operator,
  outcome,
  refusalIn,
  type SamplePeople,
  south,
} from './sample-people.test-rig.js';

let people: SamplePeople;
let owner: MemberId;

beforeEach(() => {
  people = createSamplePeople();
  owner = people.add({ organizationOwner: true });
});

const accept = (memberId: MemberId) => ({ type: 'accept-invitation', memberId }) as const;
const demote = (memberId: MemberId, role: 'team' | 'general_manager') =>
  ({ type: 'edit-assignment', memberId, propertyId: north, role }) as const;

describe('accepting', () => {
  it('G2: one acceptance gives every role that was offered', () => {
    const ada = people.add({
      state: 'inactive',
      roles: [
        [north, 'team'],
        [south, 'installer'],
      ],
    });
    expect(people.must(ada, accept(ada))).toEqual([
      { type: 'member-changed', memberId: ada, change: { state: 'active' } },
      { type: 'invitation-ended', memberId: ada, as: 'accepted' },
    ]);
    expect(people.get(ada)).toMatchObject({ state: 'active', assignments: [{ role: 'team' }, { role: 'installer' }] });
  });

  it('G18, P-23: once only, and not after the end, which is said', () => {
    const ada = people.add({ state: 'inactive', roles: [[north, 'team']] });
    const expiredAt = toInstant(now + openForMs);
    expect(refusalIn(people.run(ada, accept(ada), expiredAt))).toEqual({ because: 'invitation-expired', expiredAt });
    expect(people.get(ada).state).toBe('inactive');
    expect(outcome(people.run(ada, accept(ada), toInstant(expiredAt - 1)))).toBe('allowed');
    expect(outcome(people.run(ada, accept(ada)))).toBe('invitation-not-open');
    const removed = people.add({ state: 'inactive', roles: [[north, 'team']] });
    people.must(owner, { type: 'remove-invitation', memberId: removed });
    expect(outcome(people.run(removed, accept(removed)))).toBe('invitation-not-open');
  });

  it('P-21: an inviter who was demoted meanwhile answers for nothing he could not offer now', () => {
    const boss = people.add({ roles: [[north, 'owner']] });
    people.must(boss, {
      type: 'invite-team',
      level: 'organization',
      rows: [{ email: 'a@b.de', assignments: [{ propertyId: north, role: 'owner' }] }],
    });
    const ada = people.newest();
    people.must(owner, demote(boss, 'general_manager'));
    expect(outcome(people.run(ada, accept(ada)))).toBe('invitation-not-covered');
    // An offer that is changed is answered for by whoever changed it.
    people.must(boss, { type: 'remove-member', memberId: boss, propertyId: north, confirm: 'remove' });
    people.must(owner, demote(ada, 'general_manager'));
    expect(outcome(people.run(ada, accept(ada)))).toBe('allowed');
  });

  it.each(['removed', 'deactivated', 'inactive'] as const)('P-21: nobody who is %s answers for an offer', (state) => {
    const gone = people.add({ state, roles: [[north, 'owner']] });
    const ada = people.add({ state: 'inactive', roles: [[north, 'team']], grantor: people.by(gone) });
    expect(outcome(people.run(ada, accept(ada)))).toBe('invitation-not-covered');
  });

  it('P-21: in the workplace an Admin answers, licensed or not, and Directory Sync for Members', () => {
    const admin = people.add({ user: { role: 'admin', licensed: false } });
    const coordinator = people.add({ user: 'coordinator' });
    const by = (grantor: ReturnType<SamplePeople['by']>, user: 'member' | 'admin') => {
      const invited = people.add({ state: 'inactive', user, grantor });
      return outcome(people.decide(invited, accept(invited)));
    };
    expect(by(people.by(admin), 'admin')).toBe('allowed');
    expect(by(people.by(coordinator), 'member')).toBe('invitation-not-covered');
    expect(by(directorySync, 'member')).toBe('allowed');
    expect(by(directorySync, 'admin')).toBe('invitation-not-covered');
    expect(by(operator, 'admin')).toBe('allowed');
  });

  it('P-22: the seat was reserved, so there is one, even when fewer are bought by now', () => {
    const ada = people.add({ state: 'inactive', user: 'member' });
    people.changeOrganization({ licenses: 0, subscriptionEndsAt: now });
    expect(outcome(people.run(ada, accept(ada)))).toBe('allowed');
  });

  it('S11: a sign-in method that the plan no longer has cannot be accepted into', () => {
    const ada = people.add({ state: 'inactive', roles: [[north, 'team']], signInMethod: 'sso_google' });
    people.changeOrganization({ plan: 'business' });
    expect(outcome(people.run(ada, accept(ada)))).toBe('plan-required');
  });
});
