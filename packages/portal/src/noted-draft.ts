import type { CommitDraft, Draft } from './ledger.js';
import type { TableName, Write } from './store/store.js';

/** What a command wants written before it is known what its commit follows: nothing in it is numbered yet. */
export interface NotedDraft {
  readonly draft: Draft;
  /** Rows as they will be written, events and audit entries apart. */
  readonly writes: readonly Write[];
  /** Writes all of it to the draft of a commit. */
  writeTo(draft: CommitDraft): void;
}

/** Creates it for a command that is begun at a moment. */
export function createNotedDraft(now: Draft['now']): NotedDraft {
  const writes: Write[] = [];
  const record: ((draft: CommitDraft) => void)[] = [];
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
      event: (event) => record.push((draft) => draft.event(event)),
      audit: (organizationId, entry) => record.push((draft) => draft.audit(organizationId, entry)),
      last: (work) => record.push(work),
    },
    writes,
    writeTo: (draft) => {
      for (const { op, table, row } of writes) draft[op](table, row as never);
      for (const write of record) write(draft);
    },
  };
}
