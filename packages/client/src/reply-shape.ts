/** The JavaScript type of a plain value, as a number because every reply of the API is full of them; 4 is anything. */
export type PlainShape = 1 | 2 | 3 | 4;
/** An object by member; a name that ends in `?` may be absent. */
export interface ObjectShape {
  readonly [name: string]: ReplyShape;
}
/** A list of one shape. */
export type ListShape = readonly [item: ReplyShape];
/** A shape or `null`. */
export type NullableShape = readonly [inner: ReplyShape, orNull: 0];
/** An object with any names and one shape behind each. */
export type RecordShape = readonly [anyName: 1, inner: ReplyShape];
/** An object told apart by a member: that member's name, what all have in common, and what each adds, by its value. */
export type VariantShape = readonly [
  tag: string,
  common: ObjectShape,
  added: { readonly [value: string]: ObjectShape },
];
/**
 * What a reply has to look like, in as little data as says it: which members, of which types. The values of an
 * enumeration and the form of a text are the portal's business; its later versions may know more of them.
 */
export type ReplyShape = PlainShape | ObjectShape | ListShape | NullableShape | RecordShape | VariantShape;

/** The type that each {@link PlainShape} stands for. */
export const plainTypes = ['', 'string', 'number', 'boolean', ''] as const;

/** One place where a reply does not have its shape: a path of names and indexes, and what was expected there. */
export interface ShapeFault {
  /** Each step behind a slash; empty for the whole reply. */
  readonly at: string;
  /** The name of a type, or `known` for a variant that this version does not know. */
  readonly expected: string;
}

/** A fault as one line of an error's message. */
export function describeFault({ at, expected }: ShapeFault): string {
  return `${at}: expected ${expected}`;
}

/** Gives what a value has of a shape, without members the shape does not name; adds to `faults` where it does not fit. */
export function readShape(shape: ReplyShape, value: unknown, faults: ShapeFault[], at = ''): unknown {
  const expect = (expected: string): void => void faults.push({ at, expected });
  if (typeof shape === 'number') {
    const expected = plainTypes[shape];
    if (shape < 4 && typeof value !== expected) expect(expected);
    return value;
  }
  if (isArray(shape)) {
    if (shape.length === 2) {
      if (shape[1] === 0) return value === null ? value : readShape(shape[0], value, faults, at);
      const member = ([name, inner]: readonly [string, unknown]) =>
        [name, readShape(shape[1], inner, faults, `${at}/${name}`)] as const;
      return isObject(value) ? Object.fromEntries(Object.entries(value).map(member)) : expect('object');
    }
    if (shape.length === 1) {
      const item = (each: unknown, index: number) => readShape(shape[0], each, faults, `${at}/${index}`);
      return isArray(value) ? value.map(item) : expect('array');
    }
    const [tag, common, added] = shape;
    const variant = isObject(value) && Object.hasOwn(value, tag) ? String(value[tag]) : '';
    return Object.hasOwn(added, variant)
      ? readShape({ ...common, ...added[variant] }, value, faults, at)
      : void faults.push({ at: `${at}/${tag}`, expected: 'known' });
  }
  if (!isObject(value)) return expect('object');
  const read: Record<string, unknown> = {};
  for (const name in shape) {
    const member = name.replace('?', '');
    const given = Object.hasOwn(value, member) ? value[member] : undefined;
    if (given !== undefined || member === name) {
      read[member] = readShape(shape[name] as ReplyShape, given, faults, `${at}/${member}`);
    }
  }
  return read;
}

// Array.isArray does not narrow readonly tuples.
function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !isArray(value);
}
