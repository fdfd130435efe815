import { describe, expect, it } from 'vitest';
import { readGoogleUser } from './google-user.js';

const whole = {
  id: '103456789012345678901',
  primaryEmail: 'liz@example.com',
  aliases: ['lizsmith@example.com', 'LIZ@example.com'],
  nonEditableAliases: ['liz@example.com.test-google-a.com'],
  name: { givenName: 'Liz', familyName: 'Smith', fullName: 'Liz Smith' },
  organizations: [
    { title: 'Advisor', department: 'Board' },
    { title: 'Engineer', department: 'R&D', primary: true },
  ],
  suspended: false,
  archived: false,
  isGuestUser: false,
};

describe('a user of Google Workspace', () => {
  it('is read whole (S23)', () => {
    expect(readGoogleUser(whole)).toEqual({
      directoryId: '103456789012345678901',
      email: 'liz@example.com',
      givenName: 'Liz',
      familyName: 'Smith',
      displayName: 'Liz Smith',
      department: 'R&D',
      title: 'Engineer',
      standing: 'enabled',
      kind: 'person',
      aliases: ['lizsmith@example.com', 'liz@example.com.test-google-a.com'],
    });
  });

  it('takes the first organization where none is primary', () => {
    expect(readGoogleUser({ ...whole, organizations: [{ title: 'Advisor' }, { title: 'Engineer' }] })?.title).toBe(
      'Advisor',
    );
  });

  it('case 27: is a guest where Google says so', () => {
    expect(readGoogleUser({ ...whole, isGuestUser: true })?.kind).toBe('guest');
  });

  it.each([
    [{ suspended: true }, 'disabled'],
    [{ archived: true }, 'disabled'],
    [{ suspended: true, deletionTime: '2026-02-01T00:00:00.000Z' }, 'deleted'],
    [{ deletionTime: '2026-02-01T00:00:00.000Z' }, 'deleted'],
    [{ deletionTime: '' }, 'enabled'],
  ])('case 28: with %j is %s', (flags, standing) => {
    expect(readGoogleUser({ ...whole, ...flags })?.standing).toBe(standing);
  });

  it('case 11: leaves unsaid what is left out', () => {
    expect(readGoogleUser({ id: '1' })).toEqual({ directoryId: '1' });
    expect(readGoogleUser({ id: '1', name: 7, organizations: 'x', aliases: {}, suspended: 'yes' })).toEqual({
      directoryId: '1',
    });
  });

  it.each([undefined, null, [], 'x', { id: 12 }, {}])('is nobody’s in %j', (record) => {
    expect(readGoogleUser(record)).toBeUndefined();
  });
});
