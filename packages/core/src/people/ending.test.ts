import { beforeEach, describe, expect, it } from 'vitest';
import { hospitalityMatrix } from '../hospitality-matrix.js';
import type { MemberId, PropertyId } from '../identifiers.js';
import { toInstant } from '../instant.js';
import type { Action } from '../permission-decision.js';
import { decidePermission } from '../permission-model.js';
import {
  createSamplePeople,
  directorySync,
  firstDesk,
  north,
  now,
  nowhere,
  openForMs,
  operator,
  outcome,
  refusalIn,
  type SamplePeople,
  south,
} from './sample-people.test-rig.js';

let people: SamplePeople;
let owner: MemberId;
let manager: MemberId;

beforeEach(() => {
  people = createSamplePeople();
  owner = people.add({ organizationOwner: true });
  manager = people.add({ roles: [[north, 'general_manager']] });
});

const remove = (memberId: MemberId, propertyId: PropertyId | null = null, confirm = 'remove') =>
  ({ type: 'remove-member', memberId, propertyId, confirm }) as const;
const takeBack = (memberId: MemberId) => ({ type: 'remove-invitation', memberId }) as const;
const replace = (memberId: MemberId, email?: string) => ({ type: 'replace-invitation', memberId, email }) as const;
const later = toInstant(now + openForMs);

