import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAboutMembers, parseMembers, patchMembers } from './group-members.js';
import { parsePatch } from './scim-patch.js';

const group = parseMembers([{ value: 'a' }, { value: 'b', display: 'Bo' }, { value: 'c' }]);
const patched = (...Operations: readonly object[]) => {
  const operations = parsePatch({ Operations });
  expect(operations.every(isAboutMembers)).toBe(true);
  const { put, taken } = patchMembers(group, operations);
  expect([...taken].filter((id) => put.has(id) || !group.has(id))).toEqual([]);
  return [...new Set([...group.keys(), ...put.keys()])].filter((id) => !taken.has(id));
};

describe('members of a group', () => {
  it('case 46: Entra removes whom it names in the value, and nobody else', () => {
    expect(patched({ op: 'Remove', path: 'members', value: [{ $ref: null, value: 'b' }] })).toEqual(['a', 'c']);
    expect(patched({ op: 'Remove', path: 'members', value: [] })).toEqual(['a', 'b', 'c']);
    expect(patched({ op: 'Remove', path: 'members', value: null })).toEqual(['a', 'b', 'c']);
    expect(patched({ op: 'remove', path: 'members', value: { value: 'nobody' } })).toEqual(['a', 'b', 'c']);
  });

  it('case 46: the standard removes by a filter; without any name everybody goes', () => {
    expect(patched({ op: 'remove', path: 'members[value eq "b"]' })).toEqual(['a', 'c']);
    expect(patched({ op: 'remove', path: 'members[display eq "bo"]' })).toEqual(['a', 'c']);
    expect(patched({ op: 'remove', path: 'members' })).toEqual([]);
  });

  it('case 46: a member added twice is in once', () => {
    const add = { op: 'Add', path: 'members', value: [{ value: 'd' }, { value: 'a' }, { value: 'd' }] };
    expect(patched(add, add)).toEqual(['a', 'b', 'c', 'd']);
    expect(patched({ op: 'replace', value: { members: [{ value: 'x' }] } })).toEqual(['x']);
  });

  it.each([
    [{ op: 'add', path: 'members', value: [{ display: 'nobody' }] }],
    [{ op: 'add', path: 'members', value: ['x'.repeat(1000)] }],
    [{ op: 'replace', path: 'members[value eq "a"]', value: { value: 'b' } }],
    [{ op: 'replace', path: 'members.value', value: 'b' }],
  ])('refuses %j', (operation) => {
    expect(() => patched(operation)).toThrow(expect.objectContaining({ name: 'ScimError' }));
  });

  it('whoever is added and removed again leaves the others as they were', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[d-z]{1,4}$/)), (ids) => {
        const value = ids.map((id) => ({ value: id }));
        expect(patched({ op: 'add', path: 'members', value }, { op: 'Remove', path: 'members', value })).toEqual([
          'a',
          'b',
          'c',
        ]);
      }),
    );
  });
});
