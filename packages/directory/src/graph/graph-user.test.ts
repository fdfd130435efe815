import { describe, expect, it } from 'vitest';
import { graphUserProperties, readGraphUser } from './graph-user.js';

const id = '6ea91a8d-e32e-41a1-b7bd-d2d185eed0e0';
const whole = {
  id,
  mail: 'Adele.Vance@contoso.example',
  proxyAddresses: ['SMTP:Adele.Vance@contoso.example', 'smtp:adele@contoso.example', 'sip:adele@contoso.example'],
  userPrincipalName: 'AdeleV@contoso.example',
  displayName: 'Adele Vance',
  givenName: 'Adele',
  surname: 'Vance',
  department: 'Retail',
  jobTitle: 'Manager',
  accountEnabled: true,
  userType: 'Member',
  externalUserState: null,
  isResourceAccount: null,
};

describe('a user of Microsoft 365', () => {
  it('is read whole (S23)', () => {
    expect(readGraphUser(whole)).toEqual({
      directoryId: id,
      email: 'Adele.Vance@contoso.example',
      givenName: 'Adele',
      familyName: 'Vance',
      displayName: 'Adele Vance',
      department: 'Retail',
      title: 'Manager',
      standing: 'enabled',
      kind: 'person',
      aliases: ['adele@contoso.example'],
    });
    expect(Object.keys(whole).sort()).toEqual([...graphUserProperties].sort());
  });

  it('case 11: leaves unsaid what a partial record leaves out, and empty what it says is empty', () => {
    expect(readGraphUser({ id, department: null, jobTitle: '  ' })).toEqual({
      directoryId: id,
      department: null,
      title: null,
    });
  });

  it('case 27: is a guest, and is written to at mail, not at the name for signing in', () => {
    const guest = {
      ...whole,
      mail: 'someone@fabrikam.example',
      proxyAddresses: [],
      userPrincipalName: 'someone_fabrikam.example#EXT#@contoso.example',
      userType: 'Guest',
      externalUserState: 'Accepted',
    };
    expect(readGraphUser(guest)).toMatchObject({ kind: 'guest', email: 'someone@fabrikam.example' });
    expect(readGraphUser({ ...guest, mail: null })).toMatchObject({ kind: 'guest', email: null });
    expect(readGraphUser({ ...guest, userType: null })).toMatchObject({ kind: 'guest' });
    expect(readGraphUser({ id, userPrincipalName: guest.userPrincipalName })).toMatchObject({ kind: 'guest' });
  });

  it('case 27: is a guest while an invitation is pending, and a person once made a member', () => {
    const external = { ...whole, userPrincipalName: 'a_b.example#EXT#@contoso.example' };
    expect(readGraphUser({ ...external, externalUserState: 'PendingAcceptance' })?.kind).toBe('guest');
    expect(readGraphUser({ ...external, externalUserState: 'Accepted' })?.kind).toBe('person');
  });

  it('case 28: is disabled when the account is', () => {
    expect(readGraphUser({ ...whole, accountEnabled: false })?.standing).toBe('disabled');
    expect(readGraphUser({ ...whole, accountEnabled: 'no' })).not.toHaveProperty('standing');
  });

  it('case 29: has no address without mail, and never the name for signing in instead', () => {
    expect(readGraphUser({ ...whole, mail: null, proxyAddresses: [] })?.email).toBeNull();
    expect(readGraphUser({ ...whole, mail: null })?.email).toBe('Adele.Vance@contoso.example');
    expect(readGraphUser({ id, userPrincipalName: 'a@contoso.example' })).not.toHaveProperty('email');
  });

  it('case 29: is nobody where the account is a resource’s', () => {
    expect(readGraphUser({ ...whole, isResourceAccount: true })?.kind).toBe('other');
  });

  it('case 30: is deleted once its name is a tombstone’s, and that name is no address', () => {
    const tombstone = `${id.replaceAll('-', '')}AdeleV@contoso.example`;
    const user = readGraphUser({ ...whole, mail: tombstone, userPrincipalName: tombstone });
    expect(user?.standing).toBe('deleted');
    expect(user).not.toHaveProperty('email');
    const another = '0123456789abcdef0123456789abcdefAdeleV@contoso.example';
    expect(readGraphUser({ ...whole, mail: another })?.email).toBe(another);
  });

  it.each([
    undefined,
    null,
    7,
    'x',
    [],
    {},
    { id: 7 },
    { id: '' },
    { id: 'x'.repeat(300) },
    { id: 'a\u0000b' },
    { id: '..' },
  ])('is nobody’s in %j', (record) => {
    expect(readGraphUser(record)).toBeUndefined();
  });

  it('case 50: has no line breaks, halves of characters or zero bytes in its names', () => {
    const user = readGraphUser({ ...whole, displayName: 'Adele\r\n\u0000Vance\ud800', surname: 'x'.repeat(1_048_576) });
    expect(user?.displayName).toBe('Adele Vance\uFFFD');
    expect(user).not.toHaveProperty('familyName');
  });

  it('case 45: takes nothing from a record but its own fields', () => {
    const record = JSON.parse(
      `{"id":"${id}","__proto__":{"mail":"evil@example.com","accountEnabled":false},"constructor":{"x":1}}`,
    );
    expect(readGraphUser(record)).toEqual({ directoryId: id });
    expect({}).not.toHaveProperty('mail');
  });
});
