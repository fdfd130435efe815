import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scimUrns } from './scim-attributes.js';
import { ScimError } from './scim-error.js';
import { applyPatch, parsePatch } from './scim-patch.js';
import { parseValue, type ScimObject, valueIn } from './scim-value.js';

const work = { type: 'work', value: 'ada@example.test', primary: true };
const ada: ScimObject = {
  schemas: [scimUrns.user],
  id: 'scu_1',
  userName: 'ada@example.test',
  active: true,
  title: 'Engineer',
  name: { givenName: 'Ada', familyName: 'King' },
  emails: [work],
};
const patched = (...operations: readonly object[]) =>
  applyPatch(ada, parsePatch({ schemas: [scimUrns.patchOp], Operations: operations }));
const emailsAfter = (...operations: readonly object[]) => valueIn(patched(...operations), 'emails');
const after = (operation: object, name: string) => valueIn(patched(operation), name);
const refusedAs = (scimType: string) => expect.objectContaining({ info: expect.objectContaining({ scimType }) });
const enterprise = scimUrns.enterpriseUser;

describe('patches', () => {
  it('case 46: operations come in any case, attributes in any spelling', () => {
    expect(
      patched({ op: 'Replace', path: 'DISPLAYNAME', value: 'A' }, { OP: 'ADD', Path: 'nickName', Value: 'B' }),
    ).toMatchObject({
      displayName: 'A',
      nickName: 'B',
    });
    expect(patched({ op: 'Remove', path: 'title' })).not.toHaveProperty('title');
  });

  it('case 46: several attributes under dotted and extension paths in one operation without a path', () => {
    const value = {
      displayName: 'Bjfe',
      'name.givenName': 'Kkom',
      'name.familyName': 'Unua',
      'emails[type eq "work"].value': 'new@example.test',
      [`${enterprise}:employeeNumber`]: 'Aklq',
      [`${enterprise}.department`]: 'Old style',
    };
    expect(patched({ op: 'replace', value })).toEqual({
      ...ada,
      displayName: 'Bjfe',
      name: { givenName: 'Kkom', familyName: 'Unua' },
      emails: [{ type: 'work', value: 'new@example.test', primary: true }],
      [enterprise]: { employeeNumber: 'Aklq', department: 'Old style' },
    });
  });

  it('adds to a list without doubling it, merges into a complex attribute, and removes what a value names', () => {
    const home = { type: 'home', value: 'ada@home.test' };
    const both = { op: 'add', path: 'emails', value: [home, work] };
    expect(patched(both, both)).toMatchObject({ emails: [{ type: 'work' }, home] });
    expect(after({ op: 'replace', path: 'name', value: { givenName: 'Augusta' } }, 'name')).toEqual({
      givenName: 'Augusta',
      familyName: 'King',
    });
    expect(emailsAfter(both, { op: 'Remove', path: 'emails', value: [{ value: 'ada@home.test' }] })).toEqual([work]);
    expect(patched({ op: 'remove', path: 'emails[type eq "work"]' })).not.toHaveProperty('emails');
    expect(after({ op: 'remove', path: 'name.givenName' }, 'name')).toEqual({ familyName: 'King' });
  });

  it('makes the value of a list that Entra replaces before it is there', () => {
    expect(after({ op: 'Replace', path: 'phoneNumbers[type eq "mobile"].value', value: '1' }, 'phoneNumbers')).toEqual([
      { type: 'mobile', value: '1' },
    ]);
    expect(
      emailsAfter({ op: 'Add', path: 'emails[type eq "other"]', value: { value: 'o@example.test' } }),
    ).toHaveLength(2);
  });

  it('takes a value away by null, and an extension by its name', () => {
    expect(patched({ op: 'replace', path: 'title', value: null })).not.toHaveProperty('title');
    expect(patched({ op: 'add', path: enterprise, value: { department: 'D' } })[enterprise]).toEqual({
      department: 'D',
    });
    const gone = patched(
      { op: 'add', path: `${enterprise}:department`, value: 'D' },
      { op: 'remove', path: enterprise },
    );
    expect(gone).toEqual(ada);
    expect(
      patched({ op: 'Add', path: 'urn:x:ext:Custom:2.0:User:tag', value: 'T' })['urn:x:ext:Custom:2.0:User'],
    ).toEqual({ tag: 'T' });
  });

  it('case 46: leaves alone what the server alone says, such as the id that Okta sends with a new name', () => {
    expect(
      patched({ op: 'replace', value: { id: 'other', schemas: [], meta: { version: 'x' }, displayName: 'N' } }),
    ).toEqual({
      ...ada,
      displayName: 'N',
    });
  });

  it.each([
    [[], 'invalidSyntax'],
    [[{ op: 'move', path: 'a', value: 1 }], 'invalidSyntax'],
    [[{ op: 'remove' }], 'noTarget'],
    [[{ op: 'replace', path: 'title' }], 'invalidValue'],
    [[{ op: 'replace', value: 'text' }], 'invalidValue'],
    [[{ op: 'replace', path: 'a b', value: 1 }], 'invalidPath'],
    [[{ op: 'replace', path: 'emails[type eq "work"', value: 1 }], 'invalidPath'],
    [[{ op: 'replace', path: 'emails[type gt "work"].value', value: 1 }], 'invalidFilter'],
    [[{ op: 'replace', path: 7, value: 1 }], 'invalidPath'],
  ])('refuses %j as %s', (operations, scimType) => {
    expect(() => patched(...operations)).toThrow(refusedAs(scimType));
  });

  it('case 45: no path and no value reaches a prototype', () => {
    for (const path of [
      '__proto__',
      '__proto__.polluted',
      'name.__proto__',
      'constructor.prototype',
      '__proto__[a eq "b"].c',
    ]) {
      try {
        patched({ op: 'add', path, value: 'yes' }, { op: 'add', value: { [path]: { polluted: 'yes' } } });
      } catch (error) {
        expect(error).toBeInstanceOf(ScimError);
      }
    }
    const sent = JSON.parse(
      '{"op":"add","value":{"__proto__":{"polluted":1},"name":{"__proto__":{"polluted":1}}}}',
    ) as object;
    expect(Object.getPrototypeOf(patched(sent))).toBe(Object.prototype);
    expect({}).not.toHaveProperty('polluted');
    expect(parseValue(JSON.parse('{"__proto__":{"polluted":1},"constructor":"c"}'))).toEqual({ constructor: 'c' });
  });

  it('case 45: what nests too deeply, is too long or too much is refused', () => {
    const deep = Array.from({ length: 50 }).reduce<unknown>((inner) => ({ a: inner }), 1);
    expect(() => parseValue(deep)).toThrow(refusedAs('invalidSyntax'));
    expect(() => parseValue('a'.repeat(1_000_000))).toThrow(refusedAs('invalidValue'));
    expect(() => parseValue(Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`a${at}`, 1])))).toThrow(
      refusedAs('tooMany'),
    );
    expect(() =>
      parsePatch({ Operations: Array.from({ length: 2_000 }, () => ({ op: 'remove', path: 'title' })) }),
    ).toThrow(refusedAs('tooMany'));
  });

  const anyPath = fc.oneof(
    fc.constantFrom(
      'userName',
      'emails',
      'emails[type eq "work"]',
      'emails[type eq "work"].value',
      'name',
      'name.givenName',
      enterprise,
      `${enterprise}:department`,
      '__proto__',
      'constructor',
      'members',
      'id',
      'toString.call',
    ),
    fc.string({ maxLength: 20 }),
  );
  const anyOperation = fc.record(
    { op: fc.constantFrom('Add', 'replace', 'Remove', 'x'), path: anyPath, value: fc.jsonValue({ maxDepth: 3 }) },
    { requiredKeys: ['op'] },
  );

  it('any patch of any resource gives a resource or a ScimError, and touches neither its input nor a prototype', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('userName', 'emails', 'name', 'active', enterprise),
          fc.jsonValue({ maxDepth: 2 }),
        ),
        fc.array(anyOperation, { maxLength: 5 }),
        (sent, operations) => {
          const resource = parseValue(sent) as ScimObject;
          const before = JSON.stringify(resource);
          try {
            const after = applyPatch(resource, parsePatch({ Operations: operations }));
            expect(Object.getPrototypeOf(after)).toBe(Object.prototype);
            JSON.stringify(after);
          } catch (error) {
            expect(error).toBeInstanceOf(ScimError);
          }
          expect(JSON.stringify(resource)).toBe(before);
          expect(Object.keys(Object.prototype)).toEqual([]);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('a replacement done twice is as done once', () => {
    fc.assert(
      fc.property(anyPath, fc.jsonValue({ maxDepth: 2 }), (path, value) => {
        const operation = { op: 'replace', path, value };
        let once: ScimObject;
        try {
          once = patched(operation);
        } catch {
          return;
        }
        expect(applyPatch(once, parsePatch({ Operations: [operation] }))).toEqual(once);
      }),
    );
  });
});
