/**
 * Remembers what a decision reads of the rows in memory, and sees whether any of it is written before the decision is
 * committed: whoever decides over several turns finds out that what was decided does not stand any more.
 */
export interface ReadWatch extends Disposable {
  /** Does some work; what it reads is watched from now on. */
  during(work: () => void): void;
  /** Whether nothing that was read has been written since. */
  readonly holds: boolean;
}

/** What can be read: a text names rows of one index by one way to find them. Nothing else is named the same. */
export interface Watches {
  open(): ReadWatch;
  /** Notes a reading, if anybody decides over several turns just now; `name` is put together of two. */
  read(index: object, way: string, text?: string): void;
  /** Whether anybody watches; whoever writes need not tell otherwise. */
  readonly any: boolean;
  /** Tells which readings are not true any more. */
  written(index: object, names: readonly string[]): void;
  /** Tells that none is. */
  allWritten(): void;
}

/** Creates the watches over one projection. */
export function createWatches(): Watches {
  /** What was read by each watch that holds. */
  const open = new Map<ReadWatch, Map<object, Set<string>>>();
  let reading: Map<object, Set<string>> | undefined;
  return {
    open: () => {
      const names = new Map<object, Set<string>>();
      const watch: ReadWatch = {
        during: (work) => {
          reading = names;
          try {
            work();
          } finally {
            reading = undefined;
          }
        },
        get holds() {
          return open.has(watch);
        },
        [Symbol.dispose]: () => open.delete(watch),
      };
      open.set(watch, names);
      return watch;
    },
    read: (index, way, text = '') => {
      if (reading === undefined) return;
      const name = way + text;
      const known = reading.get(index);
      if (known === undefined) reading.set(index, new Set([name]));
      else known.add(name);
    },
    get any() {
      return open.size > 0;
    },
    written: (index, names) => {
      for (const [watch, read] of open) {
        const known = read.get(index);
        if (known !== undefined && names.some((name) => known.has(name))) open.delete(watch);
      }
    },
    allWritten: () => open.clear(),
  };
}