describe('removing', () => {
  it('G36, G41: ends the membership with everything that gave access, in one decision', () => {
    const ada = people.add({
      roles: [
        [north, 'team'],
        [south, 'owner'],
      ],
      user: 'member',
    });
    people.add({ user: 'admin' });
    const all = people.add({ organizationOwner: true, user: 'admin' });
    expect(people.must(all, remove(ada))).toEqual([
      {
        type: 'member-changed',
        memberId: ada,
        change: { state: 'removed', assignments: [], workplace: null },
      },
      { type: 'sessions-ended', memberId: ada, because: 'removed' },
      { type: 'app-grants-revoked', memberId: ada, propertyId: null },
      { type: 'api-keys-revoked', memberId: ada },
      { type: 'setup-links-voided', memberId: ada },
      { type: 'keys-revoked', memberId: ada, propertyId: null },
      { type: 'unlocks-cancelled', memberId: ada, propertyId: null },
    ]);
    for (const action of Object.keys(hospitalityMatrix) as Action[]) {
      expect(decidePermission(people.permissions(), { memberId: ada, action, propertyId: north })).toMatchObject({
        allow: false,
        because: 'not-active',
        state: 'removed',
      });
    }
  });

  it.each(['', 'Remove', 'REMOVE', 'delete', 'remove it', 'r e m o v e', 'removе'])(
    'G39: %j confirms nothing',
    (word) => {
      const ada = people.add({ roles: [[north, 'team']] });
      expect(outcome(people.run(owner, remove(ada, null, word)))).toBe('confirmation-required');
      expect(outcome(people.run(owner, remove(ada, north, word)))).toBe('confirmation-required');
      expect(people.log).toEqual([]);
    },
  );

  it('G39: the word may have space around it', () => {
    expect(outcome(people.run(owner, remove(people.add({ roles: [[north, 'team']] }), null, ' remove\n')))).toBe(
      'allowed',
    );
  });

  it('G40: removing again is allowed and changes nothing, for those who could have removed', () => {
    const ada = people.add({ roles: [[north, 'team']] });
    people.must(manager, remove(ada));
    for (const propertyId of [null, north]) {
      expect(people.must(manager, remove(ada, propertyId))).toEqual([]);
      expect(people.must(owner, remove(ada, propertyId))).toEqual([]);
    }
    const cleaner = people.add({ roles: [[north, 'housekeeping']] });
    expect(outcome(people.decide(cleaner, remove(ada)))).toBe('role-lacks-action');
    expect(outcome(people.decide(manager, remove('mem_00000000000000000000000000' as MemberId)))).toBe(
      'member-not-found',
    );
  });

  it('G36, G23: a General Manager removes from his property; more elsewhere stays, and he is not told', () => {
    const here = people.add({ roles: [[north, 'team']] });
    const elsewhere = people.add({
      roles: [
        [north, 'team'],
        [south, 'team'],
      ],
    });
    for (const propertyId of [null, north]) {
      expect(outcome(people.decide(manager, remove(here, propertyId)))).toBe('allowed');
      expect(outcome(people.decide(manager, remove(elsewhere, propertyId)))).toBe('allowed');
    }
    const changes = people.must(manager, remove(elsewhere));
    expect(people.get(elsewhere)).toMatchObject({ state: 'active', assignments: [{ propertyId: south }] });
    expect(changes.slice(1)).toEqual([
      { type: 'app-grants-revoked', memberId: elsewhere, propertyId: north },
      { type: 'keys-revoked', memberId: elsewhere, propertyId: north },
      { type: 'unlocks-cancelled', memberId: elsewhere, propertyId: north },
    ]);
    people.must(manager, remove(here));
    expect(people.get(here).state).toBe('removed');
    // Asked again, both look alike.
    expect(people.decide(manager, remove(here))).toEqual(people.decide(manager, remove(elsewhere)));
  });

  it('G10: a property out of sight is not there', () => {
    const ada = people.add({
      roles: [
        [north, 'team'],
        [south, 'team'],
      ],
    });
    for (const propertyId of [south, nowhere]) {
      expect(refusalIn(people.decide(manager, remove(ada, propertyId)))).toEqual({
        because: 'property-not-found',
        propertyId,
      });
    }
  });

  it('G25, G27, G31: who removes whom', () => {
    const boss = people.add({ roles: [[north, 'owner']] });
    const other = people.add({ roles: [[north, 'owner']] });
    const peer = people.add({ roles: [[north, 'general_manager']] });
    const ada = people.add({ roles: [[north, 'team']] });
    expect(outcome(people.decide(boss, remove(other)))).toBe('allowed');
    expect(outcome(people.decide(manager, remove(peer)))).toBe('allowed');
    expect(refusalIn(people.decide(manager, remove(boss)))).toMatchObject({
      because: 'role-level-not-manageable',
      target: 'owner',
    });
    expect(refusalIn(people.decide(boss, remove(owner)))).toMatchObject({ target: 'organization_owner' });
    expect(refusalIn(people.decide(boss, remove(owner, north)))).toMatchObject({ target: 'organization_owner' });
    expect(outcome(people.decide(owner, remove(people.add({ organizationOwner: true }), north)))).toBe(
      'owner-with-assignments',
    );
    expect(refusalIn(people.decide(ada, remove(peer)))).toMatchObject({ action: 'member.remove', role: 'team' });
    expect(outcome(people.decide(directorySync, remove(ada)))).toBe('role-lacks-action');
  });

  it('P-20, G15: the last Organization Owner who can sign in stays, by every path', () => {
    people.add({ organizationOwner: true, canSignIn: false });
    people.add({ organizationOwner: true, state: 'inactive' });
    for (const actor of [owner, operator]) expect(outcome(people.decide(actor, remove(owner)))).toBe('last-of-role');
    expect(outcome(people.decide(owner, { type: 'leave', propertyId: null }))).toBe('last-of-role');
    people.add({ organizationOwner: true });
    expect(outcome(people.decide(owner, remove(owner)))).toBe('allowed');
  });

  it('P-20, G25: so does the last Owner of a single property', () => {
    const single = createSamplePeople({ kind: 'single_property' });
    const boss = single.add({ roles: [[north, 'owner']] });
    single.add({ roles: [[north, 'owner']], state: 'inactive' });
    for (const propertyId of [null, north]) {
      expect(refusalIn(single.decide(boss, remove(boss, propertyId)))).toMatchObject({
        role: 'owner',
        propertyId: north,
      });
      expect(outcome(single.decide(boss, { type: 'leave', propertyId }))).toBe('last-of-role');
    }
  });

  it('P-20: and the last Admin, even of an organization with owners', () => {
    const admin = people.add({ user: 'admin' });
    expect(outcome(people.decide(admin, remove(admin)))).toBe('last-of-role');
    expect(outcome(people.decide(admin, { type: 'leave', propertyId: null }))).toBe('last-of-role');
    people.add({ user: { role: 'admin', licensed: false } });
    expect(outcome(people.decide(admin, remove(admin)))).toBe('allowed');
  });

  it('4.1: each manager takes away the places of his own scheme', () => {
    people.add({ user: 'admin' });
    const admin = people.add({ user: 'admin' });
    const both = people.add({ roles: [[north, 'team']], user: 'member' });
    people.must(manager, remove(both));
    expect(people.get(both)).toMatchObject({ state: 'active', assignments: [], workplace: { role: 'member' } });
    const ada = people.add({ roles: [[north, 'team']], user: 'member' });
    people.must(admin, remove(ada));
    expect(people.get(ada)).toMatchObject({ state: 'active', assignments: [{ propertyId: north }] });
    expect(people.get(ada).workplace).toBeUndefined();
    people.must(owner, remove(ada));
    expect(people.get(ada).state).toBe('removed');
    const user = people.add({ user: 'member' });
    expect(refusalIn(people.decide(owner, remove(user)))).toMatchObject({
      because: 'not-assigned',
      action: 'user.manage',
    });
  });
});

