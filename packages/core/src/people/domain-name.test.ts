import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toAsciiDomain } from './domain-name.js';

describe('domains in the form that is mailed to', () => {
  it.each([
    ['Hotel.EXAMPLE', 'hotel.example'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['mañana.com', 'xn--maana-pta.com'],
    ['xn--maana-pta.com', 'xn--maana-pta.com'],
    ['☃-⌘.com', 'xn----dqo34k.com'],
    ['例え。テスト', 'xn--r8jz45g.xn--zckzah'],
    ['почта.рф', 'xn--80a1acny.xn--p1ai'],
    ['ｈｏｔｅｌ．example', 'hotel.example'],
    ['', ''],
  ])('case 26: %s is %s', (written, form) => {
    expect(toAsciiDomain(written)).toBe(form);
  });

  it('RFC 3492, 7.1: the samples', () => {
    const samples = [
      ['ليهمابتكلموشعربي؟', 'egbpdaj6bu4bxfgehfvwxn'],
      ['他们为什么不说中文', 'ihqwcrb4cv8a8dqg056pqjye'],
      ['なぜみんな日本語を話してくれないのか', 'n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa'],
      ['почемужеонинеговорятпорусски', 'b1abfaaepdrnnbgefbadotcwatmq2g4l'],
      ['porquénopuedensimplementehablarenespañol', 'porqunopuedensimplementehablarenespaol-fmd56a'],
      ['安室奈美恵-with-super-monkeys', '-with-super-monkeys-pc58ag80a8qai00g7n9n'],
    ] as const;
    for (const [label, encoded] of samples) expect(toAsciiDomain(label), label).toBe(`xn--${encoded}`);
  });

  it('law: agrees with the runtime on letters of many languages', () => {
    const letters = [...'abcxyzäöüßéñøčžабвяαβγδאבגקあいう漢字한글'];
    const label = fc
      .array(fc.constantFrom(...letters), { minLength: 1, maxLength: 12 })
      .map((parts) => parts.join(''))
      // Which way a label is written, the runtime checks and we leave to mail servers.
      .filter((text) => !/[אבגק]/.test(text) || /^[אבגק]+$/.test(text));
    fc.assert(
      fc.property(label, (text) => {
        expect(toAsciiDomain(`${text}.example`)).toBe(domainToASCII(`${text}.example`));
      }),
    );
  });
});
