import { describe, expect, it } from 'vitest';
import { readScimUser } from './scim-user.js';

/** The full user of RFC 7643, 8.2, as far as it is read. */
const whole = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  id: '2819c223-7f76-453a-919d-413861904646',
  userName: 'bjensen@example.com',
  name: { formatted: 'Ms. Barbara J Jensen, III', familyName: 'Jensen', givenName: 'Barbara' },
  displayName: 'Babs Jensen',
  emails: [
    { value: 'babs@jensen.org', type: 'home' },
    { value: 'bjensen@example.com', type: 'work', primary: true },
  ],
  userType: 'Employee',
  title: 'Tour Guide',
  active: true,
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Tour Operations' },
};

describe('a user of a SCIM server', () => {
  it('is read whole (S23)', () => {
    expect(readScimUser(whole)).toEqual({
      directoryId: '2819c223-7f76-453a-919d-413861904646',
      email: 'bjensen@example.com',
      givenName: 'Barbara',
      familyName: 'Jensen',
      displayName: 'Babs Jensen',
      department: 'Tour Operations',
      title: 'Tour Guide',
      standing: 'enabled',
      kind: 'person',
      aliases: ['babs@jensen.org'],
    });
  });

  it.each([
    [true, 'enabled'],
    [false, 'disabled'],
    ['True', 'enabled'],
    ['False', 'disabled'],
    ['false', 'disabled'],
    [undefined, undefined],
    [0, undefined],
    ['no', undefined],
  ])('case 28: with active %j is %s', (active, standing) => {
    expect(readScimUser({ ...whole, active })?.standing).toBe(standing);
  });

  it.each([
    ['the primary one', [{ value: 'a@x' }, { value: 'b@x', type: 'work' }, { value: 'c@x', primary: true }], 'c@x'],
    [
      'the one marked primary in words',
      [
        { value: 'a@x', type: 'work' },
        { value: 'b@x', primary: 'True' },
      ],
      'b@x',
    ],
    [
      'else the one for work',
      [
        { value: 'a@x', type: 'home' },
        { value: 'b@x', type: 'Work' },
      ],
      'b@x',
    ],
    ['else the first', [{ value: 'a@x' }, { value: 'b@x' }], 'a@x'],
    ['none where all are empty', [{ value: '' }, {}, null], null],
    ['none where there is none', [], null],
  ])('is written to at %s of its addresses', (_, emails, email) => {
    expect(readScimUser({ ...whole, emails })?.email).toBe(email);
  });

  it('case 29: has no address but those, whatever the name for signing in looks like', () => {
    const { emails: _, ...without } = whole;
    expect(readScimUser(without)).not.toHaveProperty('email');
  });

  it('has attributes whatever the case of their names (RFC 7643, 2.1)', () => {
    expect(
      readScimUser({ ID: 'x', Active: 'False', DISPLAYNAME: 'B', Emails: [{ VALUE: 'b@x', Primary: true }] }),
    ).toEqual({
      directoryId: 'x',
      displayName: 'B',
      email: 'b@x',
      standing: 'disabled',
      aliases: [],
    });
  });

  it.each([
    ['Guest', 'guest'],
    ['Room', 'other'],
    ['Contractor', 'person'],
    [7, undefined],
  ])('case 27, case 29: of type %s is %s', (userType, kind) => {
    expect(readScimUser({ ...whole, userType })?.kind).toBe(kind);
  });

  it.each([undefined, null, [], 'x', { id: 12 }, {}])('is nobody’s in %j', (record) => {
    expect(readScimUser(record)).toBeUndefined();
  });
});
