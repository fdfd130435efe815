import { createWatches, type Watches } from './read-watch.js';
import type { Row, TableName } from './store.js';

/** How the rows of a table are found: by id, by one other unique text, and by the texts they are grouped under. */
export interface RowIndexKeys<Table extends TableName, Id extends string> {
  readonly id: (row: Row<Table>) => Id;
  /** `undefined` for a row without such a name. */
  readonly unique?: (row: Row<Table>) => string | undefined;
  /** No text of one group may appear in another: they are ids of different kinds. `undefined`: in no group of that kind. */
  readonly groups?: readonly ((row: Row<Table>) => string | undefined)[];
}

/** The rows of one table in memory. */
export interface RowIndex<Table extends TableName, Id extends string> {
  readonly size: number;
  get(id: Id): Row<Table> | undefined;
  byUnique(text: string): Row<Table> | undefined;
  /** Sorted by id, which for most tables is by age; never change the array. */
  group(text: string): readonly Row<Table>[];
  /** All rows, sorted like a group. */
  all(): readonly Row<Table>[];
  put(row: Row<Table>): void;
  /** Takes a row out, by its id. */
  remove(row: Row<Table>): void;
  /** Takes all rows out. */
  clear(): void;
}

// What a reading's name begins with, by the way in which the rows were found.
const ofId = '#';
const ofName = '=';
const ofGroup = '/';
const ofAll = '*';

/** Creates an empty index. */
export function createRowIndex<Table extends TableName, Id extends string>(
  keys: RowIndexKeys<Table, Id>,
  watches: Watches = createWatches(),
): RowIndex<Table, Id> {
  const byId = new Map<Id, Row<Table>>();
  const unique = new Map<string, Row<Table>>();
  const groups = new Map<string, Row<Table>[]>();
  const everything: Row<Table>[] = [];
  const none: readonly Row<Table>[] = [];

  /** Where a row of that id stands, or would. */
  const find = (rows: readonly Row<Table>[], id: Id): { readonly at: number; readonly found: boolean } => {
    let at = rows.length;
    for (let low = 0; low < at; ) {
      // New ids are almost always the largest: look at the last row first.
      const middle = at === rows.length ? at - 1 : (low + at) >> 1;
      const row = rows[middle];
      if (row === undefined) break;
      const foundId = keys.id(row);
      if (foundId === id) return { at: middle, found: true };
      if (foundId > id) at = middle;
      else low = middle + 1;
    }
    return { at, found: false };
  };
  const putSorted = (rows: Row<Table>[], row: Row<Table>): void => {
    const { at, found } = find(rows, keys.id(row));
    rows.splice(at, found ? 1 : 0, row);
  };
  const removeSorted = (rows: Row<Table>[], row: Row<Table>): void => {
    const { at, found } = find(rows, keys.id(row));
    if (found) rows.splice(at, 1);
  };
  const leaveGroup = (row: Row<Table>, text: string | undefined): void => {
    const rows = text === undefined ? undefined : groups.get(text);
    if (rows === undefined || text === undefined) return;
    removeSorted(rows, row);
    if (rows.length === 0) groups.delete(text);
  };
  const leaveUnique = (row: Row<Table>, text: string | undefined): void => {
    // Another row may have taken the name over.
    const named = text === undefined ? undefined : unique.get(text);
    if (text !== undefined && named !== undefined && keys.id(named) === keys.id(row)) unique.delete(text);
  };

  /** Everything by which a row could have been read, or missed. */
  const namesOf = (row: Row<Table>): string[] => {
    const name = keys.unique?.(row);
    const texts = (keys.groups ?? []).map((textOf) => textOf(row)).filter((text) => text !== undefined);
    return [...(name === undefined ? [] : [ofName + name]), ...texts.map((text) => ofGroup + text)];
  };
  const tellWritten = (old: Row<Table> | undefined, row: Row<Table>): void => {
    if (!watches.any) return;
    watches.written(self, [ofId + keys.id(row), ofAll, ...namesOf(row), ...(old === undefined ? [] : namesOf(old))]);
  };

  const self: RowIndex<Table, Id> = {
    get size() {
      watches.read(self, ofAll);
      return byId.size;
    },
    get: (id) => {
      watches.read(self, ofId, id);
      return byId.get(id);
    },
    byUnique: (text) => {
      watches.read(self, ofName, text);
      return unique.get(text);
    },
    group: (text) => {
      watches.read(self, ofGroup, text);
      return groups.get(text) ?? none;
    },
    all: () => {
      watches.read(self, ofAll);
      return everything;
    },
    put: (row) => {
      const old = byId.get(keys.id(row));
      tellWritten(old, row);
      byId.set(keys.id(row), row);
      putSorted(everything, row);
      const name = keys.unique?.(row);
      if (old !== undefined && keys.unique?.(old) !== name) leaveUnique(old, keys.unique?.(old));
      if (name !== undefined) unique.set(name, row);
      for (const textOf of keys.groups ?? []) {
        const text = textOf(row);
        if (old !== undefined && textOf(old) !== text) leaveGroup(old, textOf(old));
        if (text === undefined) continue;
        const rows = groups.get(text);
        if (rows === undefined) groups.set(text, [row]);
        else putSorted(rows, row);
      }
    },
    remove: (row) => {
      const old = byId.get(keys.id(row));
      if (old === undefined) return;
      tellWritten(old, old);
      byId.delete(keys.id(row));
      removeSorted(everything, old);
      leaveUnique(old, keys.unique?.(old));
      for (const textOf of keys.groups ?? []) leaveGroup(old, textOf(old));
    },
    clear: () => {
      byId.clear();
      unique.clear();
      groups.clear();
      everything.length = 0;
      watches.allWritten();
    },
  };
  return self;
}
