import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { domainOf, isEmailKey, suggestEmail, toEmailKey } from './email-address.js';

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

  it('case 26: one address has one form, however it is written', () => {
    const forms = [
      'Zoë@BÜCHER.example',
      ' zoë@bücher.example',
      'ZOE\u0308@xn--BCHER-kva.example',
      'zoë@bücher。example',
    ];
    for (const written of forms) expect(toEmailKey(written), written).toBe('zoë@xn--bcher-kva.example');
    expect(domainOf(toEmailKey('ada@Bücher.example'))).toBe('xn--bcher-kva.example');
    // Only the domain's own server knows what dots and tags mean.
    expect(toEmailKey('Ada.L+keys@gmail.com')).toBe('ada.l+keys@gmail.com');
  });

  it('case 26: what would become somebody else is no address', () => {
    const kelvin = '\u212a';
    for (const local of [kelvin, `mar${kelvin}`, '\u1fef', '\u037e']) {
      expect(toEmailKey(`${local}@hotel.example`), local).toBe('');
    }
    expect(isEmailKey(toEmailKey(`mar${kelvin}@hotel.example`))).toBe(false);
    // In a domain it is the letter: names are looked up so.
    expect(toEmailKey(`ada@mar${kelvin}.example`)).toBe('ada@mark.example');
    // A dotless i is another letter, small or capital.
    expect(toEmailKey('\u0131@hotel.example')).toBe('\u0131@hotel.example');
    expect(toEmailKey('\u0130@hotel.example')).toBe('i\u0307@hotel.example');
    expect(toEmailKey('I@hotel.example')).toBe('i@hotel.example');
  });

  it('case 26: nothing invisible is part of an address', () => {
    const invisible = [
      '\u200b',
      '\u200d',
      '\ufeff',
      '\u202e',
      '\u2066',
      '\u00ad',
      '\u0000',
      '\u2028',
      '\u3164',
      '\ufe0f',
      '\ud800',
    ];
    for (const sign of invisible) {
      const address = `ad${sign}a@hotel.example`;
      expect(toEmailKey(address), JSON.stringify(address)).toBe('');
      expect(isEmailKey(address), JSON.stringify(address)).toBe(false);
      expect(toEmailKey(`ada@ho${sign}tel.example`)).toBe('');
    }
  });

  it('case 45: a text of any length is read in no time, and nothing longer than an address is one', () => {
    expect(toEmailKey(`${'ä'.repeat(1_000_000)}@hotel.example`)).toBe('');
    expect(isEmailKey(toEmailKey(`ada@${'ä'.repeat(900)}.example`))).toBe(false);
  });

  it('law: the compared form of a compared form is itself, and only that is one', () => {
    const piece = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.emailAddress());
    const text = fc.oneof(
      piece,
      fc.tuple(piece, piece).map(([local, domain]) => `${local}@${domain}.example`),
    );
    fc.assert(
      fc.property(text, (written) => {
        const emailKey = toEmailKey(written);
        expect(toEmailKey(emailKey)).toBe(emailKey);
        if (isEmailKey(emailKey)) expect(toEmailKey(` ${emailKey.normalize('NFD')} `)).toBe(emailKey);
        if (isEmailKey(written)) expect(toEmailKey(written)).toBe(written);
      }),
      { numRuns: 2000 },
    );
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
