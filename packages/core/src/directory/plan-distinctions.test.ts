import { describe, expect, it } from 'vitest';
import { createDirectoryWorld, digest, snapshotOf, told, directoryUser as user } from './directory-world.test-rig.js';
import { automaticPart, selectRows } from './sync-selection.js';
import { linkChangesOf, syncStepsOf } from './sync-steps.js';

const rests = { state: 'deactivated', user: { role: 'member', licensed: false } } as const;
const unlicensed = { user: { role: 'member', licensed: false } } as const;

describe('what tells one plan from another', () => {
  it('S30: who is removed, why, and how it ends are part of the id', () => {
    const idOf = (gone: string, standing?: 'disabled') => {
      const world = createDirectoryWorld();
      const ids = ['a', 'b', 'c'];
      for (const id of ids) world.linked(id);
      const stay = ids.filter((id) => id !== gone).map((id) => user(id));
      return world.plan(standing === undefined ? stay : [...stay, user(gone, { standing })]).planId;
    };
    expect(new Set([idOf('a'), idOf('b'), idOf('a', 'disabled')]).size).toBe(3);
    const endingOf = (state: 'active' | 'inactive') => {
      const world = createDirectoryWorld();
      world.linked('a', { state });
      world.linked('b');
      return world.plan([user('b')]).planId;
    };
    expect(endingOf('active')).not.toBe(endingOf('inactive'));
  });

  it('case 19: rows that are chosen along are told in the order of their ids', () => {
    const world = createDirectoryWorld();
    for (const id of ['a', 'b', 'c']) world.linked(id);
    const address = (id: string) => ({ email: `${id}@hotel.example` });
    const plan = world.plan([user('a', address('c')), user('c', address('b')), user('b', address('a'))]);
    expect(selectRows(plan, { rows: 'some', rowIds: ['a'] }, digest)).toMatchObject({ alsoChosen: ['b', 'c'] });
  });
});

describe('case 41: who waits where licenses are short', () => {
  it('those who come back do, together, and nobody who takes no license', () => {
    const world = createDirectoryWorld({ licenses: 2 });
    world.linked('one', rests, { removed: true });
    world.linked('two', rests, { removed: true });
    world.linked('renames');
    world.linked('invited', { state: 'inactive' });
    const seen = [
      ...[user('one'), user('two'), user('renames', { title: 'Cook' }), user('new')],
      user('invited', { email: 'moved@hotel.example' }),
    ];
    const plan = world.plan(seen);
    expect(plan.seats).toMatchObject({ available: 0, freed: 1, needed: 4, short: 3 });
    const part = automaticPart(plan, digest);
    expect(part.plan.rows.map(({ rowId }) => rowId)).toEqual(['invited', 'renames']);
    expect(part.waiting).toBe(3);
  });

  it('and where more are in use than bought, everybody who takes one, but nobody else', () => {
    const world = createDirectoryWorld({ licenses: 1 });
    world.linked('renames');
    world.linked('leaves', unlicensed);
    world.linked('invited', { state: 'inactive' });
    const seen = [user('renames', { title: 'Cook' }), user('invited', { email: 'moved@hotel.example' })];
    const part = automaticPart(world.plan(seen), digest);
    expect(told(part.plan)).toEqual({ renames: 'updated: fields', leaves: 'removed: absent' });
    expect(part.waiting).toBe(1);
  });
});

it('case 31: where the last Admin and the last Owner of the organization both are gone, both wait for a person', () => {
  const world = createDirectoryWorld({ kind: 'organization' });
  const [first] = world.people.everybody.keys();
  if (first === undefined) throw new Error('nobody is here');
  world.people.setCanSignIn(first, false);
  world.linked('admin', { user: 'admin' });
  world.linked('owner', { organizationOwner: true });
  world.linked('other');
  expect(told(world.plan([user('x')]))).toEqual({
    ...{ x: 'new', other: 'removed: absent' },
    ...{ admin: 'conflict: last-admin', owner: 'conflict: last-admin' },
  });
});

