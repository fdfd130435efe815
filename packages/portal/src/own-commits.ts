import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Commits, CommittedListener } from './ledger.js';
import type { Projection } from './store/projection.js';
import { type Store, tablesOf } from './store/store.js';

/** Commits of a process that is the only writer: whatever it decided on still stands when it commits. */
export function createOwnCommits(parts: {
  readonly store: Pick<Store, 'commit'>;
  readonly projection: Pick<Projection, 'apply'>;
  readonly onCommitted: CommittedListener;
}): Commits & Disposable {
  const { store, projection, onCommitted } = parts;
  const isFresh = Promise.resolve();
  return {
    run: async (decide) => {
      const { writes, wording } = decide();
      if (writes.length === 0) return;
      // What the command handed to a socket leaves first: the database holds this thread for a millisecond or two.
      await nextTurn();
      await store.commit(writes, wording);
      projection.apply(writes);
      onCommitted({ writes, tables: tablesOf(writes), by: 'this-process' });
    },
    fresh: () => isFresh,
    [Symbol.dispose]: () => undefined,
  };
}
