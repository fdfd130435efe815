import type { Row, TableName } from './store.js';

/** How the rows of a table are found: by id, by one other unique text, and by the texts they are grouped under. */
export interface RowIndexKeys<Table extends TableName, Id extends string> {
  readonly id: (row: Row<Table>) => Id;
  readonly unique?: (row: Row<Table>) => string;
  /** No text of one group may appear in another: they are ids of different kinds. */
  readonly groups?: readonly ((row: Row<Table>) => string)[];
}

/** The rows of one table in memory. A row never changes its unique text or its groups. */
export interface RowIndex<Table extends TableName, Id extends string> {
  readonly size: number;
  get(id: Id): Row<Table> | undefined;
  byUnique(text: string): Row<Table> | undefined;
  /** Sorted by id, which for most tables is by age; never change the array. */
  group(text: string): readonly Row<Table>[];
  /** All rows, sorted like a group. */
  all(): readonly Row<Table>[];
  put(row: Row<Table>): void;
}

/** Creates an empty index. */
export function createRowIndex<Table extends TableName, Id extends string>(
  keys: RowIndexKeys<Table, Id>,
): RowIndex<Table, Id> {
  const byId = new Map<Id, Row<Table>>();
  const unique = new Map<string, Row<Table>>();
  const groups = new Map<string, Row<Table>[]>();
  const everything: Row<Table>[] = [];
  const none: readonly Row<Table>[] = [];

  const putSorted = (rows: Row<Table>[], row: Row<Table>): void => {
    const id = keys.id(row);
    let at = rows.length;
    for (let low = 0; low < at; ) {
      // New ids are almost always the largest: look at the last row first.
      const middle = at === rows.length ? at - 1 : (low + at) >> 1;
      const found = rows[middle];
      if (found === undefined) break;
      const foundId = keys.id(found);
      if (foundId === id) {
        rows[middle] = row;
        return;
      }
      if (foundId > id) at = middle;
      else low = middle + 1;
    }
    rows.splice(at, 0, row);
  };

  return {
    get size() {
      return byId.size;
    },
    get: (id) => byId.get(id),
    byUnique: (text) => unique.get(text),
    group: (text) => groups.get(text) ?? none,
    all: () => everything,
    put: (row) => {
      byId.set(keys.id(row), row);
      if (keys.unique !== undefined) unique.set(keys.unique(row), row);
      putSorted(everything, row);
      for (const textOf of keys.groups ?? []) {
        const text = textOf(row);
        const rows = groups.get(text);
        if (rows === undefined) groups.set(text, [row]);
        else putSorted(rows, row);
      }
    },
  };
}
