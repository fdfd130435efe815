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

/**
 * Reads one value: gives what it has of a shape, without members the shape does not name, and adds to `faults` where it
 * does not fit.
 */
export type ReadShape = (value: unknown, faults: ShapeFault[]) => unknown;

/** Prepares the reading of a shape; places are only put into words when something does not fit. */
export function createReader(shape: ReplyShape): ReadShape {
  if (typeof shape === 'number') {
    const expected = plainTypes[shape];
    return shape === 4
      ? (value) => value
      : (value, faults) => (typeof value === expected ? value : expect(faults, expected));
  }
  if (!isArray(shape)) return createObjectReader(shape);
  if (shape.length === 1) {
    const readItem = createReader(shape[0]);
    return (value, faults) =>
      isArray(value) ? value.map((item, index) => readAt(faults, index, readItem, item)) : expect(faults, 'array');
  }
  if (shape.length === 3) return createVariantReader(shape);
  if (shape[1] === 0) {
    const readInner = createReader(shape[0]);
    return (value, faults) => (value === null ? value : readInner(value, faults));
  }
  const readInner = createReader(shape[1]);
  return (value, faults) =>
    isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, readAt(faults, name, readInner, inner)]))
      : expect(faults, 'object');
}

function createObjectReader(shape: ObjectShape): ReadShape {
  const members = Object.entries(shape).map(([name, inner]) => {
    const member = name.replace('?', '');
    return { member, required: member === name, read: createReader(inner) };
  });
  return (value, faults) => {
    if (!isObject(value)) return expect(faults, 'object');
    const whole: Record<string, unknown> = {};
    for (const { member, required, read } of members) {
      const given = value[member];
      if (given !== undefined || required) whole[member] = readAt(faults, member, read, given);
    }
    return whole;
  };
}

function createVariantReader([tag, common, added]: VariantShape): ReadShape {
  const readers = new Map<string, ReadShape>();
  return (value, faults) => {
    const variant = isObject(value) ? value[tag] : undefined;
    if (typeof variant !== 'string' || !Object.hasOwn(added, variant))
      return void faults.push({ at: `/${tag}`, expected: 'known' });
    const read = readers.get(variant) ?? createObjectReader({ ...common, ...added[variant] });
    readers.set(variant, read);
    return read(value, faults);
  };
}

function readAt(faults: ShapeFault[], step: string | number, read: ReadShape, value: unknown): unknown {
  const before = faults.length;
  const whole = read(value, faults);
  for (let index = before; index < faults.length; index += 1) {
    const { at, expected } = faults[index] as ShapeFault;
    faults[index] = { at: `/${step}${at}`, expected };
  }
  return whole;
}

function expect(faults: ShapeFault[], expected: string): void {
  faults.push({ at: '', expected });
}

// Array.isArray does not narrow readonly tuples.
function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !isArray(value);
}
