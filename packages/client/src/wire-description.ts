import type { Operation, OperationId } from '@latchwork/contract';
import { type ObjectShape, type PlainShape, plainTypes, type ReplyShape } from './reply-shape.js';
import { callNames } from './resource-calls.js';
import type { WireManner, WireRow, WireTable } from './wire-call.js';

/** Describes the contract's operations in the few bytes that a caller needs at run time, without their schemas. */
export function describeOperations(operations: Readonly<Record<OperationId, Operation>>): WireTable {
  const manners: WireManner[] = [];
  const rows = callNames.map((name): WireRow => {
    const { method, sends, idempotency, precondition, path, reply } = operations[name];
    const shape = reply === null ? 0 : shapeOf(reply);
    const item = pagedBy(shape);
    const manner = { method, sends, idempotency, precondition, isPaged: item !== undefined };
    const text = JSON.stringify(manner);
    let place = manners.findIndex((known) => JSON.stringify(known) === text);
    if (place < 0) place = manners.push(manner) - 1;
    return [place, path, item ?? shape];
  });
  return { manners, rows };
}

/** What a page is a page of. */
function pagedBy(shape: ReplyShape | 0): ReplyShape | undefined {
  const { data } = Object(shape) as { readonly data?: readonly [ReplyShape] };
  const page = data && { data: [data[0]], nextCursor: [1, 0] };
  return data && JSON.stringify(page) === JSON.stringify(shape) ? data[0] : undefined;
}

/** The module that the build puts in the place of src/wire-table.ts; a shape that occurs twice stands there once. */
export function printWireTable(table: WireTable): string {
  const counts = new Map<string, number>();
  const count = (shape: unknown): void => {
    if (typeof shape !== 'object' || shape === null) return;
    const text = JSON.stringify(shape);
    counts.set(text, (counts.get(text) ?? 0) + 1);
    if (counts.get(text) === 1) Object.values(shape).forEach(count);
  };
  for (const row of table.rows) count(row[2]);
  const names = new Map<string, string>();
  const lines: string[] = [];
  const print = (shape: unknown): string => {
    if (typeof shape !== 'object' || shape === null) return JSON.stringify(shape);
    const text = JSON.stringify(shape);
    const known = names.get(text);
    if (known !== undefined) return known;
    const printed = Array.isArray(shape)
      ? `[${shape.map(print).join()}]`
      : `{${Object.entries(shape)
          .map(([name, inner]) => `${JSON.stringify(name)}:${print(inner)}`)
          .join()}}`;
    if ((counts.get(text) ?? 0) < 2 || text.length < 12) return printed;
    const name = `s${names.size}`;
    names.set(text, name);
    lines.push(`const ${name}=${printed};`);
    return name;
  };
  const rows = table.rows.map(([manner, path, reply]) => `[${manner},${JSON.stringify(path)},${print(reply)}]`);
  const manners = JSON.stringify(table.manners);
  return [...lines, `export const wireTable={manners:${manners},rows:[${rows.join()}]};`].join('\n');
}

type Schema = NonNullable<Operation['reply']>;

/** What of a zod schema tells one member of a definition from another; zod types only the whole union of them. */
interface Definition {
  readonly type: string;
  readonly shape: Readonly<Record<string, Schema>>;
  readonly element: Schema;
  readonly innerType: Schema;
  readonly valueType: Schema;
  readonly options: readonly Schema[];
  readonly discriminator: string | undefined;
  readonly values: readonly unknown[];
  readonly entries: Readonly<Record<string, unknown>>;
}

function definitionOf(schema: Schema): Definition {
  return schema._zod.def as unknown as Definition;
}

/** The shape of what a schema lets through; kinds of schema that shapes have no word for become "anything", and their tests fail. */
export function shapeOf(schema: Schema): ReplyShape {
  const definition = definitionOf(schema);
  switch (definition.type) {
    case 'string':
      return 1;
    case 'number':
      return 2;
    case 'boolean':
      return 3;
    case 'literal':
      return plainShapeOf(definition.values);
    case 'enum':
      return plainShapeOf(Object.values(definition.entries));
    case 'array':
      return [shapeOf(definition.element)];
    case 'nullable':
      return [shapeOf(definition.innerType), 0];
    case 'object':
      return objectShapeOf(definition);
    case 'union':
      return variantShapeOf(definition);
    case 'record':
      return [1, shapeOf(definition.valueType)];
    default:
      return 4;
  }
}

function plainShapeOf(values: readonly unknown[]): PlainShape {
  const types = new Set(values.map((value) => typeof value));
  return types.size === 1 ? (([1, 2, 3] as const).find((plain) => types.has(plainTypes[plain])) ?? 4) : 4;
}

function objectShapeOf({ shape }: Definition): ObjectShape {
  return Object.fromEntries(
    Object.entries(shape).map(([name, schema]) => {
      const definition = definitionOf(schema);
      return definition.type === 'optional' ? [`${name}?`, shapeOf(definition.innerType)] : [name, shapeOf(schema)];
    }),
  );
}

function variantShapeOf({ options, discriminator }: Definition): ReplyShape {
  if (discriminator === undefined) return 4;
  const variants = options.map((option) => {
    const definition = definitionOf(option);
    const [value] = definitionOf(definition.shape[discriminator] as Schema).values;
    return [String(value), Object.entries(objectShapeOf(definition))] as const;
  });
  const everywhere = ([name, shape]: readonly [string, ReplyShape]) =>
    variants.every(([, members]) =>
      members.some(([other, otherShape]) => other === name && JSON.stringify(otherShape) === JSON.stringify(shape)),
    );
  return [
    discriminator,
    Object.fromEntries((variants[0]?.[1] ?? []).filter(everywhere)),
    Object.fromEntries(
      variants.map(([value, members]) => [value, Object.fromEntries(members.filter((member) => !everywhere(member)))]),
    ),
  ];
}
