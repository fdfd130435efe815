import { describe, expect, it } from 'vitest';
import { north } from '../people/sample-people.test-rig.js';
import {
  createDirectoryWorld,
  digest,
  needsIn,
  snapshotOf,
  told,
  directoryUser as user,
} from './directory-world.test-rig.js';
import { automaticPart } from './sync-selection.js';

describe('the cases that show in a plan', () => {
  it('case 1: an answer without anybody is held, and nobody is removed', () => {
    const world = createDirectoryWorld();
    world.linked('ada');
    const plan = world.plan([]);
    expect(plan.held).toEqual([{ because: 'empty' }]);
    expect(plan.rows).toEqual([]);
    expect(automaticPart(plan, digest).plan.rows).toEqual([]);
    expect(createDirectoryWorld().plan([]).held).toEqual([]);
  });

  it('case 2: a listing that did not come to its end removes nobody for not being there', () => {
    const world = createDirectoryWorld();
    world.linked('ada');
    world.linked('bob');
    const cut = world.plan(
      snapshotOf([user('ada', { title: 'Cook' }), user('eve')], { evidence: { sawLastPage: false } }),
    );
    expect(told(cut)).toEqual({ ada: 'updated: fields', eve: 'new' });
    expect(cut.held).toEqual([{ because: 'incomplete' }]);
    const broken = world.plan(snapshotOf([user('ada')], { evidence: { malformed: 1 } }));
    expect([broken.rows, broken.held]).toEqual([[], [{ because: 'incomplete' }]]);
    // Whoever is shown as gone is gone, whatever is missing besides.
    const shown = world.plan(snapshotOf([user('bob', { standing: 'deleted' })], { evidence: { sawLastPage: false } }));
    expect(told(shown)).toEqual({ bob: 'removed: deleted' });
  });

  it('case 5, case 6, case 7: a count that the listing misses by more than two in a hundred and two is held', () => {
    const world = createDirectoryWorld();
    world.linked('ada');
    world.linked('zoe');
    const seen = [user('ada'), ...Array.from({ length: 97 }, (_, n) => user(`u${n}`))];
    const counting = (counted: number) => world.plan(snapshotOf(seen, { evidence: { counted, distinct: 98 } }));
    for (const counted of [96, 98, 102]) {
      expect(counting(counted).held, `${counted}`).toEqual([]);
      expect(told(counting(counted))).toMatchObject({ zoe: 'removed: absent' });
    }
    for (const counted of [93, 103, 200]) {
      expect(counting(counted).held).toEqual([{ because: 'count-mismatch', counted, distinct: 98 }]);
      expect(told(counting(counted))).not.toHaveProperty('zoe');
    }
    expect(world.plan(snapshotOf([], { evidence: { counted: 1, distinct: 0 } })).held).toEqual([{ because: 'empty' }]);
  });

  it('case 11: what a page does not say is not cleared, and contradictions go by the last word', () => {
    const world = createDirectoryWorld();
    world.linked('ada');
    world.apply(world.plan([user('ada', { title: 'Cook', department: 'Kitchen', givenName: 'Ada' })]));
    expect(world.plan([{ directoryId: 'ada' }]).rows).toEqual([]);
    expect(world.plan([{ directoryId: 'ada' }]).unchanged).toBe(1);
    const twice = world.plan([user('ada', { title: 'Waiter' }), { directoryId: 'ada', department: null }]);
    expect(twice.rows).toMatchObject([
      {
        changes: [
          { field: 'department', from: 'Kitchen', to: null },
          { field: 'title', from: 'Cook', to: 'Waiter' },
        ],
      },
    ]);
  });

  it('case 12: deleted softly, then restored: removed, then back with a license, if there is one', () => {
    const world = createDirectoryWorld({ licenses: 1 });
    world.linked('ada', { roles: [[north, 'team']] });
    world.apply(world.plan([user('ada', { standing: 'deleted' })]));
    expect(world.memberOf('ada')).toMatchObject({
      state: 'deactivated',
      assignments: [],
      workplace: { licensed: false },
    });
    const back = world.plan([user('ada')]);
    expect(told(back)).toEqual({ ada: 'updated: reactivate' });
    expect(back.seats).toEqual({ bought: 1, available: 1, freed: 0, needed: 1, short: 0 });
    world.people.changeOrganization({ licenses: 0 });
    expect(world.plan([user('ada')]).seats.short).toBe(1);
    world.people.changeOrganization({ licenses: 1 });
    world.apply(back);
    expect(world.memberOf('ada')).toMatchObject({ state: 'active', assignments: [], workplace: { licensed: true } });
  });

  it('case 13: whoever is gone before being seen is nobody to invite', () => {
    const plan = createDirectoryWorld().plan([user('ada', { standing: 'deleted' })]);
    expect(told(plan)).toEqual({ ada: 'skipped: deleted' });
  });

  it('case 14: of changes alone nobody is missing', () => {
    const world = createDirectoryWorld();
    world.linked('ada');
    const plan = world.plan(
      snapshotOf([user('eve')], { coverage: 'changes', evidence: { counted: 90, malformed: 3 } }),
    );
    expect(told(plan)).toEqual({ eve: 'new' });
    expect(plan.held).toEqual([]);
    expect(world.plan(snapshotOf([], { coverage: 'changes' })).held).toEqual([]);
  });

  it('case 15: a new address is the same person, with role and properties', () => {
    const world = createDirectoryWorld();
    const memberId = world.linked('ada', { user: 'coordinator', roles: [[north, 'team']] });
    const plan = world.plan([user('ada', { email: 'Countess@Hotel.Example' })]);
    expect(plan.rows).toMatchObject([
      {
        ...{ status: 'updated', because: 'fields', act: 'update', memberId, takes: 0, frees: 0 },
        changes: [{ field: 'email', from: 'ada@hotel.example', to: 'Countess@Hotel.Example' }],
      },
    ]);
    expect(world.apply(plan).map(({ type }) => type)).toEqual(['member-changed', 'setup-links-voided']);
    expect(world.people.get(memberId)).toMatchObject({
      ...{ email: 'Countess@Hotel.Example', emailKey: 'countess@hotel.example', state: 'active' },
      ...{ workplace: { role: 'coordinator', licensed: true }, assignments: [{ propertyId: north, role: 'team' }] },
    });
  });

  it('case 16: two swap addresses and three rotate, all at once', () => {
    const world = createDirectoryWorld();
    const ids = ['a', 'b', 'c', 'd', 'e'].map((id) => [id, world.linked(id)] as const);
    const to = { a: 'b', b: 'a', c: 'd', d: 'e', e: 'c' } as const;
    const seen = Object.entries(to).map(([id, other]) => user(id, { email: `${other}@hotel.example` }));
    const plan = world.plan(seen);
    expect(needsIn(plan)).toEqual({ a: ['b'], b: ['a'], c: ['d'], d: ['e'], e: ['c'] });
    world.apply(plan);
    for (const [id, memberId] of ids) {
      expect(world.people.get(memberId).email).toBe(`${to[id as keyof typeof to]}@hotel.example`);
    }
    expect(world.plan(seen).rows).toEqual([]);
  });

  it('case 17: who renames makes room for who comes', () => {
    const world = createDirectoryWorld();
    world.linked('ada');
    const plan = world.plan([
      user('ada', { email: 'lovelace@hotel.example' }),
      user('new', { email: 'ada@hotel.example' }),
    ]);
    expect(told(plan)).toEqual({ ada: 'updated: fields', new: 'new' });
    expect(needsIn(plan)).toEqual({ new: ['ada'] });
    world.apply(plan);
    expect(world.memberOf('new')).toMatchObject({ state: 'inactive', email: 'ada@hotel.example' });
  });

  it('case 18: a chain that ends at an address somebody keeps is left as a whole', () => {
    const world = createDirectoryWorld();
    const manual = world.manual('boss@hotel.example', { user: 'admin' });
    const [a, b] = [world.linked('a'), world.linked('b')];
    const plan = world.plan([
      user('a', { email: 'b@hotel.example', title: 'Cook' }),
      user('b', { email: 'boss@hotel.example' }),
      user('c', { email: 'a@hotel.example' }),
    ]);
    expect(plan.rows).toEqual([]);
    expect(plan.conflicts.map(({ rowId, because, memberId }) => [rowId, because, memberId])).toEqual([
      ['a', 'email-held-by-other', a],
      ['b', 'email-held-by-other', b],
      ['c', 'email-held-by-other', a],
    ]);
    expect(manual).not.toBe(b);
    // A user who stays keeps the address as well, and so does whoever has been deactivated.
    const quiet = world.plan([user('a'), user('b', { email: 'a@hotel.example' })]);
    expect(told(quiet)).toEqual({ a: 'conflict: duplicate-email', b: 'conflict: duplicate-email' });
    const odd = world.plan([user('a', { email: null, title: 'Cook' }), user('b', { email: 'a@hotel.example' })]);
    expect(told(odd)).toEqual({ a: 'conflict: duplicate-email', b: 'conflict: duplicate-email' });
    const gone = world.plan([user('a', { standing: 'disabled' }), user('b', { email: 'a@hotel.example' })]);
    expect(told(gone)).toEqual({ a: 'removed: disabled', b: 'conflict: email-held-by-other' });
  });

  it('case 18: an invitation that ends frees its address', () => {
    const world = createDirectoryWorld();
    world.linked('a', { state: 'inactive' });
    world.linked('b');
    const plan = world.plan([user('b', { email: 'a@hotel.example' })]);
    expect(told(plan)).toEqual({ a: 'removed: absent', b: 'updated: fields' });
    expect(needsIn(plan)).toEqual({ b: ['a'] });
    world.apply(plan);
    expect(world.memberOf('b').email).toBe('a@hotel.example');
    expect(world.links.has('a')).toBe(false);
  });

  it('case 20: the same address under a new id waits for a person, and no key is inherited', () => {
    const world = createDirectoryWorld();
    const memberId = world.linked('old', { user: 'coordinator', roles: [[north, 'team']] });
    const seen = [user('new', { email: 'OLD@hotel.example', displayName: 'Somebody' })];
    const waiting = world.plan(seen);
    expect(told(waiting)).toEqual({ new: 'conflict: recreated', old: 'conflict: recreated' });
    expect(waiting.conflicts.map((conflict) => conflict.memberId)).toEqual([memberId, memberId]);

    const other = world.plan(seen, { decisions: { new: 'other_person' } });
    expect(told(other)).toEqual({ new: 'new', old: 'removed: replaced' });
    expect(needsIn(other)).toEqual({ new: ['old'] });
    expect(other.seats).toMatchObject({ freed: 1, needed: 1, short: 0 });
    const changes = world.apply(other);
    expect(changes).toContainEqual({ type: 'keys-revoked', memberId, propertyId: null });
    expect(world.people.get(memberId).state).toBe('removed');
    expect(world.memberOf('new')).toMatchObject({ state: 'inactive', assignments: [], workplace: { role: 'member' } });
    expect(world.plan(seen).rows).toEqual([]);
  });

  it('case 20: the same person keeps role and keys under the new id', () => {
    const world = createDirectoryWorld();
    const memberId = world.linked('old', { user: 'coordinator', roles: [[north, 'team']] });
    const seen = [user('new', { email: 'old@hotel.example' })];
    const plan = world.plan(seen, { decisions: { new: 'same_person' } });
    expect(told(plan)).toEqual({ new: 'updated: relink' });
    expect(world.apply(plan).map(({ type }) => type)).toEqual(['member-changed']);
    expect(world.memberOf('new')).toMatchObject({ memberId, workplace: { role: 'coordinator' }, name: 'Name of new' });
    expect([...world.links.keys()]).toEqual(['new']);
  });

  it('case 20: also when the former id is still shown, as gone, or a sync had taken it before', () => {
    const world = createDirectoryWorld();
    const memberId = world.linked('old');
    const seen = [user('new', { email: 'old@hotel.example' }), user('old', { standing: 'disabled' })];
    expect(told(world.plan(seen))).toEqual({ new: 'conflict: recreated', old: 'conflict: recreated' });
    world.apply(world.plan([user('old', { standing: 'disabled' })]));
    expect(told(world.plan(seen))).toEqual({ new: 'conflict: recreated' });
    expect(
      told(world.plan(snapshotOf([user('new', { email: 'old@hotel.example' })], { unchangedIds: ['old'] }))),
    ).toEqual({
      new: 'conflict: recreated',
    });
    const relinked = world.plan(seen, { decisions: { new: 'same_person' } });
    expect(relinked.rows).toMatchObject([{ because: 'relink', act: 'reactivate', takes: 1 }]);
    expect(relinked.unchanged).toBe(0);
    const replaced = world.plan(seen, { decisions: { new: 'other_person' } });
    expect(replaced.rows).toMatchObject([{ status: 'new' }, { because: 'replaced', ending: 'removed', frees: 0 }]);
    expect(replaced.unchanged).toBe(0);
    world.people.changeOrganization({ plan: 'basic' });
    world.apply(relinked);
    expect(world.memberOf('new')).toMatchObject({ memberId, state: 'active' });
  });

  it('case 20: of changes alone nobody learns that the former id is gone', () => {
    const world = createDirectoryWorld();
    world.linked('old');
    const plan = world.plan(snapshotOf([user('new', { email: 'old@hotel.example' })], { coverage: 'changes' }), {
      decisions: { new: 'other_person' },
    });
    expect(told(plan)).toEqual({ new: 'conflict: email-held-by-other' });
  });

  it('case 20: whoever was deactivated by hand keeps the address while the directory shows the former id', () => {
    const world = createDirectoryWorld();
    world.linked('old', { state: 'deactivated', user: { role: 'member', licensed: false } });
    const newcomer = user('new', { email: 'old@hotel.example' });
    const moved = user('old', { email: 'other@hotel.example' });
    expect(told(world.plan([newcomer, moved]))).toEqual({ new: 'conflict: email-held-by-other' });
    expect(told(world.plan(snapshotOf([newcomer], { unchangedIds: ['old'] })))).toEqual({
      new: 'conflict: email-held-by-other',
    });
    expect(told(world.plan([newcomer]))).toEqual({ new: 'conflict: recreated' });
    const relinked = world.plan([newcomer], { decisions: { new: 'same_person' } });
    expect(relinked.rows).toMatchObject([{ because: 'relink', act: 'update', takes: 0 }]);
  });

  it('case 21, S25: whom a sync deactivated comes back; whom a person deactivated does not', () => {
    const world = createDirectoryWorld();
    const rests = { state: 'deactivated', user: { role: 'coordinator', licensed: false } } as const;
    world.linked('by-sync', rests, { removed: true });
    world.linked('by-hand', rests);
    world.linked('unsaid', rests, { removed: true });
    const plan = world.plan([
      user('by-sync', { email: 'back@hotel.example' }),
      user('by-hand', { title: 'Cook' }),
      { directoryId: 'unsaid', title: 'Cook' },
    ]);
    expect(told(plan)).toEqual({ 'by-sync': 'updated: reactivate' });
    expect(plan.unchanged).toBe(2);
    expect(plan.seats.needed).toBe(1);
    const types = world.apply(plan).map(({ type }) => type);
    expect(types).toEqual(['member-changed', 'setup-links-voided']);
    expect(world.memberOf('by-sync')).toMatchObject({
      ...{ state: 'active', email: 'back@hotel.example', workplace: { role: 'coordinator', licensed: true } },
    });
    expect(world.links.get('by-sync')?.removed).toBe(false);
  });

  it('case 48: nobody comes back into a way to sign in that the plan does not have any more', () => {
    const world = createDirectoryWorld({ plan: 'basic' });
    const rests = { state: 'deactivated', user: { role: 'member', licensed: false } } as const;
    world.linked('sso', { ...rests, signInMethod: 'sso_google' }, { removed: true });
    world.linked('password', rests, { removed: true });
    expect(told(world.plan([user('sso'), user('password')]))).toEqual({
      ...{ password: 'updated: reactivate', sso: 'conflict: plan-required' },
    });
    const recreated = world.plan([user('new', { email: 'sso@hotel.example' })], { decisions: { new: 'same_person' } });
    expect(told(recreated)).toEqual({ new: 'conflict: plan-required' });
  });
});
