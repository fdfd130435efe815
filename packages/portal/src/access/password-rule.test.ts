import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashPassword, isHashOutdated, verifyPassword } from './password.js';
import { findPasswordFault } from './password-rule.js';

const owner = { email: 'Olga.Weber@aurora.example', name: 'Olga Weber', organizationNames: ['Hotel Aurora'] };
const faultOf = (password: string) => findPasswordFault(password, owner);

describe('which passwords are refused', () => {
  it.each(['password', 'PassWord', 'iloveyou', '1234567890', 'Sunshine2024!', '!!letmein99', 'qwertyuiop'])(
    'the most used ones, whatever is around them: %s',
    (password) => {
      expect(faultOf(password)).toBe('common');
    },
  );

  it.each(['aaaaaaaaaaaa', 'abababababab', '11112222', '        '])('nothing but a few characters: %s', (password) => {
    expect(faultOf(password)).toBe('common');
  });

  it.each([
    'olga.weber@aurora.example',
    'OlgaWeber1',
    'hotelaurora!',
    'Hotel Aurora 7',
    'weber-aurora-12',
    'aurora.example',
  ])('little more than who the owner is: %s', (password) => {
    expect(faultOf(password)).toBe('personal');
  });

  it.each([
    'correct horse battery staple',
    'Olga counts 31 green kites',
    'tørre fjell i vest',
    '日本語のとても長いことば',
    'kq7-Vm2x',
  ])('and no others: %s', (password) => {
    expect(faultOf(password)).toBeUndefined();
  });

  it('never fails, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 256 }), fc.string(), fc.string(), (password, email, name) => {
        expect([undefined, 'common', 'personal']).toContain(
          findPasswordFault(password, { email, name, organizationNames: [name] }),
        );
      }),
    );
  });
});

describe('the hash of a password', () => {
  it('is argon2id with the parameters of now, and knows when it is not', async () => {
    const hash = await hashPassword('kq7-Vm2x');
    expect(isHashOutdated(hash)).toBe(false);
    expect(isHashOutdated(hash.replace('t=2', 't=1'))).toBe(true);
    expect(isHashOutdated(hash.replace('argon2id', 'argon2i'))).toBe(true);
  });

  it('is of what was meant, not of how a keyboard writes it', async () => {
    const hash = await hashPassword('caf\u00e9 au lait');
    expect(await verifyPassword(hash, 'cafe\u0301 au lait')).toBe(true);
    expect(await verifyPassword(hash, 'cafe au lait')).toBe(false);
    expect(await verifyPassword(undefined, 'nobody')).toBe(false);
  });
});
