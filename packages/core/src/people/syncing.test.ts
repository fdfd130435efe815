import { describe, expect, it } from 'vitest';
import { explain } from '../explain/explain.js';
import { toInstant } from '../instant.js';
import type { PeopleRefusal } from './people-decision.js';
import {
  createSamplePeople,
  directorySync,
  firstDesk,
  noDesk,
  north,
  now,
  openForMs,
  operator,
  outcome,
} from './sample-people.test-rig.js';
import type { SyncStep } from './sync-step.js';

const sync = (...steps: readonly SyncStep[]) => ({ type: 'sync-users', steps }) as const;
const invite = (
  name: string,
  more: { readonly signInMethod?: 'sso_google'; readonly email?: string } = {},
): SyncStep => ({
  ...{ type: 'invite', rowId: name, email: `${name}@hotel.example`, name, signInMethod: 'email_password' },
  ...more,
});

function workplace(licenses = 10) {
  const people = createSamplePeople({ licenses });
  const admin = people.add({ user: { role: 'admin', licensed: false }, organizationOwner: true });
  return { people, admin };
}

describe('the command of Directory Sync', () => {
  it('S14, S18: who is invited is a licensed member, by an onboarding mail, and Directory Sync answers for it', () => {
    const { people, admin } = workplace();
    for (const actor of [directorySync, people.by(admin)]) {
      const name = actor.kind;
      expect(people.must(actor, sync(invite(name)))).toEqual([
        {
          type: 'member-created',
          member: {
            ...{ row: 0, email: `${name}@hotel.example`, emailKey: `${name}@hotel.example`, name, replaces: null },
            ...{
              organizationOwner: false,
              assignments: [],
              workplace: { role: 'member', licensed: true },
              deskId: null,
            },
            ...{ signInMethod: 'email_password', mail: 'onboarding', grantor: directorySync },
          },
        },
      ]);
      // Whoever chose may be gone when it is accepted.
      people.must(people.newest(), { type: 'accept-invitation', memberId: people.newest() });
    }
  });

  it('S28, 5.2: by Directory Sync or an Admin, and nobody else', () => {
    const { people } = workplace();
    const coordinator = people.add({ user: 'coordinator' });
    const owner = people.add({ organizationOwner: true });
    const gone = people.add({ state: 'deactivated', user: { role: 'admin', licensed: false } });
    expect(outcome(people.decide(coordinator, sync(invite('ada'))))).toBe('role-lacks-action');
    expect(outcome(people.decide(owner, sync(invite('ada'))))).toBe('not-assigned');
    expect(outcome(people.decide(gone, sync(invite('ada'))))).toBe('not-active');
    expect(outcome(people.decide(operator, sync(invite('ada'))))).toBe('allowed');
    people.changeOrganization({ schemes: ['hospitality'] });
    expect(outcome(people.decide(directorySync, sync(invite('ada'))))).toBe('scheme-not-in-use');
  });

  it('S31: short of licenses nothing is done, and seats that the same command frees count first', () => {
    const { people } = workplace(2);
    const [ada, bob] = [people.add({ user: 'member' }), people.add({ user: 'member', state: 'inactive' })];
    expect(people.decide(directorySync, sync(invite('x')))).toMatchObject({
      refusal: { because: 'license-shortfall', needed: 1, available: 0 },
    });
    const both = sync(
      { type: 'deactivate', rowId: 'a', memberId: ada },
      { type: 'remove', rowId: 'b', memberId: bob },
      ...['x', 'y', 'z'].map((name) => invite(name)),
    );
    expect(people.decide(directorySync, both)).toMatchObject({
      refusal: { because: 'license-shortfall', needed: 3, available: 2 },
    });
    people.must(directorySync, sync(...both.steps.slice(0, 4)));
    const back = sync({ type: 'reactivate', rowId: 'a', memberId: ada });
    expect(outcome(people.decide(directorySync, back))).toBe('license-shortfall');
  });

  it('S32: single sign-on takes Pro', () => {
    const { people } = workplace();
    people.changeOrganization({ plan: 'business' });
    const decision = people.decide(directorySync, sync(invite('ada'), invite('bob', { signInMethod: 'sso_google' })));
    expect(decision).toMatchObject({ refusal: { because: 'plan-required' }, rows: [{ row: 1 }] });
  });

  it('S27, 4.5: who is deactivated loses everything that opens anything, property roles too', () => {
    const { people } = workplace();
    const memberId = people.add({ user: 'coordinator', roles: [[north, 'team']], deskId: firstDesk });
    const changes = people.must(directorySync, sync({ type: 'deactivate', rowId: 'a', memberId }));
    expect(changes.map(({ type }) => type)).toEqual([
      ...['member-changed', 'sessions-ended', 'app-grants-revoked', 'api-keys-revoked', 'setup-links-voided'],
      ...['keys-revoked', 'unlocks-cancelled'],
    ]);
    expect(changes).toContainEqual({ type: 'sessions-ended', memberId, because: 'deactivated' });
    expect(people.get(memberId)).toMatchObject({
      ...{ state: 'deactivated', assignments: [], deskId: null, workplace: { role: 'coordinator', licensed: false } },
    });
    const back = people.must(directorySync, sync({ type: 'reactivate', rowId: 'a', memberId }));
    expect(back.map(({ type }) => type)).toEqual(['member-changed']);
    expect(people.get(memberId)).toMatchObject({
      ...{ state: 'active', assignments: [], deskId: null, workplace: { role: 'coordinator', licensed: true } },
    });
  });

  it('S27: an invitation, and whoever is replaced, ends for good and frees the address', () => {
    const { people } = workplace();
    const [invited, replaced] = [people.add({ state: 'inactive', user: 'member' }), people.add({ user: 'member' })];
    const { email } = people.get(replaced);
    const changes = people.must(
      directorySync,
      sync(
        { type: 'remove', rowId: 'a', memberId: invited },
        { type: 'remove', rowId: 'b', memberId: replaced },
        invite('c', { email }),
      ),
    );
    expect(changes).toContainEqual({ type: 'invitation-ended', memberId: invited, as: 'removed' });
    expect(changes).toContainEqual({ type: 'sessions-ended', memberId: replaced, because: 'removed' });
    expect([people.get(invited).state, people.get(replaced).state]).toEqual(['removed', 'removed']);
    expect(people.state.memberByEmail(email)?.state).toBe('inactive');
  });

  it('S26, G19: name and address change, two may swap, and nothing else of anybody does', () => {
    const { people } = workplace();
    const [ada, bob] = [people.add({ user: 'coordinator', roles: [[north, 'team']] }), people.add({ user: 'member' })];
    const [a, b] = [people.get(ada), people.get(bob)];
    const changes = people.must(
      directorySync,
      sync(
        { type: 'update', rowId: 'a', memberId: ada, email: ` ${b.email.toUpperCase()} `, name: 'Ada' },
        { type: 'update', rowId: 'b', memberId: bob, email: a.email },
      ),
    );
    expect(changes).toEqual([
      {
        ...{ type: 'member-changed', memberId: ada },
        change: { email: b.email.toUpperCase(), emailKey: b.emailKey, name: 'Ada' },
      },
      { type: 'setup-links-voided', memberId: ada },
      { type: 'member-changed', memberId: bob, change: { email: a.email, emailKey: a.emailKey } },
      { type: 'setup-links-voided', memberId: bob },
    ]);
    expect(people.get(ada)).toEqual({ ...a, email: b.email.toUpperCase(), emailKey: b.emailKey, name: 'Ada' });
    // Written in another way it is the same address, and no link to it is worth less.
    const again = people.must(directorySync, sync({ type: 'update', rowId: 'a', memberId: ada, email: b.email }));
    expect(again).toEqual([{ type: 'member-changed', memberId: ada, change: { email: b.email } }]);
  });

  it('G19, G53: an invitation gets no other address, but another invitation of the same offer takes its place', () => {
    const { people, admin } = workplace();
    const grantor = people.by(admin);
    const memberId = people.add({
      ...{ state: 'inactive', user: 'coordinator', deskId: firstDesk, grantor, name: 'Ada' },
      ...{ roles: [[north, 'team']], signInMethod: 'sso_google' },
    });
    const move = { rowId: 'a', memberId, email: 'new@hotel.example' } as const;
    expect(people.decide(directorySync, sync({ type: 'update', ...move }))).toMatchObject({
      refusal: { because: 'state-not-fitting', state: 'inactive' },
    });
    const changes = people.must(directorySync, sync({ type: 'replace-invitation', ...move }));
    expect(changes).toContainEqual({ type: 'invitation-ended', memberId, as: 'replaced' });
    expect(changes.at(-1)).toMatchObject({
      type: 'member-created',
      member: {
        ...{ row: 0, email: 'new@hotel.example', name: 'Ada', replaces: memberId, grantor, mail: 'onboarding' },
        ...{ workplace: { role: 'coordinator', licensed: true }, deskId: firstDesk, signInMethod: 'sso_google' },
        assignments: [{ propertyId: north, role: 'team' }],
      },
    });
    // A name is no other offer: whoever answered for it still does.
    const made = people.newest();
    people.must(directorySync, sync({ type: 'update', rowId: 'a', memberId: made, name: 'Countess' }));
    expect([people.get(made).name, people.invitation(made)?.grantor]).toEqual(['Countess', grantor]);
  });

  it('P-23: an address whose invitation nobody can accept any more is free', () => {
    const { people } = workplace(1);
    const lapsed = people.add({ state: 'inactive', user: 'member' });
    const { email } = people.get(lapsed);
    const at = toInstant(now + openForMs);
    expect(outcome(people.decide(directorySync, sync(invite('x', { email }))))).toBe('email-in-use');
    const changes = people.must(directorySync, sync(invite('x', { email })), at);
    expect(changes.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['member-changed', 'invitation-ended', 'member-created']),
    );
    expect(changes).toContainEqual({ type: 'invitation-ended', memberId: lapsed, as: 'replaced' });
  });

  it('P-20: the last Admin and the last Organization Owner stay, whatever a directory says', () => {
    const { people, admin } = workplace();
    people.add({ user: 'admin', canSignIn: false });
    for (const type of ['deactivate', 'remove'] as const) {
      const decision = people.decide(directorySync, sync({ type, rowId: 'a', memberId: admin }));
      expect(decision).toMatchObject({ refusal: { because: 'last-of-role', role: 'admin' }, rows: [] });
    }
  });

  it('G11: every step at fault is told by its place, in words', () => {
    const { people } = workplace();
    const [active, invited] = [people.add({ user: 'member' }), people.add({ state: 'inactive', user: 'member' })];
    const team = people.add({ roles: [[north, 'team']] });
    const rests = people.add({ state: 'deactivated', user: { role: 'member', licensed: false } });
    const restsOutside = people.add({ state: 'deactivated' });
    const gone = people.add({ state: 'removed' });
    const taken = people.get(active).email;
    const steps: readonly (readonly [SyncStep, string | null])[] = [
      [invite('x', { email: 'nobody' }), 'email-invalid'],
      [invite('x', { email: '\u212a@hotel.example' }), 'email-invalid'],
      [invite('x', { email: taken.toUpperCase() }), 'email-in-use'],
      [invite('y'), null],
      [invite('y', { email: 'Y@hotel.example' }), 'email-repeated'],
      [{ type: 'deactivate', rowId: 'a', memberId: invited }, 'state-not-fitting'],
      [{ type: 'deactivate', rowId: 'b', memberId: team }, 'not-a-user'],
      [{ type: 'reactivate', rowId: 'c', memberId: active }, 'state-not-fitting'],
      [{ type: 'reactivate', rowId: 'd', memberId: restsOutside }, 'not-a-user'],
      [{ type: 'replace-invitation', rowId: 'e', memberId: active, email: 'e@hotel.example' }, 'state-not-fitting'],
      [{ type: 'replace-invitation', rowId: 'f', memberId: invited, email: 'f' }, 'email-invalid'],
      [{ type: 'update', rowId: 'g', memberId: gone, name: 'X' }, 'state-not-fitting'],
      [{ type: 'update', rowId: 'h', memberId: noDesk as never, name: 'X' }, 'member-not-found'],
      [{ type: 'update', rowId: 'i', memberId: active, email: 'x y' }, 'email-invalid'],
      [{ type: 'update', rowId: 'j', memberId: active, name: 'X' }, null],
      [{ type: 'deactivate', rowId: 'j', memberId: active }, 'state-not-fitting'],
      [{ type: 'remove', rowId: 'k', memberId: gone }, 'state-not-fitting'],
      [{ type: 'update', rowId: 'l', memberId: rests, name: 'X' }, null],
    ];
    const decision = people.decide(directorySync, sync(...steps.map(([step]) => step)));
    if (decision.allow) throw new Error('allowed');
    const expected = steps.flatMap(([, because], row) => (because === null ? [] : [[row, because]]));
    expect(decision.rows.map(({ row, refusal }) => [row, refusal.because])).toEqual(expected);
    for (const { refusal } of decision.rows) {
      const words = explain(refusal as PeopleRefusal, { member: 'Ada', timeZone: 'Europe/Berlin' });
      expect(words).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('4.6: by other commands Directory Sync still may no more than invite and deactivate', () => {
    const { people } = workplace();
    const rests = people.add({ state: 'deactivated', user: { role: 'member', licensed: false } });
    const invited = people.add({ state: 'inactive', user: 'member' });
    const active = people.add({ user: 'member' });
    for (const command of [
      { type: 'reactivate', memberId: rests },
      { type: 'remove-invitation', memberId: invited },
      { type: 'remove-member', memberId: active, propertyId: null, confirm: 'remove' },
      { type: 'replace-invitation', memberId: invited, email: 'x@hotel.example' },
      { type: 'edit-user', memberId: active, role: 'admin' },
    ] as const) {
      expect(outcome(people.decide(directorySync, command)), command.type).toBe('role-lacks-action');
    }
  });
});
