import { isCaseExact, scimUrns, spellingOf } from './scim-attributes.js';
import { badRequest } from './scim-error.js';
import { foldCase, isList, isObject, type ScimObject, type ScimValue, valueIn } from './scim-value.js';

/** The name of an attribute within a resource: `name.givenName`, or `department` of an extension. */
export interface AttributePath {
  /** The extension that it belongs to; absent for the core schema. */
  readonly extension?: string;
  readonly name: string;
  readonly sub?: string;
}

/** One condition: an attribute equals a value; `among` picks values of a list first, as in `emails[type eq "work"].value`. */
export interface FilterTerm {
  readonly path: AttributePath;
  readonly among: readonly FilterTerm[];
  readonly equals: string | number | boolean | null;
}

/** A filter: all of its terms hold. Directories send `eq` and `and`, nothing else. */
export type ScimFilter = readonly FilterTerm[];

const longestFilter = 4_000;
const mostTerms = 20;

/**
 * Reads a filter (RFC 7644, 3.4.2.2) of `eq` and `and`.
 *
 * @throws ScimError `invalidFilter` for anything else.
 */
export function parseFilter(text: string): ScimFilter {
  if (text.length > longestFilter) throw notUnderstood();
  const reader = createReader(text);
  const terms = readTerms(reader, true);
  if (!reader.isAtEnd()) throw notUnderstood();
  return terms;
}

/** Tells whether a resource, or a value of a list, is what a filter asks for. */
export function matches(resource: ScimObject, filter: ScimFilter): boolean {
  return filter.every((term) => holds(resource, term));
}

/**
 * Reads the name of an attribute, of the core schema or of an extension.
 *
 * @throws ScimError with the given kind.
 */
export function parseAttributePath(text: string, scimType: 'invalidFilter' | 'invalidPath'): AttributePath {
  const { extension, rest } = splitExtension(text);
  const match = /^([A-Za-z$][\w$-]*)(?:\.([A-Za-z$][\w$-]*))?$/.exec(rest);
  if (match?.[1] === undefined) throw badRequest(scimType, 'No attribute has such a name.');
  const sub = match[2] === undefined ? {} : { sub: spellingOf(match[2]) };
  return { ...(extension === undefined ? {} : { extension }), name: spellingOf(match[1]), ...sub };
}

/** The schema in front of an attribute's name, and the rest. Entra once wrote a dot between them. */
export function splitExtension(text: string): { readonly extension?: string; readonly rest: string } {
  if (!/^urn:/i.test(text)) return { rest: text };
  for (const known of [scimUrns.user, scimUrns.group, scimUrns.enterpriseUser]) {
    const isOf = text.slice(0, known.length).toLowerCase() === known.toLowerCase();
    if (!isOf || !/^[:.]/.test(text.slice(known.length))) continue;
    const rest = text.slice(known.length + 1);
    return known === scimUrns.enterpriseUser ? { extension: known, rest } : { rest };
  }
  const bracket = text.indexOf('[');
  const at = text.lastIndexOf(':', bracket < 0 ? text.length : bracket);
  return { extension: text.slice(0, at), rest: text.slice(at + 1) };
}

/** The values that an attribute has in a resource: those of a list one by one. */
export function valuesAt(resource: ScimObject, { extension, name }: AttributePath): readonly ScimValue[] {
  const holder = extension === undefined ? resource : valueIn(resource, extension);
  const value = isObject(holder) ? valueIn(holder, name) : undefined;
  if (value === undefined || value === null) return [];
  return isList(value) ? value : [value];
}

function holds(resource: ScimObject, { path, among, equals }: FilterTerm): boolean {
  const values = valuesAt(resource, path).filter((one) => among.length === 0 || (isObject(one) && matches(one, among)));
  if (equals === null) return values.length === 0;
  const exact = isCaseExact(path.name) || (path.sub !== undefined && isCaseExact(path.sub));
  return values.some((one) => {
    // Of a list's value without more words, its `value` is meant (RFC 7643, 2.4).
    const inner = isObject(one) ? valueIn(one, path.sub ?? 'value') : path.sub === undefined ? one : undefined;
    return isEqual(inner, equals, exact);
  });
}

