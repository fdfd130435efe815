import { isMultiValued } from './scim-attributes.js';
import { badRequest } from './scim-error.js';
import {
  type AttributePath,
  matches,
  parseAttributePath,
  parseFilter,
  type ScimFilter,
  valueFor,
} from './scim-filter.js';
import {
  isList,
  isObject,
  isSame,
  parseValue,
  type ScimObject,
  type ScimValue,
  valueIn,
  withValue,
} from './scim-value.js';

/** What an operation is about: an attribute, values of a list, a part of either, or a whole extension. */
export interface PatchPath extends Partial<AttributePath> {
  /** Which values of a list; `undefined`: all of it. */
  readonly among?: ScimFilter;
}

/** One operation of a PATCH (RFC 7644, 3.5.2). */
export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: PatchPath | undefined;
  /** `undefined`: none was sent. */
  readonly value: ScimValue | undefined;
}

const mostOperations = 1_000;
const longestPath = 500;
const ops = ['add', 'replace', 'remove'] as const;

/**
 * Reads the operations of a PATCH as Entra and Okta send them: `op` in any case, and several attributes under paths in one
 * operation without a path, which becomes one operation for each.
 *
 * @throws ScimError
 */
export function parsePatch(body: unknown): readonly PatchOperation[] {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'A patch is an object with Operations.');
  const name = Object.keys(body).find((one) => one.toLowerCase() === 'operations');
  const sent = name === undefined ? undefined : body[name];
  if (!isList(sent) || sent.length === 0) throw badRequest('invalidSyntax', 'A patch needs Operations.');
  if (sent.length > mostOperations) throw badRequest('tooMany', `A patch has at most ${mostOperations} operations.`);
  const operations = sent.flatMap(parseOperation);
  if (operations.length > mostOperations) throw badRequest('tooMany', 'A patch changes too many attributes.');
  return operations;
}

function parseOperation(sent: ScimValue): readonly PatchOperation[] {
  if (!isObject(sent)) throw badRequest('invalidSyntax', 'An operation is an object.');
  const { op: word, path, value: raw } = lowerNames(sent);
  const op = ops.find((one) => typeof word === 'string' && one === word.toLowerCase());
  if (op === undefined) throw badRequest('invalidSyntax', 'An operation is to add, replace or remove.');
  const value = raw === undefined ? undefined : parseValue(raw);
  if (value === undefined && op !== 'remove') throw badRequest('invalidValue', 'The operation needs a value.');
  if (path !== undefined && path !== null && path !== '') {
    if (typeof path !== 'string') throw badRequest('invalidPath', 'A path is a text.');
    return [{ op, path: parsePath(path), value }];
  }
  if (op === 'remove') throw badRequest('noTarget', 'To remove takes a path.');
  if (!isObject(value)) throw badRequest('invalidValue', 'Without a path the value is an object of attributes.');
  return Object.entries(value).map(([name, one]) => ({ op, path: parsePath(name), value: one }));
}

function lowerNames(object: ScimObject): Partial<Record<'op' | 'path' | 'value', ScimValue>> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name.toLowerCase(), value]));
}

/**
 * Reads a path (RFC 7644, 3.5.2): `userName`, `name.givenName`, `emails[type eq "work"].value`, each also of an extension,
 * or the name of an extension alone.
 *
 * @throws ScimError `invalidPath`
 */
export function parsePath(text: string): PatchPath {
  if (text.length > longestPath) throw badRequest('invalidPath', 'The path is too long.');
  const whole = /^urn:[\w:.-]+:(?:[A-Z][A-Za-z]*)$/.exec(text);
  // A schema's own name ends with that of a resource; attributes begin with a small letter.
  if (whole !== null) return { extension: text };
  const bracket = text.indexOf('[');
  if (bracket < 0) return parseAttributePath(text, 'invalidPath');
  const end = text.lastIndexOf(']');
  const sub = text.slice(end + 1);
  if (end < bracket || !/^(?:\.[A-Za-z$][\w$-]*)?$/.test(sub)) {
    throw badRequest('invalidPath', 'The path is not closed.');
  }
  const path = parseAttributePath(text.slice(0, bracket) + sub, 'invalidPath');
  return { ...path, among: parseFilter(text.slice(bracket + 1, end)) };
}

const readOnly = new Set(['id', 'meta', 'schemas', 'groups']);

/**
 * Carries out operations on a resource, one after the other, and gives it as it then is. What the server alone says, such as the
 * `id` that Okta sends with a group's new name, stays as it is.
 *
 * @throws ScimError
 */
export function applyPatch(resource: ScimObject, operations: readonly PatchOperation[]): ScimObject {
  return operations.reduce(applyOne, resource);
}

