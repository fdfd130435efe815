import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Commits } from './ledger.js';
import { createLog } from './log.js';
import { createSharedCommits } from './shared-commits.js';
import type { ProjectionContent } from './store/projection-content.js';
import type { Change, ChangeLog, NewChange, Row, Snapshot, Write } from './store/store.js';

/** Lets something wait for its turn, which a run of the law chooses. */
type Wait = (label: string) => Promise<unknown>;

/**
 * A log as a server keeps it, in memory: what is asked arrives when it may, and its answer, or what is told without being
 * asked, when that may, in any order. A real server does less: it answers one connection in order.
 */
function createServer(wait: Wait, keeps: number) {
  const changes: Change[] = [];
  const listeners: ((head: number) => void)[] = [];
  let held: Promise<void> = Promise.resolve();

  const append = ({ commitId, writes }: NewChange): void => {
    const version = changes.length + 1;
    changes.push({ version, commitId, writes, tables: ['organization'] });
    for (const listener of listeners) wait(`told ${version}`).then(() => listener(version), fail);
  };
  /** One at a time, in the order of their arrival, as the lock on the head has it. */
  const alone = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = held.then(work);
    held = done.then(
      () => undefined,
      () => undefined,
    );
    return await done;
  };

  const join = (name: string): ChangeLog => ({
    head: async () => {
      await wait(`${name} asks head`);
      const head = changes.length;
      await wait(`${name} hears head ${head}`);
      return head;
    },
    changesAfter: async (after) => {
      await wait(`${name} asks after ${after}`);
      const forgotten = changes.length - keeps;
      const page = after < forgotten ? undefined : changes.slice(after, after + 2);
      await wait(`${name} hears after ${after}`);
      return page;
    },
    commit: async ({ follows, ...change }) => {
      await wait(`${name} commits on ${follows}`);
      const outcome = await alone(async () => {
        if (changes.length !== follows) return 'overtaken' as const;
        append(change);
        return 'committed' as const;
      });
      await wait(`${name} hears ${outcome}`);
      return outcome;
    },
    commitAlone: async (decide) => {
      await wait(`${name} locks`);
      const outcome = await alone(async () => {
        await wait(`${name} has the lock`);
        const change = await decide(changes.length);
        await wait(`${name} decided alone`);
        if (change === undefined) return 'nothing' as const;
        append(change);
        return 'committed' as const;
      });
      await wait(`${name} hears ${outcome} alone`);
      return outcome;
    },
    onHead: (listener) => {
      listeners.push(listener);
      return () => listeners.splice(listeners.indexOf(listener), 1);
    },
    forget: async () => undefined,
  });
  return { join, committed: () => changes.length };
}

function fail(error: unknown): never {
  throw error;
}

/** A projection of one number, which each commit makes one larger. */
function createCounter() {
  let licenses = 0;
  return {
    licenses: () => licenses,
    apply: (writes: readonly Write[]) => {
      for (const { row } of writes) licenses = (row as Row<'organization'>).licenses;
    },
    replace: (content: ProjectionContent) => {
      licenses = content as unknown as number;
    },
  };
}

const oneMore = (licenses: number): Write =>
  ({ op: 'update', table: 'organization', row: { licenses: licenses + 1 } }) as Write;

interface Process {
  readonly commits: Commits & Disposable;
  readonly licenses: () => number;
}

function startProcess(server: ReturnType<typeof createServer>, name: string, wait: Wait): Process {
  const counter = createCounter();
  const commits = createSharedCommits({
    changes: server.join(name),
    projection: counter,
    version: 0,
    readContent: async () => {
      await wait(`${name} asks all`);
      const version = server.committed();
      await wait(`${name} hears all ${version}`);
      return { version, result: version } as unknown as Snapshot<ProjectionContent>;
    },
    onCommitted: () => undefined,
    onReplaced: () => undefined,
    log: createLog('silent'),
  });
  return { commits, licenses: counter.licenses };
}

describe('freshness among processes, whatever comes before what', () => {
  it('G41, P-22: a process that was asked to be fresh holds whatever was committed by then, and no commit is lost', async () => {
    const steps = fc.array(fc.record({ process: fc.nat(2), does: fc.constantFrom('write', 'check', 'check') }), {
      minLength: 2,
      maxLength: 14,
    });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), steps, fc.constantFrom(2, 100), async (scheduler, plan, keeps) => {
        const wait: Wait = async (label) => await scheduler.schedule(Promise.resolve(), label);
        const server = createServer(wait, keeps);
        const processes = ['one', 'two', 'three'].map((name) => startProcess(server, name, wait));
        const tails = processes.map(async () => undefined as unknown);
        const work = plan.map(async ({ process: index, does }, at) => {
          const process = processes[index] as Process;
          await wait(`step ${at}`);
          if (does === 'check') {
            const committed = server.committed();
            await process.commits.fresh();
            expect(process.licenses()).toBeGreaterThanOrEqual(committed);
            return;
          }
          // The ledger runs one command after the other.
          const before = tails[index];
          const done = before?.then(
            async () => await process.commits.run(() => [oneMore(process.licenses())]),
          ) as Promise<unknown>;
          tails[index] = done.catch(() => undefined);
          await done;
        });
        let running = true;
        const all = Promise.all(work).finally(() => {
          running = false;
        });
        all.catch(() => undefined);
        while (running) {
          if (scheduler.count() > 0) await scheduler.waitOne();
          else await nextTurn();
        }
        await all;
        expect(server.committed()).toBe(plan.filter(({ does }) => does === 'write').length);
        const checks = Promise.all(processes.map(async ({ commits }) => await commits.fresh()));
        let checking = true;
        checks.finally(() => {
          checking = false;
        });
        while (checking || scheduler.count() > 0) {
          if (scheduler.count() > 0) await scheduler.waitOne();
          else await nextTurn();
        }
        await checks;
        for (const { licenses, commits } of processes) {
          expect(licenses()).toBe(server.committed());
          commits[Symbol.dispose]();
        }
      }),
      { numRuns: 1000 },
    );
  });
});
