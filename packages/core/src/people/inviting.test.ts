import { beforeEach, describe, expect, it } from 'vitest';
import { toInstant } from '../instant.js';
import { hospitalityRoles, workplaceRoles } from '../role.js';
import type { TeamInvitee, UserInvitee } from './people-command.js';
import {
  createSamplePeople,
  directorySync,
  east,
  firstDesk,
  noDesk,
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
let owner: ReturnType<SamplePeople['add']>;
let manager: ReturnType<SamplePeople['add']>;
let admin: ReturnType<SamplePeople['add']>;

beforeEach(() => {
  people = createSamplePeople();
  owner = people.add({ organizationOwner: true });
  manager = people.add({ roles: [[north, 'general_manager']] });
  admin = people.add({ user: 'admin' });
});

const invite = (...rows: TeamInvitee[]) => ({ type: 'invite-team', level: 'organization', rows }) as const;
const inviteUsers = (...rows: UserInvitee[]) => ({ type: 'invite-users', rows }) as const;
const team = (email: string, ...properties: (typeof north)[]): TeamInvitee => ({
  email,
  assignments: properties.map((propertyId) => ({ propertyId, role: 'team' })),
});
const later = toInstant(now + openForMs);

describe('inviting to the team', () => {
  it('G2, G11: one invitation holds a role for each property, and each address gets one', () => {
    const assignments = [
      { propertyId: north, role: 'team' },
      { propertyId: south, role: 'installer' },
    ] as const;
    const changes = people.must(
      owner,
      invite({ email: 'Ada@Hotel.example', assignments }, { email: 'b@c.de', assignments }),
    );
    expect(changes).toHaveLength(2);
    expect(changes[0]).toEqual({
      type: 'member-created',
      member: {
        ...{ row: 0, email: 'Ada@Hotel.example', emailKey: 'ada@hotel.example', name: null, organizationOwner: false },
        ...{ assignments, workplace: null, deskId: null, signInMethod: 'email_password' },
        ...{ mail: 'account_setup', replaces: null, grantor: { kind: 'member', memberId: owner } },
      },
    });
    expect(people.get(people.newest()).state).toBe('inactive');
  });

  it('G5: an organization is required for its level; the single property invites within itself (G4)', () => {
    const single = createSamplePeople({ kind: 'single_property' });
    const boss = single.add({ roles: [[north, 'owner']] });
    const rows = [team('a@b.de', north)];
    expect(outcome(single.decide(boss, { type: 'invite-team', level: 'organization', rows }))).toBe(
      'organization-required',
    );
    expect(outcome(single.decide(boss, { type: 'invite-team', level: { propertyId: north }, rows }))).toBe('allowed');
    const flagged = [{ email: 'a@b.de', organizationOwner: true }];
    expect(outcome(single.decide(operator, { type: 'invite-team', level: { propertyId: north }, rows: flagged }))).toBe(
      'organization-required',
    );
  });

  it('G4: in an organization the level of a property stays open to its managers', () => {
    const rows = [team('a@b.de', north)];
    expect(outcome(people.decide(manager, { type: 'invite-team', level: { propertyId: north }, rows }))).toBe(
      'allowed',
    );
    expect(refusalIn(people.decide(manager, { type: 'invite-team', level: { propertyId: south }, rows }))).toEqual({
      because: 'property-not-found',
      propertyId: south,
    });
  });

  it.each(['team', 'housekeeping', 'installer'] as const)(
    'G6: %s invites nobody, and is told what it takes',
    (role) => {
      const actor = people.add({ roles: [[north, role]] });
      expect(refusalIn(people.decide(actor, invite(team('a@b.de', north))))).toEqual({
        because: 'role-lacks-action',
        action: 'member.invite',
        role,
        state: null,
        whoCould: ['organization_owner', 'owner', 'general_manager'],
      });
    },
  );

  it('G6: whoever may not invite does not learn which addresses are in use', () => {
    const cleaner = people.add({ roles: [[north, 'housekeeping']] });
    const known = people.get(manager).email;
    expect(outcome(people.decide(cleaner, invite(team(known, north))))).toBe('role-lacks-action');
  });

  it('G7: without the flag it takes a property', () => {
    expect(outcome(people.decide(owner, invite({ email: 'a@b.de' })))).toBe('property-missing');
    expect(outcome(people.decide(owner, invite({ email: 'a@b.de', assignments: [] })))).toBe('property-missing');
  });

  it('G10: a property out of sight is refused exactly like one that is not there', () => {
    const [hidden, unknown] = [south, nowhere].map((propertyId) => {
      const refusal = refusalIn(people.decide(manager, invite(team('a@b.de', propertyId))));
      return JSON.stringify(refusal).replace(propertyId, '…');
    });
    expect(hidden).toBe(unknown);
    expect(hidden).toContain('property-not-found');
  });

  it('G11: all or nothing, with every row that stands in the way', () => {
    const decision = people.run(
      owner,
      invite(team('a@b.de', north), team('not an address', north), team('c@d.de'), team('e@f.de', nowhere)),
    );
    expect(decision).toMatchObject({
      allow: false,
      rows: [
        { row: 1, refusal: { because: 'email-invalid' } },
        { row: 2, refusal: { because: 'property-missing' } },
        { row: 3, refusal: { because: 'property-not-found' } },
      ],
    });
    expect(people.log).toEqual([]);
  });

  it('G14: nobody at all is refused; equal rows collapse with a warning, other offers to one address do not', () => {
    expect(outcome(people.decide(owner, invite()))).toBe('nobody-invited');
    const twice = people.decide(owner, invite(team('A@b.de', north), team(' a@B.de ', north)));
    expect(twice).toMatchObject({ allow: true, warnings: [{ code: 'address-repeated', row: 1, firstRow: 0 }] });
    expect(twice.allow && twice.changes).toHaveLength(1);
    expect(people.decide(owner, invite(team('a@b.de', north), team('a@b.de', south)))).toMatchObject({
      allow: false,
      rows: [{ row: 1, refusal: { because: 'email-repeated', firstRow: 0 } }],
    });
  });

  it('G15: only an Organization Owner makes one, and then without properties', () => {
    const flagged = { email: 'a@b.de', organizationOwner: true };
    expect(outcome(people.decide(owner, invite(flagged)))).toBe('allowed');
    expect(outcome(people.decide(owner, invite({ ...team('a@b.de', north), organizationOwner: true })))).toBe(
      'owner-with-assignments',
    );
    const propertyOwner = people.add({ roles: [[north, 'owner']] });
    for (const actor of [propertyOwner, manager]) {
      expect(refusalIn(people.decide(actor, invite(flagged)))).toMatchObject({
        because: 'role-level-not-manageable',
        target: 'organization_owner',
      });
    }
    expect(refusalIn(people.decide(admin, invite(flagged)))).toMatchObject({ action: 'organization_owner.set' });
  });

  it('G16, G25, G27: each of the five roles is given by whom the ceiling lets', () => {
    const propertyOwner = people.add({ roles: [[north, 'owner']] });
    for (const role of hospitalityRoles) {
      const offer = invite({ email: 'a@b.de', assignments: [{ propertyId: north, role }] });
      expect(outcome(people.decide(owner, offer))).toBe('allowed');
      expect(outcome(people.decide(propertyOwner, offer))).toBe('allowed');
      expect(outcome(people.decide(manager, offer))).toBe(role === 'owner' ? 'role-level-not-manageable' : 'allowed');
    }
  });

  it('G16: every pair is checked, and a property stands once', () => {
    const two = people.add({
      roles: [
        [north, 'owner'],
        [south, 'general_manager'],
      ],
    });
    const asOwners = {
      email: 'a@b.de',
      assignments: [
        { propertyId: north, role: 'owner' },
        { propertyId: south, role: 'owner' },
      ],
    } as const;
    expect(refusalIn(people.decide(two, invite(asOwners)))).toEqual({
      because: 'role-level-not-manageable',
      actor: 'general_manager',
      target: 'owner',
      propertyId: south,
      whoCould: ['organization_owner', 'owner'],
    });
    expect(outcome(people.decide(owner, invite(team('a@b.de', north, north))))).toBe('assignment-repeated');
  });

  it('G51: mistyped-looking addresses are warned of and stay as they are', () => {
    const decision = people.decide(owner, invite(team('Ada@gmial.com', north)));
    expect(decision).toMatchObject({
      warnings: [{ code: 'address-looks-mistyped', row: 0, suggestion: 'ada@gmail.com' }],
      changes: [{ member: { email: 'Ada@gmial.com' } }],
    });
  });

  it('an address in use is told only to those who see by whom', () => {
    const stranger = people.add({ roles: [[south, 'team']] });
    const address = people.get(stranger).email.toUpperCase();
    expect(refusalIn(people.decide(owner, invite(team(address, north))))).toEqual({
      because: 'email-in-use',
      memberId: stranger,
      state: 'active',
    });
    expect(refusalIn(people.decide(manager, invite(team(address, north))))).toEqual({
      because: 'email-in-use',
      memberId: null,
      state: null,
    });
  });

  it('G52: an open invitation holds its address', () => {
    people.must(owner, invite(team('a@b.de', north)));
    expect(refusalIn(people.decide(owner, invite(team('A@B.de', south))))).toMatchObject({
      because: 'email-in-use',
      state: 'inactive',
    });
  });

  it('P-23: an expired invitation blocks nobody, whoever had sent it', () => {
    people.must(owner, invite(team('a@b.de', south, east)));
    const first = people.newest();
    expect(outcome(people.decide(manager, invite(team('a@b.de', north)), toInstant(later - 1)))).toBe('email-in-use');
    people.must(manager, invite(team('a@b.de', north)), later);
    expect(people.get(first)).toMatchObject({ state: 'removed', assignments: [] });
    expect(people.log).toContainEqual({ type: 'invitation-ended', memberId: first, as: 'replaced' });
    expect(people.get(people.newest())).toMatchObject({ state: 'inactive', assignments: [{ propertyId: north }] });
  });

  it('G42: who was removed is invited anew, as a new member', () => {
    const gone = people.add({ email: 'a@b.de', emailKey: 'a@b.de', roles: [[north, 'team']] });
    people.must(owner, { type: 'remove-member', memberId: gone, propertyId: null, confirm: 'remove' });
    people.must(owner, invite(team('a@b.de', north)));
    expect(people.newest()).not.toBe(gone);
    expect(people.get(gone).state).toBe('removed');
  });

  it('G17: who is not active any more invites nobody', () => {
    const gone = people.add({ organizationOwner: true, state: 'removed' });
    const rest = people.add({ organizationOwner: true, state: 'deactivated' });
    for (const actor of [gone, rest])
      expect(outcome(people.decide(actor, invite(team('a@b.de', north))))).toBe('not-active');
  });

  it('a scheme that is not in use takes nobody', () => {
    const hotel = createSamplePeople({ schemes: ['hospitality'] });
    const office = createSamplePeople({ schemes: ['workplace'] });
    expect(outcome(hotel.decide(operator, inviteUsers({ email: 'a@b.de' })))).toBe('scheme-not-in-use');
    expect(outcome(office.decide(operator, invite(team('a@b.de', north))))).toBe('scheme-not-in-use');
  });
});

describe('inviting workplace users', () => {
  it('S2, S5, S18: an address is enough, and makes a member who holds a license', () => {
    const [change] = people.must(admin, inviteUsers({ email: 'a@b.de' }));
    expect(change).toMatchObject({
      member: { workplace: { role: 'member', licensed: true }, deskId: null, mail: 'onboarding', assignments: [] },
    });
  });

  it('S5: a role and a desk, if it is there and nobody has it', () => {
    const row = { email: 'a@b.de', role: 'coordinator', deskId: firstDesk } as const;
    expect(outcome(people.decide(admin, inviteUsers({ ...row, deskId: noDesk })))).toBe('desk-not-found');
    expect(people.decide(admin, inviteUsers(row, { email: 'c@d.de', deskId: firstDesk }))).toMatchObject({
      rows: [{ row: 1, refusal: { because: 'desk-taken', deskId: firstDesk } }],
    });
    people.must(admin, inviteUsers(row));
    expect(outcome(people.decide(admin, inviteUsers({ email: 'c@d.de', deskId: firstDesk })))).toBe('desk-taken');
  });

  it('S3, S6: Admins invite, Coordinators and Members do not', () => {
    for (const role of workplaceRoles) {
      const actor = people.add({ user: role });
      expect(outcome(people.decide(actor, inviteUsers({ email: 'a@b.de' })))).toBe(
        role === 'admin' ? 'allowed' : 'role-lacks-action',
      );
    }
  });

  it('§5.2 ★d: an Admin makes Admins; no role of one scheme makes users of the other (4.1)', () => {
    expect(outcome(people.decide(admin, inviteUsers({ email: 'a@b.de', role: 'admin' })))).toBe('allowed');
    expect(outcome(people.decide(owner, inviteUsers({ email: 'a@b.de' })))).toBe('not-assigned');
    expect(outcome(people.decide(admin, invite(team('a@b.de', north))))).toBe('property-not-found');
  });

  it('S39: an Admin without a license still invites', () => {
    const unlicensed = people.add({ user: { role: 'admin', licensed: false } });
    expect(outcome(people.decide(unlicensed, inviteUsers({ email: 'a@b.de' })))).toBe('allowed');
  });

  it('S9: one of three sign-in methods, a password if none is chosen', () => {
    const [change] = people.must(admin, inviteUsers({ email: 'a@b.de' }));
    expect(change).toMatchObject({ member: { signInMethod: 'email_password' } });
  });

  it.each(['sso_google', 'sso_microsoft_365'] as const)('S11, S12: choosing %s takes the Pro plan', (signInMethod) => {
    for (const plan of ['basic', 'business'] as const) {
      people.changeOrganization({ plan });
      expect(refusalIn(people.decide(admin, inviteUsers({ email: 'a@b.de', signInMethod })))).toEqual({
        because: 'plan-required',
        required: 'pro',
        plan,
      });
      expect(outcome(people.decide(owner, invite({ ...team('a@b.de', north), signInMethod })))).toBe('plan-required');
    }
    people.changeOrganization({ plan: 'pro' });
    expect(outcome(people.decide(admin, inviteUsers({ email: 'a@b.de', signInMethod })))).toBe('allowed');
  });

  it('S31, P-22: invitations reserve licenses, and a batch short of them invites nobody', () => {
    people.changeOrganization({ licenses: 3 });
    people.must(admin, inviteUsers({ email: 'a@b.de' }));
    expect(refusalIn(people.run(admin, inviteUsers({ email: 'c@d.de' }, { email: 'e@f.de' })))).toEqual({
      because: 'license-shortfall',
      needed: 2,
      available: 1,
    });
    people.must(admin, inviteUsers({ email: 'c@d.de' }));
    expect(refusalIn(people.run(admin, inviteUsers({ email: 'e@f.de' })))).toMatchObject({ needed: 1, available: 0 });
    expect(outcome(people.run(admin, inviteUsers({ email: 'e@f.de', role: 'admin', licensed: false })))).toBe(
      'allowed',
    );
  });

  it('S31: the seat of an expired invitation goes over to the one that replaces it', () => {
    people.changeOrganization({ licenses: 2 });
    people.must(admin, inviteUsers({ email: 'a@b.de' }));
    expect(outcome(people.run(admin, inviteUsers({ email: 'a@b.de' }), later))).toBe('allowed');
    expect(outcome(people.run(admin, inviteUsers({ email: 'c@d.de' }), later))).toBe('license-shortfall');
  });

  it('4.4: hospitality roles take no license', () => {
    people.changeOrganization({ licenses: 1 });
    expect(outcome(people.run(owner, invite(team('a@b.de', north), team('c@d.de', north))))).toBe('allowed');
  });

  it('S39: inviting after the subscription lapsed is warned of', () => {
    people.changeOrganization({ subscriptionEndsAt: now });
    expect(people.decide(admin, inviteUsers({ email: 'a@b.de' }))).toMatchObject({
      allow: true,
      warnings: [{ code: 'subscription-lapsed', endedAt: now }],
    });
    expect(people.decide(admin, inviteUsers({ email: 'a@b.de' }), toInstant(now - 1))).toMatchObject({ warnings: [] });
  });

  it('4.6, S18: Directory Sync invites as Member and as nothing else', () => {
    expect(outcome(people.decide(directorySync, inviteUsers({ email: 'a@b.de' })))).toBe('allowed');
    const more = [
      inviteUsers({ email: 'a@b.de', role: 'admin' }),
      inviteUsers({ email: 'a@b.de', role: 'coordinator' }),
      inviteUsers({ email: 'a@b.de', deskId: firstDesk }),
      invite(team('a@b.de', north)),
      invite({ email: 'a@b.de', organizationOwner: true }),
    ];
    for (const command of more) {
      expect(refusalIn(people.decide(directorySync, command))).toMatchObject({ action: 'directory_sync.apply' });
    }
  });
});
