import { isMultiValued } from './scim-attributes.js';
import { badRequest } from './scim-error.js';
import { parseAttributePath } from './scim-filter.js';
import { isList, isObject, parseValue, type ScimObject, type ScimValue, valueIn, withValue } from './scim-value.js';

/** The most characters that a resource may have as JSON, members of a group aside. */
const largestResource = 65_536;

/** What the server alone says, or never keeps: a password belongs to the directory. */
const notKept = new Set(['id', 'meta', 'schemas', 'groups', 'password']);

/**
 * Reads the body of a POST or PUT as a resource to keep: values as sent, except that truth is no text (Entra writes `"False"`),
 * lists are lists, and nothing is not there.
 *
 * @throws ScimError
 */
export function parseResource(body: unknown): ScimObject {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'The body is no resource.');
  const parsed = parseValue(body);
  if (!isObject(parsed)) throw badRequest('invalidSyntax', 'The body is no resource.');
  return keptResource(parsed);
}

/**
 * A resource in the form that is kept.
 *
 * @throws ScimError when it is too large.
 */
export function keptResource(resource: ScimObject): ScimObject {
  const kept = Object.fromEntries(
    Object.entries(resource).flatMap(([name, value]) => {
      const whole = notKept.has(name) || isPath(name) ? null : wholeValue(name, value);
      return whole === null ? [] : [[name, whole]];
    }),
  );
  const { members: _, ...rest } = kept;
  if (JSON.stringify(rest).length > largestResource) throw badRequest('tooMany', 'The resource is too large.');
  return kept;
}

/** Paths are names in a patch alone. */
function isPath(name: string): boolean {
  return !/^urn:/i.test(name) && /[.[]/.test(name);
}

function wholeValue(name: string, value: ScimValue): ScimValue {
  if (name === 'active') return truth(value);
  if (value === null || !isMultiValued(name)) return value;
  const values = (isList(value) ? value : [value]).map(wholeItem);
  return values.length === 0 ? null : onePrimary(values);
}

function wholeItem(value: ScimValue): ScimValue {
  if (!isObject(value)) return { value };
  const primary = valueIn(value, 'primary');
  return primary === undefined ? value : withValue(value, 'primary', truth(primary));
}

function truth(value: ScimValue): ScimValue {
  if (typeof value === 'boolean' || value === null) return value;
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  if (word !== 'true' && word !== 'false') throw badRequest('invalidValue', 'It is true or false.');
  return word === 'true';
}

/** At most one value of a list is the primary one (RFC 7643, 2.4): the last that was said to be. */
function onePrimary(values: readonly ScimValue[]): readonly ScimValue[] {
  const last = values.findLastIndex((one) => isObject(one) && valueIn(one, 'primary') === true);
  return values.map((one, at) =>
    isObject(one) && valueIn(one, 'primary') === true && at !== last ? withValue(one, 'primary', false) : one,
  );
}

/** The schemas that a user with these attributes is of. */
export function schemasOf(core: string, resource: ScimObject): readonly string[] {
  return [core, ...Object.keys(resource).filter((name) => /^urn:/i.test(name))];
}

/** Which attributes of a resource are wanted (RFC 7644, 3.9). */
export interface WantedAttributes {
  readonly only: readonly string[] | undefined;
  readonly without: readonly string[];
}

/**
 * Reads `attributes` and `excludedAttributes`.
 *
 * @throws ScimError `invalidValue`
 */
export function parseWanted(attributes: string | undefined, excluded: string | undefined): WantedAttributes {
  return { only: attributes === undefined ? undefined : names(attributes), without: names(excluded ?? '') };
}

const mostNames = 100;

function names(text: string): readonly string[] {
  const found = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (found.length > mostNames) throw badRequest('invalidValue', 'Too many attributes are named.');
  return found;
}

/** Whether a projection leaves an attribute of the resource itself in. */
export function wants({ only, without }: WantedAttributes, name: string): boolean {
  const isNamed = (list: readonly string[]) => list.some((one) => one.toLowerCase() === name.toLowerCase());
  return (only === undefined || isNamed(only)) && !isNamed(without);
}

/** The parts of a resource that are wanted; `id` and `schemas` always are. */
export function projected(resource: ScimObject, { only, without }: WantedAttributes): ScimObject {
  const kept =
    only === undefined ? resource : only.reduce<ScimObject>((found, name) => withPath(found, resource, name), {});
  const result = without.reduce<ScimObject>((left, name) => withoutPath(left, name), kept);
  const always = Object.entries(resource).filter(([name]) => name === 'schemas' || name === 'id');
  return { ...Object.fromEntries(always), ...result };
}

function withPath(found: ScimObject, resource: ScimObject, text: string): ScimObject {
  const whole = valueIn(resource, text);
  if (whole !== undefined) return withValue(found, text, whole);
  const path = pathOf(text);
  const holder = path?.extension === undefined ? resource : valueIn(resource, path.extension);
  const value = path && isObject(holder) ? valueIn(holder, path.name) : undefined;
  if (path === undefined || value === undefined) return found;
  const part = path.sub === undefined ? value : partOf(value, path.sub);
  if (path.extension === undefined) return withValue(found, path.name, part);
  const extension = valueIn(found, path.extension);
  return withValue(found, path.extension, withValue(isObject(extension) ? extension : {}, path.name, part));
}

function partOf(value: ScimValue, sub: string): ScimValue | undefined {
  if (isList(value)) return value.flatMap((one) => (isObject(one) ? [onlyPart(one, sub)] : []));
  return isObject(value) ? onlyPart(value, sub) : undefined;
}

function onlyPart(value: ScimObject, sub: string): ScimObject {
  return withValue({}, sub, valueIn(value, sub));
}

function withoutPath(resource: ScimObject, text: string): ScimObject {
  if (valueIn(resource, text) !== undefined) return withValue(resource, text, undefined);
  const path = pathOf(text);
  if (path === undefined) return resource;
  const { extension, name, sub } = path;
  if (extension !== undefined) {
    const holder = valueIn(resource, extension);
    return isObject(holder) ? withValue(resource, extension, withValue(holder, name, undefined)) : resource;
  }
  const value = valueIn(resource, name);
  if (sub === undefined || value === undefined) return withValue(resource, name, undefined);
  const drop = (one: ScimValue) => (isObject(one) ? withValue(one, sub, undefined) : one);
  return withValue(resource, name, isList(value) ? value.map(drop) : drop(value));
}

function pathOf(text: string) {
  try {
    return parseAttributePath(text, 'invalidPath');
  } catch {
    return undefined;
  }
}
