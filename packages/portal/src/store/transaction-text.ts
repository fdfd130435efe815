import { arrayLiteral, copyLine, literal } from './sql-literal.js';
import type { Statement, TableName, Write } from './store.js';
import { type AnyRow, type Column, keyText, statements, type TableStatements } from './table-statements.js';

/**
 * Writes as the SQL of one transaction, sent as one message: the engines run all statements of a message without `begin`
 * as one transaction. A message per transaction instead of one per row is what makes a commit quick on both engines.
 * Writes to one table keep their order; tables know nothing of each other. A row to update or delete that is not there
 * fails the whole with a division by zero.
 *
 * @throws RangeError for a value that SQL text cannot carry: a number that is not finite, a character of code 0.
 */
export function transactionText(writes: readonly Write[]): string {
  return [...transactionStatements(writes)].join(';\n');
}

/**
 * The statements of one transaction, one after the other, each of no more rows than can be written in some milliseconds:
 * for an engine that shares our thread, and lets others have it in between.
 *
 * @throws RangeError as {@link transactionText}
 */
export function transactionStatements(writes: readonly Write[]): Generator<string, void, undefined> {
  return statementsOf(writes, insertArrays);
}

/**
 * The same for an engine that can read rows from a file of ours, which takes two thirds of the time.
 *
 * @throws RangeError as {@link transactionText}
 */
export function copyingStatements(writes: readonly Write[]): Generator<Statement, void, undefined> {
  return statementsOf<Statement>(writes, insertCopy);
}

function* statementsOf<Of extends Statement>(
  writes: readonly Write[],
  insertMany: (table: TableStatements, rows: readonly AnyRow[]) => Of,
): Generator<Of | string, void, undefined> {
  const byTable = new Map<TableName, Write[]>();
  for (const write of writes) {
    const known = byTable.get(write.table);
    if (known === undefined) byTable.set(write.table, [write]);
    else known.push(write);
  }
  for (const [name, ofTable] of byTable) {
    const table = statements[name];
    for (const { op, rows } of runsOf(table, ofTable)) {
      if (op === 'insert') yield rows.length < rowsForArrays ? insertText(table, rows) : insertMany(table, rows);
      else if (rows.length < rowsForArrays) yield* rows.map((row) => singleText(table, op, row));
      else yield* op === 'update' ? updateArrays(table, rows) : [deleteArrays(table, rows)];
    }
  }
}

// From so many rows on, one statement over arrays takes a fraction of the time that parsing every value does.
const rowsForArrays = 50;
const rowsAtOnce = 1_000;

/** Writes to one table that follow each other and can be done at once. */
interface Run {
  readonly op: Write['op'];
  readonly rows: AnyRow[];
}

function* runsOf(table: TableStatements, writes: readonly Write[]): Generator<Run, void, undefined> {
  let run: Run | undefined;
  let keys = new Set<string>();
  for (const { op, row } of writes as readonly { readonly op: Write['op']; readonly row: AnyRow }[]) {
    // A row that is written twice is written in its turn. An insert fails by itself where a key is there already.
    const key = op === 'insert' ? undefined : keyText(table, row);
    if (run?.op !== op || run.rows.length >= rowsAtOnce || (key !== undefined && keys.has(key))) {
      if (run !== undefined) yield run;
      run = { op, rows: [] };
      keys = new Set();
    }
    run.rows.push(row);
    if (key !== undefined) keys.add(key);
  }
  if (run !== undefined) yield run;
}

function insertText({ quotedName, columns }: TableStatements, rows: readonly AnyRow[]): string {
  const values = rows.map((row) => `(${columns.map((column) => encoded(column, row)).join(', ')})`);
  return `insert into ${quotedName} (${names(columns)}) values ${values.join(', ')}`;
}

function singleText(table: TableStatements, op: 'update' | 'delete', row: AnyRow): string {
  const { otherColumns, keyColumns, quotedName } = table;
  const where = `where ${equations(keyColumns, row, ' and ')}`;
  if (op === 'delete') return reaching(1, `delete from ${quotedName} ${where}`);
  return reaching(1, `update ${quotedName} set ${equations(otherColumns, row, ', ')} ${where}`);
}

function insertArrays({ quotedName, columns }: TableStatements, rows: readonly AnyRow[]): string {
  return `insert into ${quotedName} (${names(columns)}) select * from ${unnested(columns, rows)}`;
}

function insertCopy({ quotedName, columns }: TableStatements, rows: readonly AnyRow[]): Statement {
  const lines = rows.map((row) => copyLine(columns.map((column) => driverValue(column, row))));
  return { sql: `copy ${quotedName} (${names(columns)}) from '/dev/blob'`, blob: lines.join('') };
}

function* updateArrays(table: TableStatements, rows: readonly AnyRow[]): Generator<string, void, undefined> {
  const { quotedName, columns, keyColumns, otherColumns, uniqueColumns } = table;
  const isSame = keyColumns.map(({ quotedName: name }) => `old.${name} = new.${name}`).join(' and ');
  for (const unique of uniqueColumns) {
    // One row may get what another one of them has until now: whoever changes it gives it up first.
    const { quotedName: name } = unique;
    const known = [...keyColumns, unique];
    const parked = keyColumns.map((column) => `old.${column.quotedName}`).join(` || '/' || `);
    yield `update ${quotedName} as old set ${name} = '/' || ${parked} from ${unnested(known, rows)} as new(${names(known)}) where ${isSame} and old.${name} <> new.${name}`;
  }
  const set = otherColumns.map(({ quotedName: name }) => `${name} = new.${name}`).join(', ');
  const from = `${unnested(columns, rows)} as new(${names(columns)})`;
  yield reaching(rows.length, `update ${quotedName} as old set ${set} from ${from} where ${isSame}`);
}

function deleteArrays({ quotedName, keyColumns }: TableStatements, rows: readonly AnyRow[]): string {
  const isSame = keyColumns.map(({ quotedName: name }) => `old.${name} = gone.${name}`).join(' and ');
  const using = `${unnested(keyColumns, rows)} as gone(${names(keyColumns)})`;
  return reaching(rows.length, `delete from ${quotedName} as old using ${using} where ${isSame}`);
}

function unnested(columns: readonly Column[], rows: readonly AnyRow[]): string {
  const arrays = columns.map((column) =>
    arrayLiteral(
      column.type,
      rows.map((row) => driverValue(column, row)),
    ),
  );
  return `unnest(${arrays.join(', ')})`;
}

function names(columns: readonly Column[]): string {
  return columns.map(({ quotedName }) => quotedName).join(', ');
}

function driverValue({ field, encode }: Column, row: AnyRow): unknown {
  const value = row[field];
  return value === null || value === undefined ? null : encode(value);
}

function encoded(column: Column, row: AnyRow): string {
  return literal(driverValue(column, row));
}

function equations(columns: readonly Column[], row: AnyRow, separator: string): string {
  return columns.map((column) => `${column.quotedName} = ${encoded(column, row)}`).join(separator);
}

/** Divides by zero unless a statement by primary keys reached so many rows: SQL has no shorter way to insist on it. */
function reaching(rows: number, statement: string): string {
  return `with reached as (${statement} returning 1) select 1 / (count(*) = ${rows})::int from reached`;
}
