import { badRequest } from './scim-error.js';
import { matches } from './scim-filter.js';
import type { PatchOperation } from './scim-patch.js';
import { isList, isObject, type ScimObject, type ScimValue, valueIn } from './scim-value.js';

/** Members of a group by the id of the user, with what the directory calls them. */
export type GroupMembers = ReadonlyMap<string, { readonly display: string | null }>;

const longestValue = 200;

/**
 * Reads members as a directory lists them; somebody who is named twice is in once.
 *
 * @throws ScimError `invalidValue`
 */
export function parseMembers(value: ScimValue | undefined): GroupMembers {
  if (value === undefined || value === null) return new Map();
  const members = isList(value) ? value : [value];
  return new Map(members.map(parseMember));
}

function parseMember(member: ScimValue): [string, { readonly display: string | null }] {
  const value = isObject(member) ? valueIn(member, 'value') : member;
  if (typeof value !== 'string' || value === '' || value.length > longestValue) {
    throw badRequest('invalidValue', 'A member is named by the id of a user.');
  }
  const display = isObject(member) ? valueIn(member, 'display') : null;
  return [value, { display: typeof display === 'string' ? display : null }];
}

/** Tells whether an operation is about who is in a group. */
export function isAboutMembers({ path }: PatchOperation): boolean {
  return path?.name === 'members' && path.extension === undefined;
}

/**
 * Carries out the operations that are about members; each costs what it names, not the size of the group. To remove takes out
 * whom the operation names, by a filter or, as Entra does it, by value; everybody only when it names nobody.
 *
 * @throws ScimError
 */
export function patchMembers(members: GroupMembers, operations: readonly PatchOperation[]): GroupMembers {
  const after = new Map(members);
  for (const { op, path, value } of operations) {
    if (path?.sub !== undefined) throw badRequest('invalidPath', 'Members are added and removed as a whole.');
    if (path?.among !== undefined) {
      if (op !== 'remove') throw badRequest('invalidPath', 'Members are added without a filter.');
      for (const [id, { display }] of named(after, path.among)) {
        const member: ScimObject = display === null ? { value: id } : { value: id, display };
        if (matches(member, path.among)) after.delete(id);
      }
      continue;
    }
    if (op === 'remove') {
      if (value === undefined) after.clear();
      else for (const id of parseMembers(value).keys()) after.delete(id);
      continue;
    }
    if (op === 'replace') after.clear();
    for (const [id, member] of parseMembers(value)) after.set(id, member);
  }
  return after;
}

type Members = Map<string, { readonly display: string | null }>;

/** Who may be meant by a filter: the one whose id it names, or everybody. */
function named(members: Members, among: NonNullable<NonNullable<PatchOperation['path']>['among']>): Members {
  const id = among.find(({ path, equals }) => path.name === 'value' && typeof equals === 'string')?.equals;
  if (typeof id !== 'string') return new Map(members);
  const member = members.get(id);
  return new Map(member === undefined ? [] : [[id, member]]);
}
