/** Ids that can be asked for one by one. */
interface IdSet {
  readonly size: number;
  has(id: string): boolean;
}

/** Users who differ in nothing: those who were known beforehand, and those who were looked at. */
export interface SettledIds extends IdSet {
  add(id: string): void;
  delete(id: string): void;
}

/**
 * Begins with those known beforehand, less those who are looked at nevertheless. Where they are a set already, whatever
 * kind of one, they are not copied: there may be a million.
 */
export function createSettledIds(known: Iterable<string>, lookedAt: Iterable<string>): SettledIds {
  const before: IdSet = isIdSet(known) ? known : new Set(known);
  const added = new Set<string>();
  const taken = new Set<string>();
  for (const id of lookedAt) if (before.has(id)) taken.add(id);
  return {
    get size() {
      return before.size - taken.size + added.size;
    },
    has: (id) => added.has(id) || (before.has(id) && !taken.has(id)),
    add(id) {
      if (before.has(id)) taken.delete(id);
      else added.add(id);
    },
    delete(id) {
      if (before.has(id)) taken.add(id);
      else added.delete(id);
    },
  };
}

function isIdSet(ids: Iterable<string>): ids is Iterable<string> & IdSet {
  return 'has' in ids && typeof ids.has === 'function' && 'size' in ids && typeof ids.size === 'number';
}
