import { describe, expect, it } from 'vitest';
import { toInstant } from '../instant.js';
import { licenseUsage } from '../people/license-usage.js';
import { directorySync, north, now, openForMs } from '../people/sample-people.test-rig.js';
import { createDirectoryWorld, digest, snapshotOf, told, directoryUser as user } from './directory-world.test-rig.js';
import { automaticPart, selectRows } from './sync-selection.js';
import { syncStepsOf } from './sync-steps.js';

describe('more cases that show in a plan', () => {
  it('case 22: a user of the own domain is taken over, others and those who decide are not', () => {
    const world = createDirectoryWorld();
    const member = world.manual('Member@Hotel.example', { user: 'coordinator' });
    const invited = world.manual('invited@hotel.example', { state: 'inactive' });
    world.manual('admin@hotel.example', { user: 'admin' });
    world.manual('owner@hotel.example', { roles: [[north, 'owner']] });
    world.manual('top@hotel.example', { organizationOwner: true });
    world.manual('staff@hotel.example', { user: undefined, roles: [[north, 'team']] } as never);
    world.manual('resting@hotel.example', { state: 'deactivated', user: { role: 'member', licensed: false } });
    world.manual('outside@other.example');
    const names = ['member', 'invited', 'admin', 'owner', 'top', 'staff', 'resting'];
    const seen = [...names.map((name) => user(name)), user('outside', { email: 'outside@other.example' })];
    const plan = world.plan(seen);
    expect(told(plan)).toEqual({
      ...{ member: 'updated: adopt', invited: 'updated: adopt', outside: 'conflict: adoption-not-allowed' },
      ...Object.fromEntries(names.slice(2).map((name) => [name, 'conflict: adoption-not-allowed'])),
    });
    world.apply(plan);
    expect(world.memberOf('member')).toMatchObject({ memberId: member, workplace: { role: 'coordinator' } });
    expect(world.memberOf('invited')).toMatchObject({ memberId: invited, state: 'inactive' });
    expect(world.people.invitation(invited)?.grantor).toEqual({ kind: 'operator' });
    expect(told(world.plan(seen, { ownDomains: ['OTHER.example'] }))).toMatchObject({ outside: 'updated: adopt' });
  });

  it('case 22: an invitation that nobody can accept any more holds no address', () => {
    const world = createDirectoryWorld({ licenses: 1 });
    const lapsed = world.manual('ada@other.example', { state: 'inactive' });
    world.linked('bob', { user: { role: 'member', licensed: false } });
    const seen = [user('ada', { email: 'ada@other.example' }), user('bob')];
    const at = toInstant(now + openForMs);
    expect(told(world.plan(seen))).toEqual({ ada: 'conflict: adoption-not-allowed' });
    const plan = world.plan(seen, { at });
    expect(told(plan)).toEqual({ ada: 'new' });
    expect(plan.seats).toEqual({ bought: 1, available: 0, freed: 1, needed: 1, short: 0 });
    const moves = world.plan([user('bob', { email: 'ada@other.example' })], { at });
    expect(moves.rows).toMatchObject([{ rowId: 'bob', frees: 1, takes: 0, needs: [] }]);
    const steps = syncStepsOf(plan);
    const changes = world.people.must(directorySync, { type: 'sync-users', steps }, at);
    expect(changes).toContainEqual({ type: 'invitation-ended', memberId: lapsed, as: 'replaced' });
  });

  it('case 23: a user of another directory is left to it', () => {
    const world = createDirectoryWorld();
    const memberId = world.manual('ada@hotel.example');
    world.elsewhere(memberId);
    const lapsed = world.manual('bob@hotel.example', { state: 'inactive' });
    world.elsewhere(lapsed);
    world.linked('eve');
    const at = toInstant(now + openForMs);
    const plan = world.plan([user('ada'), user('bob'), user('eve', { email: 'eva@hotel.example' })], { at });
    expect(told(plan)).toEqual({
      ada: 'conflict: other-directory',
      bob: 'conflict: other-directory',
      eve: 'updated: fields',
    });
    expect(told(world.plan([user('eve', { email: 'bob@hotel.example' })], { at }))).toEqual({
      eve: 'conflict: email-held-by-other',
    });
    // Gone from this directory says nothing about those of another.
    expect(told(world.plan([user('eve')]))).toEqual({});
  });

  it('case 24: two users of one address, of whom one is here: nobody changes', () => {
    const world = createDirectoryWorld();
    const memberId = world.linked('ada');
    const seen = [user('ada', { title: 'Cook' }), user('twin', { email: 'ADA@hotel.example' })];
    const plan = world.plan(seen);
    expect(told(plan)).toEqual({ ada: 'conflict: duplicate-email', twin: 'conflict: duplicate-email' });
    expect(plan.conflicts.map((conflict) => conflict.memberId)).toEqual([memberId, null]);
    expect(plan.unchanged).toBe(0);
    const known = world.plan(snapshotOf(seen.slice(1), { unchangedIds: ['ada'] }));
    expect(told(known)).toEqual(told(plan));
    expect(known.conflicts[0]?.user).toBeNull();
    const strangers = world.plan([
      user('ada'),
      user('x', { email: 'z@a.example' }),
      user('y', { email: 'z@a.example' }),
    ]);
    expect(told(strangers)).toEqual({ x: 'conflict: duplicate-email', y: 'conflict: duplicate-email' });
    // Whom the directory shows as gone claims nothing.
    expect(
      told(world.plan([user('ada', { standing: 'disabled' }), user('x', { email: 'ada@hotel.example' })])),
    ).toEqual({
      ...{ ada: 'conflict: recreated', x: 'conflict: recreated' },
    });
  });

  it('case 25: an alias matches nobody and takes nothing from a primary address', () => {
    const world = createDirectoryWorld();
    world.linked('ada');
    const aliases = ['new@hotel.example', 'boss@hotel.example'];
    world.manual('boss@hotel.example');
    const plan = world.plan([user('ada', { aliases }), user('new', { aliases: ['ada@hotel.example'] })]);
    expect(told(plan)).toEqual({ new: 'new' });
  });

  it('case 26: one address in other letters is one address', () => {
    const world = createDirectoryWorld();
    world.linked('ada', { email: 'zoë@bücher.example', emailKey: 'zoë@xn--bcher-kva.example' });
    const decomposed = 'ZOË@BÜCHER.example'.normalize('NFD');
    const plan = world.plan([user('ada', { email: decomposed }), user('twin', { email: 'zoë@XN--BCHER-KVA.example' })]);
    expect(told(plan)).toEqual({ ada: 'conflict: duplicate-email', twin: 'conflict: duplicate-email' });
    const written = world.plan([user('ada', { email: decomposed })]);
    expect(written.rows).toMatchObject([{ changes: [{ field: 'email', to: decomposed }], act: 'update', needs: [] }]);
    world.apply(written);
    expect(world.memberOf('ada')).toMatchObject({ email: decomposed, emailKey: 'zoë@xn--bcher-kva.example' });
    world.linked('k');
    const kelvin = world.plan([
      user('ada', { email: decomposed }),
      user('k'),
      user('x', { email: '\u212a@hotel.example' }),
    ]);
    expect(told(kelvin)).toEqual({ x: 'conflict: no-valid-email' });
  });

  it('case 27: guests are skipped unless they count, and then by their mail', () => {
    const world = createDirectoryWorld();
    const guest = user('guest', { kind: 'guest', email: 'eve@other.example' });
    expect(told(world.plan([guest]))).toEqual({ guest: 'skipped: guest' });
    expect(world.plan([guest], { guests: 'sync' }).rows).toMatchObject([{ status: 'new', email: 'eve@other.example' }]);
    world.linked('guest');
    expect(told(world.plan([guest]))).toEqual({ guest: 'removed: guest' });
    expect(told(world.plan([user('guest', { kind: 'other' })], { guests: 'sync' }))).toEqual({
      guest: 'removed: not-a-person',
    });
  });

  it('case 28: disabled is gone, and counts as such', () => {
    const world = createDirectoryWorld();
    for (let n = 0; n < 8; n += 1) world.linked(`u${n}`);
    const seen = Array.from({ length: 8 }, (_, n) => user(`u${n}`, n < 6 ? { standing: 'disabled' } : {}));
    const plan = world.plan(seen);
    expect(plan.rows.map((row) => row.status === 'removed' && row.because)).toEqual(Array(6).fill('disabled'));
    expect(plan.held).toContainEqual({ because: 'too-many-removed', removed: 6, allowed: 5 });
    expect(told(world.plan([user('new', { standing: 'disabled' }), ...seen.slice(6)]))).toMatchObject({
      new: 'skipped: disabled',
    });
  });

  it('case 29: who has no address, and what is no person, is skipped', () => {
    const plan = createDirectoryWorld().plan([
      ...[user('room', { kind: 'other' }), user('mute', { email: null }), user('blank', { email: ' ' })],
      ...[{ directoryId: 'unsaid' }, user('odd', { email: 'not an address' })],
    ]);
    expect(told(plan)).toEqual({
      ...{ room: 'skipped: not-a-person', mute: 'skipped: no-email', blank: 'skipped: no-email' },
      ...{ unsaid: 'skipped: no-email', odd: 'conflict: no-valid-email' },
    });
    expect(plan.seats.needed).toBe(0);
  });

  it('case 29: a user here whose address went keeps it, and the rest goes on', () => {
    const world = createDirectoryWorld();
    world.linked('ada');
    for (const email of [null, 'not an address', '']) {
      const plan = world.plan([user('ada', { email, title: 'Cook' })]);
      expect(plan.rows).toMatchObject([{ email: null, changes: [{ field: 'title', from: null, to: 'Cook' }] }]);
      expect(world.plan([user('ada', { email })]).rows).toEqual([]);
    }
  });

  it('case 30: the name that a deletion leaves is no address', () => {
    const world = createDirectoryWorld();
    const id = '3F2504E0-4F89-11D3-9A0C-0305E82C3301';
    world.linked(id, { email: 'ada@hotel.example', emailKey: 'ada@hotel.example' });
    const email = '3f2504e04f8911d39a0c0305e82c3301ada@hotel.example';
    const deleted = world.plan([user(id, { email, standing: 'deleted' })]);
    expect(told(deleted)).toEqual({ [id]: 'removed: deleted' });
    const renamed = world.plan([user(id, { email, displayName: 'Ada' })]);
    expect(renamed.rows).toMatchObject([{ email: null, changes: [{ field: 'displayName' }] }]);
    expect(told(createDirectoryWorld().plan([user(id, { email })]))).toEqual({ [id]: 'conflict: no-valid-email' });
    world.apply(deleted);
    world.apply(world.plan([user(id, { email: 'ada@hotel.example' })]));
    expect(world.memberOf(id)).toMatchObject({ state: 'active', email: 'ada@hotel.example' });
  });

  it('case 31: the last Admins and Owners stay until a person decides, and so does whoever asks', () => {
    const world = createDirectoryWorld();
    const [first] = world.people.everybody.keys();
    if (first === undefined) throw new Error('nobody is here');
    const a = world.linked('a', { user: 'admin' });
    const b = world.linked('b', { user: 'admin' });
    world.linked('c');
    expect(told(world.plan([user('x')]))).toEqual({
      ...{ x: 'new', a: 'removed: absent', b: 'removed: absent', c: 'removed: absent' },
    });
    expect(told(world.plan([user('x')], { acting: b }))).toMatchObject({
      a: 'removed: absent',
      b: 'conflict: last-admin',
    });
    world.people.setCanSignIn(first, false);
    const plan = world.plan([user('x')]);
    expect(told(plan)).toEqual({
      x: 'new',
      a: 'conflict: last-admin',
      b: 'conflict: last-admin',
      c: 'removed: absent',
    });
    expect(plan.conflicts.map(({ memberId }) => memberId)).toEqual([a, b]);
    // Somebody who could not sign in was no help before, and is none now.
    world.people.setCanSignIn(a, false);
    expect(told(world.plan([user('x')]))).toMatchObject({ a: 'removed: absent', b: 'conflict: last-admin' });
  });

  it('case 31: nor does another person replace the last Admin', () => {
    const world = createDirectoryWorld();
    const [first] = world.people.everybody.keys();
    if (first === undefined) throw new Error('nobody is here');
    world.people.setCanSignIn(first, false);
    world.linked('old', { user: 'admin' });
    const plan = world.plan([user('new', { email: 'old@hotel.example' })], { decisions: { new: 'other_person' } });
    expect(told(plan)).toEqual({ new: 'conflict: email-held-by-other', old: 'conflict: last-admin' });
  });

  it('case 31, 4.5: nor the last Owner of a property', () => {
    const world = createDirectoryWorld({ kind: 'single_property' });
    world.linked('owner', { roles: [[north, 'owner']] });
    world.linked('other', { roles: [[north, 'team']] });
    expect(told(world.plan([user('x')]))).toEqual({
      x: 'new',
      other: 'removed: absent',
      owner: 'conflict: last-admin',
    });
  });

  it('case 32: eleven of a hundred are held, three of four pass, and nine a day are held on the third day', () => {
    const world = createDirectoryWorld({ licenses: 200 });
    for (let n = 100; n < 200; n += 1) world.linked(`u${n}`);
    const left = (from: number) => Array.from({ length: 200 - from }, (_, n) => user(`u${from + n}`));
    expect(world.plan(left(110)).held).toEqual([]);
    expect(world.plan(left(111)).held).toEqual([{ because: 'too-many-removed', removed: 11, allowed: 10 }]);
    for (const day of [1, 2]) {
      const plan = world.plan(left(100 + 9 * day));
      expect(plan.held, `day ${day}`).toEqual([]);
      world.apply(plan);
    }
    expect(world.plan(left(127)).held).toContainEqual({ because: 'too-many-removed-lately', removed: 27, allowed: 20 });
    // Where nobody leaves, what was is no reason to wait.
    world.removedLately = 90;
    expect(world.plan(left(118)).held).toEqual([]);

    const small = createDirectoryWorld();
    for (const id of ['a', 'b', 'c', 'd']) small.linked(id);
    expect(small.plan([user('a')]).held).toEqual([]);
    expect(small.plan([user('x')]).held).toEqual([{ because: 'too-many-removed', removed: 4, allowed: 3 }]);
    const one = createDirectoryWorld();
    one.linked('a');
    expect(one.plan([user('x')]).held).toEqual([]);
  });

  it('case 33: another tenant, or another question, is held', () => {
    const world = createDirectoryWorld();
    world.linked('ada');
    const seen = [user('ada')];
    expect(world.plan(snapshotOf(seen, { tenantId: 'other' })).held).toEqual([{ because: 'tenant-changed' }]);
    expect(world.plan(snapshotOf(seen, { scope: 'domain' })).held).toEqual([{ because: 'scope-changed' }]);
    world.bound = null;
    expect(world.plan(snapshotOf(seen, { tenantId: 'other', scope: 'domain' })).held).toEqual([]);
  });

  it('case 35, S18: no role is changed by a sync, and none is given but member', () => {
    const world = createDirectoryWorld();
    world.linked('ada', { user: 'admin' });
    const plan = world.plan([user('ada', { title: 'Cook', groupIds: [] }), user('new', { groupIds: ['admins'] })]);
    world.apply(plan);
    expect(world.memberOf('ada').workplace?.role).toBe('admin');
    expect(world.memberOf('new').workplace).toEqual({ role: 'member', licensed: true });
  });

  it('case 37, case 44: another state, another tenant or another wish is another plan', () => {
    const world = createDirectoryWorld();
    const ada = world.linked('ada');
    world.linked('bob');
    const seen = [user('ada', { title: 'Cook' }), user('eve'), user('zoe', { email: 'zoe@other.example' })];
    const { planId } = world.plan(seen);
    expect(world.plan([...seen].reverse()).planId).toBe(planId);
    const others = [
      world.plan(snapshotOf(seen, { tenantId: 'other' })),
      world.plan(snapshotOf(seen, { scope: 'other' })),
      world.plan(snapshotOf(seen, { kind: 'google_workspace' })),
      world.plan(seen, { guests: 'sync' }),
      world.plan(seen, { signInMethod: 'sso_google' }),
      world.plan(seen, { ownDomains: [] }),
      world.plan([user('ada', { title: 'Chef' }), ...seen.slice(1)]),
      world.plan([user('ada', { title: null }), ...seen.slice(1)]),
      world.plan([...seen.slice(0, 2), user('zoe', { email: 'zoe@other.example', department: 'Bar' })]),
      world.plan([...seen, user('bob')]),
      world.plan(seen.slice(0, 2)),
      world.plan([]),
    ];
    world.people.run(directorySync, { type: 'rename', memberId: ada, name: 'Countess' });
    others.push(world.plan(seen));
    expect(new Set([planId, ...others.map((plan) => plan.planId)]).size).toBe(others.length + 1);
    expect(world.plan(seen, { ownDomains: ['b', 'a'] }).planId).toBe(
      world.plan(seen, { ownDomains: ['a', 'b'] }).planId,
    );
  });

  it('case 40: fewer licenses between plan and sync: the plan is the same, and refused by the exact shortage', () => {
    const world = createDirectoryWorld({ licenses: 5 });
    const seen = ['a', 'b', 'c'].map((id) => user(id));
    const plan = world.plan(seen);
    world.people.changeOrganization({ licenses: 1 });
    expect(world.plan(seen).planId).toBe(plan.planId);
    expect(world.people.decide(directorySync, { type: 'sync-users', steps: syncStepsOf(plan) })).toMatchObject({
      ...{ allow: false, refusal: { because: 'license-shortfall', needed: 3, available: 1 }, rows: [] },
    });
  });

  it('case 41, S36: short of licenses an automatic run invites nobody, and does all else', () => {
    const world = createDirectoryWorld({ licenses: 3 });
    for (const id of ['stays', 'leaves', 'renames']) world.linked(id);
    const seen = [user('stays'), user('renames', { title: 'Cook' }), user('x'), user('y')];
    const plan = world.plan(seen);
    expect(plan.seats).toEqual({ bought: 3, available: 0, freed: 1, needed: 2, short: 1 });
    expect(plan.held).toEqual([]);
    const part = automaticPart(plan, digest);
    expect(told(part.plan)).toEqual({ leaves: 'removed: absent', renames: 'updated: fields' });
    expect([part.held, part.waiting]).toEqual([[{ because: 'seats-short', short: 1 }], 2]);
    world.apply(part.plan);
    expect(licenseUsage(world.people.state).available).toBe(1);
  });

  it('case 41: who comes back gets a license before who is new, and an address that waits keeps others waiting', () => {
    const world = createDirectoryWorld({ licenses: 1 });
    const rests = { state: 'deactivated', user: { role: 'member', licensed: false } } as const;
    world.linked('back', rests, { removed: true });
    const seen = [user('back', { email: 'moved@hotel.example' }), user('new', { email: 'back@hotel.example' })];
    expect(automaticPart(world.plan(seen), digest).plan.rows.map(({ rowId }) => rowId)).toEqual(['back']);
    world.linked('keeps', { user: { role: 'member', licensed: false } });
    const chain = [seen[0] ?? user('back'), user('keeps', { email: 'back@hotel.example' }), user('new')];
    expect(automaticPart(world.plan(chain), digest).plan.rows.map(({ rowId }) => rowId)).toEqual(['back', 'keeps']);
    world.people.changeOrganization({ licenses: 0 });
    const none = automaticPart(world.plan(chain), digest);
    expect([none.plan.rows, none.waiting]).toEqual([[], 3]);
  });

  it('case 41: another invitation in place of one takes no other license, unless more are in use than bought', () => {
    const world = createDirectoryWorld({ licenses: 1 });
    world.linked('ada', { state: 'inactive' });
    const seen = [user('ada', { email: 'lovelace@hotel.example' }), user('new')];
    const plan = world.plan(seen);
    expect(plan.rows[0]).toMatchObject({ act: 'replace-invitation', takes: 1, frees: 1 });
    expect(automaticPart(plan, digest).plan.rows.map(({ rowId }) => rowId)).toEqual(['ada']);
    world.people.changeOrganization({ licenses: 0 });
    expect(automaticPart(world.plan(seen), digest).plan.rows).toEqual([]);
  });

  it('case 45, case 50: whatever stands in a name is a text of bounded length on one line', () => {
    const world = createDirectoryWorld();
    const long = 'x'.repeat(1_000_000);
    const plan = world.plan([
      user('a', { displayName: '=cmd|calc' }),
      user('b', { displayName: 'Ada\r\nBcc: eve@other.example\u202etxt\u2029' }),
      user('c', { displayName: long, title: long }),
      user('__proto__', { displayName: '__proto__', email: 'p@hotel.example' }),
      user('d', { displayName: ' \u0000 ', givenName: 'Ada', familyName: 'Lovelace' }),
      user('e', { displayName: null, email: 'e@hotel.example' }),
    ]);
    const names = new Map(plan.rows.map((row) => [row.rowId, row.status === 'new' ? row.name : undefined]));
    expect([...names]).toEqual([
      ['__proto__', '__proto__'],
      ['a', '=cmd|calc'],
      ['b', 'Ada Bcc: eve@other.example txt'],
      ['c', 'x'.repeat(200)],
      ['d', 'Ada Lovelace'],
      ['e', null],
    ]);
    world.apply(plan);
    expect(world.links.get('c')?.profile.title).toHaveLength(200);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('S26: whoever was removed here by hand is not invited again, unless a person says so', () => {
    const world = createDirectoryWorld();
    const memberId = world.linked('ada', { state: 'removed' });
    const seen = [user('ada')];
    const plan = world.plan(seen);
    expect(plan.conflicts).toMatchObject([{ rowId: 'ada', because: 'removed-here', memberId }]);
    expect(told(world.plan(seen, { decisions: { ada: 'other_person' } }))).toEqual({ ada: 'conflict: removed-here' });
    expect(told(world.plan([user('ada', { standing: 'disabled' })]))).toEqual({ ada: 'skipped: disabled' });
    expect(told(world.plan([]))).toEqual({});
    const again = world.plan(seen, { decisions: { ada: 'same_person' } });
    expect(told(again)).toEqual({ ada: 'new' });
    world.apply(again);
    expect(world.memberOf('ada').memberId).not.toBe(memberId);
    expect(world.plan(seen).unchanged).toBe(1);
    expect(selectRows(again, { rows: 'some', rowIds: ['ada'] }, digest).allow).toBe(true);
  });
});