describe('who keeps an address', () => {
  it('case 20, case 24: whoever was deactivated by hand does, without claiming it against others', () => {
    const world = createDirectoryWorld();
    world.linked('by-hand', rests);
    const twin = user('twin', { email: 'by-hand@hotel.example' });
    expect(told(world.plan([user('by-hand'), twin]))).toEqual({ twin: 'conflict: email-held-by-other' });
  });

  it('case 20, case 24: whom a sync deactivated claims it again once the account is said to be open', () => {
    const world = createDirectoryWorld();
    world.linked('by-sync', rests, { removed: true });
    const twin = user('twin', { email: 'by-sync@hotel.example' });
    const [duplicate, recreated] = ['conflict: duplicate-email', 'conflict: recreated'];
    expect(told(world.plan([user('by-sync'), twin]))).toEqual({ 'by-sync': duplicate, twin: duplicate });
    const unsaid = { directoryId: 'by-sync', email: 'by-sync@hotel.example' };
    expect(told(world.plan([unsaid, twin]))).toEqual({ twin: recreated });
  });

  it('case 20, case 48: whoever is active is linked anew, whatever the plan says about coming back', () => {
    const world = createDirectoryWorld({ plan: 'basic' });
    world.linked('old', { signInMethod: 'sso_google' });
    const seen = [user('new', { email: 'old@hotel.example' })];
    expect(told(world.plan(seen, { decisions: { new: 'same_person' } }))).toEqual({ new: 'updated: relink' });
  });
});

describe('steps and links', () => {
  it('of each kind of row', () => {
    const world = createDirectoryWorld();
    const renamed = world.linked('renamed');
    const replaced = world.linked('replaced', { state: 'inactive' });
    const invited = world.linked('invited', { state: 'inactive' });
    const adopted = world.manual('adopted@hotel.example', { name: 'Name of adopted' });
    world.linked('leaves');
    world.linked('lapsed', { state: 'inactive' });
    const titled = world.linked('titled', {}, { profile: { ...profile('titled'), department: 'Kitchen' } });
    const plan = world.plan(
      snapshotOf([
        ...[user('adopted'), user('new', { title: 'Cook' })],
        user('renamed', { displayName: 'Ada', email: 'ada@hotel.example' }),
        user('replaced', { email: 'other@hotel.example' }),
        ...[user('invited', { displayName: 'Eve' }), user('titled', { title: 'Cook' })],
      ]),
    );
    expect(syncStepsOf(plan)).toEqual([
      { type: 'remove', rowId: 'lapsed', memberId: world.memberOf('lapsed').memberId },
      { type: 'deactivate', rowId: 'leaves', memberId: world.memberOf('leaves').memberId },
      { type: 'update', rowId: 'invited', memberId: invited, name: 'Eve' },
      { type: 'update', rowId: 'renamed', memberId: renamed, name: 'Ada', email: 'ada@hotel.example' },
      { type: 'replace-invitation', rowId: 'replaced', memberId: replaced, email: 'other@hotel.example' },
      {
        ...{ type: 'invite', rowId: 'new', email: 'new@hotel.example', name: 'Name of new' },
        signInMethod: 'email_password',
      },
    ]);
    expect(linkChangesOf(plan.rows, world.state)).toEqual([
      { type: 'linked', directoryId: 'adopted', memberId: adopted, profile: profile('adopted') },
      {
        type: 'linked',
        directoryId: 'invited',
        memberId: invited,
        profile: profile('invited', { displayName: 'Eve' }),
      },
      { type: 'unlinked', directoryId: 'lapsed' },
      { type: 'marked-removed', directoryId: 'leaves' },
      { type: 'linked', directoryId: 'new', memberId: null, profile: profile('new', { title: 'Cook' }) },
      {
        ...{ type: 'linked', directoryId: 'renamed', memberId: renamed },
        profile: profile('renamed', { displayName: 'Ada', email: 'ada@hotel.example' }),
      },
      {
        ...{ type: 'linked', directoryId: 'replaced', memberId: null },
        profile: profile('replaced', { email: 'other@hotel.example' }),
      },
      // What the directory does not say stays as it was brought over last.
      {
        ...{ type: 'linked', directoryId: 'titled', memberId: titled },
        profile: profile('titled', { department: 'Kitchen', title: 'Cook' }),
      },
    ]);
  });
});

function profile(directoryId: string, more: Readonly<Record<string, string>> = {}) {
  const none = { givenName: null, familyName: null, department: null, title: null };
  return { ...none, email: `${directoryId}@hotel.example`, displayName: `Name of ${directoryId}`, ...more };
}