function isEqual(value: ScimValue | undefined, equals: string | number | boolean, exact: boolean): boolean {
  if (typeof value === 'string' && typeof equals === 'string') {
    return exact ? value === equals : foldCase(value) === foldCase(equals);
  }
  // Entra writes truth as a text.
  if (typeof value === 'boolean' && typeof equals === 'string') return String(value) === equals.toLowerCase();
  return value === equals;
}

interface Reader {
  isAtEnd(): boolean;
  /** Takes what the pattern finds here and now; `undefined` leaves the place. */
  take(pattern: RegExp): string | undefined;
}

function createReader(text: string): Reader {
  let at = 0;
  return {
    isAtEnd: () => at === text.length,
    take: (pattern) => {
      pattern.lastIndex = at;
      const found = pattern.exec(text)?.[0];
      if (found !== undefined) at += found.length;
      return found;
    },
  };
}

const attribute = /[A-Za-z$][\w$:.-]*/y;
const equalSign = / +eq +/iy;
const conjunction = / +and +/iy;
const literal = /"(?:[^"\\]|\\.){0,1000}"|true\b|false\b|null\b|-?\d{1,15}(?:\.\d{1,10})?/iy;
const spaces = / */y;

function readTerms(reader: Reader, mayPick: boolean): ScimFilter {
  const terms: FilterTerm[] = [];
  reader.take(spaces);
  do {
    if (terms.length === mostTerms) throw notUnderstood();
    terms.push(readTerm(reader, mayPick));
  } while (reader.take(conjunction) !== undefined);
  reader.take(spaces);
  return terms;
}

function readTerm(reader: Reader, mayPick: boolean): FilterTerm {
  const name = reader.take(attribute);
  if (name === undefined) throw notUnderstood();
  const path = parseAttributePath(name, 'invalidFilter');
  if (!mayPick || reader.take(/\[/y) === undefined) return { path, among: [], equals: readEquals(reader) };
  const among = readTerms(reader, false);
  if (reader.take(/\]/y) === undefined) throw notUnderstood();
  const sub = reader.take(/\.[A-Za-z$][\w$-]*/y)?.slice(1);
  // `emails[type eq "work"]` by itself asks whether there is one.
  if (sub === undefined) return pickedTerm(path, among);
  return { path: { ...path, sub: spellingOf(sub) }, among, equals: readEquals(reader) };
}

/** One value of a list that all of the terms hold for: the first of them is asked among the others. */
function pickedTerm(path: AttributePath, among: ScimFilter): FilterTerm {
  const [first, ...others] = among;
  if (first === undefined) throw notUnderstood();
  return { path: { ...path, sub: first.path.name }, among: others, equals: first.equals };
}

function readEquals(reader: Reader): FilterTerm['equals'] {
  if (reader.take(equalSign) === undefined) throw notUnderstood();
  const found = reader.take(literal);
  if (found === undefined) throw notUnderstood();
  try {
    return JSON.parse(found.startsWith('"') ? found : found.toLowerCase()) as FilterTerm['equals'];
  } catch {
    throw notUnderstood();
  }
}

function notUnderstood() {
  return badRequest('invalidFilter', 'Filters are made of attribute eq value, joined by and.');
}

/** The text that a filter wants an attribute of the resource itself to equal, if it says so. */
export function wantedText(filter: ScimFilter, name: string): string | undefined {
  const term = filter.find(({ path, among, equals }) => {
    const isPlain = path.extension === undefined && path.sub === undefined && among.length === 0;
    return isPlain && path.name === name && typeof equals === 'string';
  });
  return typeof term?.equals === 'string' ? term.equals : undefined;
}

/** Makes a value of a list that a filter would pick, from what the filter says of it. */
export function valueFor(filter: ScimFilter): ScimObject {
  return Object.fromEntries(
    filter.flatMap(({ path, equals }) => (path.sub === undefined && equals !== null ? [[path.name, equals]] : [])),
  );
}

/** The wanted e-mail address of a filter over `emails`, of whatever type. */
export function wantedEmail(filter: ScimFilter): string | undefined {
  const term = filter.find(({ path }) => path.name === 'emails' && (path.sub ?? 'value') === 'value');
  return typeof term?.equals === 'string' ? term.equals : undefined;
}
