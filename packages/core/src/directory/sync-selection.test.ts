import { describe, expect, it } from 'vitest';
import { directorySync } from '../people/sample-people.test-rig.js';
import { createDirectoryWorld, digest, snapshotOf, told, directoryUser as user } from './directory-world.test-rig.js';
import { mergeSightings } from './sighting-merge.js';
import { defaultSignInMethod } from './sync-policy.js';
import { automaticPart, selectRows } from './sync-selection.js';
import { linkChangesOf, syncStepsOf } from './sync-steps.js';
import { summarizeSync } from './sync-summary.js';

/** Two who swap addresses, one who leaves, two who come, one in conflict, one skipped. */
function mixed() {
  const world = createDirectoryWorld();
  for (const id of ['a', 'b', 'gone', 'same']) world.linked(id);
  world.manual('held@other.example');
  const seen = [
    user('a', { email: 'b@hotel.example' }),
    user('b', { email: 'a@hotel.example' }),
    ...[user('same'), user('x'), user('y')],
    user('held', { email: 'held@other.example' }),
    user('room', { kind: 'other' }),
  ];
  return { world, seen, plan: world.plan(seen) };
}

describe('choosing rows of a plan', () => {
  it('S24, S30: new, updated, removed; the unchanged are counted; licenses, sign-in method and what holds it', () => {
    const { plan } = mixed();
    expect(told(plan)).toEqual({
      ...{ a: 'updated: fields', b: 'updated: fields', gone: 'removed: absent', x: 'new', y: 'new' },
      ...{ held: 'conflict: adoption-not-allowed', room: 'skipped: not-a-person' },
    });
    expect(summarizeSync(plan)).toEqual({
      planId: plan.planId,
      counts: { new: 2, updated: 2, removed: 1, unchanged: 1, conflicts: 1, skipped: 1 },
      licenses: { bought: 50, available: 45, freed: 1, needed: 2, short: 0 },
      ...{ signInMethod: 'email_password', held: [] },
    });
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it('S28: chosen are all three kinds of rows, and none is chosen for being there', () => {
    const { world, plan } = mixed();
    const chosen = selectRows(plan, { rows: 'some', rowIds: ['x', 'gone', 'x'] }, digest);
    if (!chosen.allow) throw new Error('refused');
    expect(chosen.plan.rows.map(({ rowId }) => rowId)).toEqual(['gone', 'x']);
    expect(chosen.alsoChosen).toEqual([]);
    expect(chosen.plan.seats).toEqual({ bought: 50, available: 45, freed: 1, needed: 1, short: 0 });
    expect([chosen.plan.conflicts, chosen.plan.skipped, chosen.plan.unchanged]).toEqual([
      plan.conflicts,
      plan.skipped,
      1,
    ]);
    const none = selectRows(plan, { rows: 'some', rowIds: [] }, digest);
    if (!none.allow) throw new Error('refused');
    expect(syncStepsOf(none.plan)).toEqual([]);
    expect(world.people.decide(directorySync, { type: 'sync-users', steps: [] })).toMatchObject({
      allow: true,
      changes: [],
    });
  });

  it('case 19: half a swap is chosen with its other half, and it is said', () => {
    const { plan } = mixed();
    expect(selectRows(plan, { rows: 'some', rowIds: ['b'] }, digest)).toMatchObject({
      ...{ allow: true, alsoChosen: ['a'], plan: { rows: [{ rowId: 'a' }, { rowId: 'b' }] } },
    });
    expect(selectRows(plan, { rows: 'all', except: ['b', 'x'] }, digest)).toMatchObject({
      alsoChosen: ['b'],
      plan: { rows: [{ rowId: 'a' }, { rowId: 'b' }, { rowId: 'gone' }, { rowId: 'y' }] },
    });
  });

  it('S16: who is not in the list, or is not to be chosen, is refused', () => {
    const { plan } = mixed();
    const refused = { allow: false, because: 'row-unknown', rowIds: ['held', 'nobody', 'room'] };
    const rowIds = ['room', 'x', 'nobody', 'held', 'room'];
    expect(selectRows(plan, { rows: 'some', rowIds }, digest)).toEqual(refused);
    expect(selectRows(plan, { rows: 'all', except: rowIds }, digest)).toEqual(refused);
  });

  it('S30: the choice has an id of its own, and that of everything is the plan’s', () => {
    const { plan } = mixed();
    const idOf = (rowIds: readonly string[]) => {
      const chosen = selectRows(plan, { rows: 'some', rowIds }, digest);
      return chosen.allow ? chosen.plan.planId : 'refused';
    };
    expect(new Set([idOf([]), idOf(['x']), idOf(['y']), idOf(['x', 'y']), idOf(['gone']), plan.planId]).size).toBe(6);
    expect(idOf(['x', 'y'])).toBe(idOf(['y', 'x']));
    expect(selectRows(plan, { rows: 'all', except: [] }, digest)).toEqual({ allow: true, plan, alsoChosen: [] });
  });

  it('S30: a plan of thousands has an id that every row is part of', () => {
    const world = createDirectoryWorld({ licenses: 5000 });
    const seen = Array.from({ length: 2500 }, (_, n) => user(`u${n}`));
    const texts: number[] = [];
    const measured = (text: string) => {
      texts.push(text.length);
      return digest(text);
    };
    const plan = world.plan(seen);
    const chosen = selectRows(plan, { rows: 'all', except: [] }, measured);
    expect(chosen.allow && chosen.plan.planId).toBe(plan.planId);
    // Never all of it in one text.
    expect(texts).toHaveLength(4);
    for (const rowId of ['u0', 'u1500', 'u999']) {
      const other = selectRows(plan, { rows: 'all', except: [rowId] }, digest);
      expect(other.allow && other.plan.planId).not.toBe(plan.planId);
    }
  });

  it('case 32: what is chosen of a held plan is held by its own number of removals', () => {
    const world = createDirectoryWorld();
    const ids = Array.from({ length: 10 }, (_, n) => `u${n}`);
    for (const id of ids) world.linked(id);
    world.removedLately = 2;
    const plan = world.plan(snapshotOf([user('x')], { scope: 'other' }));
    expect(plan.held).toEqual([
      { because: 'scope-changed' },
      { because: 'too-many-removed', removed: 10, allowed: 5 },
      { because: 'too-many-removed-lately', removed: 12, allowed: 5 },
    ]);
    const heldOf = (count: number) => {
      const chosen = selectRows(plan, { rows: 'some', rowIds: ids.slice(0, count) }, digest);
      return chosen.allow ? chosen.plan.held.map(({ because }) => because) : [];
    };
    expect(heldOf(0)).toEqual(['scope-changed']);
    expect(heldOf(3)).toEqual(['scope-changed']);
    expect(heldOf(4)).toEqual(['scope-changed', 'too-many-removed-lately']);
    expect(heldOf(6)).toEqual(['scope-changed', 'too-many-removed', 'too-many-removed-lately']);
    const part = automaticPart(plan, digest);
    expect([part.plan.rows, part.held, part.waiting]).toEqual([[], plan.held, 0]);
  });

  it('S35: an automatic run does everything, with nothing to choose', () => {
    const { plan } = mixed();
    expect(automaticPart(plan, digest)).toEqual({ plan, held: [], waiting: 0 });
  });

  it('S31, P-24: removals come first, then changes, then invitations', () => {
    const { world, seen } = mixed();
    world.linked('invited', { state: 'inactive' });
    const plan = world.plan([
      ...seen.filter(({ directoryId }) => directoryId !== 'same'),
      user('same', { title: 'Cook' }),
    ]);
    const steps = syncStepsOf(plan);
    expect(steps.map(({ type, rowId }) => [type, rowId])).toEqual([
      ['deactivate', 'gone'],
      ['remove', 'invited'],
      ['update', 'a'],
      ['update', 'b'],
      ['invite', 'x'],
      ['invite', 'y'],
    ]);
    // What concerns the link alone is no step, and yet is done.
    expect(linkChangesOf(plan.rows, world.state)).toContainEqual(
      expect.objectContaining({ directoryId: 'same', profile: expect.objectContaining({ title: 'Cook' }) }),
    );
  });

  it('S26: only what differs is a change, with what it was and will be', () => {
    const { world } = mixed();
    const ada = world.linked('ada', { name: null });
    const seen = user('ada', { displayName: null, givenName: ' Ada ', familyName: 'Lovelace', department: '' });
    const plan = world.plan([seen]);
    expect(plan.rows.find(({ rowId }) => rowId === 'ada')).toMatchObject({
      ...{ memberId: ada, because: 'fields', act: 'update', email: null, name: 'Ada Lovelace' },
      changes: [
        { field: 'displayName', from: null, to: 'Ada Lovelace' },
        { field: 'givenName', from: null, to: 'Ada' },
        { field: 'familyName', from: null, to: 'Lovelace' },
      ],
    });
    world.apply(plan);
    expect(world.memberOf('ada').name).toBe('Ada Lovelace');
    expect(world.plan([seen]).unchanged).toBe(1);
    // Nobody loses a name because the directory has none.
    const nameless = world.plan([user('ada', { displayName: null, givenName: null, familyName: null })]);
    expect(nameless.rows).toMatchObject([{ name: null, changes: [{ field: 'givenName' }, { field: 'familyName' }] }]);
    world.apply(nameless);
    expect(world.memberOf('ada').name).toBe('Ada Lovelace');
    const shown = world.plan([user('ada', { displayName: 'Ada Lovelace' })]);
    expect(shown.rows).toMatchObject([
      { name: null, changes: [{ field: 'displayName', from: null, to: 'Ada Lovelace' }] },
    ]);
  });

  it('S27: a linked user without a place in the workplace ends for good, and one who is gone already is nobody', () => {
    const world = createDirectoryWorld();
    const staff = world.people.add({ roles: [], organizationOwner: true });
    const { email } = world.people.get(staff);
    world.linked('rests', { state: 'deactivated', user: { role: 'member', licensed: false } });
    world.linked('staff', { organizationOwner: true, email: 'staff@hotel.example', user: undefined } as never);
    const plan = world.plan([user('x')]);
    expect(plan.rows).toMatchObject([{ rowId: 'staff', ending: 'removed', frees: 0 }, { rowId: 'x' }]);
    expect(told(world.plan([user('rests', { standing: 'disabled' })]))).toEqual({ staff: 'removed: absent' });
    expect(email).not.toBe('');
  });

  it('G53: another address of an invitation is another invitation, and the link goes with it', () => {
    const world = createDirectoryWorld();
    const memberId = world.linked('ada', { state: 'inactive' });
    const seen = user('ada', { email: 'lovelace@hotel.example' });
    const plan = world.plan([seen]);
    expect(syncStepsOf(plan)).toEqual([
      { type: 'replace-invitation', rowId: 'ada', memberId, email: 'lovelace@hotel.example' },
    ]);
    expect(linkChangesOf(plan.rows, world.state)).toMatchObject([
      { type: 'linked', directoryId: 'ada', memberId: null },
    ]);
    world.apply(plan);
    expect(world.memberOf('ada')).toMatchObject({ state: 'inactive', email: 'lovelace@hotel.example' });
    expect(world.memberOf('ada').memberId).not.toBe(memberId);
    expect(world.plan([seen]).unchanged).toBe(1);
  });

  it('S32: where nobody chose, users sign in by the directory, as far as the plan has it', () => {
    expect(defaultSignInMethod('microsoft_365', 'pro')).toBe('sso_microsoft_365');
    expect(defaultSignInMethod('google_workspace', 'pro')).toBe('sso_google');
    expect(defaultSignInMethod('google_workspace', 'business')).toBe('email_password');
    for (const kind of ['scim_pull', 'scim_push'] as const)
      expect(defaultSignInMethod(kind, 'pro')).toBe('email_password');
    const world = createDirectoryWorld();
    const plan = world.plan([user('x')], { signInMethod: 'sso_google' });
    expect(syncStepsOf(plan)).toMatchObject([{ type: 'invite', signInMethod: 'sso_google' }]);
  });

  it('case 11: sightings of one user are one record, by the exact id', () => {
    const merged = mergeSightings([
      { directoryId: 'a', title: 'Cook', email: 'a@hotel.example' },
      { directoryId: 'A', title: 'Other' },
      { directoryId: 'a', title: null },
      { directoryId: 'a', email: undefined, kind: 'guest' } as never,
    ]);
    expect([...merged]).toEqual([
      ['a', { directoryId: 'a', title: null, email: 'a@hotel.example', kind: 'guest' }],
      ['A', { directoryId: 'A', title: 'Other' }],
    ]);
  });
});
