import { getTableColumns } from 'drizzle-orm';
import { getTableConfig, PgText } from 'drizzle-orm/pg-core';
import { type TableName, tables } from './store.js';

/** What is the same in every statement to a table. */
export interface TableStatements {
  readonly columns: readonly Column[];
  readonly keyColumns: readonly Column[];
  readonly otherColumns: readonly Column[];
  /** Columns of which no two rows have the same text, besides the primary key. */
  readonly uniqueColumns: readonly Column[];
  readonly quotedName: string;
}

/** A column, and how its values become what a driver takes. */
export interface Column {
  readonly field: string;
  readonly quotedName: string;
  readonly type: string;
  readonly encode: (value: unknown) => unknown;
}

/** A row of any table. */
export type AnyRow = Readonly<Record<string, unknown>>;

/** The statements of every table. */
export const statements = Object.fromEntries(
  (Object.keys(tables) as TableName[]).map((name) => [name, tableStatements(name)]),
) as Readonly<Record<TableName, TableStatements>>;

/** The primary key of a row, as one text. */
export function keyText({ keyColumns }: TableStatements, row: AnyRow): string {
  return keyColumns.map(({ field }) => String(row[field])).join('\0');
}

function tableStatements(name: TableName): TableStatements {
  const table = tables[name];
  const config = getTableConfig(table);
  const compositeKey = config.primaryKeys[0]?.columns.map((column) => column.name);
  // The text is what tells rows apart; what comes before it in an index says within which organization or property.
  const unique = config.indexes
    .filter((index) => index.config.unique)
    .map((index) => index.config.columns.at(-1))
    .flatMap((column) => (column !== undefined && 'name' in column ? [column.name] : []));
  const columns = Object.entries(getTableColumns(table)).map(([field, column]) => ({
    field,
    quotedName: `"${column.name}"`,
    type: column.getSQLType(),
    encode: (value: unknown) => column.mapToDriverValue(value),
    isKey: compositeKey?.includes(column.name) ?? column.primary,
    isUnique: column instanceof PgText && unique.includes(column.name),
  }));
  return {
    columns,
    keyColumns: columns.filter(({ isKey }) => isKey),
    otherColumns: columns.filter(({ isKey }) => !isKey),
    uniqueColumns: columns.filter(({ isUnique }) => isUnique),
    quotedName: `"${config.name}"`,
  };
}
