import { describe, expect, it } from 'vitest';
import { struckWishes } from './address-moves.js';
import { addressOf, isTombstone, nameOf, profileAfter, profileText } from './directory-profile.js';
import { createDirectoryWorld, directoryUser as user } from './directory-world.test-rig.js';

const none = { email: null, givenName: null, familyName: null, displayName: null, department: null, title: null };

describe('what is kept of a directory’s user', () => {
  it('case 50: a text is one line of at most two hundred characters', () => {
    expect(profileText(` a\t b\u2028c `)).toBe('a b c');
    expect(profileText('\u0007Ada Lovelace')).toBe('Ada Lovelace');
    expect(profileText('Ada \u202e\u202e')).toBe('Ada');
    expect(profileText('Zoë Ångström-Łuczak')).toBe('Zoë Ångström-Łuczak');
    expect(profileText(`${'x'.repeat(199)} y`)).toBe('x'.repeat(199));
    // A megabyte of nothing is looked at no further than a text could reach.
    expect(profileText(`${' '.repeat(1000)}late`)).toBeNull();
    expect(profileText(null)).toBeNull();
  });

  it('S23: of names, the one shown, or those there are', () => {
    expect(nameOf({ ...none, displayName: 'Ada L.', givenName: 'Ada' })).toBe('Ada L.');
    expect(nameOf({ ...none, givenName: 'Ada' })).toBe('Ada');
    expect(nameOf({ ...none, familyName: 'Lovelace' })).toBe('Lovelace');
    expect(nameOf({ ...none, givenName: 'Ada', familyName: 'Lovelace' })).toBe('Ada Lovelace');
    expect(nameOf(none)).toBeNull();
  });

  it('case 30: a tombstone begins with the whole id, and only an id of that form makes one', () => {
    const id = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';
    expect(isTombstone(id, ' 3F2504E04F8911D39A0C0305E82C3301ada@hotel.example')).toBe(true);
    expect(isTombstone(id, '3f2504e0ada@hotel.example')).toBe(false);
    expect(isTombstone('ada', 'ada@hotel.example')).toBe(false);
    expect(isTombstone(`x${id}`, 'x3f2504e04f8911d39a0c0305e82c3301@hotel.example')).toBe(false);
    expect(isTombstone(`${id}x`, '3f2504e04f8911d39a0c0305e82c3301x@hotel.example')).toBe(false);
  });

  it('case 11: what is not said, or cannot be mailed to, is as it was', () => {
    const before = { ...none, email: 'ada@hotel.example', title: 'Cook', displayName: 'Ada' };
    expect(profileAfter({ directoryId: 'a', title: null, email: 'nobody' }, before)).toEqual({
      ...before,
      title: null,
    });
    expect(profileAfter({ directoryId: 'a', email: ' Eve@hotel.example ' }, before).email).toBe('Eve@hotel.example');
    expect(profileAfter({ directoryId: 'a', givenName: 'Ada' }, null)).toEqual({ ...none, givenName: 'Ada' });
    expect(addressOf({ directoryId: 'a' })).toBeNull();
  });

  it('S26: another name shown is told with both, and one that shows no difference is carried along', () => {
    const world = createDirectoryWorld();
    world.linked('ada');
    world.apply(world.plan([user('ada', { displayName: 'Ada L' })]));
    const renamed = world.plan([user('ada', { displayName: 'Ada M' })]);
    expect(renamed.rows).toMatchObject([
      { name: 'Ada M', changes: [{ field: 'displayName', from: 'Ada L', to: 'Ada M' }] },
    ]);
    const parted = world.plan([user('ada', { displayName: null, givenName: 'Ada', familyName: 'L' })]);
    expect(parted.rows).toMatchObject([
      {
        name: null,
        changes: [{ field: 'displayName', from: 'Ada L', to: null }, { field: 'givenName' }, { field: 'familyName' }],
      },
    ]);
    world.manual('bob@hotel.example', { name: 'Bob' });
    const adopted = world.plan([user('ada', { displayName: 'Ada L' }), user('bob', { displayName: 'Bob' })]);
    expect(adopted.rows).toMatchObject([{ because: 'adopt', changes: [], email: null, name: null }]);
  });
});

describe('wishes for addresses', () => {
  it('case 16, case 18: rings stay, chains end where somebody keeps an address', () => {
    const wish = (rowId: string, holder: string) =>
      ({
        rowId,
        holder: holder === 'nobody' || holder === 'somebody' ? holder : { rowId: holder },
      }) as const;
    const wishes = [wish('a', 'b'), wish('b', 'a'), wish('c', 'nobody'), wish('d', 'c'), wish('e', 'gone')];
    expect([...struckWishes(wishes, new Set(['gone']))]).toEqual([]);
    expect(
      [...struckWishes([...wishes, wish('f', 'somebody'), wish('g', 'f'), wish('h', 'g')], new Set())].sort(),
    ).toEqual([...['e', 'f', 'g', 'h']]);
  });
});