describe('leaving', () => {
  it.each(['team', 'housekeeping', 'installer', 'general_manager', 'owner'] as const)(
    '★3: %s leaves by oneself',
    (role) => {
      const ada = people.add({
        roles: [
          [north, role],
          [south, role],
        ],
      });
      if (role === 'team' || role === 'housekeeping' || role === 'installer') {
        expect(outcome(people.decide(ada, remove(ada)))).not.toBe('allowed');
      }
      people.must(ada, { type: 'leave', propertyId: north });
      expect(people.get(ada)).toMatchObject({ state: 'active', assignments: [{ propertyId: south }] });
      const changes = people.must(ada, { type: 'leave', propertyId: null });
      expect(people.get(ada).state).toBe('removed');
      expect(changes).toContainEqual({ type: 'sessions-ended', memberId: ada, because: 'left' });
    },
  );

  it('★3: leaving the only property is leaving; leaving none is nothing', () => {
    const ada = people.add({ roles: [[north, 'team']] });
    for (const propertyId of [south, nowhere]) {
      expect(outcome(people.decide(ada, { type: 'leave', propertyId }))).toBe('property-not-found');
    }
    people.must(ada, { type: 'leave', propertyId: north });
    expect(people.get(ada).state).toBe('removed');
    expect(outcome(people.decide(owner, { type: 'leave', propertyId: north }))).toBe('owner-with-assignments');
    expect(outcome(people.decide(operator, { type: 'leave', propertyId: null }))).toBe('member-not-found');
  });
});

