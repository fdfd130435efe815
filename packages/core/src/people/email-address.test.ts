import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEmailKey, suggestEmail, toEmailKey } from './email-address.js';

describe('e-mail addresses', () => {
  it('G14: compared trimmed and in lower case', () => {
    expect(toEmailKey('  Ada.Lovelace@Hotel.Example ')).toBe('ada.lovelace@hotel.example');
  });

  it('G14: what mail cannot be sent to is told', () => {
    const right = [
      'a@b.co',
      'first.last+tag@sub.hotel.example',
      "o'neil@hotel.example",
      'ä@hotel.example',
      'a@1.example',
    ];
    const wrong = [
      ...['', 'a', '@', 'a@', '@b.co', 'a@b', 'a b@c.de', 'a@b..de', 'a@-b.de', 'a@b-.de', 'a@b.de.'],
      ...['a@b@c.de', '"a"@b.de', 'a@b.de\n', 'a\n@b.de', '<a@b.de>', 'a,b@c.de', `${'a'.repeat(65)}@b.de`],
      `a@${'b'.repeat(60)}.${'c'.repeat(200)}.de`,
    ];
    for (const address of right) expect(isEmailKey(address), address).toBe(true);
    for (const address of wrong) expect(isEmailKey(address), JSON.stringify(address)).toBe(false);
  });

  it('G14: reading a long line of nonsense takes no time', () => {
    expect(isEmailKey(`a@${'a-'.repeat(100_000)}`)).toBe(false);
    expect(isEmailKey(`a@${'a.'.repeat(120)}`)).toBe(false);
  });

  it.each([
    ['ada@gmial.com', 'ada@gmail.com'],
    ['ada@gmail.co', 'ada@gmail.com'],
    ['ada@gmal.com', 'ada@gmail.com'],
    ['ada@gmaill.com', 'ada@gmail.com'],
    ['ada@gnail.com', 'ada@gmail.com'],
    ['ada@hotmial.com', 'ada@hotmail.com'],
    ['ada@outlok.com', 'ada@outlook.com'],
  ])('G51: %s looks like %s', (typed, meant) => {
    expect(suggestEmail(typed)).toBe(meant);
  });

  it('G51: nothing is said of right addresses and of domains of their own', () => {
    for (const address of ['ada@gmail.com', 'ada@hotel.example', 'ada@mail.com', 'ada@live.com', 'ada@web.de']) {
      expect(suggestEmail(address), address).toBeNull();
    }
  });

  it('law: a suggestion is an address, and needs no other', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (address) => {
        const suggestion = suggestEmail(toEmailKey(address));
        if (suggestion === null) return;
        expect(isEmailKey(suggestion)).toBe(true);
        expect(suggestEmail(suggestion)).toBeNull();
      }),
    );
  });
});
