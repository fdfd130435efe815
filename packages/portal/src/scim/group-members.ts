import { badRequest } from './scim-error.js';
import { matches } from './scim-filter.js';
import type { PatchOperation } from './scim-patch.js';
import { isList, isObject, type ScimObject, type ScimValue, valueIn } from './scim-value.js';

/** Members of a group by the id of the user, with what the directory calls them. */
export type GroupMembers = ReadonlyMap<string, Member>;

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

/** The members of a group as they are: one costs as much as it does in a small group. */
export interface PresentMembers extends Iterable<readonly [string, Member]> {
  readonly size: number;
  get(id: string): Member | undefined;
}

/** What becomes of the members of a group: who is in it, besides those of before, and who of them is not. */
export interface MemberChange {
  readonly put: GroupMembers;
  readonly taken: ReadonlySet<string>;
}

type Member = { readonly display: string | null };

/** What it takes for exactly these to be the members. */
export function replaceMembers(before: PresentMembers, members: GroupMembers): MemberChange {
  const taken = new Set<string>();
  for (const [id] of before) if (!members.has(id)) taken.add(id);
  return { put: members, taken };
}

/**
 * Carries out the operations that are about members; each costs what it names, not the size of the group. To remove takes out
 * whom the operation names, by a filter or, as Entra does it, by value; everybody only when it names nobody.
 *
 * @throws ScimError
 */
export function patchMembers(before: PresentMembers, operations: readonly PatchOperation[]): MemberChange {
  const put = new Map<string, Member>();
  const taken = new Set<string>();
  const present = (id: string) => put.get(id) ?? (taken.has(id) ? undefined : before.get(id));
  const everybody = () => new Map([...[...before].filter(([id]) => !taken.has(id)), ...put]);
  const take = (id: string) => {
    put.delete(id);
    if (before.get(id) !== undefined) taken.add(id);
  };
  const clear = () => {
    for (const id of everybody().keys()) take(id);
  };
  /** Who may be meant by a filter: the one whose id it names, or everybody. */
  const named = (among: NonNullable<NonNullable<PatchOperation['path']>['among']>): ReadonlyMap<string, Member> => {
    const id = among.find(({ path, equals }) => path.name === 'value' && typeof equals === 'string')?.equals;
    if (typeof id !== 'string') return everybody();
    const member = present(id);
    return new Map(member === undefined ? [] : [[id, member]]);
  };
  for (const { op, path, value } of operations) {
    if (path?.sub !== undefined) throw badRequest('invalidPath', 'Members are added and removed as a whole.');
    if (path?.among !== undefined) {
      if (op !== 'remove') throw badRequest('invalidPath', 'Members are added without a filter.');
      for (const [id, { display }] of named(path.among)) {
        const member: ScimObject = display === null ? { value: id } : { value: id, display };
        if (matches(member, path.among)) take(id);
      }
      continue;
    }
    if (op === 'remove') {
      if (value === undefined) clear();
      else for (const id of parseMembers(value).keys()) take(id);
      continue;
    }
    if (op === 'replace') clear();
    for (const [id, member] of parseMembers(value)) {
      taken.delete(id);
      put.set(id, member);
    }
  }
  return { put, taken };
}
