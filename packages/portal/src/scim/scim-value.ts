import { spellingOf } from './scim-attributes.js';
import { badRequest } from './scim-error.js';

/** A value of a SCIM resource. */
export type ScimValue = string | number | boolean | null | ScimList | ScimObject;

/** A multi-valued attribute. */
export type ScimList = readonly ScimValue[];

/** A resource, or a complex attribute of one. */
export interface ScimObject {
  readonly [name: string]: ScimValue;
}

/** What one resource or one operation may carry at most. */
const limits = { depth: 8, names: 200, values: 10_000, textLength: 20_000 } as const;

/** An attribute's name (RFC 7643, 2.1), which nothing that JavaScript treats as special matches: `__proto__` begins wrongly. */
const attributeName = /^[A-Za-z$][A-Za-z0-9$_-]{0,99}$/;
const extensionName = /^urn:[A-Za-z0-9:._-]{1,300}$/i;
const dottedName = /^[A-Za-z$][A-Za-z0-9$_.-]{0,200}$/;

/** Tells whether a value is an object. */
export function isObject(value: unknown): value is ScimObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Tells whether a value is a list; `Array.isArray` forgets what is in a read-only one. */
export function isList(value: ScimValue | undefined): value is ScimList {
  return Array.isArray(value);
}

/**
 * Takes over a JSON value as sent, within limits: attributes in the spelling of their schema, for names have no case; other
 * names that no attribute can have are left out.
 *
 * @throws ScimError `invalidSyntax` for what nests too deeply or is too much.
 */
export function parseValue(value: unknown): ScimValue {
  return parse(value, 0);
}

function parse(value: unknown, depth: number): ScimValue {
  if (depth > limits.depth) throw badRequest('invalidSyntax', 'The body nests too deeply.');
  if (typeof value === 'string') {
    if (value.length > limits.textLength) throw badRequest('invalidValue', 'A text of the body is too long.');
    // PostgreSQL keeps no NUL in a text, and half a character is none.
    return value.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\ufffd');
  }
  if (typeof value === 'boolean' || typeof value === 'number') return value;
  if (Array.isArray(value)) {
    if (value.length > limits.values) throw badRequest('tooMany', 'A list of the body has too many values.');
    return value.map((one) => parse(one, depth + 1)).filter((one) => one !== null);
  }
  if (typeof value !== 'object' || value === null) return null;
  const entries = Object.entries(value);
  if (entries.length > limits.names) throw badRequest('tooMany', 'An object of the body has too many attributes.');
  // From entries, every name becomes a property of the object itself, whatever it is called.
  return Object.fromEntries(
    entries.flatMap(([name, one]) => {
      // Nothing is what is not there (RFC 7643, 2.5); only an operation says by it that an attribute goes.
      const isGone = one === null && depth > 0;
      return isName(name) && !isGone ? [[spellingOf(name), parse(one, depth + 1)]] : [];
    }),
  );
}

/** Names with a filter in brackets are paths in a patch without a path, where Entra sends them. */
function isName(name: string): boolean {
  return attributeName.test(name) || dottedName.test(name) || extensionName.test(name) || isFiltered(name);
}

function isFiltered(name: string): boolean {
  return (
    name.length <= 500 && /^(?:urn:[A-Za-z0-9:._-]+:)?[A-Za-z$][A-Za-z0-9$_-]*\[[^[\]]*\](?:\.[A-Za-z$]+)?$/i.test(name)
  );
}

/** The attribute's name as this object spells it, if the object has it. */
export function nameIn(object: ScimObject, name: string): string | undefined {
  if (Object.hasOwn(object, name)) return name;
  const wanted = name.toLowerCase();
  return Object.keys(object).find((one) => one.toLowerCase() === wanted);
}

/** The attribute's value, whatever case its name is in. */
export function valueIn(object: ScimObject, name: string): ScimValue | undefined {
  const found = nameIn(object, name);
  return found === undefined ? undefined : object[found];
}

/** The object with that attribute; `undefined` takes it out. */
export function withValue(object: ScimObject, name: string, value: ScimValue | undefined): ScimObject {
  const spelled = nameIn(object, name) ?? spellingOf(name);
  const entries = Object.entries(object).filter(([one]) => one !== spelled);
  if (value === undefined) return Object.fromEntries(entries);
  // In its old place, so that a resource keeps its order.
  if (!Object.hasOwn(object, spelled)) return Object.fromEntries([...entries, [spelled, value]]);
  return Object.fromEntries(Object.entries(object).map(([one, old]) => [one, one === spelled ? value : old]));
}

/** Whether two values say the same; names count by their exact spelling, which {@link parseValue} has made one. */
export function isSame(a: ScimValue | undefined, b: ScimValue | undefined): boolean {
  if (a === b) return true;
  if (isList(a) && isList(b)) return a.length === b.length && a.every((one, at) => isSame(one, b[at]));
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]))
  );
}

/**
 * The form in which texts without case are compared. No letter beyond ASCII becomes one of ASCII: the Kelvin sign stays
 * itself, so that nobody is found by a name that only looks like theirs.
 */
export function foldCase(text: string): string {
  return text.replace(/\p{Lu}/gu, (letter) => {
    const lower = letter.toLowerCase();
    return isAscii(letter) === isAscii(lower) ? lower : letter;
  });
}

function isAscii(text: string): boolean {
  return text.charCodeAt(0) < 128;
}
