import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScimError } from './scim-error.js';
import { matches, parseFilter, wantedEmail, wantedText } from './scim-filter.js';
import { foldCase, type ScimObject } from './scim-value.js';

const ada: ScimObject = {
  id: 'scu_1',
  externalId: 'Ada-1',
  userName: 'Ada@Example.test',
  active: true,
  name: { givenName: 'Ada' },
  emails: [
    { type: 'home', value: 'ada@home.test' },
    { type: 'work', value: 'ada@example.test', primary: true },
  ],
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Engines', manager: { value: 'M-1' } },
};
const finds = (filter: string) => matches(ada, parseFilter(filter));

describe('filters', () => {
  it.each([
    'userName eq "ada@example.test"',
    'USERNAME EQ "ADA@EXAMPLE.TEST"',
    '  userName eq "ada@example.test"  and  externalId eq "Ada-1" ',
    'emails[type eq "work"].value eq "Ada@example.test"',
    'emails[type eq "work" and primary eq true].value eq "ada@example.test"',
    'emails[type eq "work"]',
    'emails eq "ada@home.test"',
    'emails.value eq "ada@home.test"',
    'name.givenName eq "ada"',
    'id eq "scu_1" and active eq true',
    'active eq "True"',
    'title eq null',
    'urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ada@example.test"',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "engines"',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "M-1"',
  ])('finds her by %s', (filter) => {
    expect(finds(filter)).toBe(true);
  });

  it.each([
    'userName eq "bob@example.test"',
    'externalId eq "ada-1"',
    'id eq "SCU_1"',
    'emails[type eq "home"].value eq "ada@example.test"',
    'emails[type eq "other"]',
    'userName eq "ada@example.test" and active eq false',
    'constructor eq "Object"',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "m-1"',
  ])('does not find her by %s', (filter) => {
    expect(finds(filter)).toBe(false);
  });

  it.each([
    '',
    'userName',
    'userName eq',
    'userName eq ada',
    'userName co "a"',
    'userName eq "a" or id eq "b"',
    'not (userName eq "a")',
    'userName eq "a" and',
    'emails[type eq "work"',
    'emails[a[b eq "c"] eq "d"]',
    '__proto__ eq "a"',
    'userName eq "a\\q"',
    `userName eq "${'a'.repeat(5000)}"`,
    Array.from({ length: 30 }, () => 'id eq "a"').join(' and '),
  ])('refuses %j as invalidFilter', (filter) => {
    expect(() => parseFilter(filter)).toThrow(
      expect.objectContaining({ info: expect.objectContaining({ scimType: 'invalidFilter' }) }),
    );
  });

  it('any text is a filter or refused as a ScimError', () => {
    const word = fc.constantFrom(
      'userName',
      'emails',
      '[',
      ']',
      'eq',
      'and',
      '"a"',
      ' ',
      '.value',
      'true',
      '__proto__',
      '"',
      '\\',
      'urn:a:',
      '.',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join(' ')),
          fc.array(word).map((words) => words.join('')),
        ),
        (text) => {
          try {
            matches(ada, parseFilter(text));
          } catch (error) {
            expect(error).toBeInstanceOf(ScimError);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('any text that a value has is found by it, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (text) => {
        expect(matches({ userName: text }, parseFilter(`userName eq ${JSON.stringify(text)}`))).toBe(true);
      }),
    );
  });

  it('says which text or address it wants, so that an index can find it', () => {
    expect(wantedText(parseFilter('active eq true and userName eq "a"'), 'userName')).toBe('a');
    expect(wantedText(parseFilter('name.givenName eq "a"'), 'name')).toBeUndefined();
    expect(wantedEmail(parseFilter('emails[type eq "work"].value eq "a@b.c"'))).toBe('a@b.c');
    expect(wantedEmail(parseFilter('emails[type eq "work"]'))).toBeUndefined();
  });

  it('case 26: no letter beyond ASCII is taken for one of ASCII', () => {
    expect(foldCase('\u212Aelvin@A.B')).toBe('\u212Aelvin@a.b');
    expect(foldCase('ÄRGER')).toBe('ärger');
  });
});
