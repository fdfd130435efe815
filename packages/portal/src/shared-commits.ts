import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Commits, CommittedListener } from './ledger.js';
import type { Log } from './log.js';
import type { Projection } from './store/projection.js';
import type { ProjectionContent } from './store/projection-content.js';
import { type Change, type ChangeLog, type NewWrites, type Snapshot, tablesOf } from './store/store.js';

/** What commits among several processes stand on. */
export interface SharedCommitsParts {
  readonly changes: ChangeLog;
  readonly projection: Pick<Projection, 'apply' | 'replace'>;
  /** Of the projection as it was loaded. */
  readonly version: number;
  readonly readContent: () => Promise<Snapshot<ProjectionContent>>;
  readonly onCommitted: CommittedListener;
  /** Hears that the projection was loaded anew: changes went by that nobody saw one by one. */
  readonly onReplaced: () => void;
  readonly log: Log;
}

/**
 * Commits of one of several processes. Each is made on condition that nothing was committed since its decision; who is
 * overtaken locks the others out, catches up and decides again, so that nobody is overtaken twice. The projection follows
 * the log of changes: one's own commits are taken from there too when the answer to one was lost.
 */
export function createSharedCommits(parts: SharedCommitsParts): Commits & Disposable {
  const { changes, projection, onCommitted, onReplaced, readContent, log } = parts;
  let version = parts.version;
  const own = new Set<string>();

  /** Applies a change unless it was applied before, when it came both from the log and as one's own. */
  const take = (change: Change): void => {
    if (change.version !== version + 1) return;
    version = change.version;
    projection.apply(change.writes);
    const by = own.has(change.commitId) ? 'this-process' : 'another-process';
    onCommitted({ writes: change.writes, tables: change.tables, by });
  };

  const replace = async (): Promise<void> => {
    const content = await readContent();
    // Meanwhile the log may have brought it further.
    if (content.version <= version) return;
    version = content.version;
    projection.replace(content.result);
    onReplaced();
  };

  const step = async (): Promise<void> => {
    const after = version;
    const page = await changes.changesAfter(after);
    if (page === undefined || (page.length === 0 && version === after)) {
      log.warn({ version }, 'projection too far behind, loaded anew');
      await replace();
    }
    for (const change of page ?? []) take(change);
  };

  let stepping: Promise<void> | undefined;
  const catchUp = async (head: number): Promise<void> => {
    while (version < head) {
      stepping ??= step().finally(() => {
        stepping = undefined;
      });
      await stepping;
    }
  };

  const stopHearing = changes.onHead((head) => {
    catchUp(head).catch((error: unknown) => log.warn({ err: error }, 'commits of other processes not read yet'));
  });

  const run = async (commitId: string, decide: Parameters<Commits['run']>[0]): Promise<void> => {
    const follows = version;
    const { writes, wording } = decide();
    if (writes.length === 0) return;
    // What the command handed to a socket leaves first.
    await nextTurn();
    if ((await changes.commit({ commitId, follows, writes, wording })) === 'committed') {
      take({ version: follows + 1, commitId, writes, tables: tablesOf(writes) });
      return;
    }
    let taken: Change | undefined;
    let thrown: { readonly error: unknown } | undefined;
    const again = async (head: number) => {
      await catchUp(head);
      let decided: NewWrites;
      try {
        decided = decide();
      } catch (error) {
        // What a command throws says nothing about the database, and writes nothing.
        thrown = { error };
        return undefined;
      }
      taken = { version: head + 1, commitId, writes: decided.writes, tables: tablesOf(decided.writes) };
      return decided.writes.length === 0 ? undefined : { commitId, ...decided };
    };
    for (;;) {
      const outcome = await changes.commitAlone(again);
      if (thrown !== undefined) throw thrown.error;
      if (outcome === 'committed' && taken !== undefined) take(taken);
      // Overtaken even so only where a connection was lost; then nothing was written, for certain.
      if (outcome !== 'overtaken') return;
    }
  };

  return {
    run: async (decide) => {
      const commitId = randomUUID();
      own.add(commitId);
      try {
        await run(commitId, decide);
      } finally {
        own.delete(commitId);
      }
    },
    fresh: shared(async () => await catchUp(await changes.head())),
    [Symbol.dispose]: stopHearing,
  };
}

/** Lets callers share a run that began after each of them asked; one that was under way may know less than they need. */
function shared(work: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    const started = work().finally(() => {
      if (current === started) current = undefined;
    });
    current = started;
    return started;
  };
  return async () => {
    if (current === undefined) return await start();
    next ??= current
      .catch(() => undefined)
      .then(async () => {
        next = undefined;
        await start();
      });
    await next;
  };
}