function applyOne(resource: ScimObject, operation: PatchOperation): ScimObject {
  const { path } = operation;
  if (path === undefined) return resource;
  const { extension, name } = path;
  if (extension === undefined) {
    if (name === undefined || readOnly.has(name)) return resource;
    return changed(resource, { ...operation, path: { ...path, name } });
  }
  const held = valueIn(resource, extension);
  const holder = isObject(held) ? held : {};
  const after =
    name === undefined ? wholeExtension(holder, operation) : changed(holder, { ...operation, path: { ...path, name } });
  return withValue(resource, extension, Object.keys(after).length === 0 ? undefined : after);
}

function wholeExtension(holder: ScimObject, { op, value }: PatchOperation): ScimObject {
  if (op === 'remove' || value === null) return {};
  if (!isObject(value)) throw badRequest('invalidValue', 'An extension is an object of attributes.');
  return merged(holder, value);
}

interface AttributeChange extends PatchOperation {
  readonly path: PatchPath & { readonly name: string };
}

function changed(holder: ScimObject, change: AttributeChange): ScimObject {
  const { op, path, value } = change;
  const { name, sub, among } = path;
  const current = valueIn(holder, name) ?? undefined;
  if (among !== undefined)
    return withValue(holder, name, orNothing(changedAmong(listOf(current), { ...change, among })));
  if (sub !== undefined) return withValue(holder, name, changedPart(current, { op, sub, value, name }));
  if (op === 'remove') return withValue(holder, name, orNothing(without(current, value)));
  if (value === null || value === undefined) return op === 'add' ? holder : withValue(holder, name, undefined);
  if (isMultiValued(name) || isList(current) || isList(value)) {
    const values = listOf(value);
    const kept = op === 'add' ? listOf(current) : [];
    return withValue(holder, name, [...kept, ...values.filter((one) => !kept.some((old) => isSame(old, one)))]);
  }
  if (isObject(value)) return withValue(holder, name, merged(isObject(current) ? current : {}, value));
  return withValue(holder, name, value);
}

function listOf(value: ScimValue | undefined): readonly ScimValue[] {
  if (value === undefined || value === null) return [];
  return isList(value) ? value : [value];
}

function orNothing(values: readonly ScimValue[]): ScimValue | undefined {
  return values.length === 0 ? undefined : values;
}

/** Entra names in `value` which of a list's values go; a server that empties the list instead would take everybody out. */
function without(current: ScimValue | undefined, value: ScimValue | undefined): readonly ScimValue[] {
  if (value === undefined || value === null || !isList(current)) return [];
  const going = listOf(value).map(valueText);
  return current.filter((one) => !going.includes(valueText(one)));
}

function valueText(one: ScimValue): string {
  const value = isObject(one) ? valueIn(one, 'value') : one;
  return typeof value === 'string' ? value : JSON.stringify(one);
}

function changedPart(
  current: ScimValue | undefined,
  {
    op,
    sub,
    value,
    name,
  }: {
    readonly op: PatchOperation['op'];
    readonly sub: string;
    readonly value: ScimValue | undefined;
    readonly name: string;
  },
): ScimValue | undefined {
  const put = op === 'remove' || value === null ? undefined : value;
  if (isList(current)) return current.map((one) => (isObject(one) ? withValue(one, sub, put) : one));
  const after = withValue(isObject(current) ? current : {}, sub, put);
  if (Object.keys(after).length === 0) return undefined;
  return isMultiValued(name) ? [after] : after;
}

function changedAmong(
  list: readonly ScimValue[],
  { op, path, value, among }: AttributeChange & { readonly among: ScimFilter },
): readonly ScimValue[] {
  const isMeant = (one: ScimValue): one is ScimObject => isObject(one) && matches(one, among);
  const { sub } = path;
  const put = value === null ? undefined : value;
  if (op === 'remove') {
    if (sub === undefined) return list.filter((one) => !isMeant(one));
    return list.map((one) => (isMeant(one) ? withValue(one, sub, undefined) : one));
  }
  const amend = (one: ScimObject): ScimObject => {
    if (sub !== undefined) return withValue(one, sub, put);
    if (!isObject(put)) throw badRequest('invalidValue', 'A value of the list is an object.');
    return merged(one, put);
  };
  if (list.some(isMeant)) return list.map((one) => (isMeant(one) ? amend(one) : one));
  // Entra also replaces what is not there yet.
  return put === undefined ? list : [...list, amend(valueFor(among))];
}

function merged(into: ScimObject, from: ScimObject): ScimObject {
  return Object.entries(from).reduce((object, [name, value]) => withValue(object, name, value ?? undefined), into);
}