describe('taking invitations back', () => {
  it('G52: an invitation that was not accepted stays inactive until it is removed, expired or not', () => {
    for (const at of [now, later]) {
      const ada = people.add({ state: 'inactive', roles: [[north, 'team']] });
      expect(
        decidePermission(people.permissions(), { memberId: ada, action: 'space.view', propertyId: north }),
      ).toMatchObject({ allow: false, because: 'not-active', state: 'inactive' });
      const changes = people.must(manager, takeBack(ada), at);
      expect(changes).toContainEqual({ type: 'invitation-ended', memberId: ada, as: 'removed' });
      expect(changes).toContainEqual({ type: 'setup-links-voided', memberId: ada });
      expect(people.get(ada).state).toBe('removed');
      expect(people.must(owner, takeBack(ada), at)).toEqual([]);
    }
  });

  it('G52: it takes whoever could have invited', () => {
    const ada = people.add({ state: 'inactive', roles: [[north, 'owner']] });
    const flagged = people.add({ state: 'inactive', organizationOwner: true });
    const team = people.add({ roles: [[north, 'team']] });
    for (const memberId of [ada, flagged]) {
      expect(outcome(people.decide(manager, takeBack(memberId)))).toBe('role-level-not-manageable');
      expect(outcome(people.decide(manager, replace(memberId)))).toBe('role-level-not-manageable');
      expect(refusalIn(people.decide(team, takeBack(memberId)))).toMatchObject({
        because: 'role-lacks-action',
        role: 'team',
      });
      expect(outcome(people.decide(team, replace(memberId)))).toBe('role-lacks-action');
    }
    const active = people.add({ roles: [[north, 'team']] });
    expect(outcome(people.decide(owner, takeBack(active)))).toBe('state-not-fitting');
    expect(outcome(people.decide(owner, replace(active)))).toBe('state-not-fitting');
  });

  it('G52, G53: replacing ends the old link and sends a new one in the same decision', () => {
    const ada = people.add({ state: 'inactive', roles: [[north, 'team']], name: 'Ada' });
    const { email, emailKey } = people.get(ada);
    const changes = people.must(manager, replace(ada), later);
    expect(changes).toContainEqual({ type: 'invitation-ended', memberId: ada, as: 'replaced' });
    expect(changes).toContainEqual({ type: 'setup-links-voided', memberId: ada });
    expect(changes.at(-1)).toMatchObject({
      type: 'member-created',
      member: {
        email,
        emailKey,
        name: 'Ada',
        replaces: ada,
        grantor: people.by(manager),
        assignments: [{ role: 'team' }],
      },
    });
    expect(people.get(people.newest()).state).toBe('inactive');
  });

  it('G53: another address goes only with a replacement', () => {
    const ada = people.add({ state: 'inactive', roles: [[north, 'team']] });
    const taken = people.get(owner).email;
    expect(outcome(people.decide(manager, replace(ada, 'no address')))).toBe('email-invalid');
    expect(outcome(people.decide(manager, replace(ada, taken)))).toBe('email-in-use');
    const decision = people.run(manager, replace(ada, ' Ada@gmial.com'));
    expect(decision).toMatchObject({ warnings: [{ code: 'address-looks-mistyped', suggestion: 'ada@gmail.com' }] });
    expect(people.get(people.newest())).toMatchObject({ email: 'Ada@gmial.com', emailKey: 'ada@gmial.com' });
    expect(people.get(ada).state).toBe('removed');
  });

  it('P-21: a replacement by a General Manager takes nothing along that he does not see', () => {
    const grantor = people.by(owner);
    const same = people.add({
      state: 'inactive',
      roles: [
        [north, 'team'],
        [south, 'owner'],
      ],
      grantor,
    });
    people.must(manager, replace(same));
    expect(people.get(people.newest()).assignments).toHaveLength(2);
    expect(people.invitation(people.newest())?.grantor).toEqual(grantor);
    const other = people.add({
      state: 'inactive',
      roles: [
        [north, 'team'],
        [south, 'owner'],
      ],
      grantor,
    });
    people.must(manager, replace(other, 'mallory@hotel.example'));
    expect(people.get(people.newest()).assignments).toEqual([{ propertyId: north, role: 'team' }]);
    expect(people.get(other)).toMatchObject({ state: 'inactive', assignments: [{ propertyId: south, role: 'owner' }] });
  });

  it('4.1: an Admin who manages one property replaces and removes nothing of another', () => {
    const both = people.add({ user: 'admin', roles: [[south, 'general_manager']] });
    const invited = people.add({ state: 'inactive', roles: [[north, 'team']] });
    const active = people.add({ roles: [[north, 'team']] });
    const denied = { because: 'member-not-found' };
    for (const email of [undefined, 'mallory@hotel.example']) {
      expect(refusalIn(people.decide(both, replace(invited, email)))).toMatchObject(denied);
    }
    expect(refusalIn(people.decide(both, takeBack(invited)))).toMatchObject(denied);
    // As if he were gone already.
    expect(people.must(both, remove(active))).toEqual([]);
    const admin = people.add({ user: 'admin' });
    expect(refusalIn(people.decide(admin, remove(active)))).toMatchObject({ because: 'not-assigned' });
    expect(refusalIn(people.decide(admin, takeBack(invited)))).toMatchObject(denied);
  });

  it('S31: a replacement takes over seat and desk', () => {
    people.changeOrganization({ licenses: 2 });
    const admin = people.add({ user: 'admin' });
    const ada = people.add({ state: 'inactive', user: 'member', deskId: firstDesk });
    people.must(admin, replace(ada));
    expect(people.get(people.newest())).toMatchObject({
      ...{ workplace: { role: 'member', licensed: true }, deskId: firstDesk },
    });
    expect(people.get(ada).deskId).toBeNull();
  });
});
