import type { CommitDraft, Draft } from './ledger.js';
import type { TableName, Write } from './store/store.js';

/** What a command wants written before it is known what its commit follows: nothing in it is numbered yet. */
export interface NotedDraft {
  readonly draft: Draft;
  /** Rows as they will be written, events and audit entries apart. */
  readonly writes: readonly Write[];
  /** Adds events and audit entries to the draft of a commit, and does what is done last. */
  record(draft: CommitDraft): void;
}

/** Creates it for a command that is begun at a moment. */
export function createNotedDraft(now: Draft['now']): NotedDraft {
  const writes: Write[] = [];
  const later: ((draft: CommitDraft) => void)[] = [];
  const put = (op: Write['op']) => (table: TableName, row: Write['row']) => {
    // The pair belongs together by the draft's signature; the union of all pairs cannot see it.
    writes.push({ op, table, row } as Write);
  };
  return {
    draft: {
      now,
      insert: put('insert'),
      update: put('update'),
      delete: put('delete'),
      event: (event) => later.push((draft) => draft.event(event)),
      audit: (organizationId, entry) => later.push((draft) => draft.audit(organizationId, entry)),
      last: (work) => later.push(work),
    },
    writes,
    record: (draft) => {
      for (const work of later) work(draft);
    },
  };
}
