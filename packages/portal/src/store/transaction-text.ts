import { getTableColumns } from 'drizzle-orm';
import { getTableConfig } from 'drizzle-orm/pg-core';
import { type TableName, tables, type Write } from './store.js';

/**
 * Writes as the SQL of one transaction, sent as one message: the engines run all statements of a message without `begin`
 * as one transaction. A message per transaction instead of one per row is what makes a commit quick on both engines.
 * Writes to one table keep their order; tables know nothing of each other. A row to update or delete that is not there
 * fails the whole with a division by zero.
 *
 * @throws RangeError for a value that SQL text cannot carry: a number that is not finite, a character of code 0.
 */
export function transactionText(writes: readonly Write[]): string {
  const byTable = new Map<TableName, Write[]>();
  for (const write of writes) {
    const known = byTable.get(write.table);
    if (known === undefined) byTable.set(write.table, [write]);
    else known.push(write);
  }
  const texts: string[] = [];
  for (const [name, ofTable] of byTable) appendTable(texts, statements[name], ofTable);
  return texts.join(';\n');
}

/** An SQL literal of what drizzle hands to a driver. */
export function literal(value: unknown): string {
  switch (typeof value) {
    case 'string':
      if (value.includes('\0')) throw new RangeError('A text with a character of code 0 cannot be stored.');
      return `'${value.replaceAll("'", "''")}'`;
    case 'number':
      if (!Number.isFinite(value)) throw new RangeError('A number that is not finite cannot be stored.');
      return String(value);
    case 'boolean':
      return String(value);
    default:
      if (value === null || value === undefined) return 'null';
      throw new RangeError(`A ${typeof value} cannot be stored.`);
  }
}

/** What is the same in every statement to a table. */
interface TableStatements {
  readonly columns: readonly Column[];
  readonly keyColumns: readonly Column[];
  readonly insert: string;
  readonly quotedName: string;
}

interface Column {
  readonly field: string;
  readonly quotedName: string;
  readonly encode: (value: unknown) => unknown;
}

type AnyRow = Readonly<Record<string, unknown>>;

function tableStatements(name: TableName): TableStatements {
  const table = tables[name];
  const config = getTableConfig(table);
  const compositeKey = config.primaryKeys[0]?.columns.map((column) => column.name);
  const entries = Object.entries(getTableColumns(table)).map(([field, column]) => ({
    field,
    quotedName: `"${column.name}"`,
    encode: (value: unknown) => column.mapToDriverValue(value),
    isKey: compositeKey?.includes(column.name) ?? column.primary,
  }));
  const quotedName = `"${config.name}"`;
  return {
    columns: entries,
    keyColumns: entries.filter(({ isKey }) => isKey),
    insert: `insert into ${quotedName} (${entries.map((column) => column.quotedName).join(', ')}) values `,
    quotedName,
  };
}

const statements = Object.fromEntries(
  (Object.keys(tables) as TableName[]).map((name) => [name, tableStatements(name)]),
) as Readonly<Record<TableName, TableStatements>>;

function appendTable(texts: string[], table: TableStatements, writes: readonly Write[]): void {
  let inserting = false;
  for (const { op, row } of writes as readonly { readonly op: Write['op']; readonly row: AnyRow }[]) {
    if (op === 'insert') {
      const values = `(${table.columns.map((column) => encoded(column, row)).join(', ')})`;
      if (inserting) texts[texts.length - 1] += `, ${values}`;
      else texts.push(table.insert + values);
    } else texts.push(op === 'update' ? updateText(table, row) : deleteText(table, row));
    inserting = op === 'insert';
  }
}

function encoded({ field, encode }: Column, row: AnyRow): string {
  const value = row[field];
  return value === null || value === undefined ? 'null' : literal(encode(value));
}

function equations(columns: readonly Column[], row: AnyRow, separator: string): string {
  return columns.map((column) => `${column.quotedName} = ${encoded(column, row)}`).join(separator);
}

function updateText({ columns, keyColumns, quotedName }: TableStatements, row: AnyRow): string {
  const rest = columns.filter((column) => !keyColumns.includes(column));
  return exactlyOne(
    `update ${quotedName} set ${equations(rest, row, ', ')} where ${equations(keyColumns, row, ' and ')}`,
  );
}

function deleteText({ keyColumns, quotedName }: TableStatements, row: AnyRow): string {
  return exactlyOne(`delete from ${quotedName} where ${equations(keyColumns, row, ' and ')}`);
}

/** Divides by the number of rows that a statement by primary key reached: SQL has no shorter way to insist on one. */
function exactlyOne(statement: string): string {
  return `with reached as (${statement} returning 1) select 1 / count(*) from reached`;
}
